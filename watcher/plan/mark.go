package plan

import (
	"github.com/sigwatch/sigwatch/watcher"
)

// mark is what metadata.sigwatch of a live watch says.
type mark struct {
	schema, owner, watch, rule, file, title string
	ruleHash, settingsHash, watchHash       string
}

func readMark(body *watcher.Object) mark {
	meta := member(body, "metadata")
	sig := member(meta, "sigwatch")
	return mark{
		schema:       text(sig, "schema"),
		owner:        text(sig, "owner"),
		watch:        text(sig, "watch"),
		rule:         text(sig, "rule"),
		file:         text(sig, "file"),
		title:        text(member(meta, "sigma"), "title"),
		ruleHash:     text(sig, "rule_hash"),
		settingsHash: text(sig, "settings_hash"),
		watchHash:    text(sig, "watch_hash"),
	}
}

func (m mark) ref() watcher.RuleRef {
	return watcher.RuleRef{ID: m.rule, Title: m.title, File: m.file}
}

// standing tells whose a live watch is.
type standing int

const (
	foreign standing = iota
	// newer is a watch of ours that a later release wrote.
	newer
	// copied bears the mark of another watch of ours: somebody copied one by
	// hand, and what a person made is not ours to delete.
	copied
	ours
)

// stand judges by the mark alone. A broken body has none: then what the
// listing said about its owner counts.
func stand(live *watcher.Live, m mark, owner string) standing {
	if live.Body == nil {
		if live.Owner == owner && owner != "" {
			return ours
		}
		return foreign
	}
	switch {
	case m.owner != owner || owner == "":
		return foreign
	case m.schema != Schema:
		return newer
	case m.watch != "" && m.watch != live.ID:
		return copied
	default:
		return ours
	}
}

// member returns the object of that name, or nil; a nil object has none.
func member(o *watcher.Object, name string) *watcher.Object {
	if o == nil {
		return nil
	}
	v, _ := o.Get(name)
	sub, _ := v.(*watcher.Object)
	return sub
}

// text returns the text of that name, or nothing.
func text(o *watcher.Object, name string) string {
	if o == nil {
		return ""
	}
	v, _ := o.Get(name)
	s, _ := v.(string)
	return s
}
