package sigma_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/pipeline"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

// conversion is one recorded text of pySigma for a rule of SigmaHQ.
type conversion struct {
	Rule     string   `json:"rule"`
	Pipeline string   `json:"pipeline"`
	Queries  []string `json:"queries"`
	Error    string   `json:"error_class"`
}

func conversions(t *testing.T, name string) []conversion {
	t.Helper()
	f, err := os.Open(filepath.Join(shared(t), "golden/sigma", name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	in, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []conversion
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var c conversion
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	if lines.Err() != nil || len(out) < 5000 {
		t.Fatal(lines.Err(), len(out))
	}
	return out
}

// TestGoldenTexts goes through the questions of each recorded text beside those
// of our tree: field and value are the same, and where the text is another one
// it is so for one of the reasons that docs/divergences.md gives. How many
// rules have each of them stands in testdata/texts.txt.
func TestGoldenTexts(t *testing.T) {
	t.Parallel()
	counts := map[string]map[string]int{}
	w := &texts{t: t, rules: map[string][]*sigma.Rule{}, chains: map[string]*pipeline.Chain{}, reasons: map[string]string{}}
	for _, name := range []string{"sigmahq-rules.jsonl.gz", "sigmahq-rules-other-pipelines.jsonl.gz"} {
		for _, c := range conversions(t, name) {
			key := c.Pipeline
			if key == "" {
				key = "no pipeline"
			}
			if counts[key] == nil {
				counts[key] = map[string]int{}
			}
			counts[key]["rules"]++
			for reason := range w.compare(c) {
				if strings.HasPrefix(reason, noReason) {
					t.Errorf("%s with %s differs %s", c.Rule, c.Pipeline, reason)
				}
				counts[key][reason]++
			}
		}
	}
	var out bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&out, "%s\n", key)
		for _, reason := range slices.Sorted(maps.Keys(counts[key])) {
			fmt.Fprintf(&out, "  %s: %d\n", reason, counts[key][reason])
		}
	}
	const path = "testdata/texts.txt"
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("rules by the reason why their text differs (-want +got):\n%s", diff)
	}
	page, err := os.ReadFile("../docs/divergences.md")
	if err != nil {
		t.Fatal(err)
	}
	for reason, n := range counts["no pipeline"] {
		row := fmt.Sprintf("| %s | %d | %d |", reason, n, counts["sysmon+ecs_windows"][reason])
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/divergences.md has no row %q", row)
		}
	}
}

// texts compares recorded texts with our trees.
type texts struct {
	t       *testing.T
	rules   map[string][]*sigma.Rule
	chains  map[string]*pipeline.Chain
	reasons map[string]string // by question and recorded text
}

// compare returns the reasons why a rule's text differs.
func (w *texts) compare(c conversion) map[string]bool {
	rules, ok := w.rules[c.Rule]
	if !ok {
		text, err := os.ReadFile(filepath.Join(shared(w.t), "corpus/sigmahq", filepath.FromSlash(c.Rule)))
		if err != nil {
			w.t.Fatal(err)
		}
		rules, _ = sigma.Parse(diag.NewFile(c.Rule, text))
		w.rules[c.Rule] = rules
	}
	out := map[string]bool{}
	if c.Error != "" {
		if !w.refused(c, rules) {
			w.t.Errorf("%s with %s: pySigma refuses (%s), and we do not", c.Rule, c.Pipeline, c.Error)
		}
		out["refused by both: "+c.Error] = true
		return out
	}
	var ours []*query.Match
	for _, r := range rules {
		mapped, ds := w.chain(c.Pipeline).Apply(r)
		tree, more := query.Resolve(mapped, nil)
		if diag.HasErrors(ds) || diag.HasErrors(more) {
			w.t.Errorf("%s with %s: %v %v", c.Rule, c.Pipeline, ds, more)
			return out
		}
		query.Walk(tree.Root, func(m *query.Match) { ours = append(ours, m) })
	}
	var theirs []question
	for _, text := range c.Queries {
		theirs = append(theirs, questions(text)...)
	}
	if len(ours) != len(theirs) && slices.ContainsFunc(ours, endsEarly) {
		out["expression that ends too early in pySigma's text"] = true
		return out
	}
	if len(ours) != len(theirs) {
		w.t.Errorf("%s with %s: %d questions, pySigma has %d", c.Rule, c.Pipeline, len(ours), len(theirs))
		return out
	}
	for i, m := range ours {
		if !theirs[i].asks(m) {
			w.t.Errorf("%s with %s: we ask %s for %v, pySigma %q for %q", c.Rule, c.Pipeline, m.Field, m.Value, theirs[i].field, theirs[i].value)
			return out
		}
		if reason := w.reason(m, theirs[i]); reason != "" {
			out[reason] = true
		}
	}
	return out
}

