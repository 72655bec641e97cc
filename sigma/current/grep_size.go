package current

import (
	"strconv"
	"strings"
)

// maxCompiled is the largest expression that PCRE2 compiles as it is built
// everywhere, 64 KiB, less what compiledSize may be wrong by.
const maxCompiled = 60_000

// maxDeep is how many parentheses in one another PCRE2 takes, less a few.
const maxDeep = 240

// compiledSize is about as many bytes as PCRE2 compiles an expression of ours
// to, and rather more: two for a character, 33 for a class, the marks of
// groups, and a copy of what a count repeats for each time. The other number is
// how many parentheses stand in one another.
func compiledSize(pattern string) (size, deep int) {
	sizes := []int{0} // of the groups that are open
	last := 0         // of the item before
	for i := 0; i < len(pattern); {
		top := len(sizes) - 1
		n, size := 1, 2
		switch rest := pattern[i:]; {
		case rest[0] == '\\':
			if n = 2; len(rest) > 3 && rest[1] == 'x' {
				n = 4
			}
		case rest[0] == '[':
			n, size = classEnd(rest), 36
		case strings.HasPrefix(rest, "(?&"):
			n, size = strings.IndexByte(rest, ')')+1, 8
		case rest[0] == '(':
			sizes = append(sizes, 8)
			deep = max(deep, len(sizes)-1)
			i++
			continue
		case rest[0] == ')' && top > 0:
			size = sizes[top] + 4
			sizes = sizes[:top]
			top--
		case rest[0] == '{':
			var times int
			n, times = count(rest)
			size = last * (times - 1)
		case rest[0] == '|':
			size = 4
		}
		sizes[top] += size
		switch last = size; pattern[i] {
		case '*', '+', '?':
			last = 0
		}
		i += n
	}
	return sizes[0], deep
}

// classEnd is the length of a class.
func classEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == ']' && i > 1:
			return i + 1
		}
	}
	return len(s)
}

// count reads how often {n,m} repeats at most.
func count(s string) (length, times int) {
	inside, _, closed := strings.Cut(s[1:], "}")
	if !closed {
		return 1, 1
	}
	low, high, _ := strings.Cut(inside, ",")
	a, errA := strconv.Atoi(low)
	b, errB := strconv.Atoi(high)
	if errA != nil {
		return 1, 1
	}
	if errB != nil {
		b = a + 1
	}
	return len(inside) + 2, max(a, b, 1)
}
