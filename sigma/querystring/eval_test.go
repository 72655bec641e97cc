package querystring_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// event is a document: its fields by their dotted names, with all their values.
type event map[string][]any

// parseEvent reads a JSON object; numbers stay json.Number.
func parseEvent(line string) (event, error) {
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, fmt.Errorf("event %q: %w", line, err)
	}
	e := event{}
	e.add("", object)
	return e, nil
}

func (e event) add(name string, v any) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for key, member := range v {
			e.add(strings.TrimPrefix(name+"."+key, "."), member)
		}
	case []any:
		for _, member := range v {
			e.add(name, member)
		}
	default:
		e[name] = append(e[name], v)
	}
}

// evaluator says what a tree means, for the tests: slowly and plainly.
type evaluator struct {
	fold     func(rune) rune // characters with the same fold are the same
	keywords []string
}

// anyCase folds by Unicode's simple folding, exactCase not at all, lowerCase
// as a lowercase normalizer does.
func anyCase(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
func exactCase(r rune) rune { return r }
func lowerCase(r rune) rune { return unicode.ToLower(r) }

func (v evaluator) holds(n query.Node, e event) bool {
	switch n := n.(type) {
	case *query.And:
		for _, kid := range n.Kids {
			if !v.holds(kid, e) {
				return false
			}
		}
		return true
	case *query.Or:
		for _, kid := range n.Kids {
			if v.holds(kid, e) {
				return true
			}
		}
		return false
	case *query.Not:
		return !v.holds(n.Kid, e)
	case *query.Match:
		return v.match(n, e)
	}
	panic("unknown node")
}

func (v evaluator) match(m *query.Match, e event) bool {
	switch want := m.Value.(type) {
	case sigma.Null:
		return len(e[m.Field]) == 0
	case sigma.Exists:
		return (len(e[m.Field]) > 0) == bool(want)
	}
	fields := []string{m.Field}
	if m.Field == "" {
		fields = v.keywords
	}
	for _, f := range fields {
		for _, got := range e[f] {
			if m.Field == "" && hasPhrase(fmt.Sprint(got), m.Value) || m.Field != "" && v.value(got, m.Value) {
				return true
			}
		}
	}
	return false
}

func (v evaluator) value(got any, want sigma.Value) bool {
	switch want := want.(type) {
	case sigma.String:
		return v.text(want.Parts, []rune(fmt.Sprint(got)))
	case sigma.Number:
		if text, ok := got.(string); ok {
			return text == want.Text
		}
		return compare(fmt.Sprint(got), "=", want.Text)
	case sigma.Bool:
		return fmt.Sprint(got) == strconv.FormatBool(bool(want))
	case sigma.Compare:
		return compare(fmt.Sprint(got), want.Op, want.Value.(sigma.Number).Text)
	case sigma.CIDR:
		addr, err := netip.ParseAddr(fmt.Sprint(got))
		return err == nil && netip.MustParsePrefix(want.Network).Contains(addr)
	}
	panic(fmt.Sprintf("no meaning for %T", want))
}

func (v evaluator) text(parts []sigma.Part, got []rune) bool {
	if len(parts) == 0 {
		return len(got) == 0
	}
	switch parts[0].Kind {
	case sigma.Any:
		for i := range len(got) + 1 {
			if v.text(parts[1:], got[i:]) {
				return true
			}
		}
		return false
	case sigma.One:
		return len(got) > 0 && v.text(parts[1:], got[1:])
	default:
	}
	for _, r := range parts[0].Text {
		if len(got) == 0 || v.fold(got[0]) != v.fold(r) {
			return false
		}
		got = got[1:]
	}
	return v.text(parts[1:], got)
}

func compare(got string, op sigma.Op, want string) bool {
	a, errA := strconv.ParseFloat(got, 64)
	b, errB := strconv.ParseFloat(want, 64)
	if errA != nil || errB != nil {
		return false
	}
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case ">=":
		return a >= b
	}
	return a == b
}

// hasPhrase reports whether the words of the keyword stand in the text one
// after another; a lone word with stars is compared with each word.
func hasPhrase(text string, want sigma.Value) bool {
	n, isNumber := want.(sigma.Number)
	if isNumber {
		return strings.Contains(words(text), words(n.Text))
	}
	parts := want.(sigma.String).Parts
	var plain string
	stars := false
	for _, p := range parts {
		plain += p.Text
		stars = stars || p.Kind == sigma.Any
	}
	if stars && strings.Count(words(plain), " ") == 2 && !strings.ContainsAny(plain, " /") {
		for word := range strings.FieldsSeq(words(text)) {
			if (evaluator{fold: anyCase}).text(parts, []rune(word)) {
				return true
			}
		}
		return false
	}
	return strings.Contains(words(text), words(plain))
}

// words is the text in small letters, each word between blanks.
func words(text string) string {
	return " " + strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_'
	}), " ") + " "
}
