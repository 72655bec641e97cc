package elastic

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/sigwatch/sigwatch/watcher"
)

// The fields of the index that a listing asks for. Only _id and metadata are
// indexed (watcher-api.md 6); sorting on _id is refused from 8.0 on.
const (
	ownerField = "metadata.sigwatch.owner.keyword"
	watchField = "metadata.sigwatch.watch.keyword"
)

// List returns the owner's watches, the foreign ones at one of the ids, and
// how many watches there are in all. Pages that do not add up make it
// incomplete, not an error.
func (c *Client) List(ctx context.Context, owner string, ids []string) (watcher.Listing, error) {
	if !c.noQuery.Load() {
		listing, err := c.listBy(ctx, c.queryWatches, owner, ids)
		var e *Error
		if err == nil || !errors.As(err, &e) || !isNoRoute(e) {
			return listing, err
		}
		c.noQuery.Store(true)
		c.cfg.Logger.InfoContext(ctx, "no listing call here (before 7.11): searching the index of watches")
	}
	return c.listBy(ctx, c.searchIndex, owner, ids)
}

func (c *Client) listBy(ctx context.Context, ask asker, owner string, ids []string) (watcher.Listing, error) {
	l := &lister{
		client: c, ask: ask, owner: owner, wanted: ids,
		seen: map[string]bool{}, listing: watcher.Listing{Complete: true},
	}
	if err := l.owned(ctx); err != nil {
		return watcher.Listing{}, err
	}
	if err := l.byID(ctx, l.missing(ids)); err != nil {
		return watcher.Listing{}, err
	}
	total, err := l.count(ctx, matchAll())
	if err != nil {
		return watcher.Listing{}, err
	}
	l.listing.Total = total
	if total < len(l.listing.Live) {
		l.incomplete("%d watches were listed, but the cluster counts %d", len(l.listing.Live), total)
	}
	slices.SortFunc(l.listing.Live, func(a, b watcher.Live) int { return cmp.Compare(a.ID, b.ID) })
	return l.listing, nil
}

// asker sends one listing request, by whichever call the server has.
type asker func(context.Context, request) (page, error)

// request is the body of a listing request.
type request struct {
	Size  int   `json:"size"`
	Query any   `json:"query"`
	Sort  []any `json:"sort,omitempty"`
	After []any `json:"search_after,omitempty"`
}

type page struct {
	count   int
	watches []watcher.Live
}

type lister struct {
	client  *Client
	ask     asker
	owner   string
	wanted  []string
	seen    map[string]bool
	listing watcher.Listing
	// broken are watches that make every page fail that they are on.
	broken []string
}

func (l *lister) incomplete(format string, args ...any) {
	if l.listing.Complete {
		l.listing.Complete, l.listing.Why = false, fmt.Sprintf(format, args...)
	}
}

// owned lists the owner's watches page by page.
func (l *lister) owned(ctx context.Context) error {
	got, first := 0, -1
	for after := ""; ; {
		p, err := l.page(ctx, after)
		if err != nil {
			again, err := l.recover(ctx, err)
			if err != nil || !again {
				return err
			}
			continue
		}
		if first < 0 {
			first = p.count + len(l.broken)
		}
		if p.count+len(l.broken) != first {
			l.incomplete("the number of watches changed from %d to %d while they were listed", first, p.count+len(l.broken))
		}
		part, next := l.cut(p, got)
		l.add(part)
		got += len(part)
		if next == "" {
			if got != p.count {
				l.incomplete("the pages hold %d watches, but the cluster counts %d", got, p.count)
			}
			return nil
		}
		after = next
	}
}

func (l *lister) page(ctx context.Context, after string) (page, error) {
	r := request{
		Size: l.client.cfg.PageSize, Query: l.ownedQuery(),
		Sort: []any{map[string]any{watchField: map[string]any{"order": "asc", "unmapped_type": "keyword"}}},
	}
	if after != "" {
		r.After = []any{after}
	}
	return l.ask(ctx, r)
}

// cut returns what of a page is to be kept, and after which key the next one
// begins; an empty key ends the listing. A full page gives back the watches
// with its last key, because others with the same key may follow: a watch
// copied by hand has the key of its original.
func (l *lister) cut(p page, got int) ([]watcher.Live, string) {
	n := len(p.watches)
	if n < l.client.cfg.PageSize || got+n >= p.count {
		return p.watches, ""
	}
	last := keyOf(p.watches[n-1])
	for n > 0 && keyOf(p.watches[n-1]) == last {
		n--
	}
	if n == 0 {
		return p.watches, ""
	}
	return p.watches[:n], keyOf(p.watches[n-1])
}

// keyOf is what the listing is sorted on. Watches without it come last.
func keyOf(live watcher.Live) string {
	return text(object(object(live.Body, "metadata"), "sigwatch"), "watch")
}

func (l *lister) add(watches []watcher.Live) {
	for _, live := range watches {
		if l.seen[live.ID] {
			l.incomplete("watch %q was listed twice", live.ID)
			continue
		}
		l.seen[live.ID] = true
		l.listing.Live = append(l.listing.Live, live)
	}
}

