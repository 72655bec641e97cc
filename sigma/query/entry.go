package query

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// mappingTypes are Elasticsearch's mapping types that can be asked exactly.
var mappingTypes = map[string]FieldType{
	"keyword": Keyword, "constant_keyword": Keyword, "wildcard": Wildcard,
	"text": Text, "match_only_text": Text,
	"ip":   IP,
	"long": Integer, "integer": Integer, "short": Integer, "byte": Integer, "unsigned_long": Integer,
	"double": Float, "float": Float, "half_float": Float, "scaled_float": Float,
	"date": Date, "date_nanos": Date,
	"boolean": Boolean,
	"object":  Object,
}

// refusedTypes are the others, with the reason.
var refusedTypes = map[string]string{
	"flattened":               "it compares with case and takes no patterns",
	"nested":                  "it holds objects: name a field within it",
	"version":                 "it orders and compares versions, not texts",
	"ip_range":                "it holds ranges, not values",
	"integer_range":           "it holds ranges, not values",
	"long_range":              "it holds ranges, not values",
	"float_range":             "it holds ranges, not values",
	"double_range":            "it holds ranges, not values",
	"date_range":              "it holds ranges, not values",
	"binary":                  "it is not searchable",
	"search_as_you_type":      "it is cut into pieces for completion",
	"annotated_text":          "its texts carry marks",
	"semantic_text":           "it compares meanings, not texts",
	"completion":              "it is there for completion",
	"token_count":             "it holds numbers of words",
	"murmur3":                 "it holds hashes",
	"icu_collation_keyword":   "it holds keys for sorting",
	"counted_keyword":         "it is there for counting",
	"percolator":              "it holds queries",
	"join":                    "it holds relations",
	"histogram":               "it holds histograms",
	"aggregate_metric_double": "it holds summaries",
	"geo_point":               "it holds places",
	"geo_shape":               "it holds places",
	"point":                   "it holds places",
	"shape":                   "it holds places",
	"dense_vector":            "it holds vectors",
	"sparse_vector":           "it holds vectors",
	"rank_vectors":            "it holds vectors",
	"rank_feature":            "it is there for ranking",
	"rank_features":           "it is there for ranking",
	"passthrough":             "it holds other fields: name one of them",
	"runtime":                 "it is computed when it is asked for",
}

func knownMappings() []string {
	return slices.Sorted(maps.Keys(mappingTypes))
}

// entry is what a file says of one name.
type entry struct {
	mapping     string // the mapping type; alias for one
	types       []entry
	path        string // of an alias
	normalizer  string
	analyzer    string
	format      string
	keyword     string // the sub-field to ask instead; relative where it begins with a dot
	nested      string
	ignoreAbove int
	hidden      bool // index: false
}

// field says how the entry of that name can be asked. An alias is settled by
// who knows the other names.
func (e entry) field(name string) Field {
	if len(e.types) > 0 {
		return e.mixed(name)
	}
	f := Field{
		Type: mappingTypes[e.mapping], Mapping: e.mapping, Lowercase: e.normalizer == "lowercase",
		Constant: e.mapping == "constant_keyword", IgnoreAbove: e.ignoreAbove, Nested: e.nested,
		Refused: e.refused(),
	}
	if e.keyword != "" {
		f.Type, f.Text, f.Name = Keyword, mappingTypes[e.mapping] == Text, e.keyword
		if strings.HasPrefix(f.Name, ".") && !strings.Contains(name, "*") {
			f.Name = name + f.Name
		}
	}
	if f.Refused != "" {
		f.Type = Unknown
	}
	return f
}

// refused says why the entry cannot be asked exactly.
func (e entry) refused() string {
	why, refused := refusedTypes[e.mapping]
	switch {
	case refused:
		return "it is of type " + e.mapping + ": " + why
	case e.hidden:
		return "it is not indexed (index: false)"
	case e.normalizer != "" && e.normalizer != "lowercase":
		return "what its normalizer " + strconv.Quote(e.normalizer) + " makes of texts is not known"
	case e.analyzer != "" && e.analyzer != "standard" && e.keyword == "":
		return "what its analyzer " + strconv.Quote(e.analyzer) + " makes of texts is not known"
	case e.format != "":
		return "its dates have a format of their own"
	default:
		return ""
	}
}

