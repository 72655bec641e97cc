// Package listing reads and answers the queries that Watcher takes over its
// stored watches: a part of Elasticsearch's query DSL over _id and metadata,
// with sort, paging and the server's own refusals. It searches nothing but the
// documents that it is handed, and full-text queries (query_string and kin)
// not at all: these are refused by name.
package listing

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

// maxWindow is index.max_result_window.
const maxWindow = 10000

// Request is a query over stored watches.
type Request struct {
	From, Size  int
	sort        []sortKey
	searchAfter []any
	query       clause
}

// Default is the request of an empty body.
func Default() Request { return Request{Size: 10, query: matchAll{}} }

// Parse reads the body of _query/watches; an error is an *exception.Exception.
func Parse(body []byte) (Request, error) {
	p := parser{text: body, name: "query_watches_request"}
	root, err := p.root()
	if err != nil {
		return Request{}, err
	}
	r := Default()
	for _, m := range root.members {
		if err := p.field(&r, m); err != nil {
			return Request{}, err
		}
	}
	return r, nil
}

// parser reads one request body.
type parser struct {
	text []byte
	// name of the outermost parser, for refusals.
	name string
	// loose takes sort as _search does: bare names and orders too.
	loose bool
}

func (p parser) root() (*node, error) {
	if _, err := watcher.ParseJSON(p.text, watcher.ParseOptions{Server: true}); err != nil {
		return nil, malformed(err)
	}
	root, err := read(p.text)
	if err != nil {
		return nil, exception.New(400, "json_parse_exception", err.Error())
	}
	if root.kind != kindObject {
		return nil, p.fail(root.start, "Expected START_OBJECT but was: "+string(root.kind))
	}
	return root, nil
}

func malformed(err error) error {
	if s, ok := errors.AsType[*watcher.SyntaxError](err); ok {
		return exception.FromSyntax(s)
	}
	return exception.New(400, "json_parse_exception", err.Error())
}

// fail is a refusal of the outermost parser.
func (p parser) fail(at int, what string) *exception.Exception {
	return p.failIn(p.name, at, what)
}

func (p parser) failIn(name string, at int, what string) *exception.Exception {
	return exception.New(400, "x_content_parse_exception", fmt.Sprintf("[%s] [%s] %s", position(p.text, at), name, what))
}

// in wraps a refusal of what stands in a field.
func (p parser) in(name, field string, inner refusal) error {
	return p.failIn(name, inner.at, fmt.Sprintf("failed to parse field [%s]", field)).Because(inner.cause)
}

// refusal is the refusal of something and where the reader stood.
type refusal struct {
	at    int
	cause *exception.Exception
}

func (p parser) field(r *Request, m member) error {
	var err error
	switch m.name {
	case "from":
		r.From, err = p.integer(m)
	case "size":
		r.Size, err = p.integer(m)
	case "query":
		r.query, err = p.query(m)
	case "sort":
		r.sort, err = p.sort(m)
	case "search_after":
		r.searchAfter, err = p.searchAfter(m)
	}
	return err
}

func (p parser) wrongKind(m member) error {
	return p.fail(m.value.start, fmt.Sprintf("%s doesn't support values of type: %s", m.name, m.value.kind))
}

func (p parser) integer(m member) (int, error) {
	v := m.value
	switch v.kind {
	case kindNumber:
		f, err := strconv.ParseFloat(v.text, 64)
		if err != nil || f > math.MaxInt32 || f < math.MinInt32 {
			return 0, p.in(p.name, m.name, refusal{v.start, exception.New(0, "input_coercion_exception", fmt.Sprintf(
				"Numeric value (%s) out of range of int (%d - %d)\n at [Source: (org.elasticsearch.common.io.stream.ByteBufferStreamInput); line: 1, column: %d]",
				v.text, math.MinInt32, math.MaxInt32, v.after+1))})
		}
		return int(f), nil
	case kindString:
		n, err := strconv.ParseInt(v.text, 10, 32)
		if err != nil {
			return 0, p.in(p.name, m.name, refusal{v.start, exception.New(0, "number_format_exception", "For input string: \""+v.text+"\"")})
		}
		return int(n), nil
	default:
		return 0, p.wrongKind(m)
	}
}

func (p parser) query(m member) (clause, error) {
	if m.value.kind != kindObject {
		return nil, p.wrongKind(m)
	}
	c, bad := p.clause(m.value)
	if bad != nil {
		return nil, p.in(p.name, m.name, *bad)
	}
	return c, nil
}

func (p parser) searchAfter(m member) ([]any, error) {
	if m.value.kind != kindArray {
		return nil, p.wrongKind(m)
	}
	list, _ := m.value.value().([]any)
	if len(list) == 0 {
		return nil, p.in(p.name, m.name, refusal{m.value.end, exception.BadArgument("Values must contains at least one value.")})
	}
	for i, item := range m.value.items {
		if !item.scalar() && item.kind != kindNull {
			return nil, p.in(p.name, m.name, refusal{item.start, exception.New(0, "parsing_exception",
				fmt.Sprintf("Expected [VALUE_STRING] or [VALUE_NUMBER] or [VALUE_BOOLEAN] or [VALUE_NULL] but found [%s] inside search_after.", item.kind))})
		}
		if n, ok := list[i].(json.Number); ok && strings.ContainsAny(string(n), ".eE") {
			f, err := n.Float64()
			if err == nil {
				list[i] = json.Number(strconv.FormatFloat(f, 'g', -1, 64))
			}
		}
	}
	return list, nil
}

// Check gives the refusals that need no index; the server looks at them after
// rights and licence.
func (r Request) Check() error {
	if r.From < 0 {
		return exception.BadArgument("[from] parameter cannot be negative")
	}
	if r.Size < 0 {
		return exception.BadArgument(fmt.Sprintf("[size] parameter cannot be negative, found [%d]", r.Size))
	}
	return nil
}
