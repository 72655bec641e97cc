package condition

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Aggregation is what an old condition has behind its pipe: a function of the
// events found, compared with a number, or searches that are to be found near
// each other.
//
//	aggregation = function "(" [ field ] ")" [ "by" field ] operator number
//	            | "near" name { "and" [ "not" ] name } ;
//	function    = "count" | "min" | "max" | "avg" | "sum" ;
//	operator    = "<" | "<=" | ">" | ">=" | "==" ;
type Aggregation struct {
	// At is where it stands, from the pipe on.
	At Range
	// Function is "count", "min", "max", "avg", "sum" or "near".
	Function string
	// Field is what the function is about. It is empty for a count of events,
	// and for near.
	Field Word
	// By is the field whose values are looked at each by itself, or empty.
	By Word
	// Op is the operator and Value the number that the function's result is
	// compared with; both are empty for near.
	Op, Value Word
	// Near are the searches of near.
	Near []Near
}

// Word is a word of an aggregation with its place.
type Word struct {
	Text string
	At   Range
}

// Near is a search that near asks for, or asks not to be there.
type Near struct {
	Name Word
	Not  bool
}

// String prints the aggregation without its pipe, so that it can be read
// again.
func (a *Aggregation) String() string {
	if a.Function == "near" {
		return a.near()
	}
	by := ""
	if a.By.Text != "" {
		by = " by " + a.By.Text
	}
	return fmt.Sprintf("%s(%s)%s %s %s", a.Function, a.Field.Text, by, a.Op.Text, a.Value.Text)
}

func (a *Aggregation) near() string {
	var b strings.Builder
	for i, n := range a.Near {
		b.WriteString([...]string{"near ", " and "}[min(i, 1)])
		if n.Not {
			b.WriteString("not ")
		}
		b.WriteString(n.Name.Text)
	}
	return b.String()
}

// aggregator reads an aggregation: it says what is wrong first, and no more,
// since every part leans on the one before it.
type aggregator struct {
	words    []Word
	next     int
	end      Range // behind the last word
	problems []Problem
}

// readAggregation reads what stands behind the pipe of a text. It returns nil
// where that is wrong.
func readAggregation(text string, pipe Range) (*Aggregation, []Problem) {
	r := &aggregator{words: words(text, pipe.End)}
	r.end = pipe
	if len(r.words) > 0 {
		r.end = r.words[len(r.words)-1].At
	}
	a := &Aggregation{}
	ok := r.function(a)
	switch {
	case !ok:
	case a.Function == "near":
		ok = r.searches(a)
	default:
		ok = r.field(a) && r.group(a) && r.comparison(a)
	}
	if ok && r.next < len(r.words) {
		ok = r.wrong(r.peek(), fmt.Sprintf("nothing can follow the aggregation, and here stands %q", r.peek().Text),
			"remove it")
	}
	if !ok {
		return nil, r.problems
	}
	a.At = Range{pipe.Start, r.end.End}
	return a, nil
}

func (r *aggregator) peek() Word {
	if r.next < len(r.words) {
		return r.words[r.next]
	}
	return Word{At: r.end}
}

// take takes the next word if it is that one.
func (r *aggregator) take(text string) bool {
	if r.peek().Text != text {
		return false
	}
	r.next++
	return true
}

// name takes the next word if it can be the name of something.
func (r *aggregator) name(into *Word) bool {
	w := r.peek()
	if w.Text == "" || strings.Contains("(),|", w.Text) || operatorByte(w.Text[0]) {
		return false
	}
	*into = w
	r.next++
	return true
}

// wrong reports a problem. It returns false, for its caller to do so.
func (r *aggregator) wrong(at Word, message, hint string) bool {
	r.problems = append(r.problems, Problem{At: at.At, Code: "condition/aggregation-syntax", Message: message, Hint: hint})
	return false
}

// functions are the functions of an aggregation.
func functions() []string { return []string{"count", "min", "max", "avg", "sum", "near"} }

