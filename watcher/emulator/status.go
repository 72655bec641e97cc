package emulator

import (
	"slices"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/store"
)

// The states of an acknowledgement that the server looks at: a good run makes
// an action ackable, an ack makes it acked.
const (
	awaits  = "awaits_successful_execution"
	ackable = "ackable"
	acked   = "acked"
)

// freshStatus is the status of a watch that was just put.
func (e *Emulator) freshStatus(active bool, source *watcher.Object) *watcher.Object {
	now := stamp(e.now())
	actions := &watcher.Object{}
	if o, ok := get[*watcher.Object](source, "actions"); ok {
		for _, m := range o.Members {
			actions.Members = append(actions.Members, watcher.Member{Name: m.Name, Value: object("ack", object("timestamp", now, "state", awaits))})
		}
	}
	return object("state", object("active", active, "timestamp", now), "actions", actions, "version", exception.Int(-1))
}

// mergedStatus is what a put that merges makes of the status: all that it says
// itself is new, what runs left behind stays.
func mergedStatus(old, fresh *watcher.Object) *watcher.Object {
	if old == nil {
		return fresh
	}
	return merged(old, fresh)
}

// switched is the status with another state.
func (e *Emulator) switched(status *watcher.Object, active bool) *watcher.Object {
	out := status.Clone()
	if out == nil {
		out = &watcher.Object{}
	}
	out.Set("state", object("active", active, "timestamp", stamp(e.now())))
	return out
}

// ackedStatus is the status with its ackable actions acked: those named, or
// all. It tells whether there were any.
func (e *Emulator) ackedStatus(status *watcher.Object, only []string, named bool) (*watcher.Object, bool) {
	out := status.Clone()
	actions, ok := get[*watcher.Object](out, "actions")
	if !ok {
		return out, false
	}
	changed := false
	for _, m := range actions.Members {
		one, _ := m.Value.(*watcher.Object)
		ack, ok := get[*watcher.Object](one, "ack")
		if !ok || named && !slices.Contains(only, m.Name) {
			continue
		}
		if state, _ := get[string](ack, "state"); state == ackable {
			one.Set("ack", object("timestamp", stamp(e.now()), "state", acked))
			changed = true
		}
	}
	return out, changed
}

// showStatus is the status as an answer gives it, with that version number.
func showStatus(d *store.Doc, version int64) *watcher.Object {
	out := &watcher.Object{}
	if d.Status != nil {
		out.Members = slices.Clone(d.Status.Members)
	}
	out.Set("version", exception.Int(version))
	return out
}

// isActive tells whether a watch is switched on.
func isActive(status *watcher.Object) bool {
	state, _ := get[*watcher.Object](status, "state")
	active, _ := get[bool](state, "active")
	return active
}

// get gives a member of that type; of no object there is none.
func get[T any](o *watcher.Object, name string) (T, bool) {
	if o == nil {
		var none T
		return none, false
	}
	v, _ := o.Get(name)
	t, ok := v.(T)
	return t, ok
}
