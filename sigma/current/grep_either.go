package current

import (
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// kind is what questions for texts have in common: the field, and whether the
// text may begin and end anywhere.
type kind struct {
	field       string
	front, back bool
}

// oneOf are assertions of which one has to hold. Questions of a kind are one
// assertion, which goes through the line once for all of their texts: grep
// counts its attempts, and gives up at lines that take too many.
func (g grepper) oneOf(kids []query.Node) string {
	var texts []string
	together := map[kind]int{}
	values := map[kind][]sigma.String{}
	for _, kid := range kids {
		m, isMatch := kid.(*query.Match)
		var k kind
		if isMatch {
			k, isMatch = g.lines.kind(m)
		}
		if !isMatch {
			texts = append(texts, g.assert(kid))
			continue
		}
		if len(values[k]) == 0 {
			together[k] = len(texts)
			texts = append(texts, g.assert(kid))
		}
		values[k] = append(values[k], m.Value.(sigma.String))
	}
	for k, i := range together {
		if len(values[k]) > 1 {
			texts[i] = "(?=" + g.lines.findOne(k, values[k]) + ")"
		}
	}
	return strings.Join(texts, "|")
}

// core is a text without the stars at its ends. It is not ok where there are
// others.
func core(v sigma.String) (sigma.String, bool) {
	v = bare(v)
	return v, !v.Has(sigma.Any) && !v.Has(sigma.Placeholder)
}

// alternatives are expressions for the texts, each once.
func alternatives(c code, values []sigma.String) string {
	var texts []string
	seen := map[string]bool{}
	for _, v := range values {
		text := casing(v.Cased, patternOf(c, v, ""))
		if !seen[text] {
			texts = append(texts, text)
		}
		seen[text] = true
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return "(?:" + strings.Join(texts, "|") + ")"
}

func (textLine) kind(m *query.Match) (kind, bool) {
	v, ok := m.Value.(sigma.String)
	v, alone := core(v)
	return kind{}, ok && alone && !textHas(v, func(c rune) bool { return c == '\n' })
}

func (textLine) findOne(_ kind, values []sigma.String) string {
	for i := range values {
		values[i] = bare(values[i])
	}
	return ".*" + alternatives(lineCode{}, values)
}

// kind is that of a question for a text. Keywords stand anywhere.
func (jsonLine) kind(m *query.Match) (kind, bool) {
	v, ok := m.Value.(sigma.String)
	_, good := sound(v)
	inner, alone := core(v)
	if !ok || !good || !alone || len(inner.Parts) == 0 || m.Field != "" && !jsonName(m.Field) {
		return kind{}, false
	}
	if m.Field == "" {
		return kind{front: true, back: true}, true
	}
	return kind{m.Field, v.Parts[0].Kind == sigma.Any, v.Parts[len(v.Parts)-1].Kind == sigma.Any}, true
}

func (l jsonLine) findOne(k kind, values []sigma.String) string {
	var all, short []sigma.String
	var forms []string
	for _, v := range values {
		v = bare(v)
		all = append(all, v)
		if sayable(v) {
			short = append(short, v)
		}
		if text, ok := v.Literal(); ok && !k.front && !k.back && decimal.MatchString(text) {
			forms = append(forms, number(text))
		}
	}
	inString := k.within("(?&c)", `"`, alternatives(stringCode{}, all))
	inToken := "(?!)"
	if len(short) > 0 {
		inToken = k.within(token, `(?!`+token+`)`, alternatives(tokenCode{}, short))
	}
	if k.field == "" {
		return l.anywhere(inString, inToken)
	}
	forms = append(forms, `"`+inString, begun+inToken)
	return l.to(k.field, `"`) + within + "(?:" + strings.Join(forms, "|") + ")"
}

// within is an expression from the beginning of a value on.
func (k kind) within(any, end, text string) string {
	if !k.back {
		text += end
	}
	if k.front {
		text = "(?>" + any + "*?" + text + ")"
	}
	return text
}
