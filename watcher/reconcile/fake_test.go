package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/plan"
	"github.com/sigwatch/sigwatch/watcher/reconcile"
)

const owner = "soc"

// fault is an error of the fake cluster. A lost one took effect all the same.
type fault struct {
	text            string
	temporary, lost bool
}

func (f *fault) Error() string   { return f.text }
func (f *fault) Temporary() bool { return f.temporary }

// cluster is a Store in memory with a put's semantics: it replaces all, and
// resets the acknowledgement.
type cluster struct {
	mu      sync.Mutex
	watches map[string]watcher.Live
	// acks are wiped by a put and by nothing else.
	acks map[string]bool
	log  []string
	// fail may refuse a call, the n-th (from 1) of its kind on that watch.
	fail func(op, id string, n int) *fault
	// enter is called at the begin of each call, without the lock.
	enter      func(op, id string)
	calls      map[string]int
	busy, peak int
	incomplete string
	puts       int
}

func newCluster() *cluster {
	return &cluster{watches: map[string]watcher.Live{}, acks: map[string]bool{}, calls: map[string]int{}}
}

// do runs one call: it counts, asks for a fault, and lets the effect happen
// unless the fault came before it.
func (c *cluster) do(ctx context.Context, op, id string, effect func()) error {
	if c.enter != nil {
		c.enter(op, id)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s %s: %w", op, id, err)
	}
	c.calls[op+" "+id]++
	c.log = append(c.log, op+" "+id)
	var f *fault
	if c.fail != nil {
		f = c.fail(op, id, c.calls[op+" "+id])
	}
	if f == nil || f.lost {
		effect()
	}
	if f != nil {
		return fmt.Errorf("%s %s: %w", op, id, f)
	}
	return nil
}

func (c *cluster) List(ctx context.Context, who string, ids []string) (watcher.Listing, error) {
	var out watcher.Listing
	err := c.do(ctx, "list", "", func() {
		out.Total, out.Complete, out.Why = len(c.watches), c.incomplete == "", c.incomplete
		wanted := " " + strings.Join(ids, " ") + " "
		for id, l := range c.watches {
			if ownerOf(l) == who || strings.Contains(wanted, " "+id+" ") {
				out.Live = append(out.Live, l)
			}
		}
	})
	return out, err
}

func (c *cluster) Get(ctx context.Context, id string) (live watcher.Live, there bool, err error) {
	err = c.do(ctx, "get", id, func() { live, there = c.watches[id] })
	return live, there && err == nil, err
}

func (c *cluster) Put(ctx context.Context, id string, body *watcher.Object, active bool) error {
	return c.write(ctx, "put", id, func() {
		c.watches[id] = watcher.Live{ID: id, Body: written(body), Active: active}
		c.puts++
		delete(c.acks, id)
	})
}

func (c *cluster) Delete(ctx context.Context, id string) error {
	return c.write(ctx, "delete", id, func() { delete(c.watches, id) })
}

func (c *cluster) SetActive(ctx context.Context, id string, active bool) error {
	return c.write(ctx, "switch", id, func() {
		l := c.watches[id]
		l.Active = active
		c.watches[id] = l
	})
}

func (c *cluster) write(ctx context.Context, op, id string, effect func()) error {
	c.mu.Lock()
	c.busy++
	c.peak = max(c.peak, c.busy)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.busy--
		c.mu.Unlock()
	}()
	return c.do(ctx, op, id, effect)
}

// writes are the log's entries that are neither get nor list.
func (c *cluster) writes() []string {
	var out []string
	for _, l := range c.log {
		if !strings.HasPrefix(l, "get ") && !strings.HasPrefix(l, "list") {
			out = append(out, l)
		}
	}
	return out
}

func written(body *watcher.Object) *watcher.Object {
	w, err := watcher.Written("w", body, watcher.WriteOptions{})
	if err != nil {
		panic(err)
	}
	return watcher.Redact(w, watcher.Version{Major: 7, Minor: 17})
}

func ownerOf(l watcher.Live) string {
	sig := child(child(l.Body, "metadata"), "sigwatch")
	if sig == nil {
		return ""
	}
	v, _ := sig.Get("owner")
	s, _ := v.(string)
	return s
}

func child(o *watcher.Object, name string) *watcher.Object {
	if o == nil {
		return nil
	}
	v, _ := o.Get(name)
	sub, _ := v.(*watcher.Object)
	return sub
}

func id(n int) string { return fmt.Sprintf("soc-%03d", n) }

// wanted is the n-th rule's watch, saying that text.
func wanted(t testing.TB, n int, text string) watcher.Wanted {
	t.Helper()
	return wantedBy(t, owner, id(n), text)
}

func wantedBy(t testing.TB, who, id, text string) watcher.Wanted {
	t.Helper()
	body, err := watcher.ParseObject(fmt.Appendf(nil, `{"trigger":{"schedule":{"interval":"5m"}},
		"input":{"simple":{"a":"b"}},"condition":{"always":{}},
		"actions":{"log":{"logging":{"text":%q}}}}`, text))
	if err != nil {
		t.Fatal(err)
	}
	w := watcher.Wanted{
		ID: id, Rule: watcher.RuleRef{ID: "rule-" + id, Title: "T", File: "rules/" + id + ".yml"},
		Hashes: watcher.Hashes{Rule: "sha256:" + text, Settings: "sha256:s", Watch: watcher.Hash(written(body))},
	}
	meta, err := watcher.ParseObject(fmt.Appendf(nil, `{"sigwatch":{"schema":"v1","owner":%q,"watch":%q,"rule":%q,"file":%q,
		"tool":"0","rule_hash":%q,"settings_hash":%q,"watch_hash":%q}}`, who, id, w.Rule.ID, w.Rule.File,
		w.Hashes.Rule, w.Hashes.Settings, w.Hashes.Watch))
	if err != nil {
		t.Fatal(err)
	}
	body.Set("metadata", meta)
	w.Body = body
	return w
}

// hold puts watches on the cluster without a trace in its log.
func (c *cluster) hold(ws ...watcher.Wanted) {
	for _, w := range ws {
		c.watches[w.ID] = watcher.Live{ID: w.ID, Body: written(w.Body), Active: true}
		c.acks[w.ID] = true
	}
}

func input(ws ...watcher.Wanted) plan.Input {
	return plan.Input{Owner: owner, Wanted: ws, Limits: plan.Limits{MaxDeletes: 1000, AllowEmpty: true}}
}

// quick waits for nothing.
func quick() reconcile.Options {
	return reconcile.Options{
		Parallel: 1,
		Sleep:    func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

func run(t *testing.T, c *cluster, in plan.Input, opt reconcile.Options) plan.Plan {
	t.Helper()
	p, err := reconcile.RunOnce(t.Context(), c, in, opt)
	if err != nil {
		t.Fatalf("RunOnce: %v", err)
	}
	return p
}

// results are the changes with a result: "create soc-001 done".
func results(p plan.Plan) []string {
	var out []string
	for _, c := range p.Changes {
		if c.Result != "" {
			out = append(out, fmt.Sprintf("%s %s %s", c.Action, c.Watch, c.Result))
		}
	}
	return out
}

var errInterrupt = errors.New("interrupt")
