package sigma

import (
	"strconv"
	"strings"
)

func less(v Value, _ *use) (Value, *fault)           { return Compare{Op: "<", Value: v}, nil }
func lessOrEqual(v Value, _ *use) (Value, *fault)    { return Compare{Op: "<=", Value: v}, nil }
func greater(v Value, _ *use) (Value, *fault)        { return Compare{Op: ">", Value: v}, nil }
func greaterOrEqual(v Value, _ *use) (Value, *fault) { return Compare{Op: ">=", Value: v}, nil }

func exists(v Value, _ *use) (Value, *fault) { return Exists(v.(Bool)), nil }

// timePart cuts fractions off, as section 7 has it.
func timePart(v Value, u *use) (Value, *fault) {
	whole, _, _ := strings.Cut(v.(Number).Text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return nil, badValue(whole+" is too large for a part of a timestamp", "write a number that a clock or a calendar can show")
	}
	return TimePart{Unit: u.name, Number: n}, nil
}

func ignoreCase(v Value, _ *use) (Value, *fault) {
	r := v.(Regex)
	r.IgnoreCase = true
	return r, nil
}

func multiLine(v Value, _ *use) (Value, *fault) {
	r := v.(Regex)
	r.MultiLine = true
	return r, nil
}

func dotAll(v Value, _ *use) (Value, *fault) {
	r := v.(Regex)
	r.DotAll = true
	return r, nil
}

// regex takes the text as it is written. With re in a key, values are not read
// for wildcards, so that the text is one part.
func regex(v Value, _ *use) (Value, *fault) {
	pattern, _ := v.(String).Literal()
	if f := checkRegex(pattern); f != nil {
		return nil, f
	}
	return Regex{Pattern: pattern}, nil
}

// checkRegex looks for what no dialect accepts: brackets that do not pair and
// a backslash at the end. The rest is for whoever translates it.
func checkRegex(pattern string) *fault {
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			if i++; i == len(pattern) {
				return badRegex("it ends with a lone backslash", `write \\ for a backslash`)
			}
			if pattern[i] == 'Q' {
				i = quotedUntil(pattern, i)
			}
		case '(':
			end := commentEnd(pattern, i)
			if end == i {
				depth++
			}
			i = end
		case ')':
			if depth--; depth < 0 {
				return badRegex("a parenthesis is closed that was never opened", `write \) for a plain parenthesis`)
			}
		case '[':
			if i = classEnd(pattern, i); i < 0 {
				return badRegex("a bracket is never closed", `write \[ for a plain bracket`)
			}
		}
	}
	if depth > 0 {
		return badRegex("a parenthesis is never closed", `write \( for a plain parenthesis`)
	}
	return nil
}

// commentEnd returns the place of the parenthesis that closes (?#…), or i
// where none begins, or closes.
func commentEnd(pattern string, i int) int {
	if end := strings.IndexByte(pattern[i:], ')'); end > 0 && strings.HasPrefix(pattern[i:], "(?#") {
		return i + end
	}
	return i
}

func badRegex(what, hint string) *fault {
	return &fault{code: "sigma/regular-expression", message: "the regular expression is not valid: " + what, hint: hint}
}

// quotedUntil returns the place of the last byte of \Q…\E.
func quotedUntil(pattern string, i int) int {
	if end := strings.Index(pattern[i:], `\E`); end >= 0 {
		return i + end + 1
	}
	return len(pattern)
}

// classEnd returns the place of the bracket that closes a class, or -1. A
// closing bracket in front is plain, and so is what stands in [:name:].
func classEnd(pattern string, start int) int {
	i := start + 1
	if i < len(pattern) && pattern[i] == '^' {
		i++
	}
	if i < len(pattern) && pattern[i] == ']' {
		i++
	}
	for ; i < len(pattern); i++ {
		switch {
		case pattern[i] == '\\':
			i++
		case pattern[i] == ']':
			return i
		case strings.HasPrefix(pattern[i:], "[:"):
			if end := strings.Index(pattern[i:], ":]"); end > 0 {
				i += end + 1
			}
		}
	}
	return -1
}
