package listing

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/mapping"
)

type matchAll struct{}

func (matchAll) build(*Index) (matcher, error) { return func(*Document) bool { return true }, nil }

type matchNone struct{}

func (matchNone) build(*Index) (matcher, error) { return nothing, nil }

func nothing(*Document) bool { return false }

type idsClause map[string]bool

func (c idsClause) build(*Index) (matcher, error) {
	return func(d *Document) bool { return c[d.ID] }, nil
}

type termClause struct {
	field string
	value any
	fold  bool
}

func (c termClause) build(x *Index) (matcher, error) {
	text := textOf(c.value)
	if c.field == "_id" {
		return func(d *Document) bool { return d.ID == text }, nil
	}
	kind, ok := x.Mapping.Lookup(c.field)
	if !ok {
		return nothing, nil
	}
	switch kind {
	case mapping.Keyword, mapping.Text:
		equal := func(v string) bool { return v == text }
		if c.fold {
			equal = func(v string) bool { return strings.EqualFold(v, text) }
		}
		return x.anyText(c.field, equal), nil
	case mapping.Boolean:
		return x.booleanTerm(c.field, text)
	case mapping.Object:
		return nothing, nil
	default:
		return rangeClause{field: c.field, from: c.value, to: c.value, includeLower: true, includeUpper: true, exact: true}.build(x)
	}
}

func (x *Index) booleanTerm(field, text string) (matcher, error) {
	if text != "true" && text != "false" {
		return nil, x.failure(fmt.Sprintf("failed to create query: Can't parse boolean value [%s], expected [true] or [false]", text)).
			Because(exception.BadArgument(fmt.Sprintf("Can't parse boolean value [%s], expected [true] or [false]", text)))
	}
	return x.any(field, func(v any) bool { return truth(v) == (text == "true") }), nil
}

func truth(v any) bool { return v == true || v == "true" }

type termsClause struct {
	field  string
	values []any
}

func (c termsClause) build(x *Index) (matcher, error) {
	if c.field == "_id" {
		ids := idsClause{}
		for _, v := range c.values {
			ids[textOf(v)] = true
		}
		return ids.build(x)
	}
	ms := make([]matcher, len(c.values))
	for i, v := range c.values {
		m, err := termClause{field: c.field, value: v}.build(x)
		if err != nil {
			return nil, err
		}
		ms[i] = m
	}
	return func(d *Document) bool { return slices.ContainsFunc(ms, func(m matcher) bool { return m(d) }) }, nil
}

type patternClause struct {
	kind, field, pattern string
	fold                 bool
}

func (c patternClause) build(x *Index) (matcher, error) {
	kind, ok := x.Mapping.Lookup(c.field)
	switch {
	case c.field == "_id":
		kind = "_id"
	case !ok || kind == mapping.Object:
		return nothing, nil
	}
	if kind != mapping.Keyword && kind != mapping.Text {
		return nil, x.failure(fmt.Sprintf("Can only use %s queries on keyword, text and wildcard fields - not on [%s] which is of type [%s]", c.kind, c.field, kind))
	}
	exp, err := c.expression()
	if err != nil {
		return nil, err
	}
	return x.anyText(c.field, exp.MatchString), nil
}

