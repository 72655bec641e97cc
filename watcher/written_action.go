package watcher

import (
	"encoding/json"
	"strings"
)

// actions reads {ID: {…}, …} in order. What is no object is passed over in
// silence.
func (r *reader) actions() (*Object, error) {
	if r.token != startObject {
		return nil, parseFault("could not parse actions for watch [%s]. expected an object but found [%s] instead", r.id, r.token)
	}
	all := NewObject(1)
	id, named := "", false
	for {
		switch r.next() {
		case endObject:
			return all, nil
		case noToken:
			return nil, r.nullToken()
		case fieldName:
			id, named = r.name(), true
			if !isID(id) {
				return nil, parseFault("could not parse action [%s] for watch [%s]. id contains whitespace", id, r.id)
			}
		case startObject:
			if !named {
				continue
			}
			a, err := r.action(id)
			if err != nil {
				return nil, err
			}
			all.Set(id, a)
		default:
		}
	}
}

// isID tells whether that may be the id of a watch or an action: not empty,
// and no white space of ASCII's in it.
func isID(id string) bool { return id != "" && !strings.ContainsAny(id, " \t\n\v\f\r") }

// action reads one action with what surrounds it. Of several types the last
// stays.
func (r *reader) action(id string) (any, error) {
	f := newForm("throttle_period_in_millis", "condition", "transform", "foreach", "max_iterations")
	f.set("max_iterations", json.Number("100"))
	a := action{reader: r, name: r.id + "/" + id}
	if err := r.each(func(name string) error { return a.field(f, name) }); err != nil {
		return nil, err
	}
	if a.kind == "" {
		return nil, parseFault("could not parse watch action [%s]. missing action type", a.name)
	}
	if path, _ := f.get("foreach"); path == nil || path == "" {
		f.unset("foreach")
	}
	if !r.maxIterations || !f.has("foreach") {
		f.unset("max_iterations")
	}
	f.end(a.kind, a.body)
	return f.object(), nil
}

// action is one action while it is read; name is watch/action as in texts.
type action struct {
	*reader
	name string
	kind string
	body any
}

func (a *action) field(f *form, name string) error {
	switch name {
	case "condition":
		return setValue(f, name, a.condition)
	case "transform":
		return a.setTransform(f)
	case "throttle_period_in_millis":
		return a.setMillis(f, name)
	case "throttle_period":
		if err := a.setDuration(f, "throttle_period_in_millis", name); err != nil {
			return wrapParse(err, "could not parse action [%s]. failed to parse field [%s] as time value", a.name, name)
		}
		return nil
	}
	switch {
	case a.foreach && name == "foreach":
		return setValue(f, name, a.text)
	case a.maxIterations && name == "max_iterations":
		n, err := a.int()
		f.set(name, jsonInt(int(n)))
		return err
	}
	return a.typed(name)
}

func (a *action) typed(kind string) (err error) {
	var body any
	switch kind {
	case "email":
		body, err = a.email()
	case "webhook":
		body, err = a.webhook()
	case "index":
		body, err = a.index()
	case "logging":
		body, err = a.logging()
	case "slack":
		body, err = a.slack()
	case "pagerduty":
		body, err = a.pagerduty()
	case "jira":
		body, err = a.jira()
	case "hipchat":
		if !a.reader.hipchat {
			return a.unknown(kind)
		}
		body, err = a.hipchat()
	default:
		return a.unknown(kind)
	}
	a.kind, a.body = kind, body
	return err
}

func (a *action) unknown(kind string) error {
	return parseFault("could not parse action [%s]. unknown action type [%s]", a.name, kind)
}

func (a *action) webhook() (any, error) {
	w, err := a.httpRequest()
	if err != nil {
		return nil, wrapParse(err, "could not parse [webhook] action [%s]. failed parsing http request template", a.name)
	}
	return w, nil
}

func (a *action) logging() (any, error) {
	f := newForm("category", "level", "text")
	f.set("level", "info")
	err := a.each(func(name string) error { return a.loggingField(f, name) })
	if err != nil {
		return nil, err
	}
	if !f.has("text") {
		return nil, parseFault("failed to parse [logging] action [%s]. missing required [text] field", a.name)
	}
	return f.object(), nil
}

