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
	return Output{
		Before: string(watcher.Encode(k.dataView())) + "\n",
		Text:   string(watcher.Encode(k.search(q))) + "\n",
		ID:     k.searchID(),
	}
}

// saved makes saved objects.
type saved struct {
	rule               *sigma.Rule
	number             int
	seven              bool
	pattern, timeField string
}

func (k saved) dataView() *watcher.Object {
	attributes := object("title", k.pattern, "timeFieldName", k.timeField)
	if !k.seven {
		attributes.Set("name", k.pattern)
	}
	return k.document("index-pattern", k.viewID(), attributes, []any{})
}

func (k saved) viewID() string { return uuid5("data view " + k.timeField + " " + k.pattern) }

func (k saved) search(q querystring.Query) *watcher.Object {
	const ref = "kibanaSavedObjectMeta.searchSourceJSON.index"
	source := object(
		"query", object("query", q.Text, "language", "lucene"),
		"filter", []any{},
		"indexRefName", ref,
	)
	columns := []any{}
	for _, field := range k.columns(q) {
		if !slices.Contains(columns, any(field)) {
			columns = append(columns, field)
		}
	}
	attributes := object(
		"title", k.rule.Title,
		"description", k.rule.Description,
		"columns", columns,
		"sort", []any{[]any{k.timeField, "desc"}},
		"kibanaSavedObjectMeta", object("searchSourceJSON", string(watcher.Encode(source))),
	)
	if k.seven {
		attributes.Set("version", number1)
	}
	refs := []any{object("id", k.viewID(), "name", ref, "type", "index-pattern")}
	return k.document("search", k.searchID(), attributes, refs)
}

func (k saved) searchID() string { return uuid5("search " + k.identity()) }

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
	text := hex.EncodeToString(sum[:16])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}
