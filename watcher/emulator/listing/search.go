package listing

import (
	"fmt"

	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

// Search is the body of a _search over the index of watches, as far as the
// emulated one goes.
type Search struct {
	Request
	// Source is the _source member, or nil.
	Source any
}

// ParseSearch reads the body of a _search; an error is an
// *exception.Exception. Members that only change how an answer looks are
// passed over, others that are not known are refused.
func ParseSearch(body []byte) (Search, error) {
	p := parser{text: body, name: "search", loose: true}
	root, err := p.root()
	if err != nil {
		return Search{}, err
	}
	s := Search{Request: Default()}
	for _, m := range root.members {
		switch m.name {
		case "from", "size", "sort", "search_after", "query":
			err = p.field(&s.Request, m)
		case "_source":
			s.Source = m.value.value()
		case "track_total_hits", "seq_no_primary_term", "version", "timeout", "track_scores":
		default:
			return s, p.parsingException(m.value.start, fmt.Sprintf("unknown key for a %s in [%s].", m.value.kind, m.name))
		}
		if err != nil {
			return s, unwrapQuery(err)
		}
	}
	return s, nil
}

// unwrapQuery takes the refusal of a clause out of the parser's own: a search
// reads its query without that one.
func unwrapQuery(err error) error {
	x := exception.From(err)
	if x.CausedBy == nil {
		return x
	}
	inner := x.CausedBy
	inner.Status = x.Status
	return inner
}
