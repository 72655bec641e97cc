package current_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
)

type jsonNumber = json.Number

// requireGrep skips where there is no grep with Perl's regular expressions.
func requireGrep(tb testing.TB) {
	tb.Helper()
	cmd := exec.Command("sh", "-c", "echo a | grep -q -P 'a'")
	if err := cmd.Run(); err != nil {
		tb.Skip("no grep -P here:", err)
	}
}

// grepped runs a command line in a shell over some lines and returns the
// numbers of those that it finds, from 1.
func grepped(tb testing.TB, command string, lines []string) []int {
	tb.Helper()
	cmd := exec.Command("sh", "-c", command+" -n")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 1) || talk.Len() > 0 {
		tb.Fatalf("%s\n%v: %s", command, err, talk.String())
	}
	var found []int
	for line := range strings.Lines(out.String()) {
		head, _, _ := strings.Cut(line, ":")
		n, err := strconv.Atoi(head)
		if err != nil {
			tb.Fatal(err)
		}
		found = append(found, n)
	}
	return found
}

func TestGrepText(t *testing.T) {
	requireGrep(t)
	for name, c := range map[string]struct {
		detection string
		lines     []string
		want      string
		said      string
	}{
		"any case":       {"s: {A: Mimi}", []string{"x mimi y", "MIMI", "mim"}, "1 2", "current/fields-ignored"},
		"keyword":        {"s: [foo bar]", []string{"a foo bar", "foo  bar"}, "1", ""},
		"and":            {"s: {A: x, B: y}", []string{"y then x", "x", "y"}, "1", "current/fields-ignored"},
		"or":             {"s: {A: [x, y]}", []string{"y", "x", "z"}, "1 2", "current/fields-ignored"},
		"not":            {"s: {A: x}\nt: {B: y}\ncondition: s and not t", []string{"x", "x y", "y"}, "1", "current/fields-ignored"},
		"not of a group": {"s: {A: x, B: y}\ncondition: not s", []string{"x", "x y", ""}, "1 3", "current/fields-ignored"},
		"signs":          {`s: {A: 'a.b*(c)[d]{2}^$+|'}`, []string{"a.bXX(c)[d]{2}^$+|", "aXb(c)[d]{2}^$+|"}, "1", "current/fields-ignored"},
		"backslash":      {`s: {A: 'C:\Win\\*\x'}`, []string{`c:\win\foo\X`, `C:\winfoo\x`}, "1", "current/fields-ignored"},
		"quotes":         {`s: {A: "it's \"$(id)` + "`id`" + `"}`, []string{`it's "$(id)` + "`id`", "its"}, "1", "current/fields-ignored"},
		"one character":  {"s: {A: 'a?b'}", []string{"aäb", "axb", "a😀b", "ab", "axxb"}, "1 2 3", "current/fields-ignored"},
		"letters":        {"s: {A: 'Größe σ'}", []string{"GRÖßE ς", "grösse σ"}, "1", "current/fields-ignored"},
		"cased":          {"s: {A|cased: Ab}", []string{"Ab", "ab"}, "1", "current/fields-ignored"},
		"number":         {"s: {A: 46}", []string{"id=46", "4688", "146", "(46)"}, "1 4", "current/fields-ignored"},
		"network":        {"s: {A|cidr: 10.0.0.0/15}", []string{"from 10.0.2.3:80", "10.1.255.1", "10.2.0.1", "110.1.0.1", "10.1.0.1.5", "5.10.1.0.1", "to 10.1.0.1.", "..10.1.0.1..."}, "1 2 7 8", "current/fields-ignored"},
		"regex":          {`s: {A|re: 'a\d+(b|c)'}`, []string{"xa12c", "A1b", "ab"}, "1", "current/fields-ignored"},
		"regex, i":       {`s: {A|re|i: 'ä[^x]c'}`, []string{"Ä€C", "äxc"}, "1", "current/fields-ignored"},
		"control":        {"s: {A: \"a\\tb\"}", []string{"a\tb", "a b"}, "1", "current/fields-ignored"},
		"base64":         {"s: {A|wide|base64offset|contains: ab}", []string{"xYQBiAx", "yEAYg"}, "1 2", "current/fields-ignored"},
		"broken bytes":   {"s: {A: ab}", []string{"\xff\xfe ab", "a\xffb"}, "1", "current/fields-ignored"},
		"empty":          {"s: {A: ''}", []string{"", "x"}, "1 2", "current/fields-ignored"},
	} {
		t.Run(name, func(t *testing.T) {
			text, ds := render(t, current.Grep, c.detection)
			if diff := cmp.Diff(c.said, codes(ds)); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			got := strings.Trim(fmt.Sprint(grepped(t, text, c.lines)), "[]")
			if got != c.want {
				t.Errorf("%s\nfinds %s, want %s", text, got, c.want)
			}
		})
	}
}