// mixed puts types together that differ between indices.
func (e entry) mixed(name string) Field {
	out := e.types[0].field(name)
	for _, other := range e.types[1:] {
		out = merged(out, other.field(name))
	}
	out.Nested = e.nested
	return out
}

// merged is what can be asked of both; one query goes to all indices.
func merged(a, b Field) Field {
	out := a
	switch {
	case a.Refused != "":
		return a
	case b.Refused != "":
		return b
	case a.Name != b.Name || a.Text != b.Text:
		return apart(a, b)
	case a.Type == b.Type:
		out.Mapping = narrower(a.Mapping, b.Mapping)
	case textual(a.Type) && textual(b.Type):
		out.Type, out.Mapping = Wildcard, "wildcard"
	case numeric(a.Type) && numeric(b.Type):
		out.Type, out.Mapping = Float, narrower(a.Mapping, b.Mapping)
	default:
		return apart(a, b)
	}
	out.Mixed = a.Mixed || b.Mixed || a.Lowercase != b.Lowercase
	out.Lowercase = a.Lowercase && b.Lowercase
	out.Constant = a.Constant || b.Constant
	if a.IgnoreAbove == 0 || b.IgnoreAbove > 0 && b.IgnoreAbove < a.IgnoreAbove {
		out.IgnoreAbove = b.IgnoreAbove
	}
	return out
}

func apart(a, b Field) Field {
	return Field{Refused: "its type differs between indices: " + a.Mapping + " and " + b.Mapping}
}

func textual(t FieldType) bool { return t == Keyword || t == Wildcard }
func numeric(t FieldType) bool { return t == Integer || t == Float }

// narrower is the mapping type of the two that holds fewer values.
func narrower(a, b string) string {
	if boundsOf(b).width() < boundsOf(a).width() || b == "date_nanos" {
		return b
	}
	return a
}

// text is the entry as the canonical form has it.
func (e entry) text() string {
	var members []string
	say := func(key, value string) {
		if value != "" {
			members = append(members, key+": "+value)
		}
	}
	if len(e.types) > 0 {
		texts := make([]string, len(e.types))
		for i, t := range e.types {
			texts[i] = t.text()
		}
		say("types", "["+strings.Join(texts, ", ")+"]")
	} else {
		say("type", e.mapping)
	}
	for _, m := range []struct{ key, value string }{
		{"path", e.path},
		{"normalizer", e.normalizer},
		{"analyzer", e.analyzer},
		{"format", e.format},
		{"keyword", e.keyword},
		{"nested", e.nested},
	} {
		if m.value != "" {
			say(m.key, scalar(m.value))
		}
	}
	if e.ignoreAbove > 0 {
		say("ignore_above", strconv.Itoa(e.ignoreAbove))
	}
	if e.hidden {
		say("index", "false")
	}
	if len(members) == 1 && e.mapping != "" {
		return e.mapping
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// entryText is the canonical form of a field that no file has.
func entryText(f Field) string {
	e := entry{mapping: f.Mapping, keyword: f.Name, nested: f.Nested, ignoreAbove: f.IgnoreAbove, hidden: f.Refused != ""}
	switch {
	case f.Text:
		e.mapping = string(Text)
	case e.mapping != "":
	case f.Type == Integer:
		e.mapping = "long"
	case f.Type == Float:
		e.mapping = "double"
	default:
		e.mapping = string(f.Type)
	}
	if f.Lowercase {
		e.normalizer = "lowercase"
	}
	if f.Mixed {
		e.types = []entry{{mapping: e.mapping}, {mapping: e.mapping, normalizer: "lowercase"}}
		e.mapping = ""
	}
	return e.text()
}

// scalar writes a text as YAML reads it back, within braces too.
func scalar(text string) string {
	if plainScalar(text) {
		return text
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic("query: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// plainScalar reports whether YAML takes the text for a text without quotes.
func plainScalar(text string) bool {
	for i, r := range text {
		letter := r|0x20 >= 'a' && r|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789._-", r)) {
			return false
		}
	}
	switch strings.ToLower(text) {
	case "", "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return false
	default:
		return true
	}
}
