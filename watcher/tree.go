// Package watcher knows the watch document of Elasticsearch's Watcher: as a
// JSON tree, in the written form that a server gives back, compared and
// hashed.
//
// Written says what a server of a version makes of a put, or how it refuses
// it; Redact what a get shows of that; Canonical and Diff in what a wanted and
// a live watch of any version differ. One reader serves all three: it walks
// the tree as the server's pull parser walks a text, so that the server's
// leniency comes out the same, and grammar.go lists what versions differ in.
//
// The package talks to no server, runs no watch and decides nothing. It does
// not look whether accounts exist, scripts compile or metadata fits the index
// of the watches: that takes more than the document.
package watcher

// Object is a JSON object that keeps the order of its members. A tree is made
// of *Object, []any, string, json.Number, bool and nil.
type Object struct {
	Members []Member
}

// Member is a name with its value.
type Member struct {
	Name  string
	Value any
}

// NewObject gives an empty object with room for so many members. A small one
// is one piece of memory: a watch is made of dozens of these.
func NewObject(room int) *Object {
	switch {
	case room == 1:
		o := &struct {
			Object
			room [1]Member
		}{}
		o.Members = o.room[:0]
		return &o.Object
	case room > 1 && room <= 3:
		o := &struct {
			Object
			room [3]Member
		}{}
		o.Members = o.room[:0]
		return &o.Object
	case room > 3 && room <= 7:
		o := &struct {
			Object
			room [7]Member
		}{}
		o.Members = o.room[:0]
		return &o.Object
	default:
		return &Object{Members: make([]Member, 0, room)}
	}
}

// Get returns the value of that name and whether it is there.
func (o *Object) Get(name string) (any, bool) {
	for i := range o.Members {
		if o.Members[i].Name == name {
			return o.Members[i].Value, true
		}
	}
	return nil, false
}

// Set gives the name that value, in its place or at the end.
func (o *Object) Set(name string, value any) {
	for i := range o.Members {
		if o.Members[i].Name == name {
			o.Members[i].Value = value
			return
		}
	}
	o.Members = append(o.Members, Member{Name: name, Value: value})
}

// Delete removes the member of that name, if there is one.
func (o *Object) Delete(name string) {
	for i := range o.Members {
		if o.Members[i].Name == name {
			o.Members = append(o.Members[:i], o.Members[i+1:]...)
			return
		}
	}
}
