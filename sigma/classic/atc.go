package classic

import (
	"fmt"
	"strings"
)

// Block returns an output of sigmac as Atomic Threat Coverage put it on its
// pages in 2019: the printed form of a Python byte string, without its quotes
// and without the last two characters, which mostly are the "\n" of the last
// line feed.
func Block(output string) string {
	quote := byte('\'')
	if strings.Contains(output, "'") && !strings.Contains(output, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.Grow(len(output) + len(output)/4)
	for _, c := range []byte(output) {
		switch {
		case c == '\\' || c == quote:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c >= ' ' && c <= '~':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()[:max(b.Len()-2, 0)]
}
