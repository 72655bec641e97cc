package watcher

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Canonical gives the one form in which wanted and live bodies of any version
// are compared (spec/watch-written-form.md 13): the written form with all
// defaults spelled out, what only versions differ in folded, sets sorted,
// numbers of one value in one text, secrets blanked and metadata.sigwatch
// dropped. A body that no server would take keeps its data as it is, but for
// the last two. The body is not changed; Canonical of the result is the
// result.
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
	r := &reader{cursor: cursor{root: body}, grammar: canonicalGrammar()}
	return r.watch()
}

// comparableForm takes out of a body what cannot be compared or need not be. It
// changes the body.
func comparableForm(body *Object) *Object {
	blank(body)
	dropMark(body)
	return body
}

func dropMark(body *Object) {
	if metadata := child(body, "", "metadata").object; metadata != nil {
		metadata.Delete("sigwatch")
	}
}

// Hash gives "sha256:" and the hex hash of the canonical form, in which the
// order of members does not count. Two bodies that Diff finds no difference
// between after Canonical have one hash.
func Hash(body *Object) string { return HashCanonical(Canonical(body)) }

// HashCanonical is Hash for a body that is in canonical form already.
func HashCanonical(canonical *Object) string {
	sum := sha256.Sum256(appendSorted(make([]byte, 0, usualSize), canonical))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// appendSorted is appendJSON with the members of each object sorted and each
// number in one text.
func appendSorted(out []byte, v any) []byte {
	switch v := v.(type) {
	case *Object:
		return appendSortedObject(out, v)
	case []any:
		out = append(out, '[')
		for i, e := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendSorted(out, e)
		}
		return append(out, ']')
	case json.Number:
		return append(out, canonicalNumber(v)...)
	default:
		return appendJSON(out, v)
	}
}

func appendSortedObject(out []byte, o *Object) []byte {
	members := o.Members
	if !slices.IsSortedFunc(members, byName) {
		members = slices.Clone(members)
		slices.SortStableFunc(members, byName)
	}
	out = append(out, '{')
	for i := range members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, members[i].Name), ':')
		out = appendSorted(out, members[i].Value)
	}
	return append(out, '}')
}

func byName(a, b Member) int { return cmp.Compare(a.Name, b.Name) }
