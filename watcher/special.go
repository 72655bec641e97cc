package watcher

import "math/bits"

// Most texts of a watch are ASCII, long, and have few bytes that JSON escapes,
// so eight bytes are looked at together.
const (
	eachByte  = 0x0101010101010101
	highBits  = 0x80 * eachByte
	eachBlank = ' ' * eachByte
)

// plain reports whether a byte of a text stands for itself in JSON.
func plain(c byte) bool { return c >= ' ' && c != '"' && c != '\\' }

// special gives the place of the first byte from at on that has to be escaped,
// or the length of the text. Where ascii is true, all before it is ASCII.
func special(s string, at int) (place int, ascii bool) {
	seen := uint64(0)
	for ; at+8 <= len(s); at += 8 {
		w := word(s[at : at+8])
		seen |= w
		if found := specials(w); found != 0 {
			return at + bits.TrailingZeros64(found)/8, seen&highBits == 0
		}
	}
	for at < len(s) && plain(s[at]) {
		seen |= uint64(s[at])
		at++
	}
	return at, seen&highBits == 0
}

// word is eight bytes, the first one lowest.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// specials sets the highest bit of the first byte that is not plain. A
// difference borrows from the bytes after such a one, so of those the bits say
// nothing; where no bit is set, all eight are plain.
func specials(w uint64) uint64 {
	control := w - eachBlank
	quote := w ^ '"'*eachByte
	slash := w ^ '\\'*eachByte
	return (control | (quote - eachByte) | (slash - eachByte)) &^ w & highBits
}