// refused reports whether we print nothing for a rule.
func (w *texts) refused(c conversion, rules []*sigma.Rule) bool {
	for _, r := range rules {
		mapped, ds := w.chain(c.Pipeline).Apply(r)
		tree, more := query.Resolve(mapped, nil)
		if diag.HasErrors(ds) || diag.HasErrors(more) {
			continue
		}
		if _, ds = querystring.Render(tree, querystring.Options{KeywordFields: []string{"message"}}); !diag.HasErrors(ds) {
			return false
		}
	}
	return true
}

// endsEarly reports whether a question is a regular expression with an escaped
// slash: pySigma escapes the slash once more, which frees it.
func endsEarly(m *query.Match) bool {
	v, ok := m.Value.(sigma.Regex)
	return ok && strings.Contains(v.Pattern, `\/`)
}

// chain reads the pipelines as pySigma has them, without our mends.
func (w *texts) chain(names string) *pipeline.Chain {
	if c, ok := w.chains[names]; ok || names == "" {
		return c
	}
	var ps []*pipeline.Pipeline
	for name := range strings.SplitSeq(names, "+") {
		text, err := os.ReadFile(filepath.Join(shared(w.t), "data/sigma/pipeline-"+name+".json"))
		if err != nil {
			w.t.Fatal(err)
		}
		p, ds := pipeline.Parse(diag.NewFile(name, text))
		if p == nil {
			w.t.Fatal(ds)
		}
		ps = append(ps, p)
	}
	w.chains[names] = pipeline.NewChain(ps...)
	return w.chains[names]
}

// reason says why a question's text is another one, or nothing.
func (w *texts) reason(m *query.Match, q question) string {
	key := fmt.Sprintf("%s %T%v %s", m.Field, m.Value, m.Value, q.value)
	if reason, ok := w.reasons[key]; ok {
		return reason
	}
	reason := differs(m, q)
	w.reasons[key] = reason
	return reason
}

