package watcher

import (
	"errors"
	"fmt"
)

// Types of exceptions as an answer names them.
const (
	typeParse        = "parse_exception"
	typeArgument     = "illegal_argument_exception"
	typeXContent     = "x_content_parse_exception"
	typeParsing      = "parsing_exception"
	typeState        = "illegal_state_exception"
	typeNull         = "null_pointer_exception"
	typeIO           = "i_o_exception"
	typeJSON         = "json_parse_exception"
	typeJSONEnd      = "json_e_o_f_exception"
	typeCoercion     = "input_coercion_exception"
	typeNumberFormat = "number_format_exception"
	typeAddress      = "address_exception"
	typeZoneRules    = "zone_rules_exception"
	typeXContentEnd  = "x_content_e_o_f_exception"
	typeDateTime     = "date_time_exception"
)

// fault is one exception of the server while it reads a watch.
type fault struct {
	typ, reason string
	cause       *fault
	suppressed  []Cause
}

// Error gives type and reason.
func (f *fault) Error() string { return f.typ + ": " + f.reason }

func faultf(typ, format string, args ...any) *fault {
	return &fault{typ: typ, reason: fmt.Sprintf(format, args...)}
}

func parseFault(format string, args ...any) *fault {
	return faultf(typeParse, format, args...)
}

// wrapParse wraps a parse_exception, which is all that the server's parsers
// catch there; any other exception goes on as it is.
func wrapParse(err error, format string, args ...any) error {
	f := asFault(err)
	if f.typ != typeParse {
		return f
	}
	return wrapAny(f, format, args...)
}

// wrapAny wraps whatever exception it is.
func wrapAny(err error, format string, args ...any) error {
	w := parseFault(format, args...)
	w.cause = asFault(err)
	return w
}

func asFault(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	return faultf("exception", "%s", err.Error())
}

func (f *fault) isIO() bool {
	return f.typ == typeJSON || f.typ == typeJSONEnd || f.typ == typeCoercion
}

// root follows ElasticsearchException.guessRootCauses: down the chain as long
// as what comes next is an exception of Elasticsearch's own.
func (f *fault) root() *fault {
	for f.cause != nil {
		next := f.cause.typ
		own := f.typ == typeParse && next == typeParse ||
			f.typ == typeXContent && (next == typeXContent || next == typeParse)
		if !own {
			break
		}
		f = f.cause
	}
	return f
}

func (f *fault) asCause() Cause {
	c := Cause{Type: f.typ, Reason: f.reason, Suppressed: f.suppressed}
	if f.cause != nil {
		inner := f.cause.asCause()
		c.CausedBy = &inner
	}
	return c
}

func (f *fault) parseError() *ParseError {
	root := f.root()
	return &ParseError{Status: f.status(), Cause: f.asCause(), RootType: root.typ, RootReason: root.reason}
}

// status follows ExceptionsHelper.status.
func (f *fault) status() int {
	switch f.typ {
	case typeParse, typeArgument, typeXContent, typeXContentEnd, typeParsing, typeNumberFormat, typeJSON, typeJSONEnd, typeCoercion:
		return 400
	default:
		return 500
	}
}
