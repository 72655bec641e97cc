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
func (g grepper) oneOf(b *strings.Builder, kids []query.Node) {
	for i, group := range g.groups(kids) {
		if i > 0 {
			b.WriteByte('|')
		}
		if len(group.values) < 2 {
			g.assert(b, group.first)
			continue
		}
		b.WriteString("(?=")
		g.lines.findOne(b, group.kind, group.values)
		b.WriteByte(')')
	}
}

// group are questions of one kind, or one question without a kind.
type group struct {
	first  query.Node
	kind   kind
	values []sigma.String
}

func (g grepper) groups(kids []query.Node) []group {
	out := make([]group, 0, 1)
	known := map[kind]int{}
	for i, kid := range kids {
		m, isMatch := kid.(*query.Match)
		var k kind
		if isMatch {
			k, isMatch = g.lines.kind(m)
		}
		if !isMatch {
			out = append(out, group{first: kid})
			continue
		}
		at, again := known[k]
		if !again {
			at = len(out)
			known[k] = at
			out = append(out, group{first: kid, kind: k, values: make([]sigma.String, 0, len(kids)-i)})
		}
		out[at].values = append(out[at].values, m.Value.(sigma.String))
	}
	return out
}

// core is a text without the stars at its ends. It is not ok where there are
// others.
func core(v sigma.String) (sigma.String, bool) {
	v = bare(v)
	return v, !v.Has(sigma.Any) && !v.Has(sigma.Placeholder)
}

// alternatives are expressions for the texts, each once.
func alternatives(c code, values []sigma.String) string {
	texts := make([]string, 0, len(values))
	seen := make(map[string]bool, len(values))
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
	return kind{}, ok && alone && !breaks(v)
}

// breaks reports whether a text has a line break.
func breaks(v sigma.String) bool {
	for i := range v.Parts {
		if part := &v.Parts[i]; part.Kind == sigma.Text && strings.IndexByte(part.Text, '\n') >= 0 {
			return true
		}
	}
	return false
}

func (textLine) findOne(b *strings.Builder, _ kind, values []sigma.String) {
	for i := range values {
		values[i] = bare(values[i])
	}
	b.WriteString(".*")
	b.WriteString(alternatives(lineCode{}, values))
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

func (l jsonLine) findOne(b *strings.Builder, k kind, values []sigma.String) {
	b.WriteString(l.oneOf(k, values))
}

func (l jsonLine) oneOf(k kind, values []sigma.String) string {
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
