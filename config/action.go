package config

import (
	"encoding/json"
	"fmt"
	"regexp"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/watcher"
)

// actions reads the actions. A body is Watcher's own grammar and passes as it
// is, once its keys are known; e-mail is the one kind there is so far.
func (r *reader) actions(to *[]Action) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.pairs(n, func(name Text, n *yaml.Node) {
			if !regexp.MustCompile(`\A[A-Za-z0-9_-]+\z`).MatchString(name.Value) {
				r.report(name.Span, "config/bad-value", "use letters, digits, _ and -", "%q is no name of an action", name.Value)
				return
			}
			body, ok := r.action(n)
			if !ok {
				r.faulty = append(r.faulty, name.Value)
				return
			}
			*to = append(*to, Action{ID: name.Value, Span: name.Span, Body: body})
		})
	}
}

func (r *reader) action(n *yaml.Node) (*watcher.Object, bool) {
	body, good := &watcher.Object{}, true
	r.mapping(n,
		key{"email", func(n *yaml.Node) {
			email, ok := r.email(n)
			body.Set("email", email)
			good = good && ok
		}},
		key{"throttle_period", func(n *yaml.Node) {
			t, ok := r.text(n)
			body.Set("throttle_period", t.Value)
			good = good && ok
		}},
	)
	if _, ok := body.Get("email"); !ok && good {
		r.report(r.span(n), "config/missing-key", "e-mail is the one kind of action so far: {email: {to: [soc@example.org]}}", "the action says nothing that it does")
		return nil, false
	}
	return body, good
}

// email reads an e-mail action (spec of the watch document, section 6). Text
// and subject may be left out: the build has its own.
func (r *reader) email(n *yaml.Node) (*watcher.Object, bool) {
	before := len(r.ds)
	email := &watcher.Object{}
	var keys []key
	for _, name := range []string{"account", "from", "to", "cc", "bcc", "reply_to", "subject", "body", "priority", "profile", "attachments", "attach_data"} {
		keys = append(keys, key{name, func(n *yaml.Node) { email.Set(name, r.tree(n)) }})
	}
	r.mapping(n, keys...)
	r.recipients(n, email)
	return email, len(r.ds) == before
}

func (r *reader) recipients(n *yaml.Node, email *watcher.Object) {
	for _, name := range []string{"to", "cc", "bcc"} {
		v, ok := email.Get(name)
		if list, isList := v.([]any); ok && (!isList || len(list) > 0) {
			return
		}
	}
	r.report(r.span(n), "config/missing-key", "write to: [soc@example.org]", "the e-mail goes to nobody")
}

// tree turns YAML into the JSON that a watch holds.
func (r *reader) tree(n *yaml.Node) any {
	n, ok := r.resolve(n)
	if !ok {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		o := &watcher.Object{}
		r.pairs(n, func(name Text, n *yaml.Node) { o.Set(name.Value, r.tree(n)) })
		return o
	case yaml.SequenceNode:
		list := []any{}
		for _, kid := range n.Content {
			list = append(list, r.tree(kid))
		}
		return list
	default:
		return r.scalar(n)
	}
}

func (r *reader) scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true" || n.Value == "True" || n.Value == "TRUE"
	case "!!int", "!!float":
		if number := json.Number(n.Value); json.Valid([]byte(number)) {
			return number
		}
		r.report(r.span(n), "config/bad-value", fmt.Sprintf("put it in quotes: %q", n.Value), "JSON knows no number %s", n.Value)
		return nil
	default:
		return n.Value
	}
}
