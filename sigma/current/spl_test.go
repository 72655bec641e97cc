package current_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// record is an event as Splunk has it: fields with one text each, and all of
// it in _raw.
type record map[string]string

// spl is a small reader of SPL that shares nothing with the printer: it
// follows the manual's grammar, in which OR binds more than AND in a search,
// and less in where.
type splReader struct {
	tb   testing.TB
	text string
	at   int
}

func (p *splReader) fail(format string, args ...any) {
	p.tb.Helper()
	p.tb.Fatalf("%s\nat %d: %s", p.text, p.at, fmt.Sprintf(format, args...))
}

func (p *splReader) space() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

// take passes a mark, if it comes next.
func (p *splReader) take(mark string) bool {
	p.space()
	if !strings.HasPrefix(p.text[p.at:], mark) {
		return false
	}
	p.at += len(mark)
	return true
}

// word passes a word that nothing else is glued to.
func (p *splReader) word(w string) bool {
	p.space()
	rest := p.text[p.at:]
	if !strings.HasPrefix(rest, w) || len(rest) > len(w) && !strings.ContainsRune(" ()|", rune(rest[len(w)])) {
		return false
	}
	p.at += len(w)
	return true
}

// inQuotes reads a quoted text, after its first quote.
func (p *splReader) inQuotes(quote byte) string {
	var b strings.Builder
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == quote:
			p.at++
			return b.String()
		case c == '\\' && quote == '"' && p.at+1 < len(p.text):
			p.at++
			b.WriteByte(p.text[p.at])
		case c == '`' || c < ' ':
			p.fail("the sign %q in quotes", c)
		default:
			b.WriteByte(c)
		}
	}
	p.fail("quotes that do not end")
	return ""
}

type splTest func(record) bool

// pipeline reads a search and the where clause behind it.
func (p *splReader) pipeline() splTest {
	test := func(record) bool { return true }
	if !p.word("*") {
		test = p.searchAnd()
	}
	if p.take("|") {
		if !p.word("where") {
			p.fail("no where")
		}
		first, then := test, p.whereOr()
		test = func(r record) bool {
			v, ok := then(r).(bool)
			return first(r) && ok && v
		}
	}
	p.space()
	if p.at < len(p.text) {
		p.fail("something is left")
	}
	return test
}

func (p *splReader) searchAnd() splTest {
	left := p.searchOr()
	for p.word("AND") {
		a, b := left, p.searchOr()
		left = func(r record) bool { return a(r) && b(r) }
	}
	return left
}

func (p *splReader) searchOr() splTest {
	left := p.searchNot()
	for p.word("OR") {
		a, b := left, p.searchNot()
		left = func(r record) bool { return a(r) || b(r) }
	}
	return left
}

func (p *splReader) searchNot() splTest {
	if p.word("NOT") {
		kid := p.searchNot()
		return func(r record) bool { return !kid(r) }
	}
	if p.take("(") {
		kid := p.searchAnd()
		if !p.take(")") {
			p.fail("no )")
		}
		return kid
	}
	return p.searchTerm()
}

var splName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*`)

func (p *splReader) searchTerm() splTest {
	var field string
	if p.take(`"`) {
		field = p.inQuotes('"')
	} else {
		field = splName.FindString(p.text[p.at:])
		p.at += len(field)
	}
	if field == "" || !p.take("=") {
		p.fail("no field")
	}
	if p.take(`"`) {
		return searchValue(field, p.inQuotes('"'))
	}
	value := regexp.MustCompile(`^[-0-9.*]+`).FindString(p.text[p.at:])
	p.at += len(value)
	return searchValue(field, value)
}

