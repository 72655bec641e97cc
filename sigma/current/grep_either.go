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
			out = append(out, group{first: kid, kind: k})
		}
		if out[at].values == nil && len(known) == 1 {
			out[at].values = make([]sigma.String, 0, len(kids)-i)
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
func alternatives(b *strings.Builder, c code, values []sigma.String) {
	var all strings.Builder // one behind another: a buffer for each would cost more
	texts := make([]string, 0, len(values))
	seen := make(map[string]bool, len(values))
	for _, v := range values {
		before := all.Len()
		writeCased(&all, v.Cased, func() { writePattern(&all, c, v, "") })
		if text := all.String()[before:]; !seen[text] {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	if len(texts) == 1 {
		b.WriteString(texts[0])
		return
	}
	for i, text := range texts {
		if i == 0 {
			b.WriteString("(?:")
		} else {
			b.WriteByte('|')
		}
		b.WriteString(text)
	}
	b.WriteByte(')')
}

// oneText is what alternatives writes.
func oneText(c code, values []sigma.String) string {
	var b strings.Builder
	alternatives(&b, c, values)
	return b.String()
}

func (textLine) kind(m *query.Match) (kind, bool) {
	v, ok := m.Value.(sigma.String)
	if !ok {
		return kind{}, false
	}
	v, alone := core(v)
	return kind{}, alone && !textHas(v, lineFeed)
}

func (textLine) findOne(b *strings.Builder, _ kind, values []sigma.String) {
	for i := range values {
		values[i] = bare(values[i])
	}
	b.WriteString(".*")
	alternatives(b, lineCode{}, values)
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
	inString := k.within("(?&c)", `"`, oneText(stringCode{}, all))
	inToken := "(?!)"
	if len(short) > 0 {
		inToken = k.within(token, `(?!`+token+`)`, oneText(tokenCode{}, short))
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
