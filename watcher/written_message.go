package watcher

import "strings"

// slackMessage reads the message of a slack action.
func (a *action) slackMessage() (any, error) {
	f := newForm("from", "to", "text", "icon", "attachments", "dynamic_attachments")
	err := a.each(func(name string) error {
		switch name {
		case "from":
			return setValue(f, name, a.text)
		case "to":
			return a.grow(f, name, a.template)
		case "text", "icon":
			return setValue(f, name, a.template)
		case "attachments":
			if err := a.grow(f, name, a.slackAttachment); err != nil {
				return wrapParse(err, "could not parse slack message. failed to parse [attachments] field.")
			}
			return nil
		case "dynamic_attachments":
			if err := setValue(f, name, a.dynamicAttachments); err != nil {
				// The server names the wrong field.
				return wrapParse(err, "could not parse slack message. failed to parse [icon] field.")
			}
			return nil
		default:
			return parseFault("could not parse slack message. unknown field [%s].", name)
		}
	})
	return f.object(), err
}

// grow adds one value or a list of values to a list, which is not written
// while it is empty.
func (a *action) grow(f *form, name string, read func() (any, error)) error {
	old, _ := f.get(name)
	list, _ := old.([]any)
	one := func() error {
		v, err := read()
		list = append(list, v)
		return err
	}
	var err error
	if a.token == startArray {
		err = a.elements(one)
	} else {
		err = one()
	}
	if len(list) > 0 {
		f.set(name, list)
	}
	return err
}

// list is one value or a list of values, written as a list even when empty.
func (a *action) list(f *form, name string, read func() (any, error)) error {
	f.set(name, []any{})
	return a.grow(f, name, read)
}

// slackAttachment reads an attachment, given or as the template of dynamic
// ones.
func (a *action) slackAttachment() (any, error) {
	f := newForm("fallback", "color", "pretext", "author_name", "author_link", "author_icon", "title", "title_link",
		"text", "fields", "image_url", "thumb_url", "mrkdwn_in", "actions")
	if err := a.each(func(name string) error { return a.slackAttachmentField(f, name) }); err != nil {
		return nil, err
	}
	for _, needs := range [...][2]string{{"author_link", "author_name"}, {"author_icon", "author_name"}, {"title_link", "title"}} {
		if f.has(needs[0]) && !f.has(needs[1]) {
			return nil, parseFault("could not parse message attachment field. found field [%s], but no [%s] is defined", needs[0], needs[1])
		}
	}
	return f.object(), nil
}

func (a *action) slackAttachmentField(f *form, name string) error {
	switch name {
	case "fallback", "color", "pretext", "author_name", "author_link", "author_icon", "title", "title_link",
		"text", "image_url", "thumb_url":
		return setValue(f, name, a.template)
	case "fields":
		f.unset(name)
		if err := a.list(f, name, a.slackField); err != nil {
			return wrapParse(err, "could not parse message attachment. failed to parse [fields] field")
		}
		return nil
	case "mrkdwn_in":
		return a.list(f, name, func() (any, error) { return a.text() })
	case "actions":
		if a.token != startObject {
			return nil
		}
		return a.grow(f, name, a.slackButton)
	default:
		return parseFault("could not parse message attachment field. unexpected field [%s]", name)
	}
}

