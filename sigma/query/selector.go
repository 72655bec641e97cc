package query

import "strings"

// selects reports whether a selector's pattern means the detection of that
// name: "them" and patterns leave out the names that begin with an underscore,
// unless the pattern begins with one itself. "*" stands for any text, and case
// counts (Sigma specification, conditions).
func selects(pattern, name string) bool {
	if pattern == "them" {
		pattern = "*"
	}
	if strings.HasPrefix(name, "_") && !strings.HasPrefix(pattern, "_") {
		return false
	}
	return matches(pattern, name)
}

func matches(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	if !strings.HasPrefix(name, head) {
		return false
	}
	name = name[len(head):]
	for {
		piece, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, piece)
		}
		at := strings.Index(name, piece)
		if at < 0 {
			return false
		}
		name, rest = name[at+len(piece):], after
	}
}