func differs(m *query.Match, q question) string {
	ours, ds := querystring.Render(query.Tree{Root: m, Rule: &sigma.Rule{}}, querystring.Options{KeywordFields: []string{"message"}})
	if diag.HasErrors(ds) {
		return "refused: " + ds[0].Code
	}
	value, plain := strings.CutPrefix(ours.Text, q.field+":")
	switch v := m.Value.(type) {
	case sigma.Null, sigma.Exists:
		return ""
	case sigma.Regex:
		return "regular expression translated"
	case sigma.CIDR:
		return "network in quotes"
	case sigma.String:
		switch {
		case m.Field == "":
			return "value without a field"
		case strings.HasPrefix(ours.Text, "_exists_:"):
			return "any value: the field exists"
		case plain && value == q.value:
			return ""
		case plain && strings.HasPrefix(value, `"`) && !v.HasWildcards():
			return "whole value in quotes"
		case plain && strings.HasPrefix(value, "/"):
			return "letters in both cases"
		case plain && strings.NewReplacer(`\`, "").Replace(value) == strings.NewReplacer(`\`, "").Replace(q.value):
			return "more characters escaped"
		}
	case sigma.Bool:
		if plain && value == `"`+q.value+`"` {
			return "true and false in quotes"
		}
	case sigma.Number:
		switch {
		case m.Field == "":
			return "value without a field"
		case plain && value == `"`+q.value+`"`:
			return "number in quotes"
		}
	}
	if plain && value == q.value {
		return ""
	}
	return fmt.Sprintf("%s%s for %s:%s", noReason, ours.Text, q.field, q.value)
}

// noReason begins a difference that is not documented.
const noReason = "without a reason: "

// question is a field and a value as they stand in a text of pySigma.
type question struct{ field, value string }

// asks reports whether the question is the one of our tree.
func (q question) asks(m *query.Match) bool {
	field := strings.NewReplacer(" ", `\ `, "*", `\*`).Replace(m.Field)
	switch v := m.Value.(type) {
	case sigma.Null, sigma.Exists:
		return q.field == "_exists_" && q.value == field
	case sigma.String:
		if field == "" {
			return q.field == "" && q.value == "*"+escaped(v)+"*"
		}
		return q.field == field && q.value == escaped(v)
	case sigma.Number:
		return q.field == field && q.value == v.Text
	case sigma.Bool:
		return q.field == field && q.value == fmt.Sprint(bool(v))
	case sigma.Compare:
		return q.field == field && q.value == string(v.Op)+v.Value.(sigma.Number).Text
	case sigma.CIDR:
		return q.field == field && strings.ReplaceAll(q.value, `\`, "") == v.Network
	case sigma.Regex:
		flags := ""
		if v.IgnoreCase {
			flags = "(?i)"
		}
		return q.field == field && q.value == "/"+flags+strings.ReplaceAll(v.Pattern, "/", `\/`)+"/"
	}
	return false
}

// escaped writes a text as pySigma does.
func escaped(s sigma.String) string {
	if len(s.Parts) == 0 {
		return `""`
	}
	var b strings.Builder
	for _, p := range s.Parts {
		switch p.Kind {
		case sigma.Any:
			b.WriteByte('*')
		case sigma.One:
			b.WriteByte('?')
		default:
			for i := range len(p.Text) {
				if strings.IndexByte(`+-=&|!(){}[]<>^"~*?:\/ `, p.Text[i]) >= 0 {
					b.WriteByte('\\')
				}
				b.WriteByte(p.Text[i])
			}
		}
	}
	return b.String()
}

// questions takes a text of pySigma apart: what is asked, in order, without
// what joins it.
func questions(text string) []question {
	var out []question
	field := "" // of the list that is open
	list := 0   // parentheses within it
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case ' ':
			i++
		case '(':
			list += min(1, len(field))
			i++
		case ')':
			if list--; list <= 0 {
				field, list = "", 0
			}
			i++
		default:
			end := i + wordLength(text[i:])
			word := text[i:end]
			i = end
			if word == "AND" || word == "OR" || word == "NOT" {
				continue
			}
			name, value := splitWord(word)
			switch {
			case field != "":
				out = append(out, question{field, word})
			case name != "" && value == "":
				field, list = name, 0
			default:
				out = append(out, question{name, value})
			}
		}
	}
	return out
}

// splitWord splits a word at the first colon that has no backslash.
func splitWord(word string) (field, value string) {
	for i := 0; i < len(word); i++ {
		switch word[i] {
		case '\\':
			i++
		case ':':
			return word[:i], word[i+1:]
		}
	}
	return "", word
}

// wordLength returns how far a word goes: up to a blank or a parenthesis
// without a backslash. A regular expression ends where a slash comes before
// one.
func wordLength(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ' ', '(', ')':
			return i
		case ':':
			if strings.HasPrefix(s[i:], ":/") {
				return i + 2 + regexLength(s[i+2:])
			}
		}
	}
	return len(s)
}

func regexLength(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '/':
			if i+1 == len(s) || s[i+1] == ' ' || s[i+1] == ')' {
				return i + 1
			}
		}
	}
	return len(s)
}
