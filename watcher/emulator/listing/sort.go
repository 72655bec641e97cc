package listing

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/mapping"
)

// sortKey is one key that hits are ordered by.
type sortKey struct {
	field    string
	desc     bool
	first    bool // documents without the field come first
	unmapped string
}

func (p parser) sort(m member) ([]sortKey, error) {
	list := []*node{m.value}
	switch m.value.kind {
	case kindArray:
		list = m.value.items
	case kindObject:
	case kindString:
		if !p.loose {
			return nil, p.wrongKind(m)
		}
	default:
		return nil, p.wrongKind(m)
	}
	var out []sortKey
	for i, n := range list {
		keys, bad := p.sortItem(m, i, n)
		if bad != nil {
			return nil, p.in(p.name, m.name, *bad)
		}
		out = append(out, keys...)
	}
	return out, nil
}

func (p parser) sortItem(m member, i int, n *node) ([]sortKey, *refusal) {
	if n.kind != kindObject {
		if p.loose && n.kind == kindString {
			return []sortKey{{field: n.text, desc: n.text == "_score"}}, nil
		}
		// The reader is at the token behind the bare value.
		at := m.value.end
		if i+1 < len(m.value.items) {
			at = m.value.items[i+1].start
		}
		return nil, &refusal{at, exception.BadArgument("fieldName must not be null")}
	}
	var out []sortKey
	for k, o := range n.members {
		key, bad := p.sortField(o, following(n, k))
		if bad != nil {
			return nil, bad
		}
		out = append(out, key)
	}
	if !p.loose && len(out) > 1 {
		out = out[len(out)-1:]
	}
	return out, nil
}

// following is the kind of token behind member k, and where it begins.
func following(n *node, k int) (out next) {
	if k+1 < len(n.members) {
		return next{"FIELD_NAME", n.members[k+1].start}
	}
	return next{"END_OBJECT", n.end}
}

type next struct {
	token string
	at    int
}

func (p parser) sortField(m member, behind next) (sortKey, *refusal) {
	key := sortKey{field: m.name}
	if m.value.kind != kindObject {
		if p.loose && m.value.kind == kindString {
			key.desc = strings.EqualFold(m.value.text, "desc")
			return key, nil
		}
		return key, &refusal{behind.at, p.failIn("field_sort", behind.at, "Expected START_OBJECT but was: "+behind.token)}
	}
	for _, o := range m.value.members {
		switch o.name {
		case "order":
			order := strings.ToUpper(o.value.text)
			if order != "ASC" && order != "DESC" {
				return key, &refusal{o.value.start, p.failIn("field_sort", o.value.start, "failed to parse field [order]").
					Because(exception.BadArgument("No enum constant org.elasticsearch.search.sort.SortOrder." + order))}
			}
			key.desc = order == "DESC"
		case "missing":
			key.first = o.value.text == "_first"
		case "unmapped_type":
			key.unmapped = o.value.text
		case "mode", "format", "numeric_type":
		default:
			return key, p.unknownField("field_sort", o)
		}
	}
	return key, nil
}

// value is what a document is ordered by: text, number, or nothing.
type value struct {
	kind   byte // 't', 'n' or 0 for nothing
	text   string
	number *big.Rat
}

func (v value) compare(w value) int {
	if v.kind == 't' && w.kind == 't' {
		return strings.Compare(v.text, w.text)
	}
	if v.number == nil || w.number == nil {
		return 0
	}
	return v.number.Cmp(w.number)
}

// extractor gives the value of a document for one key; at is its place in the
// index.
type extractor func(d *Document, at int) value

func (x *Index) extractor(k sortKey) (extractor, error) {
	switch k.field {
	case "_id":
		if x.Version.AtLeast(8, 0) {
			return nil, exception.BadArgument("Fielddata access on the _id field is disallowed, you can re-enable it by updating the dynamic cluster setting: indices.id_field_data.enabled")
		}
		return func(d *Document, _ int) value { return value{kind: 't', text: d.ID} }, nil
	case "_doc":
		return func(_ *Document, at int) value { return whole(int64(at)) }, nil
	case "_seq_no":
		return func(d *Document, _ int) value { return whole(d.SeqNo) }, nil
	}
	kind, ok := x.Mapping.Lookup(k.field)
	switch {
	case ok && kind == mapping.Text:
		return nil, exception.BadArgument(fmt.Sprintf("Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [%s] in order to load field data by uninverting the inverted index. Note that this can use significant memory.", k.field))
	case ok && kind != mapping.Object:
		return func(d *Document, _ int) value { return x.best(d, k) }, nil
	case k.unmapped != "":
		return func(*Document, int) value { return value{} }, nil
	default:
		return nil, x.failure(fmt.Sprintf("No mapping found for [%s] in order to sort on", k.field))
	}
}