func (c patternClause) expression() (*regexp.Regexp, error) {
	flags := "(?s)"
	if c.fold {
		flags = "(?si)"
	}
	switch c.kind {
	case "prefix":
		return regexp.Compile(flags + "^" + regexp.QuoteMeta(c.pattern))
	case "wildcard":
		return regexp.Compile(flags + "^" + wildcard(c.pattern) + "$")
	}
	// Lucene's own operators mean something else to Go, or nothing.
	if strings.ContainsAny(c.pattern, `@&<>~#"^$\`) || strings.Contains(c.pattern, "(?") {
		return nil, Unsupported("this [regexp] query over stored watches")
	}
	exp, err := regexp.Compile(flags + "^(?:" + c.pattern + ")$")
	if err != nil {
		return nil, Unsupported("this [regexp] query over stored watches")
	}
	return exp, nil
}

func wildcard(pattern string) string {
	var out strings.Builder
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			out.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '*':
			out.WriteString(".*")
		case r == '?':
			out.WriteString(".")
		default:
			out.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return out.String()
}

type existsClause string

func (c existsClause) build(x *Index) (matcher, error) {
	field := string(c)
	if field == "_id" {
		return matchAll{}.build(x)
	}
	kind, ok := x.Mapping.Lookup(field)
	switch {
	case !ok:
		return nothing, nil
	case kind == mapping.Object:
		return func(d *Document) bool { return x.Mapping.Under(d.Metadata, field) }, nil
	case kind == mapping.Keyword || kind == mapping.Text:
		return x.anyText(field, func(string) bool { return true }), nil
	default:
		return x.any(field, func(v any) bool { return v != "" }), nil
	}
}

type nestedClause string

func (c nestedClause) build(x *Index) (matcher, error) {
	reason := fmt.Sprintf("[nested] nested object under path [%s] is not of nested type", string(c))
	return nil, x.failure("failed to create query: " + reason).Because(exception.New(0, "illegal_state_exception", reason))
}

type boolClause struct {
	must, filter, should, mustNot []clause
	minimum                       string
}

func (c boolClause) build(x *Index) (matcher, error) {
	all, err := buildAll(x, append(slices.Clone(c.must), c.filter...))
	if err != nil {
		return nil, err
	}
	should, err := buildAll(x, c.should)
	if err != nil {
		return nil, err
	}
	none, err := buildAll(x, c.mustNot)
	if err != nil {
		return nil, err
	}
	need := c.needed(len(all))
	return func(d *Document) bool {
		return count(all, d) == len(all) && count(none, d) == 0 && count(should, d) >= need
	}, nil
}

// needed is how many of the should clauses have to hold.
func (c boolClause) needed(others int) int {
	if len(c.should) == 0 {
		return 0
	}
	if percent, ok := strings.CutSuffix(c.minimum, "%"); ok {
		if n, err := strconv.Atoi(percent); err == nil {
			return relative(len(c.should)*n/100, len(c.should))
		}
	}
	if n, err := strconv.Atoi(c.minimum); err == nil {
		return relative(n, len(c.should))
	}
	if others > 0 {
		return 0
	}
	return 1
}

func relative(n, of int) int {
	if n < 0 {
		return max(0, of+n)
	}
	return n
}

func buildAll(x *Index, list []clause) ([]matcher, error) {
	out := make([]matcher, len(list))
	for i, c := range list {
		m, err := c.build(x)
		if err != nil {
			return nil, err
		}
		out[i] = m
	}
	return out, nil
}

func count(ms []matcher, d *Document) int {
	n := 0
	for _, m := range ms {
		if m(d) {
			n++
		}
	}
	return n
}

type matchClause struct {
	field, text string
	phrase, all bool
}

func (c matchClause) build(x *Index) (matcher, error) {
	kind, ok := x.Mapping.Lookup(c.field)
	if !ok || kind != mapping.Text {
		return termClause{field: c.field, value: c.text}.build(x)
	}
	want := tokens(c.text)
	if len(want) == 0 {
		return nothing, nil
	}
	return x.any(c.field, func(v any) bool { return c.holds(want, tokens(textOf(v))) }), nil
}

func (c matchClause) holds(want, have []string) bool {
	switch {
	case c.phrase:
		for i := 0; i+len(want) <= len(have); i++ {
			if slices.Equal(want, have[i:i+len(want)]) {
				return true
			}
		}
		return false
	case c.all:
		return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(have, w) })
	default:
		return slices.ContainsFunc(want, func(w string) bool { return slices.Contains(have, w) })
	}
}

// any holds where one of the field's values does.
func (x *Index) any(field string, holds func(any) bool) matcher {
	return func(d *Document) bool { return slices.ContainsFunc(x.Mapping.Values(d.Metadata, field), holds) }
}

// anyText holds where one of the field's terms does: the tokens of a text, the
// whole values of a keyword.
func (x *Index) anyText(field string, holds func(string) bool) matcher {
	if kind, _ := x.Mapping.Lookup(field); kind == mapping.Text {
		return x.any(field, func(v any) bool { return slices.ContainsFunc(tokens(textOf(v)), holds) })
	}
	return func(d *Document) bool { return slices.ContainsFunc(x.keywords(d, field), holds) }
}

// keywords gives the values of a keyword sub-field, those left out that are
// too long.
func (x *Index) keywords(d *Document, field string) []string {
	var out []string
	for _, v := range x.Mapping.Values(d.Metadata, strings.TrimSuffix(field, ".keyword")) {
		if text := textOf(v); utf16Length(text) <= mapping.IgnoreAbove {
			out = append(out, text)
		}
	}
	return out
}

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// textOf is a value as an index holds it in a text field.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	case bool:
		return strconv.FormatBool(v)
	default:
		return ""
	}
}

func number(text string) json.Number { return json.Number(text) }

// rational reads a number exactly, other than one whose exponent would make
// it huge.
func rational(text string) (*big.Rat, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f > 1e40 || f < -1e40 || strings.ContainsAny(text, "_xXpPnNiI") {
		return nil, false
	}
	if f < 1e-300 && f > -1e-300 {
		return new(big.Rat), true
	}
	return new(big.Rat).SetString(text)
}
