package watcher

import (
	"strings"
)

// email reads an e-mail action (spec/watch-written-form.md 10).
func (a *action) email() (any, error) {
	f := newForm("account", "user", "password", "profile", "attach_data", "attachments",
		"from", "reply_to", "priority", "to", "cc", "bcc", "subject", "body")
	f.set("profile", "standard")
	if err := a.each(func(name string) error { return a.emailField(f, name) }); err != nil {
		return nil, err
	}
	if !f.has("user") {
		f.unset("password")
	} else if !f.has("password") {
		a.later(&fault{
			typ: typeNull,
			reason: `Cannot invoke "org.elasticsearch.xpack.core.watcher.common.secret.Secret.value()" because the return value of ` +
				`"org.elasticsearch.xpack.watcher.notification.email.Authentication.password()" is null`,
			suppressed: []Cause{{
				Type: typeState, Reason: "Failed to close the XContentBuilder",
				CausedBy: &Cause{Type: typeIO, Reason: "Unclosed object or array found"},
			}},
		})
	}
	return f.object(), nil
}

func (a *action) emailField(f *form, name string) error {
	switch name {
	case "attach_data":
		return a.attachData(f)
	case "attachments":
		return a.attachments(f)
	case "from":
		if err := setValue(f, name, a.template); err != nil {
			return err
		}
		v, _ := f.get(name)
		return a.checkAddress(v)
	case "reply_to", "to", "cc", "bcc":
		if err := setValue(f, name, a.templateList); err != nil {
			return err
		}
		return a.checkAddresses(f, name)
	case "priority", "subject":
		return setValue(f, name, a.template)
	case "body":
		return a.mailBody(f)
	}
	text, ok := a.value().(string)
	if !ok || a.token != valueString {
		return parseFault("could not parse [email] action [%s]. unexpected token [%s]", a.name, a.token)
	}
	return a.emailText(f, name, text)
}

func (a *action) emailText(f *form, name, text string) error {
	switch name {
	case "account", "user":
		f.set(name, text)
		return nil
	case "password":
		return a.secret(f)
	case "profile":
		switch profile := strings.ToLower(text); profile {
		case "std", "standard":
			f.set(name, "standard")
		case "outlook", "gmail", "mac":
			f.set(name, profile)
		default:
			return parseFault("could not parse [email] action [%s]", a.name)
		}
		return nil
	default:
		return parseFault("could not parse [email] action [%s]. unexpected string field [%s]", a.name, name)
	}
}

func (a *action) checkAddresses(f *form, name string) error {
	v, _ := f.get(name)
	list, _ := v.([]any)
	for _, t := range list {
		if err := a.checkAddress(t); err != nil {
			return err
		}
	}
	return nil
}

// checkAddress: a template without mustache is parsed as addresses when the
// watch is put (7.3 on).
func (a *action) checkAddress(template any) error {
	if !a.checkMail {
		return nil
	}
	text, ok := template.(string)
	if o, is := template.(*Object); is {
		var source any
		source, ok = o.Get("source")
		if text, is = source.(string); ok && !is {
			text = string(Encode(source))
		}
	}
	if !ok || strings.Contains(text, "{{") {
		return nil
	}
	if why := checkAddressList(text); why != "" {
		return wrapAny(faultf(typeAddress, "%s", why), "invalid email address [%s]", text)
	}
	return nil
}

// mailBody reads a text or {"text", "html"}; anything else is passed over.
func (a *action) mailBody(f *form) error {
	body := newForm("text", "html")
	if old, ok := f.get("body"); ok {
		for _, m := range old.(*Object).Members {
			body.set(m.Name, m.Value)
		}
	}
	var err error
	switch a.token {
	case valueString:
		err = setValue(body, "text", a.template)
	case startObject:
		err = a.eachOr(func(name string) error {
			if name == "text" || name == "html" {
				return setValue(body, name, a.template)
			}
			return parseFault("could not parse email template. unknown field [body.%s] field", name)
		}, func() error { return parseFault("could not parse email template. empty [body] field") })
	default:
	}
	if o := body.object(); len(o.Members) > 0 {
		f.set("body", o)
	}
	return err
}

