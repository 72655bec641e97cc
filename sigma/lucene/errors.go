package lucene

import (
	"errors"
	"regexp/syntax"
	"strings"

	"github.com/sigwatch/sigwatch/sigma"
)

// Reason says why something has no expression.
type Reason string

// The reasons.
const (
	// Placeholder is a %name% that no pipeline filled in.
	Placeholder Reason = "placeholder"
	// InvalidText is a text that is not UTF-8.
	InvalidText Reason = "invalid text"
	// Syntax is an expression that cannot be read, or has a part that is
	// neither of those below.
	Syntax Reason = "syntax"
	// LookAround is (?=…), (?!…), (?<=…) or (?<!…).
	LookAround Reason = "look-around"
	// BackReference is \1, \k<name> and their like.
	BackReference Reason = "back reference"
	// Possessive is a++, (?>…) and their like.
	Possessive Reason = "possessive"
	// Border is an anchor or a word boundary where none can be said.
	Border Reason = "border"
	// Never is an expression that no value matches.
	Never Reason = "never"
)

// Error says why a text or a regular expression has no expression.
type Error struct {
	Reason Reason
	// Text is lower case, without a full stop, and names the part.
	Text string
}

// Error returns the text.
func (e *Error) Error() string { return e.Text }

func errBorder() error {
	return &Error{Border, "an anchor or a word boundary stands where it has no translation"}
}

// errNever is an alternative that can be left out.
var errNever = error(&Error{Never, "it can never match"})

// parseError gives what Go's parser says a reason.
func parseError(v sigma.Regex, err error) error {
	var at *syntax.Error
	switch {
	case !errors.As(err, &at) && v.Expand:
		return &Error{Placeholder, err.Error()}
	case at == nil:
		return &Error{Syntax, err.Error()}
	}
	for _, part := range unsaid {
		if strings.HasPrefix(at.Expr, part.prefix) {
			return &Error{part.reason, part.text}
		}
	}
	if at.Code == syntax.ErrInvalidRepeatOp {
		return &Error{Possessive, "possessive or doubled repetition " + at.Expr}
	}
	return &Error{Syntax, strings.TrimPrefix(err.Error(), "parse regular expression: error parsing regexp: ")}
}

// unsaid are the parts of PCRE that Go's parser stops at.
var unsaid = []struct {
	prefix string
	reason Reason
	text   string
}{
	{"(?=", LookAround, "look-ahead (?=…)"},
	{"(?!", LookAround, "look-ahead (?!…)"},
	{"(?<=", LookAround, "look-behind (?<=…)"},
	{"(?<!", LookAround, "look-behind (?<!…)"},
	{"(?<", LookAround, "look-behind or a group's name that cannot be read"},
	{"(?>", Possessive, "atomic group (?>…)"},
	{"(?#", Syntax, "comment (?#…)"},
	{"(?(", Syntax, "conditional (?(…)…)"},
	{`\1`, BackReference, `back reference \1`},
	{`\2`, BackReference, `back reference \2`},
	{`\3`, BackReference, `back reference \3`},
	{`\4`, BackReference, `back reference \4`},
	{`\k`, BackReference, `back reference \k`},
	{`\g`, BackReference, `back reference \g`},
}