// line writes an event as JSON, with characters escaped at random.
func (d dice) line(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, d.blank()+d.quoted(name)+d.blank()+":"+d.blank()+d.line(v[name])+d.blank())
		}
		return "{" + strings.Join(parts, ",") + "}"
	case []any:
		var parts []string
		for _, member := range v {
			parts = append(parts, d.blank()+d.line(member)+d.blank())
		}
		return "[" + strings.Join(parts, ",") + "]"
	case string:
		return d.quoted(v)
	default:
		text, _ := json.Marshal(v)
		return string(text)
	}
}

func (d dice) blank() string { return pick(d, []string{"", "", " "}) }

func (d dice) quoted(s string) string {
	text, _ := json.Marshal(s)
	if d.IntN(2) == 0 {
		text = bytes.ReplaceAll(text, []byte("/"), []byte(`\/`))
	}
	if d.IntN(2) == 0 {
		return string(text)
	}
	var b strings.Builder
	for _, r := range string(text) {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, pick(d, []string{`\u%04x`, `\u%04X`}), unit)
		}
	}
	return b.String()
}

// TestGrepJSON holds what a real grep finds in lines of JSON against what the
// rules mean, for random rules and events.
func TestGrepJSON(t *testing.T) {
	requireGrep(t)
	trees := 300
	if testing.Short() {
		trees = 60
	}
	tried, refused, hits := 0, 0, 0
	for seed := range trees {
		d := newDice(uint64(seed))
		tree := d.tree()
		text, ds := renderTree(t, current.Grep, tree, "lines=json")
		if diag.HasErrors(ds) {
			refused++
			continue
		}
		tried++
		meaning, err := match.Compile(tree, match.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		var want []int
		for i := range 30 {
			object := d.object(tree)
			lines = append(lines, d.line(object))
			if meaning.Match(eventOf(t, lines[i])) {
				want = append(want, i+1)
			}
		}
		got := grepped(t, text, lines)
		hits += len(got)
		for i := range 30 {
			if slices.Contains(want, i+1) != slices.Contains(got, i+1) {
				t.Fatalf("seed %d: %s\n%s\nmeans %v for\n%s", seed, tree, text, slices.Contains(want, i+1), lines[i])
			}
		}
	}
	t.Logf("%d trees, %d refused, %d hits", tried, refused, hits)
	if tried < trees/3 || hits < tried {
		t.Errorf("too little was tried")
	}
}

func eventOf(tb testing.TB, line string) match.Event {
	tb.Helper()
	events, err := match.ParseEvents([]byte(line))
	if err != nil || len(events) != 1 {
		tb.Fatalf("%s: %v", line, err)
	}
	return events[0]
}

// TestGrepAnywhere holds the search in plain text against its meaning: each
// value stands somewhere in the line.
func TestGrepAnywhere(t *testing.T) {
	requireGrep(t)
	tried, hits := 0, 0
	for seed := range 200 {
		d := newDice(uint64(seed) + 10_000)
		tree := d.tree()
		text, ds := renderTree(t, current.Grep, tree)
		if diag.HasErrors(ds) {
			continue
		}
		tried++
		meaning, err := match.Compile(query.Tree{Root: anywhere(tree.Root), Rule: tree.Rule}, match.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		var want []int
		for i := range 20 {
			var b strings.Builder
			query.Walk(tree.Root, func(m *query.Match) {
				if d.IntN(3) > 0 {
					b.WriteString(strings.ReplaceAll(fmt.Sprint(d.near(m.Value)), "\n", " ") + pick(d, []string{" ", "", "x"}))
				}
			})
			lines = append(lines, b.String())
			if meaning.Match(match.NewEvent(map[string]any{"line": b.String()})) {
				want = append(want, i+1)
			}
		}
		got := grepped(t, text, lines)
		hits += len(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d: %s\n%s\n%q\n(-want +got):\n%s", seed, tree, text, lines, diff)
		}
	}
	t.Logf("%d trees, %d hits", tried, hits)
	if tried < 40 || hits < tried {
		t.Error("too little was tried")
	}
}

// anywhere is a tree whose values stand anywhere in the line.
func anywhere(n query.Node) query.Node {
	all := func(kids []query.Node) (out []query.Node) {
		for _, kid := range kids {
			out = append(out, anywhere(kid))
		}
		return out
	}
	switch n := n.(type) {
	case *query.And:
		return &query.And{Kids: all(n.Kids)}
	case *query.Or:
		return &query.Or{Kids: all(n.Kids)}
	case *query.Not:
		return &query.Not{Kid: anywhere(n.Kid)}
	}
	m := *n.(*query.Match)
	m.Field = "line"
	star := []sigma.Part{{Kind: sigma.Any}}
	switch v := m.Value.(type) {
	case sigma.String:
		m.Value = sigma.String{Parts: slices.Concat(star, v.Parts, star), Cased: v.Cased}
	case sigma.Number:
		m.Value = sigma.Regex{Pattern: `(?:^|[^0-9])` + strings.ReplaceAll(v.Text, ".", `\.`) + `(?:[^0-9]|$)`}
	case sigma.Bool:
		m.Value = sigma.Regex{Pattern: strconv.FormatBool(bool(v)), IgnoreCase: true}
	case sigma.CIDR:
		pattern := map[string]string{
			"10.0.0.0/8": `10\.\d+\.\d+\.\d+`, "10.1.0.0/15": `10\.[01]\.\d+\.\d+`, "10.1.2.3/32": `10\.1\.2\.3`, "10.1.2.0/25": `10\.1\.2\.(\d\d?|1[01]\d|12[0-7])`,
		}[v.Network]
		m.Value = sigma.Regex{Pattern: `(?:^|[^0-9.]|(?:^|[^0-9])\.)` + pattern + `(?:[^0-9.]|$|\.(?:[^0-9]|$))`}
	}
	return &m
}

// TestGrepLimits: what grep would refuse as too large is refused here, and
// what is not refused is small enough.
func TestGrepLimits(t *testing.T) {
	requireGrep(t)
	texts, refusals := 0, 0
	for _, part := range []string{"a", "[^a]", "(ab|c)", "[^a]{2,3}", "(a[bc]?){4}", "ä"} {
		for _, n := range []int{1, 10, 50, 100, 200, 500, 1000} {
			for _, options := range [][]string{nil, {"lines=json"}} {
				pattern := part + "{" + strconv.Itoa(n) + "}"
				if strings.HasSuffix(part, "}") {
					pattern = strings.Repeat(part, n)
				}
				text, ds := render(t, current.Grep, "s: {A|re: '"+pattern+"'}", options...)
				if diag.HasErrors(ds) {
					refusals++
					continue
				}
				texts++
				grepped(t, text, []string{"x"})
			}
		}
	}
	if texts < 20 || refusals < 10 {
		t.Errorf("%d texts, %d refusals", texts, refusals)
	}
}