func (a *action) attachData(f *form) error {
	f.unset("attach_data")
	format := "yaml"
	switch a.token {
	case valueNull:
		return nil
	case valueBoolean:
		if a.value() == false {
			return nil
		}
	case startObject:
		err := a.each(func(name string) (err error) {
			if name != "format" {
				return parseFault("could not parse data attachment. unexpected field [%s]", name)
			}
			format, err = a.dataFormat(name)
			return err
		})
		if err != nil {
			return err
		}
	default:
		return parseFault("could not parse data attachment. expected either a boolean value or an object but found [%s] instead", a.token)
	}
	f.set("attach_data", single("format", format))
	return nil
}

func (a *action) dataFormat(name string) (string, error) {
	text, ok := a.value().(string)
	if !ok || a.token != valueString {
		return "", parseFault("could not parse data attachment. expected string value for [%s] field but found [%s] instead", name, a.token)
	}
	format := strings.ToLower(text)
	if format != "yaml" && format != "json" {
		return "", faultf(typeArgument, "unknown data attachment format [%s]", text)
	}
	return format, nil
}

func (a *action) attachments(f *form) error {
	all := &Object{}
	err := a.eachOr(func(id string) error {
		if a.token != startObject {
			return nil
		}
		kind := "null"
		if a.next() == fieldName {
			kind = a.cursor.name()
		}
		a.next()
		body, err := a.attachment(kind)
		if err != nil {
			return err
		}
		all.Set(id, single(kind, body))
		a.next()
		return nil
	}, func() error { return nil })
	f.unset("attachments")
	if len(all.Members) > 0 {
		f.set("attachments", all)
	}
	return err
}

func (a *action) attachment(kind string) (any, error) {
	switch kind {
	case "data":
		format := "yaml"
		err := a.eachOr(func(name string) (err error) {
			if name == "format" {
				format, err = a.dataFormat(name)
			}
			return err
		}, func() error { return nil })
		return single("format", format), err
	case "http":
		return a.httpAttachment()
	case "reporting":
		return a.reporting()
	default:
		return nil, parseFault("Cannot parse attachment of type [%s]", kind)
	}
}

func (a *action) httpAttachment() (any, error) {
	f := newForm("request", "content_type", "inline")
	err := a.each(func(name string) error {
		switch name {
		case "content_type":
			return setValue(f, name, a.text)
		case "inline":
			return setValue(f, name, a.boolean)
		case "request":
			return setValue(f, name, a.httpRequest)
		default:
			return parseFault("Unknown field name [%s] in http request attachment configuration", name)
		}
	})
	if err != nil {
		return nil, err
	}
	if !f.has("request") {
		return nil, parseFault("Could not parse http request attachment")
	}
	if kind, _ := f.get("content_type"); kind == "" {
		f.unset("content_type")
	}
	if inline, _ := f.get("inline"); inline == false {
		f.unset("inline")
	}
	return f.object(), nil
}

func (a *action) reporting() (any, error) {
	f := newForm("url", "retries", "interval", "inline", "auth", "proxy")
	f.set("url", nil)
	err := a.objectParser("reporting_attachment", a.reportingFields(f))
	if err != nil {
		return nil, err
	}
	if n, _ := f.get("retries"); n != nil && strings.HasPrefix(string(Encode(n)), "-") {
		return nil, faultf(typeArgument, "Retries for attachment must be >= 0")
	}
	if inline, _ := f.get("inline"); inline == false {
		f.unset("inline")
	}
	return f.object(), nil
}

func (a *action) reportingFields(f *form) []objectField {
	text := tokenSet(valueString)
	object := tokenSet(startObject, valueBoolean)
	unlessBool := func(read func(*form) error) func() error {
		return func() error {
			if a.token == valueBoolean {
				return nil
			}
			return read(f)
		}
	}
	return []objectField{
		{name: "retries", takes: tokenSet(valueNumber, valueString), read: func() error {
			n, err := a.int()
			f.set("retries", jsonInt(int(n)))
			return err
		}},
		{name: "inline", takes: tokenSet(valueBoolean, valueString), read: func() error { return setValue(f, "inline", a.boolean) }},
		{name: "interval", takes: text, read: func() error { return setValue(f, "interval", a.reportingInterval) }},
		{name: "url", takes: text, read: func() error { return setValue(f, "url", a.text) }},
		{name: "auth", takes: object, read: unlessBool(a.setAuth)},
		{name: "proxy", takes: object, read: unlessBool(a.setProxy)},
	}
}
