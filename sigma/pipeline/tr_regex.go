package pipeline

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/sigwatch/sigwatch/sigma"
)

// toRegex turns texts into regular expressions. They match the whole value, as
// the texts did; those without a field are looked for anywhere.
type toRegex struct{ method string }

func readRegex(p *params) transformation {
	return toRegex{p.choice("method", "ignore_case_brackets", "ignore_case_flag", "plain")}
}

func (t toRegex) apply(x *run) {
	x.eachValue(func(it *sigma.Item, v sigma.Located) ([]sigma.Value, bool) {
		s, ok := v.Value.(sigma.String)
		holes := slices.ContainsFunc(s.Parts, func(p sigma.Part) bool { return p.Kind == sigma.Placeholder })
		if !ok || len(s.Parts) == 0 || holes || !x.spend(v.Span, 4*size(s.Parts)) {
			return nil, false
		}
		return []sigma.Value{t.regex(s, it.Field != "")}, true
	})
}

func (t toRegex) regex(s sigma.String, whole bool) sigma.Regex {
	var b strings.Builder
	if whole {
		b.WriteByte('^')
	}
	for _, p := range s.Parts {
		switch {
		case p.Kind == sigma.Any:
			b.WriteString(".*")
		case p.Kind == sigma.One:
			b.WriteByte('.')
		case t.method == "ignore_case_brackets" && !s.Cased:
			brackets(&b, p.Text)
		default:
			b.WriteString(regexp.QuoteMeta(p.Text))
		}
	}
	if whole {
		b.WriteByte('$')
	}
	return sigma.Regex{Pattern: b.String(), DotAll: true, IgnoreCase: t.method == "ignore_case_flag" && !s.Cased}
}

// brackets writes both cases of each letter.
func brackets(b *strings.Builder, text string) {
	for _, r := range text {
		lower, upper := unicode.ToLower(r), unicode.ToUpper(r)
		if lower == upper {
			b.WriteString(regexp.QuoteMeta(string(r)))
			continue
		}
		b.WriteByte('[')
		b.WriteRune(lower)
		b.WriteRune(upper)
		b.WriteByte(']')
	}
}
