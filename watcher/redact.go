package watcher

import "strings"

// Redacted is what a server shows in the place of a secret.
const Redacted = "::es_redacted::"

// encryptedPrefix begins a secret that the server encrypts and shows so.
const encryptedPrefix = "::es_encrypted::"

// Redact gives the body as a get of that version shows it: passwords, and
// from 8.6 on Authorization headers, as ::es_redacted:: (watcher-api.md 12).
// Encrypted passwords stay. The body itself is not changed.
func Redact(body *Object, v Version) *Object {
	out := body.Clone()
	headersToo := v.AtLeast(8, 6)
	eachSecret(out, func(s secretPlace) {
		value := &s.holder.Members[s.at].Value
		text, _ := (*value).(string)
		if s.header && headersToo || !s.header && !strings.HasPrefix(text, encryptedPrefix) {
			*value = Redacted
		}
	})
	return out
}

// blank replaces every secret, encrypted or not: what is shown of it tells
// nothing that could be compared.
func blank(body *Object) {
	eachSecret(body, func(s secretPlace) { s.holder.Members[s.at].Value = Redacted })
}

// Secrets lists the places of secrets in the body, as paths like those of a
// Change, in document order. Authorization headers count whatever the
// version.
func Secrets(body *Object) []string {
	var paths []string
	w := secretWalk{paths: true}
	w.visit = func(s secretPlace) { paths = append(paths, joinName(s.path, s.holder.Members[s.at].Name)) }
	w.body(body)
	return paths
}

// secretPlace is a member that holds a secret.
type secretPlace struct {
	path   string // of the object that holds it
	holder *Object
	at     int
	header bool
}

// eachSecret visits the secrets of a body, put or written: it goes only where
// the grammar has requests and e-mails, never into free content.
func eachSecret(body *Object, visit func(secretPlace)) { secretWalk{visit: visit}.body(body) }

type secretWalk struct {
	visit func(secretPlace)
	paths bool // whether paths are asked for
}

func (w secretWalk) body(body *Object) {
	w.input(w.child(body, "", "input"))
	actions := w.child(body, "", "actions")
	if actions.object == nil {
		return
	}
	for _, m := range actions.object.Members {
		a := w.child(actions.object, actions.path, m.Name)
		w.request(w.child(a.object, a.path, "webhook"))
		w.email(w.child(a.object, a.path, "email"))
	}
}

// node is an object with its path; no object where there is none.
type node struct {
	object *Object
	path   string
}

func (w secretWalk) child(o *Object, path, name string) node {
	c := child(o, name)
	if c == nil || !w.paths {
		return node{object: c}
	}
	return node{object: c, path: joinName(path, name)}
}

// child is the object of that name, or nil.
func child(o *Object, name string) *Object {
	if o == nil {
		return nil
	}
	v, _ := o.Get(name)
	c, _ := v.(*Object)
	return c
}

func (w secretWalk) input(n node) {
	http := w.child(n.object, n.path, "http")
	w.request(w.child(http.object, http.path, "request"))
	chain := w.child(n.object, n.path, "chain")
	if chain.object == nil {
		return
	}
	v, _ := chain.object.Get("inputs")
	list, _ := v.([]any)
	for i, e := range list {
		o, _ := e.(*Object)
		if o == nil {
			continue
		}
		for _, m := range o.Members {
			w.input(w.child(o, chain.path+".inputs["+string(jsonInt(i))+"]", m.Name))
		}
	}
}

func (w secretWalk) request(n node) {
	if n.object == nil {
		return
	}
	headers := w.child(n.object, n.path, "headers")
	if headers.object != nil {
		for i, m := range headers.object.Members {
			if strings.EqualFold(m.Name, "Authorization") {
				w.visit(secretPlace{path: headers.path, holder: headers.object, at: i, header: true})
			}
		}
	}
	w.auth(w.child(n.object, n.path, "auth"))
}

// auth: the server does not look at the name of the kind of authentication.
func (w secretWalk) auth(n node) {
	if n.object == nil {
		return
	}
	for _, m := range n.object.Members {
		w.password(w.child(n.object, n.path, m.Name))
	}
}

func (w secretWalk) password(n node) {
	if n.object == nil {
		return
	}
	for i, m := range n.object.Members {
		if m.Name == "password" {
			w.visit(secretPlace{path: n.path, holder: n.object, at: i})
		}
	}
}

func (w secretWalk) email(n node) {
	w.password(n)
	attachments := w.child(n.object, n.path, "attachments")
	if attachments.object == nil {
		return
	}
	for _, m := range attachments.object.Members {
		a := w.child(attachments.object, attachments.path, m.Name)
		http := w.child(a.object, a.path, "http")
		w.request(w.child(http.object, http.path, "request"))
		reporting := w.child(a.object, a.path, "reporting")
		w.auth(w.child(reporting.object, reporting.path, "auth"))
	}
}
