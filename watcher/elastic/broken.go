package elastic

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/sigwatch/sigwatch/watcher"
)

// recover goes on after a page that failed. One stored watch that does not
// parse makes every page fail that it is on (watcher-api.md 6). Where the
// error names it, the pages go on without it (true). Else the ids are read
// from the index itself, and the watches by their ids; where that is not
// allowed, only the wanted ids are, and the listing is incomplete.
func (l *lister) recover(ctx context.Context, failure error) (bool, error) {
	var e *Error
	if !errors.As(failure, &e) || !isBroken(e) {
		return false, failure
	}
	count, err := l.count(ctx, l.ownedQuery())
	if err != nil {
		return false, failure
	}
	if id := namedIn(e); id != "" && l.spoils(ctx, id, count) {
		l.broken = append(l.broken, id)
		l.add([]watcher.Live{l.brokenLive(ctx, id, e)})
		return true, nil
	}
	return false, l.salvage(ctx, e, count+len(l.broken))
}

// spoils reports whether the watch of that id is one of the count that the
// listing asks for, and fails by itself.
func (l *lister) spoils(ctx context.Context, id string, count int) bool {
	left, err := l.count(ctx, ownedQuery(l.owner, append(slices.Clone(l.broken), id)))
	if err != nil || left != count-1 {
		return false
	}
	_, err = l.ask(ctx, request{Size: 1, Query: idsQuery([]string{id})})
	var e *Error
	return errors.As(err, &e) && isBroken(e)
}

// namedIn finds the id of the watch that an error is about.
func namedIn(e *Error) string {
	named := regexp.MustCompile(`(?:watch|for|action) \[([^\]/]+)[\]/]`)
	for _, s := range []string{e.Reason, e.RootCause} {
		if m := named.FindStringSubmatch(s); m != nil {
			return m[1]
		}
	}
	return ""
}

// salvage lists what can be listed around a broken watch that nobody names.
func (l *lister) salvage(ctx context.Context, e *Error, count int) error {
	ids, err := l.idsInIndex(ctx)
	if err != nil {
		l.client.cfg.Logger.WarnContext(ctx, "the index of watches cannot be searched", "error", err)
		l.incomplete("a stored watch cannot be read and is not named: %s", cmp.Or(e.RootCause, e.Reason))
		return l.byID(ctx, l.missing(l.wanted))
	}
	if err := l.byID(ctx, l.missing(ids)); err != nil {
		return err
	}
	if got := len(l.listing.Live); got != count {
		l.incomplete("%d watches were listed around a broken one, but the cluster counts %d", got, count)
	}
	return nil
}

// idsInIndex reads the ids of the owner's watches from the index.
func (l *lister) idsInIndex(ctx context.Context) ([]string, error) {
	raw := &lister{
		client: l.client, ask: l.client.searchIndex, owner: l.owner,
		seen: map[string]bool{}, listing: watcher.Listing{Complete: true},
	}
	if err := raw.owned(ctx); err != nil {
		return nil, err
	}
	if !raw.listing.Complete {
		return nil, errors.New(raw.listing.Why)
	}
	var ids []string
	for _, live := range raw.listing.Live {
		ids = append(ids, live.ID)
	}
	return ids, nil
}

// brokenLive is a watch that the server has and cannot read. Its owner and its
// state are taken from the index where that may be searched; elsewhere the
// owner stays unknown and the watch is taken for active.
func (c *Client) brokenLive(ctx context.Context, id string, e *Error) watcher.Live {
	live := watcher.Live{ID: id, Broken: cmp.Or(e.RootCause, e.Reason), Active: true}
	p, err := c.searchIndex(ctx, request{Size: 1, Query: idsQuery([]string{id})})
	if err != nil || len(p.watches) != 1 {
		return live
	}
	stored := p.watches[0]
	live.Active, live.Status = stored.Active, stored.Status
	live.Owner = text(object(object(stored.Body, "metadata"), "sigwatch"), "owner")
	return live
}

// brokenLive asks the listing whether the watch is the owner's: a request for
// no watches but their number works on broken ones too.
func (l *lister) brokenLive(ctx context.Context, id string, e *Error) watcher.Live {
	live := l.client.brokenLive(ctx, id, e)
	if live.Owner != "" {
		return live
	}
	n, err := l.count(ctx, map[string]any{"bool": map[string]any{
		"filter": []any{ownedQuery(l.owner, nil), idsQuery([]string{id})},
	}})
	if err == nil && n == 1 {
		live.Owner = l.owner
	}
	return live
}