func (a *action) slackField() (any, error) {
	f := newForm("title", "value", "short")
	f.set("short", false)
	err := a.each(func(name string) error {
		switch name {
		case "title", "value":
			return setValue(f, name, a.template)
		case "short":
			if a.token != valueBoolean {
				return parseFault("could not parse message attachment field. expected a boolean value for [short] field, but found [%s]", a.token)
			}
			f.set(name, a.value())
			return nil
		default:
			return parseFault("could not parse message attachment field. unexpected field [%s]", name)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, name := range [...]string{"title", "value"} {
		if !f.has(name) {
			return nil, parseFault("could not parse message attachment field. missing required [%s] field", name)
		}
	}
	return f.object(), nil
}

// slackButton reads an attachment's action; what is not given is written as
// null.
func (a *action) slackButton() (any, error) {
	names := []string{"name", "style", "type", "text", "url"}
	f := newForm(names...)
	var fields []objectField
	for _, name := range names {
		f.set(name, nil)
		fields = append(fields, objectField{name: name, takes: tokenSet(valueString), read: func() error {
			f.set(name, a.value())
			return nil
		}})
	}
	err := a.objectParser("action", fields)
	return f.object(), err
}

func (a *action) dynamicAttachments() (any, error) {
	f := newForm("list_path", "attachment_template")
	err := a.each(func(name string) error {
		switch name {
		case "list_path":
			if a.token != valueString {
				return parseFault("could not parse dynamic attachments. expected a string value for [list_path] field, but found [%s]", a.token)
			}
			f.set(name, a.value())
			return nil
		case "attachment_template":
			if err := setValue(f, name, a.slackAttachment); err != nil {
				return wrapParse(err, "could not parse dynamic attachments. failed to parse [attachment_template] field")
			}
			return nil
		default:
			return parseFault("could not parse dynamic attachments. unexpected field [%s]", name)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, name := range [...]string{"list_path", "attachment_template"} {
		if !f.has(name) {
			return nil, parseFault("could not parse dynamic attachments. missing required field [%s]", name)
		}
	}
	return f.object(), nil
}

// pagerduty reads an event, which lies directly under the action's type.
func (a *action) pagerduty() (any, error) {
	f := newForm("description", "incident_key", "client", "client_url", "event_type", "attach_payload", "account", "proxy", "contexts")
	f.set("description", nil)
	err := a.each(func(name string) error {
		switch name {
		case "incident_key", "description", "client", "client_url", "event_type":
			return setValue(f, name, a.template)
		case "account":
			return setValue(f, name, a.text)
		case "proxy":
			return a.setProxy(f)
		case "attach_payload":
			if a.token != valueBoolean {
				return parseFault("could not parse pager duty event template. failed to parse field [attach_payload], expected a boolean value but found [%s] instead", a.token)
			}
			f.set(name, a.value())
			return nil
		case "contexts", "context":
			return a.contexts(f)
		default:
			return parseFault("could not parse pager duty event template. unexpected field [%s]", name)
		}
	})
	return f.object(), err
}

// contexts reads a list; anything else is passed over.
func (a *action) contexts(f *form) error {
	if a.token != startArray {
		return nil
	}
	list := []any{}
	err := a.elements(func() error {
		c, err := a.incidentContext()
		list = append(list, c)
		return err
	})
	if err != nil && asFault(err).typ == typeParse {
		// The server drops the cause.
		return parseFault("could not parse pager duty event template. failed to parse field [%s]", a.cursor.name())
	}
	f.set("contexts", list)
	return err
}

func (a *action) incidentContext() (any, error) {
	const context = "could not parse trigger incident event context. "
	f := newForm("type", "src", "href", "text", "alt")
	err := a.eachOr(func(name string) error {
		switch name {
		case "type":
			text, err := a.text()
			kind := strings.ToLower(text)
			f.set(name, kind)
			if err == nil && kind != "link" && kind != "image" {
				err = parseFault(context+"unknown context type [%s]", text)
			}
			return err
		case "href", "text", "src", "alt":
			return setValue(f, name, a.template)
		default:
			if _, err := a.template(); err != nil {
				return err
			}
			return parseFault(context+"unknown field [%s]", name)
		}
	}, func() error { return nil })
	if err == nil {
		err = checkContext(f, context)
	}
	if err != nil {
		return nil, err
	}
	return f.object(), nil
}

func checkContext(f *form, context string) error {
	kind, given := f.get("type")
	if !given {
		return parseFault("%smissing required field [type]", context)
	}
	needs, not := "href", []string{"src", "alt"}
	if kind == "image" {
		needs, not = "src", []string{"text"}
	}
	if !f.has(needs) {
		return parseFault(context+"missing required field [%s] for [%s] context", needs, kind)
	}
	for _, name := range not {
		if f.has(name) {
			return parseFault(context+"unexpected field [%s] for [%s] context", name, kind)
		}
	}
	return nil
}

// hipchatMessage reads the message of a hipchat action (6.x).
func (a *action) hipchatMessage() (any, error) {
	f := newForm("from", "room", "user", "body", "format", "color", "notify")
	err := a.each(func(name string) error { return a.hipchatField(f, name) })
	if err != nil {
		return nil, err
	}
	if !f.has("body") {
		return nil, parseFault("failed to parse hipchat message. missing required [body] field")
	}
	return f.object(), nil
}

func (a *action) hipchatField(f *form, name string) error {
	switch name {
	case "from":
		return setValue(f, name, a.text)
	case "room", "user":
		f.unset(name)
		return a.grow(f, name, a.template)
	case "color", "body":
		return setValue(f, name, a.template)
	case "notify":
		if a.token != valueBoolean {
			return parseFault("failed to parse hipchat message. failed to parse [notify] field, expected a boolean value but found [%s]", a.token)
		}
		f.set(name, a.value())
		return nil
	case "format":
		text, err := a.text()
		format := strings.ToLower(text)
		if err == nil && format != "text" && format != "html" {
			err = wrapAny(faultf(typeArgument, "No enum constant org.elasticsearch.xpack.watcher.notification.hipchat.HipChatMessage.Format.%s", strings.ToUpper(text)),
				"failed to parse hipchat message. failed to parse [format] field")
		}
		f.set(name, format)
		return err
	default:
		return parseFault("failed to parse hipchat message. unexpected field [%s]", name)
	}
}
