package watcher

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"slices"
	"strings"
)

// Canonical gives the one form in which wanted and live bodies of any version
// are compared (spec/watch-written-form.md 13): the written form with all
// defaults spelled out, what only versions differ in folded, sets sorted,
// numbers of one value in one text, secrets blanked and metadata.sigwatch
// dropped. A body that no server would take keeps its data as it is, but for
// the last two. The body is not changed; Canonical of the result is the
// result. What is free content may be shared with the body, so neither is to
// be changed afterwards.
func Canonical(body *Object) *Object {
	if body == nil {
		return &Object{}
	}
	if out, err := canonicalWatch(body); err == nil {
		return comparableForm(out)
	}
	r := &reader{grammar: canonicalGrammar()}
	data := comparableForm(r.copied(body).(*Object))
	// Without its secrets and our mark a body may be good after all.
	if out, err := canonicalWatch(data); err == nil {
		return comparableForm(out)
	}
	return data
}

func canonicalWatch(body *Object) (*Object, error) {
	r := &reader{cursor: cursor{root: body}, grammar: canonicalGrammar(), sharing: true}
	return r.watch()
}

// comparableForm takes out of a body what cannot be compared or need not be. It
// changes the body, but for free content, which may be another's.
func comparableForm(body *Object) *Object {
	blank(body)
	dropMark(body)
	return body
}

func dropMark(body *Object) {
	metadata := child(body, "metadata")
	if metadata == nil {
		return
	}
	at := slices.IndexFunc(metadata.Members, func(m Member) bool { return m.Name == "sigwatch" })
	if at >= 0 {
		rest := slices.Concat(metadata.Members[:at], metadata.Members[at+1:])
		body.Set("metadata", &Object{Members: rest})
	}
}

// Hash gives "sha256:" and the hex hash of the canonical form, in which the
// order of members does not count. Two bodies that Diff finds no difference
// between after Canonical have one hash.
func Hash(body *Object) string { return HashCanonical(Canonical(body)) }

// HashCanonical is Hash for a body that is in canonical form already.
func HashCanonical(canonical *Object) string {
	h := hasher{sum: sha256.New(), out: make([]byte, 0, 2*piece)}
	h.object(canonical)
	h.sum.Write(h.out)
	text := append(make([]byte, 0, len("sha256:")+2*sha256.Size), "sha256:"...)
	return string(hex.AppendEncode(text, h.sum.Sum(h.out[:0])))
}

// hasher hashes what appendJSON would write, but with the members of each
// object sorted and each number in one text.
type hasher struct {
	sum hash.Hash
	out []byte // what is not hashed yet
}

// piece is how many bytes are worth hashing at once.
const piece = 1 << 10

func (h *hasher) value(v any) {
	switch v := v.(type) {
	case *Object:
		h.object(v)
	case []any:
		h.list(v)
	case json.Number:
		h.out = append(h.out, canonicalNumber(v)...)
	default:
		h.out = appendJSON(h.out, v)
	}
	if len(h.out) >= piece {
		h.sum.Write(h.out)
		h.out = h.out[:0]
	}
}

func (h *hasher) list(list []any) {
	h.out = append(h.out, '[')
	for i := range list {
		if i > 0 {
			h.out = append(h.out, ',')
		}
		h.value(list[i])
	}
	h.out = append(h.out, ']')
}

func (h *hasher) object(o *Object) {
	if slices.IsSortedFunc(o.Members, byName) {
		h.members(o.Members)
		return
	}
	var room [16]Member // enough for nearly all, and not on the heap
	if len(o.Members) <= len(room) {
		h.members(insertSorted(room[:0], o.Members))
		return
	}
	sorted := slices.Clone(o.Members)
	slices.SortStableFunc(sorted, byName)
	h.members(sorted)
}

func (h *hasher) members(sorted []Member) {
	h.out = append(h.out, '{')
	for i := range sorted {
		if i > 0 {
			h.out = append(h.out, ',')
		}
		h.out = append(appendString(h.out, sorted[i].Name), ':')
		h.value(sorted[i].Value)
	}
	h.out = append(h.out, '}')
}

// insertSorted adds a few members to a sorted list, each after those of its
// name.
func insertSorted(sorted, members []Member) []Member {
	for _, m := range members {
		at := len(sorted)
		sorted = append(sorted, m)
		for ; at > 0 && sorted[at-1].Name > m.Name; at-- {
			sorted[at] = sorted[at-1]
		}
		sorted[at] = m
	}
	return sorted
}

func byName(a, b Member) int { return strings.Compare(a.Name, b.Name) }
