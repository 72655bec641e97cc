// Package exception writes errors as Elasticsearch does: a chain of exceptions
// with their root cause, in the JSON form that the REST API answers with. It
// knows no error of its own and decides nothing.
package exception

import (
	"errors"

	"github.com/sigwatch/sigwatch/watcher"
)

// Exception is one exception of a chain, the outermost carrying the status.
type Exception struct {
	Status int
	Type   string
	Reason string
	// Extra are further members of its JSON form, behind the reason.
	Extra []watcher.Member
	// CausedBy is the next inner exception, or nil.
	CausedBy *Exception
	// Suppressed came up while this one was handled.
	Suppressed []*Exception
	// Root is given where the root cause is not found by the usual rule.
	Root *Exception
	// Plain is the whole text of an answer whose error is a mere text.
	Plain string
	// NoStatus leaves the status out of the body of a plain answer.
	NoStatus bool
}

// Error gives type and reason.
func (e *Exception) Error() string {
	if e.Plain != "" {
		return e.Plain
	}
	return e.Type + ": " + e.Reason
}

// New makes an exception without a cause.
func New(status int, kind, reason string) *Exception {
	return &Exception{Status: status, Type: kind, Reason: reason}
}

// BadArgument is the commonest of them: 400 illegal_argument_exception.
func BadArgument(reason string) *Exception {
	return New(400, "illegal_argument_exception", reason)
}

// With adds a member to the JSON form and gives the same exception.
func (e *Exception) With(name string, value any) *Exception {
	e.Extra = append(e.Extra, watcher.Member{Name: name, Value: value})
	return e
}

// Because sets the inner exception and gives the outer one.
func (e *Exception) Because(inner *Exception) *Exception {
	e.CausedBy = inner
	return e
}

// From makes an exception of any error: its own, a refusal of package watcher,
// or, for what should not happen, a 500.
func From(err error) *Exception {
	if own, ok := errors.AsType[*Exception](err); ok {
		return own
	}
	if refused, ok := errors.AsType[*watcher.ParseError](err); ok {
		return fromRefusal(refused)
	}
	return New(500, "exception", err.Error())
}

func fromRefusal(p *watcher.ParseError) *Exception {
	e := fromCause(&p.Cause)
	e.Status = p.Status
	if p.RootType != "" {
		e.Root = New(0, p.RootType, p.RootReason)
	}
	return e
}

func fromCause(c *watcher.Cause) *Exception {
	e := New(0, c.Type, c.Reason)
	if c.CausedBy != nil {
		e.CausedBy = fromCause(c.CausedBy)
	}
	for i := range c.Suppressed {
		e.Suppressed = append(e.Suppressed, fromCause(&c.Suppressed[i]))
	}
	return e
}

// Body is the whole answer: {"error":{…},"status":400}.
func (e *Exception) Body() *watcher.Object {
	body := &watcher.Object{}
	if e.Plain != "" {
		body.Set("error", e.Plain)
		if !e.NoStatus {
			body.Set("status", Int(e.Status))
		}
		return body
	}
	inner := &watcher.Object{}
	inner.Set("root_cause", []any{e.root().alone()})
	inner.Members = append(inner.Members, e.object().Members...)
	body.Set("error", inner)
	body.Set("status", Int(e.Status))
	return body
}

// Object is the JSON form of the chain without root cause and status, as a
// shard failure holds it.
func (e *Exception) Object() *watcher.Object { return e.object() }

func (e *Exception) object() *watcher.Object {
	o := e.alone()
	if e.CausedBy != nil {
		o.Set("caused_by", e.CausedBy.object())
	}
	if len(e.Suppressed) > 0 {
		list := make([]any, len(e.Suppressed))
		for i, s := range e.Suppressed {
			list[i] = s.object()
		}
		o.Set("suppressed", list)
	}
	return o
}

func (e *Exception) alone() *watcher.Object {
	o := &watcher.Object{}
	o.Set("type", e.Type)
	o.Set("reason", e.Reason)
	o.Members = append(o.Members, e.Extra...)
	return o
}

// root follows the server's rule: go inwards as long as the next exception is
// one of Elasticsearch's own, or a parse error inside a parse error.
func (e *Exception) root() *Exception {
	if e.Root != nil {
		return e.Root
	}
	at := e
	for at.CausedBy != nil && at.leadsTo(at.CausedBy) {
		at = at.CausedBy
	}
	return at
}

func (e *Exception) leadsTo(inner *Exception) bool {
	if e.Type == xContentParse {
		return inner.Type == xContentParse || inner.elastic()
	}
	return e.elastic() && inner.elastic()
}

const xContentParse = "x_content_parse_exception"

func (e *Exception) elastic() bool {
	switch e.Type {
	case "parse_exception", "parsing_exception", "mapper_parsing_exception", "document_parsing_exception",
		"query_shard_exception", "resource_not_found_exception", "search_phase_execution_exception",
		"invalid_index_name_exception", "index_not_found_exception", "document_missing_exception",
		"version_conflict_engine_exception", "status_exception", "security_exception",
		"strict_dynamic_mapping_exception":
		return true
	}
	return false
}

// FromSyntax is the refusal of a text that is no JSON, as a call that reads it
// at once words it: 400 json_parse_exception, or json_e_o_f_exception where the
// text is cut off.
func FromSyntax(s *watcher.SyntaxError) *Exception {
	c := s.Server()
	return New(400, c.Type, c.Reason)
}
