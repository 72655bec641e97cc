package listing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

// clause is a query that was read but has not met an index yet.
type clause interface {
	build(x *Index) (matcher, error)
}

// matcher tells whether a document is a hit.
type matcher func(d *Document) bool

// clause reads {"kind": {…}}.
func (p parser) clause(n *node) (clause, *refusal) {
	if len(n.members) == 0 {
		return nil, &refusal{n.end, exception.BadArgument(fmt.Sprintf("query malformed, empty clause found at [%s]", position(p.text, n.end)))}
	}
	m := n.members[0]
	if m.value.kind != kindObject {
		return nil, p.parsing(m.value.start, fmt.Sprintf("[%s] query malformed, no start_object after query name", m.name))
	}
	c, bad := p.kind(m)
	if bad != nil {
		return nil, bad
	}
	if len(n.members) > 1 {
		return nil, p.parsing(n.members[1].start, fmt.Sprintf("[%s] malformed query, expected [END_OBJECT] but found [FIELD_NAME]", m.name))
	}
	return c, nil
}

// parsing is a parsing_exception, which carries its place in members.
func (p parser) parsing(at int, reason string) *refusal {
	return &refusal{at, p.parsingException(at, reason)}
}

func (p parser) parsingException(at int, reason string) *exception.Exception {
	line, column, _ := strings.Cut(position(p.text, at), ":")
	return exception.New(400, "parsing_exception", reason).With("line", number(line)).With("col", number(column))
}

func (p parser) kind(m member) (clause, *refusal) {
	body := m.value
	switch m.name {
	case "match_all":
		return matchAll{}, p.onlyGeneral(m.name, body)
	case "match_none":
		return matchNone{}, p.onlyGeneral(m.name, body)
	case "term":
		return p.term(body)
	case "terms":
		return p.terms(body)
	case "ids":
		return p.ids(body)
	case "prefix", "wildcard", "regexp":
		return p.pattern(m.name, body)
	case "exists":
		return p.exists(body)
	case "range":
		return p.ranged(body)
	case "match", "match_phrase":
		return p.match(m.name, body)
	case "bool":
		return p.bool(body)
	case "constant_score":
		return p.constantScore(body)
	case "nested":
		return p.nested(body)
	default:
		return nil, p.unknown(m)
	}
}

// unknown refuses what the server does not know, and names what it knows and
// the emulator does not.
func (p parser) unknown(m member) *refusal {
	known := []string{
		"boosting", "combined_fields", "dis_max", "distance_feature", "function_score", "fuzzy", "geo_bounding_box",
		"geo_distance", "geo_shape", "has_child", "has_parent", "intervals", "match_bool_prefix", "match_phrase_prefix",
		"more_like_this", "multi_match", "parent_id", "percolate", "pinned", "query_string", "rank_feature", "script",
		"script_score", "simple_query_string", "span_term", "terms_set", "wrapper",
	}
	if slices.Contains(known, m.name) {
		return &refusal{m.value.start, Unsupported(fmt.Sprintf("[%s] queries over stored watches", m.name))}
	}
	bad := p.parsing(m.value.start, fmt.Sprintf("unknown query [%s]", m.name))
	bad.cause.CausedBy = exception.New(0, "named_object_not_found_exception", fmt.Sprintf("[%s] unknown field [%s]", position(p.text, m.value.start), m.name))
	return bad
}

// Unsupported is the refusal of what a real server does and the emulated one
// does not.
func Unsupported(what string) *exception.Exception {
	return exception.New(400, "unsupported_operation_exception", "the emulated Watcher does not know "+what)
}

func (p parser) onlyGeneral(kind string, body *node) *refusal {
	for _, m := range body.members {
		if !general(m.name) {
			return p.unknownField(kind, m)
		}
	}
	return nil
}

// general tells whether a member is one that every query takes and that does
// not change what is found.
func general(name string) bool { return name == "boost" || name == "_name" }

