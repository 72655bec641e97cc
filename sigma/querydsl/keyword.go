package querydsl

import (
	"slices"
	"strconv"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/lucene"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// keywords prints a value without a field: once for each of the fields it is
// looked for in.
func (r *renderer) keywords(m *query.Match) clause {
	r.keyed = true
	if len(r.opt.KeywordFields) == 0 {
		return r.cannot(m, keywordFields)
	}
	var parts []clause
	for _, field := range r.opt.KeywordFields {
		inner := *m
		inner.Field = field
		inner.As, _ = r.types.Of(field)
		parts = append(parts, r.anywhere(&inner)...)
	}
	return joined(parts)
}

// anywhere looks for a value anywhere within a field's texts. A text field
// with a sub-field that has not all of its values is asked as both.
func (r *renderer) anywhere(m *query.Match) []clause {
	words := *m
	words.As = query.Field{Type: query.Text, Nested: m.As.Nested}
	switch {
	case m.As.Refused != "":
		return []clause{r.cannot(m, keywordType)}
	case m.As.Type == query.Unknown || m.As.Type == query.Text:
		return r.phrase(&words)
	case m.As.Type != query.Keyword && m.As.Type != query.Wildcard:
		return []clause{r.cannot(m, keywordType)}
	case m.As.Text && m.As.IgnoreAbove > 0:
		return append(r.phrase(&words), r.inside(m))
	default:
		return []clause{r.inside(m)}
	}
}

// inside looks for a value within the whole texts that a field indexes.
func (r *renderer) inside(m *query.Match) clause {
	if s, ok := keywordText(m.Value); ok {
		inner := *m
		inner.Value = contains(s)
		return r.match(&inner)
	}
	if _, ok := m.Value.(sigma.Regex); ok {
		return r.match(m)
	}
	return r.cannot(m, keywordValue)
}

func keywordText(v sigma.Value) (sigma.String, bool) {
	switch v := v.(type) {
	case sigma.String:
		return v, true
	case sigma.Number:
		return sigma.PlainString(v.Text), true
	default:
		return sigma.String{}, false
	}
}

// contains puts a star at both ends of a text that has none there.
func contains(s sigma.String) sigma.String {
	star := []sigma.Part{{Kind: sigma.Any}}
	if len(s.Parts) == 0 || s.Parts[0].Kind != sigma.Any {
		s.Parts = slices.Concat(star, s.Parts)
	}
	if s.Parts[len(s.Parts)-1].Kind != sigma.Any {
		s.Parts = slices.Concat(s.Parts, star)
	}
	return s
}

// phrase looks for a value in the words of a text field: what can lie within
// one word as a part of one too, since the standard analyzer keeps
// ActiveScriptEventConsumer.Name together.
func (r *renderer) phrase(m *query.Match) []clause {
	s, ok := keywordText(m.Value)
	if !ok {
		return []clause{r.cannot(m, keywordValue)}
	}
	if err := lucene.CheckText(s); err != nil {
		return []clause{r.cannot(m, untranslated(err))}
	}
	if s.Cased && lucene.HasCase(s) && r.loses(m, caseLost(m)) {
		return nil
	}
	r.note(noteKeyword)
	words, kind := lucene.Words(s)
	switch kind {
	case lucene.NoWord:
		return []clause{r.cannot(m, keywordNoWord)}
	case lucene.NoPhrase:
		// A keyword may begin and end within a word, as contains does.
		return []clause{r.held(m, contains(s), keywordWildcard)}
	case lucene.Word:
		return []clause{matchPhrase(m, words), r.inWord(m, words)}
	default:
		return []clause{matchPhrase(m, words)}
	}
}

func matchPhrase(m *query.Match, text string) clause {
	return ask("match_phrase", m, object{{"query", text}})
}

// inWord looks for a text within single words.
func (r *renderer) inWord(m *query.Match, text string) clause {
	s := contains(sigma.PlainString(text))
	if lucene.HasWideCase(s) {
		return r.spelled(m, s)
	}
	return r.wildcard(m, s, true)
}

// whole asks a text field for a whole value. It has none, only words.
func (r *renderer) whole(m *query.Match) clause {
	var s sigma.String
	switch v := m.Value.(type) {
	case sigma.String:
		s = v
	case sigma.Number:
		s = sigma.PlainString(v.Text)
	case sigma.Bool:
		s = sigma.PlainString(strconv.FormatBool(bool(v)))
	default:
		return r.cannot(m, textField)
	}
	return r.held(m, s, textField)
}

// held asks for the words that each value meant has, where that is allowed and
// there are any.
func (r *renderer) held(m *query.Match, s sigma.String, otherwise refusal) clause {
	phrases, parts := lucene.Held(s)
	if len(phrases)+len(parts) == 0 || !r.approximate(notePhrase) {
		return r.cannot(m, otherwise)
	}
	q := &boolean{}
	for _, text := range phrases {
		q.must = append(q.must, matchPhrase(m, text))
	}
	for _, text := range parts {
		q.must = append(q.must, r.inWord(m, text))
	}
	return q.split()
}
