package watcher

import "strings"

// httpRequest reads the request of an http input, a webhook or an e-mail's
// http attachment (spec/watch-written-form.md 8).
func (r *reader) httpRequest() (any, error) {
	f := newForm("scheme", "host", "port", "method", "path", "params", "headers", "auth", "body",
		"connection_timeout_in_millis", "read_timeout_millis", "proxy")
	h := httpRequest{reader: r, form: f, params: &Object{}, headers: &Object{}}
	f.set("scheme", "http")
	f.set("method", "get")
	f.set("params", h.params)
	f.set("headers", h.headers)
	if err := r.each(h.field); err != nil {
		return nil, err
	}
	if !f.has("host") {
		return nil, parseFault("could not parse http request template. missing required [host] string field")
	}
	if h.port <= 0 {
		return nil, parseFault("could not parse http request template. wrong port for [port]")
	}
	f.set("port", jsonInt(h.port))
	return f.object(), nil
}

type httpRequest struct {
	*reader
	form            *form
	params, headers *Object
	port            int
}

func (h *httpRequest) field(name string) error {
	switch name {
	case "proxy":
		return h.setProxy(h.form)
	case "path", "body":
		return setValue(h.form, name, func() (any, error) { return h.templateField(name) })
	case "headers":
		return h.templates(h.headers, name)
	case "params":
		return h.templates(h.params, name)
	case "url":
		text, err := h.text()
		if err != nil {
			return err
		}
		return h.url(text)
	case "connection_timeout_in_millis", "read_timeout_millis":
		return h.setMillis(h.form, name)
	case "connection_timeout":
		return h.timeout(name, "connection_timeout_in_millis")
	case "read_timeout":
		return h.timeout(name, "read_timeout_millis")
	}
	return h.plainField(name)
}

func (h *httpRequest) timeout(name, key string) error {
	if err := h.setDuration(h.form, key, key); err != nil {
		return wrapParse(err, "could not parse http request template. invalid time value for [%s] field", name)
	}
	return nil
}

func (h *httpRequest) plainField(name string) error {
	switch h.token {
	case startObject:
		if name != "auth" {
			return parseFault("could not parse http request template. unexpected object field [%s]", name)
		}
		return h.setAuth(h.form)
	case valueString:
		text, _ := h.value().(string)
		return h.stringField(name, text)
	case valueNumber:
		if name != "port" {
			return parseFault("could not parse http request template. unexpected numeric field [%s]", name)
		}
		n, err := h.int()
		h.port = int(n)
		return err
	default:
		return parseFault("could not parse http request template. unexpected token [%s] for field [%s]", h.token, name)
	}
}

func (h *httpRequest) stringField(name, text string) error {
	switch name {
	case "scheme":
		return h.setScheme(text)
	case "method":
		switch method := strings.ToLower(text); method {
		case "head", "get", "post", "put", "delete":
			h.form.set(name, method)
			return nil
		}
		return faultf(typeArgument, "unsupported http method [%s]", strings.ToUpper(text))
	case "host":
		h.form.set(name, text)
		return nil
	default:
		return parseFault("could not parse http request template. unexpected string field [%s]", name)
	}
}

func (h *httpRequest) setScheme(text string) error {
	scheme, err := httpScheme(text)
	if err != nil {
		return err
	}
	h.form.set("scheme", scheme)
	return nil
}

func httpScheme(text string) (string, error) {
	scheme := strings.ToLower(text)
	if scheme != "http" && scheme != "https" {
		return "", faultf(typeArgument, "unsupported http scheme [%s]", scheme)
	}
	return scheme, nil
}

func (h *httpRequest) templateField(name string) (any, error) {
	t, err := h.template()
	if err != nil {
		return nil, wrapParse(err, "could not parse http request template. could not parse value for [%s] field", name)
	}
	return t, nil
}

func (h *httpRequest) templates(into *Object, field string) error {
	return h.each(func(name string) error {
		t, err := h.templateField(field)
		if err != nil {
			return err
		}
		into.Set(name, t)
		return nil
	})
}

// url takes a url apart as the server does with java.net.URI: user and
// fragment are dropped in silence.
func (h *httpRequest) url(text string) error {
	if text == "" {
		return parseFault("Configured URL is empty, please configure a valid URL")
	}
	u, ok := parseURI(text)
	if !ok {
		return parseFault("Malformed URL [%s]", text)
	}
	if u.scheme == "" {
		return parseFault("URL [%s] does not contain a scheme", text)
	}
	if err := h.setScheme(u.scheme); err != nil {
		return err
	}
	h.port = u.port
	if h.port <= 0 {
		h.port = map[string]int{"http": 80, "https": 443}[strings.ToLower(u.scheme)]
	}
	h.form.unset("host")
	if u.host != "" {
		h.form.set("host", u.host)
	}
	if u.path != "" {
		h.form.set("path", u.path)
	}
	decodeQuery(u.query, h.ampersandOnly, func(name, value string) { h.params.Set(name, value) })
	return nil
}

// setAuth reads basic authentication: the type's name is not looked at.
func (r *reader) setAuth(f *form) error {
	return r.eachOr(func(string) error {
		if r.token != startObject {
			return nil
		}
		basic, err := r.basicAuth()
		if err != nil {
			return err
		}
		f.set("auth", single("basic", basic))
		return nil
	}, func() error { return nil })
}

func (r *reader) basicAuth() (any, error) {
	f := newForm("username", "password")
	err := r.eachOr(func(name string) error {
		switch {
		case r.token != valueString:
			return parseFault("unsupported token [%s]", r.token)
		case name == "username":
			f.set(name, r.value())
			return nil
		case name == "password":
			return r.secret(f)
		default:
			return parseFault("unsupported field [%s]", name)
		}
	}, func() error { return parseFault("unsupported token [%s]", r.token) })
	if err != nil {
		return nil, err
	}
	if !f.has("username") {
		return nil, parseFault("username is a required option")
	}
	return f.object(), nil
}

// secret reads a password. A redacted one is a mistake in a plain put and
// means the stored one in a merging put.
func (r *reader) secret(f *form) error {
	text, _ := r.value().(string)
	switch {
	case r.canonical:
		text = Redacted
	case text != Redacted || r.redact:
	case r.merge:
		f.unset("password")
		return nil
	default:
		return parseFault("found redacted password in field [%s]", r.name())
	}
	f.set("password", text)
	return nil
}

// setProxy reads a proxy; members that it does not know are read over.
func (r *reader) setProxy(f *form) error {
	p := newForm("host", "port", "scheme")
	err := r.each(func(name string) error {
		if name != "host" && name != "port" && name != "scheme" {
			return nil
		}
		if name == "port" {
			return r.proxyPort(p)
		}
		text, err := r.text()
		if err == nil && name == "scheme" {
			text, err = httpScheme(text)
		}
		p.set(name, text)
		return err
	})
	if err != nil {
		return err
	}
	host, given := p.get("host")
	if !given || !p.has("port") {
		return parseFault("Proxy must contain 'port' and 'host' field")
	}
	f.unset("proxy")
	if text, _ := host.(string); strings.TrimSpace(text) != "" {
		f.set("proxy", p.object())
	}
	return nil
}

func (r *reader) proxyPort(p *form) error {
	const most = 65534
	n, err := r.int()
	if err != nil {
		return err
	}
	if n <= 0 || n > most {
		return parseFault("Proxy port must be between 1 and 65534, but was %d", n)
	}
	p.set("port", jsonInt(int(n)))
	return nil
}