// searchValue compares with stars and without regard to case; numbers compare
// as such.
func searchValue(field, value string) splTest {
	parts := strings.Split(value, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	re := regexp.MustCompile(`(?is)\A` + strings.Join(parts, ".*") + `\z`)
	want, err := strconv.ParseFloat(value, 64)
	return func(r record) bool {
		got, ok := r[field]
		n, gotErr := strconv.ParseFloat(got, 64)
		return ok && (re.MatchString(got) || err == nil && gotErr == nil && n == want)
	}
}

// splValue gives a bool, a float64, a string, or nil for null.
type splValue func(record) any

func (p *splReader) whereOr() splValue {
	left := p.whereAnd()
	for p.word("OR") {
		a, b := left, p.whereAnd()
		left = func(r record) any {
			x, y := a(r), b(r)
			if x == true || y == true {
				return true
			}
			if x == nil || y == nil {
				return nil
			}
			return false
		}
	}
	return left
}

func (p *splReader) whereAnd() splValue {
	left := p.whereCompare()
	for p.word("AND") {
		a, b := left, p.whereCompare()
		left = func(r record) any {
			x, y := a(r), b(r)
			if x == false || y == false {
				return false
			}
			if x == nil || y == nil {
				return nil
			}
			return true
		}
	}
	return left
}

func (p *splReader) whereCompare() splValue {
	left := p.whereTerm()
	for _, op := range []string{"<=", ">=", "<", ">", "="} {
		if !p.take(op) {
			continue
		}
		right := p.whereTerm()
		return func(r record) any { return p.compare(op, left(r), right(r)) }
	}
	return left
}

func (p *splReader) compare(op string, a, b any) any {
	if a == nil || b == nil {
		return nil
	}
	order := 0
	switch x := a.(type) {
	case string:
		order = strings.Compare(x, b.(string))
	case float64:
		y := b.(float64)
		if x < y {
			order = -1
		} else if x > y {
			order = 1
		}
	default:
		p.fail("comparison of %T", a)
	}
	return map[string]bool{"=": order == 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[op]
}

func (p *splReader) whereTerm() splValue {
	switch {
	case p.take("("):
		kid := p.whereOr()
		if !p.take(")") {
			p.fail("no )")
		}
		return kid
	case p.take("'"):
		name := p.inQuotes('\'')
		return func(r record) any {
			if v, ok := r[name]; ok {
				return v
			}
			return nil
		}
	case p.take(`"`):
		text := p.inQuotes('"')
		return func(record) any { return text }
	}
	if n := regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?`).FindString(p.text[p.at:]); n != "" {
		p.at += len(n)
		v, _ := strconv.ParseFloat(n, 64)
		return func(record) any { return v }
	}
	return p.call()
}

func (p *splReader) call() splValue {
	name := regexp.MustCompile(`^[a-z]+\(`).FindString(p.text[p.at:])
	if name == "" {
		p.fail("no term")
	}
	p.at += len(name)
	var args []splValue
	for !p.take(")") {
		args = append(args, p.whereOr())
		p.take(",")
	}
	f := splFunction(strings.TrimSuffix(name, "("))
	if f == nil {
		p.fail("unknown function %s", name)
	}
	return func(r record) any {
		var values []any
		for _, a := range args {
			values = append(values, a(r))
		}
		return f(values)
	}
}

func splFunction(name string) func([]any) any {
	some := func(f func([]any) any) func([]any) any {
		return func(args []any) any {
			if slices.Contains(args, nil) {
				return nil
			}
			return f(args)
		}
	}
	switch name {
	case "isnull":
		return func(args []any) any { return args[0] == nil }
	case "isnotnull":
		return func(args []any) any { return args[0] != nil }
	case "if":
		return func(args []any) any {
			if args[0] == true {
				return args[1]
			}
			return args[2]
		}
	case "match":
		return some(func(args []any) any { return regexp.MustCompile(args[1].(string)).MatchString(args[0].(string)) })
	case "tonumber":
		return some(func(args []any) any {
			v, err := strconv.ParseFloat(args[0].(string), 64)
			if err != nil {
				return nil
			}
			return v
		})
	case "cidrmatch":
		return some(func(args []any) any {
			addr, err := netip.ParseAddr(args[1].(string))
			return err == nil && netip.MustParsePrefix(args[0].(string)).Contains(addr)
		})
	case "lower":
		return some(func(args []any) any { return strings.ToLower(args[0].(string)) })
	case "len":
		return some(func(args []any) any { return float64(len([]rune(args[0].(string)))) })
	case "substr":
		return some(func(args []any) any {
			text, from, n := []rune(args[0].(string)), int(args[1].(float64))-1, int(args[2].(float64))
			return string(text[min(from, len(text)):min(from+n, len(text))])
		})
	}
	return nil
}

// records are an event for the reader and for the meaning: one text a field.
func (d dice) record(tree query.Tree) (record, match.Event) {
	r, object := record{}, map[string]any{}
	query.Walk(tree.Root, func(m *query.Match) {
		name := m.Field
		if name == "" {
			name = pick(d, fields)
		}
		v := d.near(m.Value)
		if d.IntN(4) == 0 {
			return
		}
		switch v.(type) {
		case string, json.Number, bool:
			object[name] = v
			r[name] = fmt.Sprint(v)
		}
	})
	// Keywords are looked for in all of the event.
	var all []string
	for _, name := range fields {
		if text, ok := r[name]; ok {
			all = append(all, text)
		}
	}
	r["_raw"] = strings.Join(all, "\x00")
	return r, match.NewEvent(object)
}

// TestSplunkMeaning holds what a reader of SPL makes of the text against what
// the rules mean, for random rules and events.
func TestSplunkMeaning(t *testing.T) {
	tried, hits := 0, 0
	for seed := range 3000 {
		d := newDice(uint64(seed))
		tree := d.tree()
		if spansFields(tree) {
			continue
		}
		text, ds := renderTree(t, current.Splunk, tree)
		if diag.HasErrors(ds) {
			t.Fatalf("%s: %v", tree, ds)
		}
		tried++
		meaning, err := match.Compile(tree, match.Options{})
		if err != nil {
			t.Fatal(err)
		}
		test := (&splReader{tb: t, text: text}).pipeline()
		for range 20 {
			r, event := d.record(tree)
			want := meaning.Match(event)
			if want {
				hits++
			}
			if got := test(r); got != want {
				t.Fatalf("seed %d: %s\n%s\nsays %v for %q", seed, tree, text, got, r)
			}
		}
	}
	t.Logf("%d trees, %d hits", tried, hits)
	if tried < 1000 || hits < tried {
		t.Error("too little was tried")
	}
}

// spansFields reports whether a keyword could match over the border of two
// fields of a raw text, or knows a beginning and end that a raw text has not.
func spansFields(tree query.Tree) bool {
	found := false
	query.Walk(tree.Root, func(m *query.Match) {
		if m.Field != "" {
			return
		}
		switch v := m.Value.(type) {
		case sigma.String:
			found = found || len(v.Parts) == 0 || v.HasWildcards()
		case sigma.Regex:
			found = true
		}
	})
	return found
}

func TestSplunk(t *testing.T) {
	for name, c := range map[string]struct{ detection, want string }{
		"value":         {"s: {A: x}", `A="x"`},
		"path":          {`s: {Image: 'C:\Win\\*'}`, `Image="C:\\Win\\*"`},
		"quotes":        {`s: {A: 'say "hi" | delete'}`, `A="say \"hi\" | delete"`},
		"and, or, not":  {"s: {A: x, B: [y, z]}\nt: {C: 1}\ncondition: s and not t", `A="x" AND (B="y" OR B="z") AND (NOT C=1)`},
		"or of ands":    {"s:\n  - {A: x, B: y}\n  - {C: z}", `((A="x" AND B="y") OR C="z")`},
		"null":          {"s: {A: null, B|exists: true, C: '*'}", `(NOT A=*) AND B=* AND C=*`},
		"keyword":       {"s: ['foo bar']", `_raw="*foo bar*"`},
		"literal star":  {`s: {A: 'a\*b', B: y}`, `B="y" | where match('A',"(?is)\\Aa\\*b\\z")`},
		"one character": {"s: {A: 'a?b'}", `* | where match('A',"(?is)\\Aa.b\\z")`},
		"back-quote":    {"s: {A: 'a`b`'}", `* | where match('A',"(?is)\\Aa\\x{60}b\\x{60}\\z")`},
		"cased":         {"s: {A|cased: aB}", `* | where match('A',"(?s)\\AaB\\z")`},
		"regex":         {`s: {A|re|i: '^a"b\d'}`, `* | where match('A',"(?i)^a\"b\\d")`},
		"network":       {"s: {A|cidr: 10.0.0.0/8}", `* | where cidrmatch("10.0.0.0/8",'A')`},
		"comparison":    {"s: {A|gte: 5}", `* | where tonumber('A')>=5`},
		"field":         {"s: {A|fieldref: B}", `* | where lower('A')=lower('B')`},
		"not of where":  {"s: {A|re: x}\ncondition: not s", `* | where if(match('A',"x"),1,0)=0`},
		"star inside":   {`s: {A: 'S*G01', B|contains: 'x*y', C: 'z*'}`, `C="z*" | where match('A',"(?is)\\AS.*G01\\z") AND match('B',"(?is)x.*y")`},
		"keyword star":  {"s: ['foo*bar']", `* | where match('_raw',"(?is)foo.*bar")`},
		"stars at ends": {"s: {A|cased|contains: aB}", `* | where match('A',"(?s)aB")`},
		"star in front": {"s: {A|cased: '*aB'}", `* | where match('A',"(?s)aB\\z")`},
		"star behind":   {"s: {A|cased: 'a?b*'}", `* | where match('A',"(?s)\\Aa.b")`},
		"whole number":  {"s: {earliest: '10'}", `* | where tonumber('earliest')=10`},
		"version":       {"s: {earliest: '1.10', latest: '007'}", `* | where match('earliest',"(?is)\\A1\\.10\\z") AND match('latest',"(?is)\\A007\\z")`},
		"open count":    {`s: {A|re: 'a{,3}[{,3}]\{,3}(b){,12}'}`, `* | where match('A',"a{0,3}[{,3}]\\{,3}(b){0,12}")`},
		"keyword regex": {`s: {'|re': 'a[^b]\$'}`, `* | where match('_raw',"a[^b]\\$")`},
		"named":         {"s: {'my field': x, earliest: y, NOT: z}", `"my field"="x" AND "NOT"="z" | where match('earliest',"(?is)\\Ay\\z")`},
		"bool":          {"s: {A: true}", `A="true"`},
		"mixed or":      {"s: {A|re: x}\nt: {B: y}\ncondition: s or t", `* | where (match('A',"x") OR match('B',"(?is)\\Ay\\z"))`},
	} {
		t.Run(name, func(t *testing.T) {
			got, ds := render(t, current.Splunk, c.detection)
			if diff := cmp.Diff(c.want, got); diff != "" || codes(ds) != "current/unmeasured" {
				t.Errorf("%s (-want +got):\n%s", codes(ds), diff)
			}
		})
	}
}
