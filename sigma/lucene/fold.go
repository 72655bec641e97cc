package lucene

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// foldsCase reports whether an expression matches in any case.
func foldsCase(e expr) bool {
	unfolded := func(part expr) bool { return !foldsCase(part) }
	switch e := e.(type) {
	case seq:
		return !slices.ContainsFunc(e, unfolded)
	case alt:
		return !slices.ContainsFunc(e, unfolded)
	case loop:
		return foldsCase(e.of)
	case set:
		return setFolds(e)
	default:
		return true
	}
}

// setFolds leaves a letter of ASCII to itself in both cases, as texts do.
func setFolds(s set) bool {
	for r := 'a'; r <= 'z'; r++ {
		if overlap(s, r, r) != overlap(s, r&^0x20, r&^0x20) {
			return false
		}
	}
	for i := 0; i < len(s); i += 2 {
		lo, hi := max(s[i], utf8.RuneSelf), min(s[i+1], lastCase)
		if lo == utf8.RuneSelf && hi == lastCase {
			return true // all that is beyond ASCII
		}
		for r := lo; r <= hi; r++ {
			for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
				if !overlap(s, next, next) {
					return false
				}
			}
		}
	}
	return true
}

func folded(e expr) expr {
	switch e := e.(type) {
	case seq:
		return seq(foldedAll(e))
	case alt:
		return alt(foldedAll(e))
	case loop:
		return loop{folded(e.of), e.min, e.max}
	case set:
		return foldedSet(e)
	default:
		return e
	}
}

func foldedAll(parts []expr) []expr {
	out := make([]expr, len(parts))
	for i, part := range parts {
		out[i] = folded(part)
	}
	return out
}

// lastCase is behind the last character that exists in two cases.
const lastCase = 0x1e944

// foldedSet adds all characters that differ from one of the set in case only.
func foldedSet(s set) expr {
	all := slices.Clone(s)
	for i := 0; i < len(s); i += 2 {
		for r := s[i]; r <= min(s[i+1], lastCase); r++ {
			for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
				if !overlap(s, next, next) {
					all = append(all, next, next)
				}
			}
		}
	}
	return joinedSet(all)
}

// joinedSet puts pairs in order and joins those that touch.
func joinedSet(pairs set) set {
	type span struct{ lo, hi rune }
	spans := make([]span, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		spans = append(spans, span{pairs[i], pairs[i+1]})
	}
	slices.SortFunc(spans, func(a, b span) int { return int(a.lo - b.lo) })
	var out set
	for _, s := range spans {
		if n := len(out); n > 0 && s.lo <= out[n-1]+1 {
			out[n-1] = max(out[n-1], s.hi)
			continue
		}
		out = append(out, s.lo, s.hi)
	}
	return out
}
