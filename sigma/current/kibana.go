package current

import (
	"cmp"
	"crypto/sha1" //nolint:gosec // UUIDs of version 5 are made with it
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/querystring"
	"github.com/sigwatch/sigwatch/watcher"
)

// kibana writes a data view and a saved search, as Kibana's import of saved
// objects takes them. Their ids hang on the index patterns and on the rule
// alone, so that a second import puts them in the place of the first.
func kibana(in Input, r *report) Output {
	q := r.queryString(in, in.QueryString)
	indices := in.Indices
	if len(indices) == 0 {
		indices = []string{"logs-*"}
	}
	k := saved{rule: in.Tree.Rule, number: in.Number, seven: in.Options.Kibana7, pattern: strings.Join(indices, ","), timeField: cmp.Or(in.TimeField, "@timestamp")}
	k.viewID = uuid5("data view " + k.timeField + " " + k.pattern)
	k.searchID = uuid5("search " + k.identity())
	text := len(k.rule.Title) + len(k.rule.Description) + len(q.Text)
	return Output{
		Before: string(append(encoded(k.dataView(), 512), '\n')),
		Text:   string(append(encoded(k.search(q), 800+text+text/2), '\n')),
		ID:     k.searchID,
	}
}

// encoded writes JSON that has about that size.
func encoded(o *watcher.Object, size int) []byte { return watcher.Append(make([]byte, 0, size), o) }

// saved makes saved objects.
type saved struct {
	rule               *sigma.Rule
	number             int
	seven              bool
	pattern, timeField string
	viewID, searchID   string
}

func (k saved) dataView() *watcher.Object {
	attributes := object("title", k.pattern, "timeFieldName", k.timeField)
	if !k.seven {
		attributes.Set("name", k.pattern)
	}
	return k.document("index-pattern", k.viewID, attributes, []any{})
}

func (k saved) search(q querystring.Query) *watcher.Object {
	const ref = "kibanaSavedObjectMeta.searchSourceJSON.index"
	source := object(
		"query", object("query", q.Text, "language", "lucene"),
		"filter", []any{},
		"indexRefName", ref,
	)
	fields := k.columns(q)
	columns := make([]any, 0, len(fields))
	for _, field := range fields {
		if !slices.Contains(columns, any(field)) {
			columns = append(columns, field)
		}
	}
	attributes := object(
		"title", k.rule.Title,
		"description", k.rule.Description,
		"columns", columns,
		"sort", []any{[]any{k.timeField, "desc"}},
		"kibanaSavedObjectMeta", object("searchSourceJSON", string(encoded(source, 160+len(q.Text)+len(q.Text)/4))),
	)
	if k.seven {
		attributes.Set("version", number1)
	}
	refs := []any{object("id", k.viewID, "name", ref, "type", "index-pattern")}
	return k.document("search", k.searchID, attributes, refs)
}

// identity is what a rule stays known by.
func (k saved) identity() string {
	name := cmp.Or(k.rule.ID, k.rule.Title)
	if k.number > 1 {
		name += "-" + strconv.Itoa(k.number)
	}
	return name
}

func (k saved) columns(q querystring.Query) []string {
	if len(k.rule.Fields) > 0 {
		return k.rule.Fields
	}
	return q.Fields
}

// document is an exported object. The versions are those from which on the
// objects have this form: Kibana brings them up to its own.
func (k saved) document(kind, id string, attributes *watcher.Object, refs []any) *watcher.Object {
	out := object("id", id, "type", kind, "attributes", attributes, "references", refs)
	if k.seven {
		since := map[string]string{"index-pattern": "7.6.0", "search": "7.4.0"}[kind]
		out.Set("migrationVersion", object(kind, since))
		return out
	}
	out.Set("coreMigrationVersion", "8.8.0")
	out.Set("typeMigrationVersion", "8.0.0")
	return out
}

// namespace is that of the ids, a UUID of its own.
const namespace = "\x5b\x0e\x1c\x42\x8f\x66\x4a\x0d\x9c\x1b\x3d\x7a\x52\xe0\x91\x6f"

// uuid5 is a UUID made of a name (RFC 9562, version 5).
func uuid5(name string) string {
	sum := sha1.Sum([]byte(namespace + name)) //nolint:gosec // as above
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	out := make([]byte, 0, len("00000000-0000-0000-0000-000000000000"))
	for i, b := range sum[:16] {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = hex.AppendEncode(out, []byte{b})
	}
	return string(out)
}
