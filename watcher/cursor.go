package watcher

import (
	"encoding/json"
	"fmt"
)

// token is what the server's parser calls a token.
type token uint

const (
	noToken token = iota
	startObject
	endObject
	startArray
	endArray
	fieldName
	valueString
	valueNumber
	valueBoolean
	valueNull
)

// String gives the name that the server prints.
func (t token) String() string {
	names := [...]string{
		"null", "START_OBJECT", "END_OBJECT", "START_ARRAY", "END_ARRAY", "FIELD_NAME",
		"VALUE_STRING", "VALUE_NUMBER", "VALUE_BOOLEAN", "VALUE_NULL",
	}
	return names[t]
}

// isValue is the server's Token.isValue: a null is none.
func (t token) isValue() bool { return t >= valueString && t <= valueBoolean }

// tokens is a set of tokens.
type tokens uint

func (s tokens) has(t token) bool { return s&(1<<t) != 0 }

func tokenSet(list ...token) tokens {
	var s tokens
	for _, t := range list {
		s |= 1 << t
	}
	return s
}

// cursor walks a tree as the server's pull parser walks a text. That it is a
// pull parser shows: where a list stands in the place of an object, the
// server's loops read on to the next closing brace, whosesoever it is.
type cursor struct {
	stack []frame
	token token
	held  any // the value at the token, but for a name
	root  any
	begun bool
}

// frame is an object or a list that was entered.
type frame struct {
	object *Object
	list   []any
	at     int  // the member or element; -1 before the first
	named  bool // a member's name was given, its value comes next
}

func (c *cursor) next() token {
	if len(c.stack) == 0 {
		if c.begun {
			return c.set(noToken, nil)
		}
		c.begun = true
		if c.stack == nil {
			c.stack = make([]frame, 0, 8) // deeper than nearly all
		}
		return c.enter(c.root)
	}
	f := &c.stack[len(c.stack)-1]
	if f.named {
		f.named = false
		return c.enter(f.object.Members[f.at].Value)
	}
	f.at++
	switch {
	case f.object == nil && f.at < len(f.list):
		return c.enter(f.list[f.at])
	case f.object == nil:
		return c.leave(endArray)
	case f.at < len(f.object.Members):
		f.named = true
		return c.set(fieldName, nil)
	default:
		return c.leave(endObject)
	}
}

func (c *cursor) set(t token, v any) token {
	c.token, c.held = t, v
	return t
}

// value is what stands at the current token; at a name, the name.
func (c *cursor) value() any {
	if c.token == fieldName {
		return c.name()
	}
	return c.held
}

func (c *cursor) leave(t token) token {
	c.stack = c.stack[:len(c.stack)-1]
	return c.set(t, nil)
}

func (c *cursor) enter(v any) token {
	switch entered := v.(type) {
	case *Object:
		c.stack = append(c.stack, frame{object: entered, at: -1})
		return c.set(startObject, v)
	case []any:
		c.stack = append(c.stack, frame{list: entered, at: -1})
		return c.set(startArray, v)
	case string:
		return c.set(valueString, v)
	case json.Number:
		return c.set(valueNumber, v)
	case bool:
		return c.set(valueBoolean, v)
	case nil:
		return c.set(valueNull, nil)
	default:
		panic(fmt.Sprintf("watcher: %T is no part of a JSON tree", v))
	}
}

// name is the server's currentName: that of the member which the cursor is at
// or in; at an opening bracket, that of the object or list itself.
func (c *cursor) name() string {
	top := len(c.stack) - 1
	if c.token == startObject || c.token == startArray {
		top--
	}
	if top < 0 {
		return "null"
	}
	f := &c.stack[top]
	if f.object == nil || f.at < 0 || f.at >= len(f.object.Members) {
		return "null"
	}
	return f.object.Members[f.at].Name
}

// take gives the current value whole and stands on its last token.
func (c *cursor) take() any {
	v := c.value()
	switch c.token {
	case startObject:
		c.leave(endObject)
	case startArray:
		c.leave(endArray)
	default:
	}
	return v
}

// path gives the place of the current token: the number of the member or
// element on each level.
func (c *cursor) path() place {
	p := place{steps: make([]int, 0, len(c.stack))}
	stack := c.stack
	switch c.token {
	case startObject, startArray:
		stack = stack[:len(stack)-1]
	case endObject, endArray:
		p.part = closing
	case fieldName:
		p.part = naming
	default:
		p.part = opening
	}
	for i := range stack {
		p.steps = append(p.steps, stack[i].at)
	}
	return p
}
