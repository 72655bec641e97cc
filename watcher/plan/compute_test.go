package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
)

func TestDecisions(t *testing.T) {
	one, two := newRule(1), newRule(2)
	on, off := true, false
	changed, settings, silenced, insisted := one, one, one, one
	changed.query = `EventID:"1"`
	settings.subject = "[critical]"
	silenced.active, insisted.active = &off, &on

	tests := []struct {
		name string
		in   func(t *testing.T) Input
		want []string
	}{
		{"nothing there", func(t *testing.T) Input { return world{}.input(t, one) }, []string{"create soc-00000001 rule"}},
		{"in step", func(t *testing.T) Input { return newWorld(t, one).input(t, one) }, []string{"unchanged soc-00000001"}},
		{"rule changed", func(t *testing.T) Input { return newWorld(t, one).input(t, changed) }, []string{"update soc-00000001 rule"}},
		{"settings changed", func(t *testing.T) Input { return newWorld(t, one).input(t, settings) }, []string{"update soc-00000001 settings"}},
		{"another release", func(t *testing.T) Input {
			in := newWorld(t, one).input(t, one)
			setSubject("as the new release writes it")(in.Wanted[0].Body)
			return in
		}, []string{"update soc-00000001 tool"}},
		{"changed by hand", func(t *testing.T) Input {
			w := newWorld(t, one)
			w.edit(t, one.watch(), setSubject("by hand"))
			return w.input(t, one)
		}, []string{"update soc-00000001 drift"}},
		{"changed by hand into what is wanted", func(t *testing.T) Input {
			w := newWorld(t, one)
			w.edit(t, one.watch(), setSubject("[critical]"))
			return w.input(t, settings)
		}, []string{"unchanged soc-00000001"}},
		{"only the mark differs", func(t *testing.T) Input {
			w := newWorld(t, one)
			for _, name := range []string{"rule_hash", "settings_hash", "watch_hash", "tool", "file"} {
				w.edit(t, one.watch(), setMark(name, "other"))
			}
			return w.input(t, one)
		}, []string{"unchanged soc-00000001"}},
		{"rule gone", func(t *testing.T) Input { return newWorld(t, one, two).input(t, one) }, []string{"delete soc-00000002 rule", "unchanged soc-00000001"}},
		{"another owner's watch", func(t *testing.T) Input {
			w := newWorld(t, one)
			w["other-x"] = deployed(t, two.wantedBy(t, "other"), true)
			return w.input(t, one)
		}, []string{"unchanged soc-00000001"}},
		{"another owner's watch at our id", func(t *testing.T) Input {
			w := newWorld(t, one)
			w.edit(t, one.watch(), setMark("owner", "other"))
			return w.input(t, one)
		}, []string{"held soc-00000001 plan/id-taken"}},
		{"a hand-made watch at our id", func(t *testing.T) Input {
			w := newWorld(t, one)
			w.edit(t, one.watch(), func(b *watcher.Object) { b.Delete("metadata") })
			return w.input(t, one)
		}, []string{"held soc-00000001 plan/id-taken"}},
		{"written by a later schema", func(t *testing.T) Input {
			w := newWorld(t, one, two)
			w.edit(t, one.watch(), setMark("schema", "v2"))
			w.edit(t, two.watch(), setMark("schema", "v2"))
			return w.input(t, one)
		}, []string{"held soc-00000001 plan/unknown-schema"}},
		{"a copy made by hand", func(t *testing.T) Input {
			w := newWorld(t, one)
			w["soc-copy"] = w[one.watch()]
			l := w["soc-copy"]
			l.ID = "soc-copy"
			w["soc-copy"] = l
			return w.input(t, one)
		}, []string{"held soc-copy plan/copied-mark", "unchanged soc-00000001"}},
		{"switched off by hand", func(t *testing.T) Input {
			w := newWorld(t, one)
			w.switchOff(one.watch())
			return w.input(t, one)
		}, []string{"unchanged soc-00000001"}},
		{"switched off by hand, configuration says on", func(t *testing.T) Input {
			w := newWorld(t, one)
			w.switchOff(one.watch())
			return w.input(t, insisted)
		}, []string{"activate soc-00000001 drift"}},
		{"configuration says off", func(t *testing.T) Input {
			in := newWorld(t, one).input(t, silenced)
			in.Wanted[0].Hashes.Settings = "sha256:silenced"
			return in
		}, []string{"deactivate soc-00000001 settings"}},
		{"two rules, one id", func(t *testing.T) Input {
			twin := one
			twin.file = "rules/twin.yml"
			return newWorld(t, one).input(t, one, twin)
		}, []string{"held soc-00000001 plan/duplicate-id", "held soc-00000001 plan/duplicate-id"}},
		{"a refused rule wants the id of a good one", func(t *testing.T) Input {
			in := world{}.input(t, one)
			in.Held = []Held{{Rule: watcher.RuleRef{File: "rules/bad.yml"}, Watches: []string{one.watch()}, Code: "query/x", Message: "no"}}
			return in
		}, []string{"held soc-00000001 plan/duplicate-id", "refused rules/bad.yml query/x"}},
		{"the server cannot read it", func(t *testing.T) Input {
			in := world{}.input(t, one)
			in.Live = []watcher.Live{{ID: one.watch(), Broken: "no such account", Owner: owner, Active: true}}
			return in
		}, []string{"update soc-00000001 drift"}},
		{"the server cannot read another owner's", func(t *testing.T) Input {
			in := world{}.input(t, one)
			in.Live = []watcher.Live{{ID: one.watch(), Broken: "no such account", Active: true}}
			return in
		}, []string{"held soc-00000001 plan/id-taken"}},
		{"narrowed", func(t *testing.T) Input {
			in := newWorld(t, one, two).input(t, changed)
			in.Narrowed = true
			return in
		}, []string{"update soc-00000001 rule"}},
		{"upsert-only", func(t *testing.T) Input {
			in := newWorld(t, one, two).input(t, changed)
			in.Policy = UpsertOnly
			return in
		}, []string{"update soc-00000001 rule"}},
		{"create-only", func(t *testing.T) Input {
			in := newWorld(t, one).input(t, changed, two)
			in.Policy = CreateOnly
			return in
		}, []string{"create soc-00000002 rule", "unchanged soc-00000001"}},
		{"incomplete listing", func(t *testing.T) Input {
			in := newWorld(t, one, two).input(t, changed)
			in.Complete, in.Why = false, "5 of 6"
			return in
		}, []string{"update soc-00000001 rule", "held soc-00000002 plan/incomplete-listing"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, sketch(Compute(test.in(t)))); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFieldsOfAnUpdate(t *testing.T) {
	one := newRule(1)
	w := newWorld(t, one)
	w.switchOff(one.watch())
	on := true
	one.subject, one.active = "[critical]", &on
	c := Compute(w.input(t, one)).Changes[0]
	want := []watcher.Change{
		{Path: "actions.soc-mail.email.subject", Before: "[high]", After: "[critical]"},
		{Path: "active", Before: false, After: true},
	}
	if diff := cmp.Diff(want, c.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestStateThatIsPut(t *testing.T) {
	one := newRule(1)
	on, off := true, false
	tests := []struct {
		name        string
		live        *bool
		wanted      *bool
		want        bool
		wantsAction Action
	}{
		{"new", nil, nil, true, Create},
		{"new and silenced", nil, &off, false, Create},
		{"running", &on, nil, true, Update},
		{"switched off by hand", &off, nil, false, Update},
		{"switched off by hand, configuration says on", &off, &on, true, Update},
		{"running, configuration says off", &on, &off, false, Update},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := world{}
			if test.live != nil {
				w = newWorld(t, one)
				if !*test.live {
					w.switchOff(one.watch())
				}
			}
			changed := one
			changed.query, changed.active = "changed:1", test.wanted
			c := Compute(w.input(t, changed)).Changes[0]
			if c.Action != test.wantsAction || c.Active != test.want {
				t.Errorf("got %s with active %v, want %s with active %v", c.Action, c.Active, test.wantsAction, test.want)
			}
		})
	}
}

func TestDriftSaysWhatElseChanged(t *testing.T) {
	one := newRule(1)
	w := newWorld(t, one)
	w.edit(t, one.watch(), setSubject("by hand"))
	one.query = "changed:1"
	got := Compute(w.input(t, one)).Changes[0].Reason
	if want := "changed by hand on the cluster; the rule changed too"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHeld(t *testing.T) {
	one, two, three := newRule(1), newRule(2), newRule(3)
	ref := func(r rule) watcher.RuleRef { return watcher.RuleRef{ID: r.id, Title: r.title, File: r.file} }
	tests := []struct {
		name string
		held Held
		// rules are the good ones; watches of one, two and three are there.
		rules []rule
		want  []string
	}{
		{
			"by rule id",
			Held{Rule: ref(two), Code: "query/x"},
			[]rule{one, three},
			[]string{"held soc-00000002 query/x", "unchanged soc-00000001", "unchanged soc-00000003"},
		},
		{
			"by watch id",
			Held{Rule: watcher.RuleRef{File: "moved.yml"}, Watches: []string{two.watch()}, Code: "query/x"},
			[]rule{one, three},
			[]string{"held soc-00000002 query/x", "unchanged soc-00000001", "unchanged soc-00000003"},
		},
		{
			"by file, where the id was changed too",
			Held{Rule: watcher.RuleRef{ID: "new", File: two.file}, Watches: []string{"soc-new"}, Code: "query/x"},
			[]rule{one, three},
			[]string{"held soc-00000002 query/x", "unchanged soc-00000001", "unchanged soc-00000003"},
		},
		{
			"unread, by file",
			Held{Rule: watcher.RuleRef{File: two.file}, Unread: true, Code: "sigma/yaml"},
			[]rule{one, three},
			[]string{"held soc-00000002 sigma/yaml", "unchanged soc-00000001", "unchanged soc-00000003"},
		},
		{
			"unread and moved, by the id in its text",
			Held{Rule: watcher.RuleRef{File: "moved.yml"}, Unread: true, Code: "sigma/yaml", Text: []byte("title: [\nid: \"" + two.id + "\" # x\n")},
			[]rule{one, three},
			[]string{"held soc-00000002 sigma/yaml", "unchanged soc-00000001", "unchanged soc-00000003"},
		},
		{
			"unread, several rules in one file",
			Held{Rule: watcher.RuleRef{File: "all.yml"}, Unread: true, Code: "sigma/yaml", Text: []byte("id: " + two.id + "\n---\nid: " + strings.ToUpper(three.id) + "\r\n")},
			[]rule{one},
			[]string{"held soc-00000002 sigma/yaml", "held soc-00000003 sigma/yaml", "unchanged soc-00000001"},
		},
		{
			"unread and unknown: nothing is deleted",
			Held{Rule: watcher.RuleRef{File: "moved.yml"}, Unread: true, Code: "sigma/yaml"},
			[]rule{one},
			[]string{"held soc-00000002 plan/deletions-held", "held soc-00000003 plan/deletions-held", "refused moved.yml sigma/yaml", "unchanged soc-00000001"},
		},
		{
			"an id under related: does not make the file known",
			Held{Rule: watcher.RuleRef{File: "moved.yml"}, Unread: true, Code: "sigma/yaml", Text: []byte("title: [\nrelated:\n  - id: " + three.id + "\n")},
			[]rule{one},
			[]string{"held soc-00000002 plan/deletions-held", "held soc-00000003 plan/deletions-held", "refused moved.yml sigma/yaml", "unchanged soc-00000001"},
		},
		{
			"without an id it may be any",
			Held{Rule: watcher.RuleRef{File: "moved.yml"}, Code: "sigma/x"},
			[]rule{one, three},
			[]string{"held soc-00000002 plan/deletions-held", "refused moved.yml sigma/x", "unchanged soc-00000001", "unchanged soc-00000003"},
		},
		{
			"a refused rule that never had a watch holds nothing",
			Held{Rule: watcher.RuleRef{ID: "new", File: "new.yml"}, Watches: []string{"soc-new"}, Code: "query/x"},
			[]rule{one, three},
			[]string{"delete soc-00000002 rule", "refused new.yml query/x", "unchanged soc-00000001", "unchanged soc-00000003"},
		},
		{
			"a good rule of the same id keeps its watch",
			Held{Rule: watcher.RuleRef{ID: one.id, File: "second.yml"}, Watches: []string{one.watch() + "-2"}, Code: "query/x"},
			[]rule{one, two, three},
			[]string{"refused second.yml query/x", "unchanged soc-00000001", "unchanged soc-00000002", "unchanged soc-00000003"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := newWorld(t, one, two, three).input(t, test.rules...)
			in.Held = []Held{test.held}
			p := Compute(in)
			if diff := cmp.Diff(test.want, sketch(p)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if got, want := p.Summary.Rules, len(test.rules)+1; got != want {
				t.Errorf("the summary counts %d rules, want %d: %+v", got, want, p.Summary)
			}
		})
	}
}

// A run over some of the rules never deletes, so that there is nothing to say
// of deletions that are held.
func TestUnreadFileInANarrowedRun(t *testing.T) {
	in := newWorld(t, newRule(1), newRule(2)).input(t, newRule(1))
	in.Held = []Held{{Rule: watcher.RuleRef{File: "moved.yml"}, Unread: true, Code: "sigma/yaml"}}
	in.Narrowed = true
	p := Compute(in)
	if diff := cmp.Diff([]string{"refused moved.yml sigma/yaml", "unchanged soc-00000001"}, sketch(p)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if p.DeletionsHeld != "" || len(p.Diagnostics) > 0 {
		t.Errorf("deletions are held (%q): %v", p.DeletionsHeld, p.Diagnostics)
	}
}

// A rule whose id template changed and whose new id is taken must not lose its
// old watch.
func TestOldWatchOfAHeldRuleStays(t *testing.T) {
	one := newRule(1)
	w := newWorld(t, one)
	in := w.input(t, one)
	in.Wanted[0].ID = "corp-1"
	in.Live = append(in.Live, watcher.Live{ID: "corp-1", Body: parse(t, `{}`), Active: true})
	want := []string{"held corp-1 plan/id-taken", "held soc-00000001 plan/deletions-held"}
	if diff := cmp.Diff(want, sketch(Compute(in))); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func TestGuards(t *testing.T) {
	var rules []rule
	for n := range 40 {
		rules = append(rules, newRule(n))
	}
	tests := []struct {
		name    string
		there   int
		kept    int
		limits  Limits
		change  func(*Input)
		code    string
		hint    string
		deletes int
	}{
		{name: "as many as allowed", there: 40, kept: 30, limits: Limits{MaxDeletes: 10}, deletes: 10},
		{name: "one more", there: 40, kept: 29, limits: Limits{MaxDeletes: 10}, code: CodeTooManyDeletions, hint: "--allow-deletes 11", deletes: 11},
		{name: "agreed to", there: 40, kept: 29, limits: Limits{MaxDeletes: 10, AllowDeletes: 11}, deletes: 11},
		{name: "agreed to fewer", there: 40, kept: 29, limits: Limits{MaxDeletes: 10, AllowDeletes: 10}, code: CodeTooManyDeletions, hint: "--allow-deletes 11", deletes: 11},
		{name: "a tenth", there: 40, kept: 36, limits: Limits{}, deletes: 4},
		{name: "more than a tenth", there: 40, kept: 35, limits: Limits{}, code: CodeTooManyDeletions, hint: "--allow-deletes 5", deletes: 5},
		{name: "no rules", there: 5, kept: 0, limits: Limits{MaxDeletes: 10}, code: CodeNoRules, hint: "--allow-empty", deletes: 5},
		{name: "no rules, agreed to", there: 5, kept: 0, limits: Limits{MaxDeletes: 10, AllowEmpty: true}, deletes: 5},
		{name: "no rules and many watches", there: 20, kept: 0, limits: Limits{MaxDeletes: 10}, code: CodeNoRules, hint: "--allow-empty and --allow-deletes 20", deletes: 20},
		{name: "no rules and many watches, half agreed to", there: 20, kept: 0, limits: Limits{MaxDeletes: 10, AllowEmpty: true}, code: CodeTooManyDeletions, hint: "--allow-deletes 20", deletes: 20},
		{name: "no rules and no watches", there: 0, kept: 0, limits: Limits{MaxDeletes: 10}, code: CodeNoRules, hint: "--allow-empty"},
		{name: "no rules and no watches, agreed to", there: 0, kept: 0, limits: Limits{MaxDeletes: 10, AllowEmpty: true}},
		{name: "no rules and no watches in a narrowed run", there: 0, kept: 0, change: func(in *Input) { in.Narrowed = true }},
		{name: "no rules in a narrowed run", there: 5, kept: 0, limits: Limits{}, change: func(in *Input) { in.Narrowed = true }},
		{name: "upsert-only with no rules", there: 5, kept: 0, limits: Limits{}, change: func(in *Input) { in.Policy = UpsertOnly }, code: CodeNoRules, hint: "--allow-empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := newWorld(t, rules[:test.there]...).input(t, rules[:test.kept]...)
			in.Limits = test.limits
			if test.change != nil {
				test.change(&in)
			}
			p := Compute(in)
			if p.Summary.Delete != test.deletes {
				t.Errorf("got %d deletions, want %d", p.Summary.Delete, test.deletes)
			}
			if test.code == "" {
				if p.Guard != nil {
					t.Errorf("stopped: %+v", p.Guard)
				}
				return
			}
			if p.Guard == nil || p.Guard.Code != test.code || !strings.HasSuffix(p.Guard.Hint, " "+test.hint) {
				t.Errorf("got guard %+v, want %s with a hint that ends in %q", p.Guard, test.code, test.hint)
			}
		})
	}
}

func TestReplan(t *testing.T) {
	one := newRule(1)
	on := true
	changed, insisted := one, one
	changed.query, insisted.active = "changed:1", &on
	update := Compute(newWorld(t, one).input(t, changed)).Changes[0]
	remove := Compute(newWorld(t, one, newRule(2)).input(t, newRule(2))).Changes[0]
	create := Compute(world{}.input(t, one)).Changes[0]
	live := func(r rule, active bool, edits ...func(*watcher.Object)) watcher.Live {
		w := newWorld(t, r)
		for _, e := range edits {
			w.edit(t, r.watch(), e)
		}
		if !active {
			w.switchOff(r.watch())
		}
		return w[r.watch()]
	}
	tests := []struct {
		name   string
		change Change
		live   watcher.Live
		there  bool
		want   Action
		active bool
	}{
		{"update as planned", update, live(one, true), true, Update, true},
		{"switched off meanwhile", update, live(one, false), true, Update, false},
		{"updated by another run", update, live(changed, true), true, Keep, true},
		{"deleted meanwhile", update, watcher.Live{}, false, Create, true},
		{"taken over by another", update, live(one, true, setMark("owner", "x")), true, Hold, false},
		{"delete as planned", remove, live(one, true), true, Delete, false},
		{"delete, gone", remove, watcher.Live{}, false, Keep, false},
		{"delete, changed by hand meanwhile", remove, live(one, true, setSubject("x")), true, Delete, false},
		{"delete, no longer ours", remove, live(one, true, setMark("owner", "x")), true, Keep, false},
		{"create, there meanwhile", create, live(one, true), true, Keep, true},
		{"create, somebody else's meanwhile", create, live(one, true, setMark("owner", "x")), true, Hold, false},
	}
	p := Plan{Owner: owner, Policy: Sync}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := p.Replan(test.change, test.live, test.there)
			if got.Action != test.want || got.Action.Writes() && got.Action != Delete && got.Active != test.active {
				t.Errorf("got %s (active %v, %s), want %s (active %v)", got.Action, got.Active, got.Reason, test.want, test.active)
			}
		})
	}
}

func TestInputStaysAsItIs(t *testing.T) {
	w := newWorld(t, newRule(1), newRule(3))
	w.edit(t, newRule(1).watch(), setSubject("x"))
	in := w.input(t, newRule(2), newRule(1))
	before := watcher.Encode(in.Wanted[0].Body)
	order := []string{in.Wanted[0].ID, in.Wanted[1].ID}
	Compute(in)
	if got := []string{in.Wanted[0].ID, in.Wanted[1].ID}; !cmp.Equal(order, got) {
		t.Errorf("Compute sorted its input: %v, was %v", got, order)
	}
	if diff := cmp.Diff(string(before), string(watcher.Encode(in.Wanted[0].Body))); diff != "" {
		t.Errorf("Compute changed a wanted body:\n%s", diff)
	}
}

func TestParsePolicy(t *testing.T) {
	for _, name := range []string{"", "sync", "upsert-only", "create-only"} {
		if _, err := ParsePolicy(name); err != nil {
			t.Errorf("ParsePolicy(%q): %v", name, err)
		}
	}
	if p, err := ParsePolicy("delete-all"); err == nil {
		t.Errorf("ParsePolicy took a policy that is none: %q", p)
	}
}
