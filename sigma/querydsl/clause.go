package querydsl

import (
	"bytes"
	"encoding/json"
)

// clause is a query clause: a leaf or a *boolean.
type clause interface{ write(*bytes.Buffer) }

// leaf is any clause but bool, as JSON.
type leaf []byte

func (l leaf) write(b *bytes.Buffer) { b.Write(l) }

// boolean is a bool clause. With should among others, one of them has to hold.
type boolean struct{ must, should, mustNot []clause }

func (q *boolean) write(b *bytes.Buffer) {
	b.WriteString(`{"bool":{`)
	comma := ""
	for _, part := range []struct {
		name string
		kids []clause
	}{{"must", q.must}, {"should", q.should}, {"must_not", q.mustNot}} {
		if len(part.kids) == 0 {
			continue
		}
		b.WriteString(comma + `"` + part.name + `":[`)
		for i, kid := range part.kids {
			if i > 0 {
				b.WriteByte(',')
			}
			kid.write(b)
		}
		b.WriteByte(']')
		comma = ","
	}
	if len(q.should) > 0 {
		b.WriteString(`,"minimum_should_match":1`)
	}
	b.WriteString("}}")
}

// nested is a clause for the fields of objects that are indexed as documents
// of their own. Where an index does not know the path, it does not hold, like
// any field that is not there.
type nested struct {
	path string
	of   leaf
}

func (n nested) write(b *bytes.Buffer) {
	object{{"nested", object{{"path", n.path}, {"query", n.of}, {"ignore_unmapped", true}}}}.write(b)
}

func encode(c clause) []byte {
	var b bytes.Buffer
	c.write(&b)
	return b.Bytes()
}

// member is a name with its value, for JSON objects in a fixed order.
type member struct {
	name  string
	value any // object, leaf, string, bool, int, []string
}

type object []member

// leafOf makes a leaf of an object.
func leafOf(o object) leaf {
	var b bytes.Buffer
	o.write(&b)
	return b.Bytes()
}

func (o object) write(b *bytes.Buffer) {
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		writeJSON(b, m.name)
		b.WriteByte(':')
		if inner, ok := m.value.(clause); ok {
			inner.write(b)
		} else {
			writeJSON(b, m.value)
		}
	}
	b.WriteByte('}')
}

// writeJSON writes a value that always has a JSON form. Most are texts of
// ASCII, which are written at once.
func writeJSON(b *bytes.Buffer, v any) {
	if text, ok := v.(string); ok && printable(text) {
		b.WriteByte('"')
		for i := range len(text) {
			if text[i] == '"' || text[i] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(text[i])
		}
		b.WriteByte('"')
		return
	}
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("querydsl: " + err.Error())
	}
	b.Truncate(b.Len() - 1) // the line break that an Encoder ends with
}

// on makes {"kind":{"field":{…}}}.
func on(kind, field string, body object) leaf {
	return leafOf(object{{kind, object{{field, body}}}})
}

func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