func (r *aggregator) function(a *Aggregation) bool {
	w := r.peek()
	switch {
	case w.Text == "":
		return r.wrong(w, "nothing stands after the pipe", "remove it")
	case slices.Contains(functions(), w.Text):
		a.Function = w.Text
		r.next++
		return true
	case slices.Contains(functions(), strings.ToLower(w.Text)):
		return r.wrong(w, fmt.Sprintf("%q has to be in lower case", w.Text), fmt.Sprintf("write %q", strings.ToLower(w.Text)))
	default:
		return r.wrong(w, fmt.Sprintf("%q is no aggregation", w.Text), "the aggregations are "+strings.Join(functions(), ", "))
	}
}

func (r *aggregator) field(a *Aggregation) bool {
	if !r.take("(") {
		return r.wrong(r.peek(), fmt.Sprintf("parentheses are missing after %q", a.Function),
			fmt.Sprintf(`write "%s(field)", or "count()" for events`, a.Function))
	}
	r.name(&a.Field)
	if !r.take(")") {
		return r.wrong(r.peek(), "the parenthesis has to be closed after one field", `add the missing ")"`)
	}
	if a.Field.Text == "" && a.Function != "count" {
		return r.wrong(r.words[r.next-1], fmt.Sprintf("%q needs a field", a.Function),
			fmt.Sprintf(`write "%s(field)"`, a.Function))
	}
	return true
}

func (r *aggregator) group(a *Aggregation) bool {
	by := r.peek()
	if !r.take("by") {
		return true
	}
	if !r.name(&a.By) {
		return r.wrong(by, `nothing to group by stands after "by"`, "write one field")
	}
	if r.peek().Text == "," {
		return r.wrong(r.peek(), "there can be one field to group by", "remove the others; a correlation rule can group by several")
	}
	return true
}

func (r *aggregator) comparison(a *Aggregation) bool {
	op := r.peek()
	switch op.Text {
	case "<", "<=", ">", ">=", "==":
	case "=":
		return r.wrong(op, `"=" is no comparison`, `write "=="`)
	default:
		return r.wrong(op, "a comparison is missing", `write "<", "<=", ">", ">=" or "==", and a number`)
	}
	a.Op = op
	r.next++
	number := r.peek()
	switch {
	case !r.name(&a.Value):
		return r.wrong(op, fmt.Sprintf("no number stands after %q", op.Text), "write the number to compare with")
	case !isNumber(number.Text, a.Function != "count"):
		return r.wrong(number, fmt.Sprintf("%q is no number that %q can give", number.Text, a.Function), "write a number in digits")
	}
	return true
}

// isNumber reports whether a text is a whole number in digits, or, where any
// number will do, one with a sign and a point.
func isNumber(s string, any bool) bool {
	fraction := "0"
	if any {
		s = strings.TrimPrefix(s, "-")
		if whole, after, point := strings.Cut(s, "."); point {
			s, fraction = whole, after
		}
	}
	return digits(s) && digits(fraction)
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func (r *aggregator) searches(a *Aggregation) bool {
	for {
		near := Near{Not: len(a.Near) > 0 && r.take("not")}
		if !r.name(&near.Name) {
			return r.wrong(r.peek(), "near needs a search identifier here", `write "near a and b"`)
		}
		a.Near = append(a.Near, near)
		if !r.take("and") {
			return true
		}
	}
}

// words cuts a text from a place on: parentheses, commas and pipes, runs of
// comparison signs, and whatever stands between.
func words(text string, from int) []Word {
	var out []Word
	for i := from; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		end := i + wordEnd(text[i:])
		out = append(out, Word{text[i:end], Range{i, end}})
		i = end
	}
	return out
}

func wordEnd(s string) int {
	switch {
	case strings.IndexByte("(),|", s[0]) >= 0:
		return 1
	case operatorByte(s[0]):
		return run(s, func(r rune) bool { return r < utf8.RuneSelf && operatorByte(byte(r)) })
	default:
		return run(s, func(r rune) bool {
			return !unicode.IsSpace(r) && !strings.ContainsRune("(),|", r) && (r >= utf8.RuneSelf || !operatorByte(byte(r)))
		})
	}
}

func operatorByte(b byte) bool { return b == '<' || b == '>' || b == '=' || b == '!' }
