package watcher

import (
	"strconv"
	"strings"
)

// Change is one place where two trees differ.
type Change struct {
	// Path names the place from the root: members after dots, elements in
	// brackets (actions.soc-mail.email.to[0]), and a name that would not be
	// clear so in brackets and quotes (condition.compare["ctx.payload.x"]).
	// It is empty for the root itself.
	Path string
	// Before and After are the values there. Where there is none (the place
	// was added or removed) they are Absent.
	Before, After any
}

// Absent stands in a Change for a value that is not there, which is not the
// same as a null.
type Absent struct{}

// Diff lists the places where two trees differ as data (see Equal), in the
// order of before, followed in each object by what only after has. Two trees
// without a difference give nil. Lists are compared place by place.
func Diff(before, after any) []Change {
	d := differ{}
	d.compare("", before, after)
	return d.changes
}

type differ struct{ changes []Change }

func (d *differ) add(path string, before, after any) {
	d.changes = append(d.changes, Change{Path: path, Before: before, After: after})
}

func (d *differ) compare(path string, before, after any) {
	switch b := before.(type) {
	case *Object:
		if a, ok := after.(*Object); ok && a != nil && b != nil {
			d.objects(path, b, a)
			return
		}
	case []any:
		if a, ok := after.([]any); ok {
			d.lists(path, b, a)
			return
		}
	}
	if !Equal(before, after) {
		d.add(path, before, after)
	}
}

func (d *differ) objects(path string, before, after *Object) {
	for i := range before.Members {
		m := &before.Members[i]
		p := joinName(path, m.Name)
		if v, there := after.Get(m.Name); there {
			d.compare(p, m.Value, v)
		} else {
			d.add(p, m.Value, Absent{})
		}
	}
	for i := range after.Members {
		m := &after.Members[i]
		if _, there := before.Get(m.Name); !there {
			d.add(joinName(path, m.Name), Absent{}, m.Value)
		}
	}
}

func (d *differ) lists(path string, before, after []any) {
	for i := range max(len(before), len(after)) {
		p := path + "[" + strconv.Itoa(i) + "]"
		switch {
		case i >= len(after):
			d.add(p, before[i], Absent{})
		case i >= len(before):
			d.add(p, Absent{}, after[i])
		default:
			d.compare(p, before[i], after[i])
		}
	}
}

func joinName(path, name string) string {
	if name == "" || strings.ContainsAny(name, ".[]\" \t\r\n") {
		return path + "[" + string(appendString(nil, name)) + "]"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}
