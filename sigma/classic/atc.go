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
	written := 0
	for i := range len(output) {
		c := output[i]
		if c >= ' ' && c <= '~' && c != '\\' && c != quote {
			continue
		}
		b.WriteString(output[written:i])
		written = i + 1
		switch c {
		case '\\', quote:
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	b.WriteString(output[written:])
	return b.String()[:max(b.Len()-2, 0)]
}
