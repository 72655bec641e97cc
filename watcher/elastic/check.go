package elastic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
)

// Info is what a cluster says of itself. What the credentials may not see is
// empty.
type Info struct {
	// Product is "Elasticsearch", or what else answered.
	Product string
	// Version is zero where VersionText cannot be read as one.
	Version     watcher.Version
	VersionText string
	Cluster     string
	// Licence and LicenceStatus are those of GET /_license: "trial",
	// "active".
	Licence, LicenceStatus string
	// WatcherState is "started", "stopped", "starting" or "stopping".
	WatcherState string
	// Warnings say in plain words what will not work, or not yet.
	Warnings []string
}

// Check asks the cluster who it is. An error means that it cannot be used: it
// cannot be reached, refuses, is not Elasticsearch, or has no Watcher. What
// the credentials may not see is passed over.
func (c *Client) Check(ctx context.Context) (Info, error) {
	var info Info
	if err := c.product(ctx, &info); err != nil {
		return info, err
	}
	if err := c.licence(ctx, &info); err != nil {
		return info, err
	}
	return info, c.state(ctx, &info)
}

func (c *Client) product(ctx context.Context, info *Info) error {
	a, err := c.do(ctx, call{what: "ask the cluster for its version", method: http.MethodGet, path: "/", read: true})
	if forbidden(err) {
		return nil
	}
	if err != nil {
		return err
	}
	version := object(a.body, "version")
	info.Cluster, info.VersionText = text(a.body, "cluster_name"), text(version, "number")
	info.Version, _ = watcher.ParseVersion(info.VersionText)
	info.Product = productOf(a, version)
	return c.unfit(info, text(version, "build_flavor"))
}

// productOf does not rely on the header alone: 6.x and 7.0 to 7.13 send none.
func productOf(a answer, version *watcher.Object) string {
	switch {
	case text(version, "distribution") != "":
		return text(version, "distribution")
	case a.header.Get("X-Elastic-Product") == "Elasticsearch",
		strings.HasPrefix(text(a.body, "tagline"), "You Know, for Search") && text(version, "lucene_version") != "":
		return "Elasticsearch"
	default:
		return "unknown"
	}
}

func (c *Client) unfit(info *Info, flavor string) error {
	e := &Error{What: "look at the cluster"}
	switch {
	case info.Product == "opensearch":
		e.Reason = "the server at " + c.shown + " is OpenSearch, which has no Watcher"
	case info.Product != "Elasticsearch":
		e.Reason, e.Hint = "the server at "+c.shown+" is not Elasticsearch", "look at the target's url"
	case flavor == "serverless":
		e.Reason = "this is a serverless project, which has no Watcher"
	case flavor == "oss":
		e.Reason = "this is the OSS build " + info.VersionText + ", which has no Watcher"
	case info.Version.Major != 0 && info.Version.Major < 6:
		e.Reason = "Elasticsearch " + info.VersionText + " is too old: 6.8 and later will do"
	default:
		return nil
	}
	return e
}

func (c *Client) licence(ctx context.Context, info *Info) error {
	a, err := c.do(ctx, call{what: "read the licence", method: http.MethodGet, path: "/_license", read: true})
	if err != nil {
		return unlessAnswered(err)
	}
	l := object(a.body, "license")
	info.Licence, info.LicenceStatus = text(l, "type"), text(l, "status")
	switch {
	case info.Licence == "basic":
		info.warn("the cluster's licence is basic, which does not include Watcher: watches can neither be written nor act")
	case info.LicenceStatus != "" && info.LicenceStatus != "active":
		info.warn("the cluster's %s licence is %s: Watcher refuses to work", info.Licence, info.LicenceStatus)
	}
	return nil
}

func (c *Client) state(ctx context.Context, info *Info) error {
	path := "/_watcher/stats"
	if c.cfg.API == XPack {
		path = "/_xpack/watcher/stats"
	}
	a, err := c.do(ctx, call{what: "read Watcher's state", method: http.MethodGet, path: path, read: true})
	if err != nil {
		return tolerable(err)
	}
	list, _ := a.body.Get("stats")
	nodes, _ := list.([]any)
	for _, n := range nodes {
		o, _ := n.(*watcher.Object)
		info.WatcherState = text(o, "watcher_state")
		if info.WatcherState != "started" {
			break
		}
	}
	if s := info.WatcherState; s != "" && s != "started" {
		info.warn("Watcher is %s: watches are written, but none runs", s)
	}
	return nil
}

func (i *Info) warn(format string, args ...any) {
	i.Warnings = append(i.Warnings, fmt.Sprintf(format, args...))
}

func forbidden(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusForbidden
}

// unlessAnswered passes over every refusal but that of the credentials: the
// licence is good to know, and shows in the answer to the first put anyway.
func unlessAnswered(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Status != 0 && e.Status != http.StatusUnauthorized {
		return nil
	}
	return err
}

// tolerable passes over what one may not see; a missing Watcher, lost
// connections and wrong credentials are not.
func tolerable(err error) error {
	var e *Error
	if errors.As(err, &e) && (e.Status == http.StatusForbidden || e.Status == http.StatusNotFound ||
		e.Status == http.StatusBadRequest && !isNoRoute(e)) {
		return nil
	}
	return err
}
