package watcher

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Server gives the error as the server's parser (Jackson) words it: the type
// of the exception and the message with its position.
func (e *SyntaxError) Server() Cause {
	typ := typeJSON
	if e.Kind == CutOff || e.Kind == Empty {
		typ = typeJSONEnd
	}
	reason := fmt.Sprintf("%s\n at [Source: (%s); line: %d, column: %d]", e.Message, jacksonSource, e.Line, e.serverColumn)
	return Cause{Type: typ, Reason: reason}
}

func isEmpty(err error) bool {
	var e *SyntaxError
	return errors.As(err, &e) && e.Kind == Empty
}

// syntaxFault is what a put answers to a text that is no JSON.
func syntaxFault(id string, err error, g grammar) *fault {
	var e *SyntaxError
	if !errors.As(err, &e) {
		return asFault(err)
	}
	c := e.Server()
	cause := &fault{typ: c.Type, reason: c.Reason}
	if !g.xContent {
		return ioFault(id, cause, g)
	}
	if e.Kind == CutOff {
		return faultf(typeXContentEnd, "[%d:%d] Unexpected end of file", e.Line, e.serverColumn)
	}
	return &fault{typ: typeXContent, reason: fmt.Sprintf("[%d:%d] %s", e.Line, e.serverColumn, c.Reason), cause: cause}
}

func jsonInt(n int) json.Number { return json.Number(strconv.Itoa(n)) }
