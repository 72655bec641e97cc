package elastic

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/sigwatch/sigwatch/watcher"
)

// Error is a request that did not succeed.
type Error struct {
	// What was tried: `put watch "soc-1"`.
	What string
	// Status is the answer's, or 0 where none came.
	Status int
	// Type and Reason are the server's; RootCause is the innermost reason,
	// where it differs.
	Type, Reason, RootCause string
	// Hint says what to do, or is empty.
	Hint string
	// Cause is the network's error, where no answer came.
	Cause error

	temporary, uncertain bool
}

// Error gives what was tried, what went wrong, and the hint.
func (e *Error) Error() string {
	text := e.What + ": "
	if e.Status != 0 {
		text += fmt.Sprintf("%d ", e.Status)
	}
	if e.Type != "" {
		text += e.Type + ": "
	}
	text += e.Reason
	if e.RootCause != "" && e.RootCause != e.Reason {
		text += ": " + e.RootCause
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Unwrap gives the network's error.
func (e *Error) Unwrap() error { return e.Cause }

// Temporary reports whether the same request may succeed a little later.
func (e *Error) Temporary() bool { return e.temporary }

// Uncertain reports whether the request may have taken effect all the same, as
// when the connection was lost before the answer came.
func (e *Error) Uncertain() bool { return e.uncertain }

var errTooLarge = errors.New("the answer is larger than 256 MiB")

// networkError says in plain words why no answer came.
func (c *Client) networkError(k call, err error) *Error {
	e := &Error{What: k.what, Cause: err, Reason: err.Error(), temporary: true, uncertain: true}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		e.uncertain = false
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		e.Reason = fmt.Sprintf("no answer from %s within %s", c.shown, c.cfg.Timeout)
	case errors.Is(err, errTooLarge):
		e.temporary, e.uncertain = false, true
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Reason = "connection refused: nothing listens at " + c.shown
		e.Hint = "is Elasticsearch running there?"
	case tlsProblem(err) != "":
		e.temporary, e.uncertain = false, false
		e.Reason, e.Hint = fmt.Sprintf("no trusted connection to %s: %v", c.shown, err), tlsProblem(err)
	case unknownHost(err):
		e.Reason = fmt.Sprintf("the host is not known: %v", err)
	default:
		e.Reason = fmt.Sprintf("connection to %s lost: %v", c.shown, err)
		if strings.Contains(c.shown, "http://") {
			e.Hint = "if the cluster speaks https, say so in its url"
		}
	}
	return e
}

func unknownHost(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns)
}

// tlsProblem returns what to do about an error of TLS, or nothing for others.
func tlsProblem(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		return `set the target's "ca:" to the file with the certificate authority that signed the server's certificate`
	case errors.As(err, &host):
		return "the certificate is made out for another name: use that name in the url"
	case errors.As(err, &invalid), errors.As(err, &verify):
		return "the server's certificate is not valid"
	case errors.As(err, &record), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return "the server does not speak https: use http:// in the url"
	default:
		return ""
	}
}

// strangeAnswer is what no Elasticsearch would say: no JSON object.
func (c *Client) strangeAnswer(k call, status int, header http.Header) *Error {
	e := &Error{What: k.what, Status: status, temporary: isTemporary(status), uncertain: status != http.StatusTooManyRequests}
	kind := header.Get("Content-Type")
	if kind == "" {
		kind = "no content type"
	}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Reason = fmt.Sprintf("refused by %s, not in Elasticsearch's words (%s)", c.shown, kind)
		e.Hint = "a proxy in front of the cluster wants other credentials"
	case status >= 300 && status < 400:
		e.Reason = "redirected to " + header.Get("Location")
		e.Hint = "set the target's url to where the cluster really is"
	case e.temporary:
		e.Reason = fmt.Sprintf("%s (%s), as a proxy says it", http.StatusText(status), kind)
	default:
		e.Reason = fmt.Sprintf("the server at %s is not Elasticsearch: it answered with %s", c.shown, kind)
		e.Hint = "look at the target's url"
	}
	return e
}

func isTemporary(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// refusal reads an error answer. The server's "error" is an object, or a text
// where no route was found; an answer without one, such as {"found":false}, is
// told by its status alone.
func (c *Client) refusal(k call, a answer) *Error {
	e := &Error{
		What: k.what, Status: a.status,
		temporary: isTemporary(a.status), uncertain: isTemporary(a.status) && a.status != http.StatusTooManyRequests,
	}
	v, _ := a.body.Get("error")
	switch v := v.(type) {
	case string:
		e.Reason = v
	case *watcher.Object:
		e.Type, e.Reason, e.RootCause = text(v, "type"), text(v, "reason"), rootCause(v)
	}
	if e.Reason == "" {
		e.Reason = cmp.Or(http.StatusText(a.status), "refused without a reason")
	}
	e.Hint = c.hint(e, v)
	return e
}

func rootCause(e *watcher.Object) string {
	v, _ := e.Get("root_cause")
	list, _ := v.([]any)
	if len(list) == 0 {
		return ""
	}
	first, _ := list[0].(*watcher.Object)
	return text(first, "reason")
}

func (c *Client) hint(e *Error, detail any) string {
	switch {
	case licence(detail):
		return "the cluster's licence does not include Watcher: it needs an active trial, standard, gold, platinum or enterprise licence"
	case e.Status == http.StatusUnauthorized:
		return "look at api_key, username and password of the target"
	case e.Status == http.StatusForbidden && e.Type == "security_exception":
		return "the cluster privilege manage_watcher is missing"
	case isNoRoute(e) && c.cfg.API == XPack:
		return "this server has no /_xpack/watcher any more: leave --api xpack out"
	case isNoRoute(e):
		return "there is no Watcher here: it is switched off, or this is a build without it"
	default:
		return ""
	}
}

func licence(detail any) bool {
	o, _ := detail.(*watcher.Object)
	return text(o, "license.expired.feature") != "" ||
		strings.Contains(text(o, "reason"), "license is non-compliant")
}

// isNoRoute recognises the answers of a server that does not know the path:
// no handler, or, on 6.x and 7.x, the path taken for an index (watcher-api.md
// 1).
func isNoRoute(e *Error) bool {
	switch e.Status {
	case http.StatusMethodNotAllowed:
		return true
	case http.StatusBadRequest, http.StatusNotFound:
		return e.Type == "" && strings.Contains(e.Reason, "no handler found") || e.Type == "invalid_index_name_exception"
	default:
		return false
	}
}

// text returns the text of that name, or nothing.
func text(o *watcher.Object, name string) string {
	if o == nil {
		return ""
	}
	v, _ := o.Get(name)
	s, _ := v.(string)
	return s
}

func object(o *watcher.Object, name string) *watcher.Object {
	if o == nil {
		return nil
	}
	v, _ := o.Get(name)
	sub, _ := v.(*watcher.Object)
	return sub
}