func (a *action) loggingField(f *form, name string) error {
	if name == "text" {
		return setValue(f, name, a.template)
	}
	text, ok := a.value().(string)
	if !ok || a.token != valueString {
		return parseFault("failed to parse [logging] action [%s]. unexpected token [%s]", a.name, a.token)
	}
	switch name {
	case "category":
		f.set(name, text)
		return nil
	case "level":
		switch level := strings.ToLower(text); level {
		case "error", "warn", "info", "debug", "trace":
			f.set(name, level)
			return nil
		}
		return parseFault("failed to parse [logging] action [%s]. unknown logging level [%s]", a.name, text)
	default:
		return parseFault("failed to parse [logging] action [%s]. unexpected string field [%s]", a.name, name)
	}
}

func (a *action) index() (any, error) {
	f := newForm("index", "doc_type", "doc_id", "op_type", "execution_time_field", "timeout_in_millis", "dynamic_name_timezone", "refresh")
	err := a.each(func(name string) error { return a.indexField(f, name) })
	return f.object(), err
}

func (a *action) indexField(f *form, name string) error {
	switch {
	case name == "index":
		return setValue(f, name, a.text)
	case a.token == valueNumber && name == "timeout_in_millis":
		return a.setMillis(f, name)
	case a.token == valueNumber:
		return parseFault("could not parse [index] action [%s]. unexpected number field [%s]", a.name, name)
	case a.token != valueString:
		return parseFault("could not parse [index] action [%s]. unexpected token [%s]", a.name, a.token)
	}
	text, _ := a.value().(string)
	return a.indexText(f, name, text)
}

func (a *action) indexText(f *form, name, text string) error {
	switch name {
	case "doc_id", "execution_time_field":
		f.set(name, text)
		return nil
	case "timeout":
		return a.setDuration(f, "timeout_in_millis", name)
	case "dynamic_name_timezone":
		return setValue(f, name, func() (string, error) { return a.zone(text) })
	case "refresh":
		return a.refresh(f, text)
	}
	switch {
	case name == "doc_type" && a.docType != refused:
		f.set(name, text)
		return nil
	case name == "op_type" && a.opType:
		return a.setOpType(f, text)
	}
	return parseFault("could not parse [index] action [%s]. unexpected string field [%s]", a.name, name)
}

func (a *action) refresh(f *form, text string) error {
	switch text {
	case "true", "false", "wait_for":
	case "":
		text = "true"
	default:
		return faultf(typeArgument, "Unknown value for refresh: [%s].", text)
	}
	f.set("refresh", text)
	return nil
}

func (a *action) setOpType(f *form, text string) error {
	switch lower := strings.ToLower(text); lower {
	case "index", "create":
		f.set("op_type", strings.ToUpper(text))
		return nil
	case "update", "delete":
		return parseFault("could not parse [index] action [%s]. op_type value for field [op_type] must be [index] or [create]", a.name)
	default:
		return parseFault("could not parse [index] action [%s]. failed to parse op_type value for field [op_type]", a.name)
	}
}

// accountAndProxy reads what slack, jira and hipchat have in common.
func (a *action) accountAndProxy(f *form, kind, name string) (done bool, err error) {
	switch name {
	case "account":
		if a.token != valueString {
			return true, parseFault("failed to parse [%s] action [%s]. expected [account] to be of type string, but found [%s] instead", kind, a.name, a.token)
		}
		f.set(name, a.value())
		return true, nil
	case "proxy":
		return true, a.setProxy(f)
	default:
		return false, nil
	}
}

func (a *action) jira() (any, error) {
	f := newForm("account", "proxy", "fields")
	f.set("fields", &Object{})
	err := a.each(func(name string) error {
		if done, err := a.accountAndProxy(f, "jira", name); done {
			return err
		}
		if name == "fields" {
			return setValue(f, name, a.mapped)
		}
		return parseFault("failed to parse [jira] action [%s]. unexpected token [%s/%s]", a.name, a.token, name)
	})
	return f.object(), err
}

// messageAction reads a slack or hipchat action: account, proxy and message.
func (a *action) messageAction(kind string, message func() (any, error)) (any, error) {
	f := newForm("account", "proxy", "message")
	err := a.each(func(name string) error {
		if done, err := a.accountAndProxy(f, kind, name); done {
			return err
		}
		if name != "message" {
			return parseFault("failed to parse [%s] action [%s]. unexpected token [%s]", kind, a.name, a.token)
		}
		if err := setValue(f, name, message); err != nil {
			return wrapAny(err, "failed to parse [%s] action [%s]. failed to parse [message] field", kind, a.name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !f.has("message") {
		return nil, parseFault("failed to parse [%s] action [%s]. missing required [message] field", kind, a.name)
	}
	return f.object(), nil
}

func (a *action) slack() (any, error) { return a.messageAction("slack", a.slackMessage) }

func (a *action) hipchat() (any, error) { return a.messageAction("hipchat", a.hipchatMessage) }
