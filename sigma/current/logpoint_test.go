package current_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/match"
)

// lpReader is a small reader of LogPoint's searches after its manual.
type lpReader struct{ splReader }

func (p *lpReader) and() splTest {
	left := p.or()
	for p.word("AND") {
		a, b := left, p.or()
		left = func(r record) bool { return a(r) && b(r) }
	}
	return left
}

func (p *lpReader) or() splTest {
	left := p.not()
	for p.word("OR") {
		a, b := left, p.not()
		left = func(r record) bool { return a(r) || b(r) }
	}
	return left
}

func (p *lpReader) not() splTest {
	if p.take("-") {
		kid := p.not()
		return func(r record) bool { return !kid(r) }
	}
	if p.take("(") {
		kid := p.and()
		if !p.take(")") {
			p.fail("no )")
		}
		return kid
	}
	return p.term()
}

// plainQuotes reads to the next quote: there are no escapes.
func (p *lpReader) plainQuotes(quote string) string {
	text, _, ok := strings.Cut(p.text[p.at:], quote)
	if !ok {
		p.fail("quotes that do not end")
	}
	p.at += len(text) + 1
	return text
}

func (p *lpReader) term() splTest {
	var field string
	if p.take(`"`) {
		field = p.plainQuotes(`"`)
	} else {
		field = splName.FindString(p.text[p.at:])
		p.at += len(field)
	}
	op := ""
	for _, o := range []string{"<=", ">=", "<", ">", "="} {
		if op == "" && p.take(o) {
			op = o
		}
	}
	switch {
	case field == "" || op == "":
		p.fail("no field")
	case p.take(`"`):
		return lpValue(field, p.plainQuotes(`"`))
	case p.take("'"):
		return lpValue(field, p.plainQuotes("'"))
	}
	value := regexp.MustCompile(`^[-0-9.*]+`).FindString(p.text[p.at:])
	p.at += len(value)
	if op == "=" {
		return searchValue(field, value)
	}
	want, _ := strconv.ParseFloat(value, 64)
	return func(r record) bool {
		n, err := strconv.ParseFloat(r[field], 64)
		v, ok := p.compare(op, n, want).(bool)
		return err == nil && ok && v
	}
}

func lpValue(field, value string) splTest {
	var b strings.Builder
	for _, c := range value {
		switch c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteByte('.')
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	re := regexp.MustCompile(`(?is)\A` + b.String() + `\z`)
	want, err := strconv.ParseFloat(value, 64)
	return func(r record) bool {
		got, ok := r[field]
		n, gotErr := strconv.ParseFloat(got, 64)
		return ok && (re.MatchString(got) || err == nil && gotErr == nil && n == want)
	}
}

func TestLogPointMeaning(t *testing.T) {
	tried, hits := 0, 0
	for seed := range 6000 {
		d := newDice(uint64(seed))
		tree := d.tree()
		text, ds := renderTree(t, current.LogPoint, tree)
		if diag.HasErrors(ds) || spansFields(tree) {
			continue
		}
		tried++
		meaning, err := match.Compile(tree, match.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p := &lpReader{splReader{tb: t, text: text}}
		test := p.and()
		if p.space(); p.at < len(text) {
			p.fail("something is left")
		}
		for range 20 {
			r, event := d.record(tree)
			r["msg"] = r["_raw"]
			if r["f"] == "10.0.0.1.5" || r["g.h"] == "10.0.0.1.5" || r["x.y.z"] == "10.0.0.1.5" || r["Größe"] == "10.0.0.1.5" {
				continue // no address, and a pattern of addresses cannot tell
			}
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
	if tried < 500 || hits < tried {
		t.Error("too little was tried")
	}
}

func TestLogPoint(t *testing.T) {
	for name, c := range map[string]struct{ detection, want, said string }{
		"value":        {`s: {A: 'C:\x*y?'}`, `A="C:\x*y?"`, ""},
		"double":       {`s: {A: 'say "hi"'}`, `A='say "hi"'`, ""},
		"both":         {`s: {A: "it's \"x\""}`, "", "current/quotes!"},
		"backslash":    {`s: {A: 'C:\x\'}`, "", "current/quotes!"},
		"and, or, not": {"s: {A: x, B: [y, z]}\nt: {C: 1}\ncondition: s and not t", `A="x" AND (B="y" OR B="z") AND (-C=1)`, ""},
		"null":         {"s: {A: null, B|exists: true}", `(-A=*) AND B=*`, ""},
		"keyword":      {"s: [foo]", `msg="*foo*"`, ""},
		"star":         {`s: {A: 'a\*'}`, "", "current/literal-wildcard!"},
		"regex":        {"s: {A|re: x}", "", "current/regular-expression!"},
		"cased":        {"s: {A|cased: x}", "", "current/cased!"},
		"control":      {"s: {A: \"a\\nb\"}", "", "current/control-character!"},
		"network":      {"s: {A|cidr: 10.0.0.0/15}", `(A="10.0.*" OR A="10.1.*")`, ""},
		"any network":  {"s: {A|cidr: 0.0.0.0/0}", `A="*.*.*.*"`, ""},
		"network 6":    {"s: {A|cidr: 'fe80::/10'}", "", "current/cidr!"},
		"comparison":   {"s: {A|lt: 5}", "A<5", ""},
		"reference":    {"s: {A|fieldref: B}", "", "current/fieldref!"},
		"hour":         {"s: {A|hour: 5}", "", "current/time-part!"},
		"word":         {"s: {process: x}", `"process"="x"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ds := render(t, current.LogPoint, c.detection)
			if c.said == "" {
				c.said = "current/unmeasured"
			} else {
				c.said += " current/unmeasured"
			}
			if diff := cmp.Diff(c.want, got); diff != "" || !sameWords(codes(ds), c.said) {
				t.Errorf("%s (-want +got):\n%s", codes(ds), diff)
			}
		})
	}
}

// sameWords compares words without regard to their order.
func sameWords(a, b string) bool {
	count := func(s string) string {
		words := map[string]int{}
		for word := range strings.FieldsSeq(s) {
			words[word]++
		}
		return fmt.Sprint(words)
	}
	return count(a) == count(b)
}
