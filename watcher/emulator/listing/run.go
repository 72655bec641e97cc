package listing

import (
	"fmt"
	"slices"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/mapping"
)

// Document is a stored watch as a query sees it.
type Document struct {
	ID       string
	SeqNo    int64
	Metadata any
}

// Index is what a query runs over.
type Index struct {
	// Documents in the order of their last write.
	Documents []Document
	Mapping   *mapping.Mapping
	Version   watcher.Version
	// UID and Node are named in refusals.
	UID, Node string
}

// Result is a page of hits.
type Result struct {
	// Total counts all hits.
	Total int
	// Hits are places in the index's documents.
	Hits []int
	// Sort holds, for each hit, what it was ordered by.
	Sort [][]any
}

type hit struct {
	// at is the document's place in the index.
	at     int
	values []value
}

// Run answers the request; an error is an *exception.Exception, most often a
// search_phase_execution_exception.
func (r Request) Run(x *Index) (Result, error) {
	out, err := r.run(x)
	if err != nil {
		return Result{}, x.allShardsFailed(exception.From(err))
	}
	return out, nil
}

func (r Request) run(x *Index) (Result, error) {
	if r.From+r.Size > maxWindow {
		return Result{}, exception.BadArgument(fmt.Sprintf("Result window is too large, from + size must be less than or equal to: [%d] but was [%d]. See the scroll api for a more efficient way to request large data sets. This limit can be set by changing the [index.max_result_window] index level setting.", maxWindow, r.From+r.Size))
	}
	match, err := r.query.build(x)
	if err != nil {
		return Result{}, err
	}
	extract, err := x.extractors(r.sort)
	if err != nil {
		return Result{}, err
	}
	hits := x.hits(match, extract)
	out := Result{Total: len(hits)}
	if len(r.sort) > 0 {
		slices.SortFunc(hits, func(a, b *hit) int { return order(r.sort, a, b) })
	}
	if len(r.searchAfter) > 0 {
		if r.From > 0 {
			return Result{}, exception.New(500, "search_exception", "`from` parameter must be set to 0 when `search_after` is used.")
		}
		after, err := x.after(r)
		if err != nil {
			return Result{}, err
		}
		hits = slices.DeleteFunc(hits, func(h *hit) bool { return !behind(r.sort, h, after) })
	}
	out.page(hits[min(r.From, len(hits)):min(r.From+r.Size, len(hits))])
	return out, nil
}

func (x *Index) extractors(keys []sortKey) ([]extractor, error) {
	out := make([]extractor, len(keys))
	for i, k := range keys {
		e, err := x.extractor(k)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func (x *Index) hits(match matcher, extract []extractor) []*hit {
	var hits []*hit
	for i := range x.Documents {
		d := &x.Documents[i]
		if !match(d) {
			continue
		}
		h := &hit{at: i}
		for _, e := range extract {
			h.values = append(h.values, e(d, i))
		}
		hits = append(hits, h)
	}
	return hits
}

func (out *Result) page(hits []*hit) {
	for _, h := range hits {
		out.Hits = append(out.Hits, h.at)
		var values []any
		for _, v := range h.values {
			values = append(values, v.json())
		}
		out.Sort = append(out.Sort, values)
	}
}

// failure is the refusal of a query by the shard that it came to.
func (x *Index) failure(reason string) *exception.Exception {
	return exception.New(400, "query_shard_exception", reason).With("index_uuid", x.UID).With("index", ".watches")
}

// allShardsFailed wraps the refusal of the one shard there is.
func (x *Index) allShardsFailed(inner *exception.Exception) error {
	if inner.Type == "unsupported_operation_exception" {
		return inner
	}
	shard := &watcher.Object{}
	shard.Set("shard", exception.Int(0))
	shard.Set("index", ".watches")
	shard.Set("node", x.Node)
	shard.Set("reason", inner.Object())
	out := exception.New(inner.Status, "search_phase_execution_exception", "all shards failed").
		With("phase", "query").With("grouped", true).With("failed_shards", []any{shard})
	out.Root = &exception.Exception{Type: inner.Type, Reason: inner.Reason, Extra: inner.Extra}
	if inner.Type == "illegal_argument_exception" {
		same := exception.New(0, inner.Type, inner.Reason)
		out.CausedBy = exception.New(0, inner.Type, inner.Reason).Because(same)
	}
	return out
}
