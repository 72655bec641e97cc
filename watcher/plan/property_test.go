package plan

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
)

// drawn is a random world and rule set, the same for the same seed.
type drawn struct {
	world world
	in    Input
}

func draw(t testing.TB, seed int64) drawn {
	t.Helper()
	r := rand.New(rand.NewSource(seed))
	d := drawn{world: world{}}
	var rules []rule
	var held []Held
	for n := range 1 + r.Intn(12) {
		old, now := newRule(n), newRule(n)
		if r.Intn(4) > 0 {
			d.world[old.watch()] = deployed(t, old.wanted(t), r.Intn(4) > 0)
			handiwork(t, r, d.world, old.watch())
		}
		switch r.Intn(8) {
		case 0: // the rule is gone
			continue
		case 1:
			held = append(held, drawHeld(r, now))
			continue
		case 2, 3:
			now.query = "changed:1"
		case 4:
			now.subject = "changed"
		case 5:
			active := r.Intn(2) == 0
			now.active = &active
		}
		rules = append(rules, now)
		if r.Intn(12) == 0 {
			now.file = "rules/twin.yml"
			rules = append(rules, now)
		}
	}
	d.strangers(t, r)
	d.in = d.world.input(t, rules...)
	d.in.Held = held
	d.in.Limits = Limits{MaxDeletes: r.Intn(4), AllowDeletes: r.Intn(4) * r.Intn(4), AllowEmpty: r.Intn(2) == 0}
	d.in.Policy = []Policy{Sync, Sync, Sync, UpsertOnly, CreateOnly}[r.Intn(5)]
	d.in.Narrowed = r.Intn(6) == 0
	if r.Intn(6) == 0 {
		d.in.Complete, d.in.Why = false, "drawn so"
	}
	return d
}

func handiwork(t testing.TB, r *rand.Rand, w world, id string) {
	switch r.Intn(10) {
	case 0:
		w.edit(t, id, setSubject("by hand"))
	case 1:
		w.edit(t, id, setMark("owner", "other"))
	case 2:
		w.edit(t, id, setMark("schema", "v9"))
	case 3:
		w.edit(t, id, func(b *watcher.Object) { b.Delete("metadata") })
	case 4:
		w.edit(t, id, setMark("watch_hash", "sha256:0"))
	case 5:
		w[id] = watcher.Live{ID: id, Broken: "cannot be parsed", Owner: []string{owner, "other", ""}[r.Intn(3)], Active: true}
	}
}

func drawHeld(r *rand.Rand, now rule) Held {
	h := Held{Rule: watcher.RuleRef{ID: now.id, Title: now.title, File: now.file}, Code: "query/x", Message: "drawn"}
	switch r.Intn(4) {
	case 0:
		h.Rule.ID, h.Rule.Title, h.Unread = "", "", true
	case 1:
		h.Rule = watcher.RuleRef{File: "moved.yml"}
		h.Unread, h.Text = true, []byte("x: [\nid: "+now.id)
	case 2:
		h.Rule, h.Unread = watcher.RuleRef{File: "unknown.yml"}, true
	}
	return h
}

func (d drawn) strangers(t testing.TB, r *rand.Rand) {
	for n := range r.Intn(4) {
		s := newRule(100 + n)
		w := s.wantedBy(t, "other")
		d.world[w.ID] = deployed(t, w, r.Intn(2) == 0)
	}
}

const draws = 200

func TestNextPlanIsEmpty(t *testing.T) {
	for seed := range int64(draws) {
		d := draw(t, seed)
		p := Compute(d.in)
		if p.Guard != nil {
			continue
		}
		d.world.apply(t, p)
		again := d.in
		again.Live, again.Total = nil, len(d.world)
		for _, l := range d.world {
			again.Live = append(again.Live, l)
		}
		if next := Compute(again); next.Pending() {
			t.Fatalf("seed %d: after the plan was carried out the next one is\n%s\nit was\n%s",
				seed, strings.Join(sketch(next), "\n"), strings.Join(sketch(p), "\n"))
		}
	}
}

