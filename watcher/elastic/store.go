package elastic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/sigwatch/sigwatch/watcher"
)

// Get reads one watch. It returns false where there is none. A watch that the
// server itself cannot read any more is there, with no body and with Broken
// set.
func (c *Client) Get(ctx context.Context, id string) (watcher.Live, bool, error) {
	a, err := c.do(ctx, call{
		what: fmt.Sprintf("read watch %q", id), method: http.MethodGet, path: c.watchPath(id), read: true,
	})
	var e *Error
	switch {
	case err == nil:
		live, err := liveOf(a.body, id)
		return live, err == nil, err
	case !errors.As(err, &e):
		return watcher.Live{}, false, err
	case notFound(a):
		return watcher.Live{}, false, nil
	case isBroken(e):
		return c.brokenLive(ctx, id, e), true, nil
	default:
		return watcher.Live{}, false, err
	}
}

// notFound recognises {"found":false}: a 404 with an error is something else.
func notFound(a answer) bool {
	if a.status != http.StatusNotFound || a.body == nil {
		return false
	}
	_, failed := a.body.Get("error")
	found, _ := a.body.Get("found")
	return !failed && found == false
}

// isBroken recognises the answer to the reading of a stored watch that does
// not parse any more (400), or whose stored script is gone (404).
func isBroken(e *Error) bool {
	return (e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound) &&
		e.Type != "" && !isNoRoute(e) && e.Type != "index_not_found_exception"
}

// Put writes a watch, new or not, in that state. The body replaces what was
// there. A put resets acknowledgements and throttling.
func (c *Client) Put(ctx context.Context, id string, body *watcher.Object, active bool) error {
	k := call{
		what: fmt.Sprintf("put watch %q", id), method: http.MethodPut, path: c.watchPath(id),
		query: url.Values{"active": {strconv.FormatBool(active)}}, body: watcher.Encode(body),
	}
	a, err := c.do(ctx, k)
	if err != nil {
		return err
	}
	if got := text(a.body, "_id"); got != id {
		return c.strangeAnswer(k, a.status, a.header)
	}
	return nil
}

// Delete removes a watch. One that is not there is no error.
func (c *Client) Delete(ctx context.Context, id string) error {
	k := call{what: fmt.Sprintf("delete watch %q", id), method: http.MethodDelete, path: c.watchPath(id)}
	a, err := c.do(ctx, k)
	var e *Error
	if notFound(a) || errors.As(err, &e) && e.Type == "index_not_found_exception" {
		return nil
	}
	if err == nil && text(a.body, "_id") != id {
		return c.strangeAnswer(k, a.status, a.header)
	}
	return err
}

// SetActive switches a watch on or off and leaves everything else of it as it
// is, acknowledgements too.
func (c *Client) SetActive(ctx context.Context, id string, active bool) error {
	verb := "deactivate"
	if active {
		verb = "activate"
	}
	k := call{
		what: fmt.Sprintf("%s watch %q", verb, id), method: http.MethodPut,
		path: c.watchPath(id) + "/_" + verb,
	}
	a, err := c.do(ctx, k)
	if err == nil && object(a.body, "status") == nil {
		return c.strangeAnswer(k, a.status, a.header)
	}
	return err
}

// liveOf reads {"_id", "status", "watch"}.
func liveOf(o *watcher.Object, id string) (watcher.Live, error) {
	live := watcher.Live{ID: text(o, "_id"), Body: object(o, "watch"), Status: object(o, "status")}
	if live.ID == "" || live.Body == nil || id != "" && live.ID != id {
		return watcher.Live{}, fmt.Errorf("read watch %q: the answer holds another watch, or none", id)
	}
	active, known := activeOf(live.Status)
	live.Active = active || !known
	return live, nil
}

// activeOf reads status.state.active. A watch without a state is active: so
// the server takes it (ES7 WatchStatus).
func activeOf(status *watcher.Object) (active, known bool) {
	state := object(status, "state")
	if state == nil {
		return true, false
	}
	v, _ := state.Get("active")
	active, known = v.(bool)
	return active, known
}