func whole(n int64) value { return value{kind: 'n', number: new(big.Rat).SetInt64(n)} }

// best is the smallest of a document's values, or the greatest when the order
// is descending.
func (x *Index) best(d *Document, k sortKey) value {
	all := x.sortValues(d, k.field)
	if len(all) == 0 {
		return value{}
	}
	if k.desc {
		return slices.MaxFunc(all, value.compare)
	}
	return slices.MinFunc(all, value.compare)
}

func (x *Index) sortValues(d *Document, field string) []value {
	kind, _ := x.Mapping.Lookup(field)
	var out []value
	if kind == mapping.Keyword {
		for _, text := range x.keywords(d, field) {
			out = append(out, value{kind: 't', text: text})
		}
		return out
	}
	for _, v := range x.Mapping.Values(d.Metadata, field) {
		if n, ok := x.sortNumber(field, kind, v); ok {
			out = append(out, n)
		}
	}
	return out
}

func (x *Index) sortNumber(field string, kind mapping.Type, v any) (value, bool) {
	switch kind {
	case mapping.Boolean:
		if truth(v) {
			return whole(1), true
		}
		return whole(0), true
	case mapping.Date:
		s, ok := mapping.ParseDate(textOf(v), x.Mapping.DateFormat(field))
		return whole(s.From), ok
	default:
		n, ok := x.numeric(field, v)
		return value{kind: 'n', number: n}, ok
	}
}

// order compares two documents by all keys, then by their place.
func order(keys []sortKey, a, b *hit) int {
	for i, k := range keys {
		if d := k.compare(a.values[i], b.values[i]); d != 0 {
			return d
		}
	}
	return cmp.Compare(a.at, b.at)
}

func (k sortKey) compare(a, b value) int {
	if a.kind == 0 || b.kind == 0 {
		d := cmp.Compare(b.kind, a.kind) // nothing is last
		if k.first {
			d = -d
		}
		return min(1, max(-1, d))
	}
	if k.desc {
		return b.compare(a)
	}
	return a.compare(b)
}

// behind tells whether a hit comes after the values of search_after.
func behind(keys []sortKey, h *hit, after []value) bool {
	for i, k := range keys {
		if d := k.compare(h.values[i], after[i]); d != 0 {
			return d > 0
		}
	}
	return false
}

// after reads the values of search_after for the keys.
func (x *Index) after(r Request) ([]value, error) {
	switch {
	case len(r.sort) == 0:
		return nil, exception.BadArgument("Sort must contain at least one field.")
	case len(r.sort) != len(r.searchAfter):
		return nil, exception.BadArgument(fmt.Sprintf("search_after has %d value(s) but sort has %d.", len(r.searchAfter), len(r.sort)))
	}
	out := make([]value, len(r.sort))
	for i, k := range r.sort {
		v, ok := x.afterValue(k, r.searchAfter[i])
		if !ok {
			return nil, exception.BadArgument(fmt.Sprintf("Failed to parse search_after value for field [%s].", k.field))
		}
		out[i] = v
	}
	return out, nil
}

func (x *Index) afterValue(k sortKey, v any) (value, bool) {
	kind, _ := x.Mapping.Lookup(k.field)
	switch {
	case v == nil:
		return value{}, true
	case k.field == "_id" || kind == mapping.Keyword:
		return value{kind: 't', text: textOf(v)}, true
	case kind == mapping.Date:
		s, ok := mapping.ParseDate(textOf(v), x.Mapping.DateFormat(k.field))
		return whole(s.From), ok
	case kind == "":
		return value{}, true
	}
	n, ok := rational(textOf(v))
	return value{kind: 'n', number: n}, ok
}

// json gives the value that a hit was ordered by, as a search answers them.
func (v value) json() any {
	switch v.kind {
	case 't':
		return v.text
	case 'n':
		if v.number.IsInt() {
			return json.Number(v.number.Num().String())
		}
		f, _ := v.number.Float64()
		return json.Number(fmt.Sprint(f))
	default:
		return nil
	}
}
