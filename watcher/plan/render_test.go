package plan

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/watcher"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// scenarios are plans as a person meets them, by the name of their golden.
func scenarios(t *testing.T) map[string]Plan {
	t.Helper()
	one, two, three := newRule(1), newRule(2), newRule(3)
	two.title = "Consumer\x1b[31m of \u202eevents"
	inStep := newWorld(t, one, three)

	return map[string]Plan{
		"empty":       Compute(inStep.input(t, one, three)),
		"first":       Compute(world{}.input(t, one, two, three)),
		"everything":  everything(t),
		"guarded":     guarded(t),
		"no-rules":    Compute(inStep.input(t)),
		"incomplete":  incomplete(t),
		"create-only": createOnly(t),
		"deactivated": deactivated(t),
		"alike":       alike(t),
		"none-at-all": Compute(world{}.input(t)),
		"fatal": {Owner: owner, Diagnostics: []diag.Diagnostic{{
			Severity: diag.Error, Code: "elastic/unreachable", Message: "connection refused", Hint: "is it running?",
		}}},
	}
}

// everything has each action and each cause once.
func everything(t *testing.T) Plan {
	var rules []rule
	for n := range 9 {
		rules = append(rules, newRule(n))
	}
	off := false
	w := newWorld(t, rules[1:]...)
	rules[2].query = `(EventID:"2" AND CommandLine:(*mimikatz* OR *sekurlsa*) AND NOT Image:"C\:\\Program Files\\x y.exe")`
	rules[3].subject = "[critical] <b> & \"quoted\""
	w.edit(t, rules[4].watch(), setSubject("by hand"))
	rules[5].active = &off
	w.edit(t, rules[6].watch(), setMark("owner", "blue-team"))
	w.edit(t, rules[8].watch(), func(b *watcher.Object) {
		member(member(member(member(b, "actions"), "soc-mail"), "email"), "body").Set("text", "first line\nanother line\nthird line\n")
	})
	in := w.input(t, rules[0], rules[1], rules[2], rules[3], rules[4], rules[5], rules[6], rules[8])
	in.Total = 40
	in.Held = []Held{
		{Rule: watcher.RuleRef{ID: "x", Title: "Look-around", File: "rules/re.yml"}, Watches: []string{"soc-x"}, Code: "query/regexp", Message: "look-around cannot be said in Lucene"},
	}
	return Compute(in)
}

func guarded(t *testing.T) Plan {
	var rules []rule
	for n := range 14 {
		rules = append(rules, newRule(n))
	}
	return Compute(newWorld(t, rules...).input(t, rules[:3]...))
}

func incomplete(t *testing.T) Plan {
	in := newWorld(t, newRule(1), newRule(2)).input(t, newRule(1), newRule(3))
	in.Complete, in.Why = false, "the pages hold 2 watches, but the cluster counts 3"
	in.Held = []Held{{Rule: watcher.RuleRef{File: "rules/broken.yml"}, Unread: true, Code: "sigma/yaml", Message: "not YAML"}}
	return Compute(in)
}

// deactivated has watches that a person switched off: one in step, one that
// changes, and one that the configuration silences.
func deactivated(t *testing.T) Plan {
	one, two, three, four := newRule(1), newRule(2), newRule(3), newRule(4)
	w := newWorld(t, one, two, three, four)
	for _, r := range []rule{one, two, three} {
		w.switchOff(r.watch())
	}
	off := false
	two.query, three.active = "changed:1", &off
	return Compute(w.input(t, one, two, three, four))
}

// alike is a setting that changes several watches in the same way.
func alike(t *testing.T) Plan {
	rules := []rule{newRule(1), newRule(2), newRule(3)}
	w := newWorld(t, rules...)
	for i := range rules {
		w.edit(t, rules[i].watch(), func(b *watcher.Object) {
			b.Set("throttle_period", "1h")
			setSubject("by hand")(b)
		})
	}
	return Compute(w.input(t, rules...))
}

func createOnly(t *testing.T) Plan {
	one := newRule(1)
	w := newWorld(t, one, newRule(2))
	one.query = "changed:1"
	in := w.input(t, one, newRule(3))
	in.Policy = CreateOnly
	return Compute(in)
}

func TestRenderings(t *testing.T) {
	for name, p := range scenarios(t) {
		t.Run(name, func(t *testing.T) {
			var text, doc bytes.Buffer
			if err := Text(&text, p, TextOptions{Target: "prod"}); err != nil {
				t.Fatal(err)
			}
			if err := JSON(&doc, p, JSONOptions{Target: "prod"}); err != nil {
				t.Fatal(err)
			}
			golden(t, name, map[string]string{"want.txt": text.String(), "want.json": doc.String()})
		})
	}
}