func TestOrderOfInputDoesNotCount(t *testing.T) {
	for seed := range int64(draws) {
		d := draw(t, seed)
		want := render(t, Compute(d.in))
		r := rand.New(rand.NewSource(-seed - 1))
		r.Shuffle(len(d.in.Wanted), func(i, j int) { d.in.Wanted[i], d.in.Wanted[j] = d.in.Wanted[j], d.in.Wanted[i] })
		r.Shuffle(len(d.in.Live), func(i, j int) { d.in.Live[i], d.in.Live[j] = d.in.Live[j], d.in.Live[i] })
		r.Shuffle(len(d.in.Held), func(i, j int) { d.in.Held[i], d.in.Held[j] = d.in.Held[j], d.in.Held[i] })
		if diff := cmp.Diff(want, render(t, Compute(d.in))); diff != "" {
			t.Fatalf("seed %d: the order of the input changed the plan (-want +got):\n%s", seed, diff)
		}
	}
}

func render(t testing.TB, p Plan) string {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, p, JSONOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := Text(&b, p, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestOthersAreNeverTouched(t *testing.T) {
	writes := 0
	for seed := range int64(draws) {
		d := draw(t, seed)
		for _, c := range Compute(d.in).Changes {
			if !c.Action.Writes() {
				continue
			}
			writes++
			if l, there := d.world[c.Watch]; there && !isOurs(l) {
				t.Fatalf("seed %d: %s of a watch that is not ours: %s", seed, c.Action, c.Watch)
			}
		}
	}
	if writes < draws {
		t.Errorf("the draw makes %d writes in %d plans: it proves too little", writes, draws)
	}
}

// isOurs states the law of ownership once more, in other words than the code.
func isOurs(l watcher.Live) bool {
	if l.Body == nil {
		return l.Owner == owner
	}
	s := string(watcher.Encode(l.Body))
	return strings.Contains(s, `"owner":"soc"`) && strings.Contains(s, `"schema":"v1"`)
}

func TestDeletionsStayWithinTheGuards(t *testing.T) {
	stopped, deleted := 0, 0
	for seed := range int64(draws) {
		d := draw(t, seed)
		p := Compute(d.in)
		ours, deletes := 0, 0
		for _, l := range d.in.Live {
			if isOurs(l) {
				ours++
			}
		}
		for _, c := range p.Changes {
			if c.Action == Delete {
				deletes++
			}
		}
		if p.Guard != nil {
			stopped++
			continue
		}
		deleted += deletes
		allowed := max(d.in.Limits.MaxDeletes, ours/10, d.in.Limits.AllowDeletes)
		unread := slices.ContainsFunc(d.in.Held, func(h Held) bool { return h.Rule.File == "unknown.yml" })
		switch {
		case deletes > allowed:
			t.Fatalf("seed %d: %d deletions of %d pass with %+v", seed, deletes, ours, d.in.Limits)
		case deletes > 0 && (!d.in.Complete || d.in.Narrowed || d.in.Policy != Sync || unread):
			t.Fatalf("seed %d: %d deletions in a run that must not delete: %+v", seed, deletes, p)
		case deletes > 0 && len(d.in.Wanted)+len(d.in.Held) == 0 && !d.in.Limits.AllowEmpty:
			t.Fatalf("seed %d: %d deletions without any rule", seed, deletes)
		}
	}
	if stopped == 0 || deleted == 0 {
		t.Errorf("the draw proves too little: %d stopped, %d deletions", stopped, deleted)
	}
}

func TestEachRuleCountsOnce(t *testing.T) {
	for seed := range int64(draws) {
		d := draw(t, seed)
		s := Compute(d.in).Summary
		if want := len(d.in.Wanted) + len(d.in.Held); s.Rules != want {
			t.Fatalf("seed %d: %d rules counted, want %d: %+v", seed, s.Rules, want, s)
		}
	}
}

func TestSecretsAreInNoRendering(t *testing.T) {
	for seed := range int64(draws / 5) {
		d := draw(t, seed)
		if out := render(t, Compute(d.in)); strings.Contains(out, "open sesame") {
			t.Fatalf("seed %d: the plan shows a password:\n%s", seed, out)
		}
	}
}

func TestOperatorsSwitchStays(t *testing.T) {
	for seed := range int64(draws) {
		d := draw(t, seed)
		for _, c := range Compute(d.in).Changes {
			if c.Wanted == nil || c.Wanted.Active != nil || !c.Action.Writes() || c.Action == Create {
				continue
			}
			if l := d.world[c.Watch]; c.Active != l.Active {
				t.Fatalf("seed %d: %s", seed, fmt.Sprintf("%s of %s puts active %v, the operator left it at %v", c.Action, c.Watch, c.Active, l.Active))
			}
		}
	}
}