func (p parser) unknownField(kind string, m member) *refusal {
	return &refusal{m.value.start, p.failIn(kind, m.start, fmt.Sprintf("unknown field [%s]", m.name))}
}

// oneField reads {"field": …} of a query that takes one field.
func (p parser) oneField(kind string, body *node) (member, *refusal) {
	var out member
	for _, m := range body.members {
		if general(m.name) && m.value.kind != kindObject {
			continue
		}
		if out.value != nil {
			return out, p.parsing(m.value.start, fmt.Sprintf("[%s] query doesn't support multiple fields, found [%s] and [%s]", kind, out.name, m.name))
		}
		out = m
	}
	if out.value == nil || out.name == "" {
		return out, &refusal{body.end, exception.BadArgument("field name is null or empty")}
	}
	return out, nil
}

// options reads the members of a field's object, each by a function that
// tells whether it knows the member.
func (p parser) options(kind string, n *node, take func(member) bool) *refusal {
	for _, m := range n.members {
		if !general(m.name) && !take(m) {
			return p.parsing(m.value.start, fmt.Sprintf("[%s] query does not support [%s]", kind, m.name))
		}
	}
	return nil
}

func (p parser) term(body *node) (clause, *refusal) {
	m, bad := p.oneField("term", body)
	if bad != nil {
		return nil, bad
	}
	c := termClause{field: m.name}
	v := m.value
	switch v.kind {
	case kindArray:
		return nil, p.parsing(v.start, "[term] query does not support array of values")
	case kindObject:
		bad = p.options("term", v, func(o member) bool {
			switch o.name {
			case "value":
				c.value = o.value.value()
			case "case_insensitive":
				c.fold = o.value.text == "true"
			default:
				return false
			}
			return true
		})
	default:
		c.value = v.value()
	}
	if bad == nil && c.value == nil {
		bad = &refusal{body.end, exception.BadArgument("value cannot be null")}
	}
	return c, bad
}

func (p parser) terms(body *node) (clause, *refusal) {
	var c *termsClause
	for _, m := range body.members {
		switch {
		case general(m.name) && m.value.kind != kindArray:
		case m.value.kind == kindObject:
			return nil, &refusal{m.value.start, Unsupported("terms lookups")}
		case m.value.kind != kindArray:
			return nil, p.parsing(m.value.start, fmt.Sprintf("[terms] query does not support [%s]", m.name))
		case c != nil:
			return nil, p.parsing(m.value.start, "[terms] query does not support multiple fields")
		default:
			c = &termsClause{field: m.name}
			c.values, _ = m.value.value().([]any)
		}
	}
	if c == nil {
		return nil, p.parsing(body.end, "[terms] query requires a field name, followed by array of terms or a document lookup specification")
	}
	if slices.Contains(c.values, nil) {
		return nil, &refusal{body.end, exception.BadArgument("No value specified for terms query")}
	}
	return *c, nil
}

func (p parser) ids(body *node) (clause, *refusal) {
	c := idsClause{}
	for _, m := range body.members {
		switch {
		case m.name == "values" && m.value.kind == kindArray:
			for _, v := range m.value.items {
				c[v.text] = true
			}
		case m.name == "values" && m.value.scalar():
			c[m.value.text] = true
		case !general(m.name) && m.name != "type":
			return nil, p.unknownField("ids", m)
		}
	}
	return c, nil
}

func (p parser) pattern(kind string, body *node) (clause, *refusal) {
	m, bad := p.oneField(kind, body)
	if bad != nil {
		return nil, bad
	}
	c := patternClause{kind: kind, field: m.name}
	switch v := m.value; {
	case v.kind == kindObject:
		bad = p.options(kind, v, func(o member) bool {
			switch o.name {
			case "value", kind:
				c.pattern = o.value.text
			case "case_insensitive":
				c.fold = o.value.text == "true"
			case "rewrite", "flags", "flags_value", "max_determinized_states":
			default:
				return false
			}
			return true
		})
	case v.scalar():
		c.pattern = v.text
	default:
		bad = p.parsing(v.start, fmt.Sprintf("[%s] query does not support [%s]", kind, m.name))
	}
	return c, bad
}