func (l *lister) missing(ids []string) []string {
	var out []string
	for _, id := range ids {
		if !l.seen[id] && !slices.Contains(l.broken, id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// byID lists the watches of those ids that are there, whoever's they are.
func (l *lister) byID(ctx context.Context, ids []string) error {
	for chunk := range slices.Chunk(ids, l.client.cfg.PageSize) {
		if err := l.chunk(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

// chunk halves where a broken watch makes the request fail, down to the one.
func (l *lister) chunk(ctx context.Context, ids []string) error {
	p, err := l.ask(ctx, request{Size: len(ids), Query: idsQuery(ids)})
	var e *Error
	switch {
	case err == nil:
		if len(p.watches) != p.count {
			l.incomplete("%d of %d watches asked for by id were listed", len(p.watches), p.count)
		}
		l.add(p.watches)
		return nil
	case !errors.As(err, &e) || !isBroken(e):
		return err
	case len(ids) == 1:
		l.add([]watcher.Live{l.brokenLive(ctx, ids[0], e)})
		return nil
	}
	if err := l.chunk(ctx, ids[:len(ids)/2]); err != nil {
		return err
	}
	return l.chunk(ctx, ids[len(ids)/2:])
}

func (l *lister) count(ctx context.Context, query any) (int, error) {
	p, err := l.ask(ctx, request{Query: query})
	return p.count, err
}

func (l *lister) ownedQuery() any { return ownedQuery(l.owner, l.broken) }

func ownedQuery(owner string, without []string) any {
	owned := map[string]any{"term": map[string]any{ownerField: owner}}
	if len(without) == 0 {
		return owned
	}
	return map[string]any{"bool": map[string]any{"filter": []any{owned}, "must_not": []any{idsQuery(without)}}}
}

func idsQuery(ids []string) any {
	return map[string]any{"ids": map[string]any{"values": ids}}
}

func matchAll() any { return map[string]any{"match_all": map[string]any{}} }

// queryWatches is the listing call of 7.11 and later. It has no twin under
// /_xpack.
func (c *Client) queryWatches(ctx context.Context, r request) (page, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return page{}, fmt.Errorf("list watches: %w", err)
	}
	a, err := c.do(ctx, call{
		what: "list watches", method: http.MethodPost, path: "/_watcher/_query/watches", body: body, read: true,
	})
	if err != nil {
		return page{}, err
	}
	list, okList := a.body.Get("watches")
	count, okCount := number(a.body, "count")
	watches, err := livesOf(list)
	if !okList || !okCount || err != nil {
		return page{}, badListing()
	}
	return page{count: count, watches: watches}, nil
}

func livesOf(list any) ([]watcher.Live, error) {
	items, ok := list.([]any)
	if !ok {
		return nil, badListing()
	}
	var out []watcher.Live
	for _, item := range items {
		o, _ := item.(*watcher.Object)
		live, err := liveOf(o, "")
		if err != nil {
			return nil, err
		}
		out = append(out, live)
	}
	return out, nil
}

func badListing() error {
	return &Error{What: "list watches", Reason: "the answer is no listing of watches", Hint: "is there a proxy in between?"}
}

// searchIndex searches the index itself, as one did before 7.11. What is
// stored there is the written form with its secrets: they are taken out at
// once.
func (c *Client) searchIndex(ctx context.Context, r request) (page, error) {
	body, err := json.Marshal(struct {
		request
		TrackTotal bool `json:"track_total_hits"`
	}{r, true})
	if err != nil {
		return page{}, fmt.Errorf("search .watches: %w", err)
	}
	a, err := c.do(ctx, call{
		what: "search .watches", method: http.MethodPost, path: "/.watches/_search", body: body, read: true,
		query: url.Values{"ignore_unavailable": {"true"}, "allow_no_indices": {"true"}},
	})
	if err != nil {
		return page{}, err
	}
	return searchPage(a.body)
}

func searchPage(body *watcher.Object) (page, error) {
	hits := object(body, "hits")
	if hits == nil {
		return page{}, badListing()
	}
	total, ok := number(hits, "total")
	if !ok {
		total, ok = number(object(hits, "total"), "value")
	}
	list, _ := hits.Get("hits")
	items, isList := list.([]any)
	if !ok || !isList {
		return page{}, badListing()
	}
	p := page{count: total}
	for _, item := range items {
		o, _ := item.(*watcher.Object)
		live, err := storedLive(o)
		if err != nil {
			return page{}, err
		}
		p.watches = append(p.watches, live)
	}
	return p, nil
}

func storedLive(hit *watcher.Object) (watcher.Live, error) {
	id, source := text(hit, "_id"), object(hit, "_source")
	if id == "" || source == nil {
		return watcher.Live{}, badListing()
	}
	status := object(source, "status")
	active, known := activeOf(status)
	source.Delete("status")
	source.Delete("_status")
	// The newest version's redaction hides the most.
	return watcher.Live{
		ID: id, Body: watcher.Redact(source, watcher.Version{Major: 9, Minor: 5}),
		Active: active || !known, Status: status,
	}, nil
}

func number(o *watcher.Object, name string) (int, bool) {
	if o == nil {
		return 0, false
	}
	v, _ := o.Get(name)
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return int(i), err == nil && i >= 0
}