func TestOutcome(t *testing.T) {
	p := everything(t)
	for i := range p.Changes {
		c := &p.Changes[i]
		switch {
		case !c.Action.Writes():
		case c.Action == Create:
			c.Result, c.Error = Failed, `put watch "soc-0": 503 unavailable_shards_exception: primary shard is not active`
		case c.Action == Delete:
			c.Result, c.Error = NotDone, "the run ended before: interrupt"
		case c.Watch == newRule(4).watch():
			c.Action, c.Result, c.Reason = Keep, NotNeeded, "is in step already"
		default:
			c.Result = Done
		}
	}
	p.Count()
	var text, doc bytes.Buffer
	if err := Outcome(&text, p, TextOptions{Target: "prod"}); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&doc, p, JSONOptions{Target: "prod", Line: true}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(doc.String(), "\n"); n != 1 {
		t.Errorf("Line gave %d lines", n)
	}
	golden(t, "outcome", map[string]string{"want.txt": text.String(), "want.json": doc.String()})

	all := everything(t)
	for i := range all.Changes {
		if all.Changes[i].Action.Writes() {
			all.Changes[i].Result = Done
		}
	}
	text.Reset()
	if err := Outcome(&text, all, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	want := "done: 1 created, 4 updated, 1 deactivated, 1 deleted, 1 watch in step, 1 held, 1 refused, 33 foreign\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

// After an interruption a few stand for the many that were never begun.
func TestOutcomeOfAnInterruption(t *testing.T) {
	var rules []rule
	for n := range 30 {
		rules = append(rules, newRule(n))
	}
	p := Compute(world{}.input(t, rules...))
	for i := range p.Changes {
		p.Changes[i].Result, p.Changes[i].Error = NotDone, "the run ended before: interrupt signal received"
	}
	p.Changes[0].Result, p.Changes[0].Error = Done, ""
	p.Count()
	var text bytes.Buffer
	if err := Outcome(&text, p, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text.String(), "\n")
	if got, want := lines[0], "not done: the run ended before: interrupt signal received"; got != want {
		t.Errorf("the first line is %q, want %q", got, want)
	}
	want := []string{"  … and 19 more", "", "done: 1 created, 29 not done", ""}
	if diff := cmp.Diff(want, lines[len(lines)-4:]); len(lines) != 15 || diff != "" {
		t.Errorf("%d lines, want 15; the last are (-want +got):\n%s", len(lines), diff)
	}
}

func golden(t *testing.T, name string, got map[string]string) {
	t.Helper()
	for _, kind := range []string{"txt", "json"} {
		path := filepath.Join("testdata", name+"."+kind)
		text := got["want."+kind]
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), text); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestColoursCarryNoMeaning(t *testing.T) {
	for name, p := range scenarios(t) {
		var plain, colored bytes.Buffer
		if err := errors.Join(Text(&plain, p, TextOptions{}), Text(&colored, p, TextOptions{Color: true})); err != nil {
			t.Fatal(err)
		}
		bare := colored.String()
		for _, code := range []string{"0", "1", "2", red, green, yellow, magenta} {
			bare = strings.ReplaceAll(bare, "\x1b["+code+"m", "")
		}
		if diff := cmp.Diff(plain.String(), bare); diff != "" {
			t.Errorf("%s: colour changes the text (-plain +coloured):\n%s", name, diff)
		}
		if strings.Contains(plain.String(), "\x1b") {
			t.Errorf("%s: an escape out of a rule reaches the terminal", name)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrorsAreReturned(t *testing.T) {
	p := guarded(t)
	for name, err := range map[string]error{
		"Text": Text(brokenWriter{}, p, TextOptions{}), "JSON": JSON(brokenWriter{}, p, JSONOptions{}),
		"Outcome": Outcome(brokenWriter{}, p, TextOptions{}),
	} {
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: got %v, want the writer's error", name, err)
		}
	}
}

func TestTextDiff(t *testing.T) {
	tests := []struct {
		name, before, after string
		want                []hunk
	}{
		{"same", "a b", "a b", nil},
		{
			"one clause", `A:"1" AND B:"x y" AND C:*z*`, `A:"1" AND B:"x Y" AND C:*z*`,
			[]hunk{{lead: `A:"1" AND `, before: `B:"x y" `, after: `B:"x Y" `, tail: `AND C:*z*`}},
		},
		{
			"added", `A:1 AND B:2`, `A:1 AND X:3 AND B:2`,
			[]hunk{{lead: `A:1 AND `, after: `X:3 AND `, tail: `B:2`}},
		},
		{
			"far apart", "1 2 3 4 5 6 7 8 9", "0 2 3 4 5 6 7 8 0",
			[]hunk{{before: "1 ", after: "0 ", tail: "2 3 …"}, {lead: "… 7 8 ", before: "9", after: "0"}},
		},
		{
			"by line", "a\nb\nc\n", "a\nB\nc\n",
			[]hunk{{lead: "a\n", before: "b\n", after: "B\n", tail: "c\n", lines: true}},
		},
		{"from nothing", "", "a b", []hunk{{after: "a b"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, textDiff(test.before, test.after), cmp.AllowUnexported(hunk{})); diff != "" {
				t.Errorf("hunks (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever the texts, the removed parts stand in the old one in order, the
// added parts in the new one, and equal texts have no difference.
func FuzzTextDiff(f *testing.F) {
	f.Add(`(EventID:"1" AND Image:/[cC]\:\\x y/)`, `(EventID:"2" AND Image:/[cC]\:\\x y/)`)
	f.Add("a\nb\nc", "a\nc\nd")
	f.Add(`"open quote`, `\`)
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before)+len(after) > 2000 {
			return
		}
		if got := strings.Join(clauses(before), ""); got != before {
			t.Fatalf("the clauses of %q are %q", before, got)
		}
		hunks := textDiff(before, after)
		if (len(hunks) == 0) != (before == after) {
			t.Fatalf("%d hunks between %q and %q", len(hunks), before, after)
		}
		restA, restB := before, after
		for _, h := range hunks {
			var okA, okB bool
			_, restA, okA = strings.Cut(restA, h.before)
			_, restB, okB = strings.Cut(restB, h.after)
			if !okA || !okB {
				t.Fatalf("hunk %+v is not in %q and %q", h, before, after)
			}
		}
	})
}