func (p parser) exists(body *node) (clause, *refusal) {
	c := existsClause("")
	for _, m := range body.members {
		switch {
		case m.name == "field" && m.value.scalar():
			c = existsClause(m.value.text)
		case !general(m.name):
			return nil, p.parsing(m.value.start, fmt.Sprintf("[exists] query does not support [%s]", m.name))
		}
	}
	if c == "" {
		return nil, p.parsing(body.end, "[exists] must be provided with a [field]")
	}
	return c, nil
}

func (p parser) ranged(body *node) (clause, *refusal) {
	m, bad := p.oneField("range", body)
	if bad != nil {
		return nil, bad
	}
	if m.value.kind != kindObject {
		return nil, p.parsing(m.value.start, fmt.Sprintf("[range] query does not support [%s]", m.name))
	}
	c := rangeClause{field: m.name, includeLower: true, includeUpper: true}
	bad = p.options("range", m.value, func(o member) bool { return c.take(o.name, o.value.value()) })
	return c, bad
}

func (p parser) match(kind string, body *node) (clause, *refusal) {
	m, bad := p.oneField(kind, body)
	if bad != nil {
		return nil, bad
	}
	c := matchClause{field: m.name, phrase: kind == "match_phrase"}
	if m.value.kind != kindObject {
		c.text = m.value.text
		return c, nil
	}
	bad = p.options(kind, m.value, func(o member) bool {
		switch o.name {
		case "query":
			c.text = o.value.text
		case "operator":
			c.all = strings.EqualFold(o.value.text, "and")
		default:
			return false
		}
		return true
	})
	return c, bad
}

func (p parser) bool(body *node) (clause, *refusal) {
	c := boolClause{}
	for _, m := range body.members {
		var into *[]clause
		switch m.name {
		case "must":
			into = &c.must
		case "filter":
			into = &c.filter
		case "should":
			into = &c.should
		case "must_not", "mustNot":
			into = &c.mustNot
		case "minimum_should_match":
			c.minimum = m.value.text
			continue
		case "adjust_pure_negative", "boost", "_name":
			continue
		default:
			return nil, p.unknownField("bool", m)
		}
		if bad := p.clauses("bool", m, into); bad != nil {
			return nil, bad
		}
	}
	return c, nil
}

// clauses reads one clause or a list of them.
func (p parser) clauses(kind string, m member, into *[]clause) *refusal {
	list := m.value.items
	if m.value.kind != kindArray {
		list = []*node{m.value}
	}
	for _, n := range list {
		var c clause
		bad := p.parsing(n.start, "[_na] query malformed, must start with start_object")
		if n.kind == kindObject {
			c, bad = p.clause(n)
		}
		if bad != nil {
			return &refusal{bad.at, p.failIn(kind, bad.at, fmt.Sprintf("failed to parse field [%s]", m.name)).Because(bad.cause)}
		}
		*into = append(*into, c)
	}
	return nil
}

func (p parser) constantScore(body *node) (clause, *refusal) {
	for _, m := range body.members {
		if m.name == "filter" && m.value.kind == kindObject {
			return p.clause(m.value)
		}
		if !general(m.name) {
			return nil, p.parsing(m.value.start, fmt.Sprintf("[constant_score] query does not support [%s]", m.name))
		}
	}
	return nil, p.parsing(body.end, "[constant_score] requires a 'filter' element")
}

func (p parser) nested(body *node) (clause, *refusal) {
	c := nestedClause("")
	for _, m := range body.members {
		switch m.name {
		case "path":
			c = nestedClause(m.value.text)
		case "query":
			if _, bad := p.clause(m.value); bad != nil {
				return nil, bad
			}
		case "score_mode", "ignore_unmapped", "inner_hits", "boost", "_name":
		default:
			return nil, p.parsing(m.value.start, fmt.Sprintf("[nested] query does not support [%s]", m.name))
		}
	}
	return c, nil
}
