package watcher

// WriteOptions say whose written form is wanted.
type WriteOptions struct {
	// Version of the server; the zero value stands for 7.17.
	Version Version
	// AllowRedacted lets ::es_redacted:: pass where a secret belongs, and
	// keeps it, as in a body that a server gave back.
	AllowRedacted bool
	// Merge is a put with if_seq_no: ::es_redacted:: passes and the secret is
	// left out, so that the merge keeps the stored one (watcher-api.md 3.2).
	Merge bool
	// Source is the text that the body was read from. Positions in error
	// texts ("[1:387] [script] …") are places in it, or, where it is empty,
	// in the compact encoding of the body.
	Source []byte
}

// ParseError is the refusal of a watch, as the server words it. It holds what
// an answer needs: {"error":{"root_cause":[{RootType, RootReason}],"type":Type,
// "reason":Reason,"caused_by":CausedBy},"status":Status}.
type ParseError struct {
	Status int
	Cause
	// RootType and RootReason are those of root_cause[0].
	RootType, RootReason string
}

// Cause is one exception of a chain.
type Cause struct {
	Type, Reason string
	// CausedBy is the next inner one, or nil.
	CausedBy *Cause
	// Suppressed lists exceptions that came up while this one was handled.
	Suppressed []Cause
}

// Error gives type and reason, and the root cause where it differs.
func (e *ParseError) Error() string {
	text := e.Type + ": " + e.Reason
	if e.RootReason != "" && e.RootReason != e.Reason {
		text += " (" + e.RootReason + ")"
	}
	return text
}

// Object gives the exception as an answer writes it, without root_cause.
func (c Cause) Object() *Object {
	o := &Object{}
	o.Set("type", c.Type)
	o.Set("reason", c.Reason)
	if c.CausedBy != nil {
		o.Set("caused_by", c.CausedBy.Object())
	}
	if len(c.Suppressed) > 0 {
		list := make([]any, len(c.Suppressed))
		for i, s := range c.Suppressed {
			list[i] = s.Object()
		}
		o.Set("suppressed", list)
	}
	return o
}

// Object gives the whole body of the answer.
func (e *ParseError) Object() *Object {
	root := Cause{Type: e.RootType, Reason: e.RootReason}
	if e.RootReason == e.Reason {
		root.Suppressed = e.Suppressed
	}
	inner := &Object{Members: []Member{{Name: "root_cause", Value: []any{Cause{Type: root.Type, Reason: root.Reason}.Object()}}}}
	inner.Members = append(inner.Members, e.Cause.Object().Members...)
	return &Object{Members: []Member{{Name: "error", Value: inner}, {Name: "status", Value: jsonInt(e.Status)}}}
}

// ParseWatch reads the text of a put as the server does: a body that is no
// object, or no JSON, is refused with a *ParseError in the server's words.
func ParseWatch(id string, text []byte, v Version) (*Object, error) {
	g := grammarOf(v)
	value, err := ParseJSON(text, ParseOptions{Server: true})
	r := &reader{cursor: cursor{root: value}, grammar: g, id: id}
	switch {
	case isEmpty(err):
		return nil, asFault(r.nullToken()).parseError()
	case err != nil:
		return nil, syntaxFault(id, err, g).parseError()
	}
	if o, ok := value.(*Object); ok {
		return o, nil
	}
	r.next()
	if r.next() == noToken {
		return nil, asFault(r.nullToken()).parseError()
	}
	return nil, parseFault("could not parse watch [%s], unexpected token [%s]", id, r.token).parseError()
}

// Written brings the body of a put into the form in which a get of that
// version gives it back, secrets in clear (see Redact), or gives a *ParseError
// with the server's own texts. The body is not changed and shares nothing
// with the result. Not looked at: whether accounts exist, scripts compile and
// metadata fits the index (watcher-api.md 3.3).
func Written(id string, body *Object, opt WriteOptions) (*Object, error) {
	return written(newReader(id, body, opt))
}

// WrittenHash is Hash of what Written gives, and its refusals, for those who
// ask for no more: free content is not copied on the way.
func WrittenHash(id string, body *Object, opt WriteOptions) (string, error) {
	r := newReader(id, body, opt)
	r.sharing = true
	w, err := written(r)
	if err != nil {
		return "", err
	}
	return Hash(w), nil
}

func newReader(id string, body *Object, opt WriteOptions) *reader {
	if body == nil {
		body = &Object{}
	}
	return &reader{
		cursor: cursor{root: body}, grammar: grammarOf(opt.Version),
		id: id, merge: opt.Merge, redact: opt.AllowRedacted, source: opt.Source,
	}
}

func written(r *reader) (*Object, error) {
	w, err := r.watch()
	if err != nil {
		return nil, r.refusal(err)
	}
	return w, nil
}

func (r *reader) refusal(err error) *ParseError {
	f := asFault(err)
	if f.isIO() {
		f = ioFault(r.id, f, r.grammar)
	}
	return f.parseError()
}

// ioFault is what the watch parser makes of an error of the JSON library.
func ioFault(id string, cause *fault, g grammar) *fault {
	if g.xContent && cause.typ != typeCoercion {
		return &fault{typ: typeXContent, reason: cause.reason, cause: cause}
	}
	return &fault{typ: typeIO, reason: "could not parse watch [" + id + "]", cause: cause}
}

func (r *reader) watch() (*Object, error) {
	f := newForm("trigger", "input", "condition", "transform", "throttle_period_in_millis", "actions", "metadata")
	r.next()
	err := r.eachOr(
		func(name string) error { return r.watchField(f, name) },
		func() error { return parseFault("could not parse watch [%s], unexpected token [%s]", r.id, r.token) },
	)
	if err != nil {
		return nil, err
	}
	if !f.has("trigger") {
		return nil, parseFault("could not parse watch [%s]. missing required field [trigger]", r.id)
	}
	if r.late != nil {
		return nil, r.late
	}
	f.setDefault("input", func() any { return single("none", &Object{}) })
	f.setDefault("condition", func() any { return single("always", &Object{}) })
	f.setDefault("actions", func() any { return &Object{} })
	return f.object(), nil
}

func (r *reader) watchField(f *form, name string) error {
	switch name {
	case "trigger":
		return setValue(f, name, r.trigger)
	case "input":
		return setValue(f, name, r.input)
	case "condition":
		return setValue(f, name, r.condition)
	case "transform":
		return r.setTransform(f)
	case "throttle_period_in_millis":
		return r.setMillis(f, name)
	case "throttle_period":
		if err := r.setDuration(f, "throttle_period_in_millis", name); err != nil {
			return wrapParse(err, "could not parse watch [%s]. failed to parse time value for field [%s]", r.id, name)
		}
		return nil
	case "actions":
		return setValue(f, name, r.actions)
	case "metadata":
		return setValue(f, name, r.mapped)
	case "status":
		r.take()
		return nil
	}
	if r.oldFields && (name == "_status" || name == "_version") {
		r.take()
		return nil
	}
	return parseFault("could not parse watch [%s]. unexpected field [%s]", r.id, name)
}

// setValue sets what a part gives, if it gives anything.
func setValue[T any](f *form, name string, read func() (T, error)) error {
	v, err := read()
	if err != nil {
		return err
	}
	f.set(name, v)
	return nil
}
