package nodetest

import (
	"strings"

	"github.com/sigwatch/sigwatch/sigma/query"
)

// Mapping is a way to index fields whose type is not given by their name.
// Names that end in _ip are addresses, _n double, _l long, _b booleans, _d
// dates; what lies below nest is an object of its own; message and
// event.original are text.
type Mapping struct {
	// Name is fit for the name of an index.
	Name string
	text string // the mapping of texts
	as   query.Field
	// subField is where texts are indexed as a whole, behind the name.
	subField string
	// numbers says that numbers are indexed as texts are.
	numbers bool
}

// Keyword indexes texts as keyword.
func Keyword() Mapping {
	return Mapping{Name: "keyword", text: `{"type":"keyword"}`, as: query.Field{Type: query.Keyword}}
}

// Lowered indexes texts as keyword with a lowercase normalizer.
func Lowered() Mapping {
	return Mapping{
		Name: "lowered", text: `{"type":"keyword","normalizer":"lower"}`,
		as: query.Field{Type: query.Keyword, Lowercase: true},
	}
}

// Multi indexes texts as text with the sub-field keyword.
func Multi() Mapping {
	return Mapping{
		Name: "multi", text: `{"type":"text","fields":{"keyword":{"type":"keyword"}}}`,
		as: query.Field{Type: query.Keyword}, subField: ".keyword",
	}
}

// TextOnly indexes texts as text.
func TextOnly() Mapping {
	return Mapping{Name: "text", text: `{"type":"text"}`, as: query.Field{Type: query.Text}}
}

// Wildcard indexes texts as wildcard, which the server's core does not know:
// see Node.Knows.
func Wildcard() Mapping {
	return Mapping{Name: "wildcard", text: `{"type":"wildcard"}`, as: query.Field{Type: query.Wildcard}}
}

// AllTexts indexes numbers and booleans as it does texts, as a template does
// that maps every field alike.
func (m Mapping) AllTexts() Mapping {
	m.numbers = true
	return m
}

// Knows reports whether the server has the mapping's types.
func (n Node) Knows(m Mapping) bool {
	n.t.Helper()
	name := "/sigwatch-probe-" + m.Name
	_, status := n.call("PUT", name, []byte(strings.Replace(string(m.body()), `"properties":{`, `"properties":{"probe":`+m.text+`,`, 1)))
	n.delete(name[1:])
	return status < 300
}

// Types are the types of the named fields, as a pinned file has them.
func (m Mapping) Types(fields []string) *query.Types {
	types := map[string]query.Field{}
	for _, f := range fields {
		types[f] = m.fieldType(f)
	}
	return query.NewTypes(types)
}

func (m Mapping) fieldType(name string) query.Field {
	var f query.Field
	switch {
	case name == "message" || name == "event.original":
		f.Type = query.Text
	case strings.HasSuffix(name, "_ip"):
		f.Type = query.IP
	case strings.HasSuffix(name, "_n"):
		f.Type = query.Float
	case strings.HasSuffix(name, "_l"):
		f.Type = query.Integer
	case strings.HasSuffix(name, "_b"):
		f.Type = query.Boolean
	case strings.HasSuffix(name, "_d"):
		f.Type = query.Date
	default:
		f = m.as
		if m.subField != "" {
			f.Name = name + m.subField
		}
	}
	if strings.HasPrefix(name, "nest.") {
		f.Nested = "nest"
	}
	return f
}

// body is what makes an index of the mapping.
func (m Mapping) body() []byte {
	kind := "string"
	if m.numbers {
		kind = "*"
	}
	return []byte(`{"settings":{"number_of_shards":1,"number_of_replicas":0,
		"mapping":{"total_fields":{"limit":20000}},
		"analysis":{"normalizer":{"lower":{"type":"custom","filter":["lowercase"]}}}},
		"mappings":{"date_detection":false,"dynamic_templates":[
			{"addresses":{"match":"*_ip","mapping":{"type":"ip"}}},
			{"floats":{"match":"*_n","mapping":{"type":"double"}}},
			{"integers":{"match":"*_l","mapping":{"type":"long"}}},
			{"booleans":{"match":"*_b","mapping":{"type":"boolean"}}},
			{"dates":{"match":"*_d","mapping":{"type":"date"}}},
			{"texts":{"match":"*","match_mapping_type":"` + kind + `","unmatch":"message","mapping":` + m.text + `}}],
		"properties":{"message":{"type":"text"},"event":{"properties":{"original":{"type":"text"}}},"nest":{"type":"nested"}}}}`)
}
