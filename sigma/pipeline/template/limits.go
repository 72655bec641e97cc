package template

import (
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"text/template"
)

// The limits of what is made of queries. They count work and not time, so that the same
// input gives the same result everywhere.
const (
	// MaxText bounds what is made of one query, and any text on the way, in
	// bytes.
	MaxText = 4 << 20
	// MaxOutput bounds what is made of all queries together, in bytes.
	MaxOutput = 64 << 20
	// maxWork bounds the steps of one template: a second or two. A finalizer has
	// workPerQuery more for each query.
	maxWork      = 1_000_000
	workPerQuery = 500
)

var (
	errWork = errors.New("it takes too many steps")
	// ErrText says that a text would have more than MaxText bytes.
	ErrText = fmt.Errorf("it makes more than %d MiB", MaxText>>20)
)

// Limited gathers a text of at most MaxText bytes, or of More bytes more. What
// does not fit is an error.
type Limited struct {
	text strings.Builder
	More int
}

// Write adds to the text.
func (l *Limited) Write(p []byte) (int, error) {
	if l.text.Len()+len(p) > MaxText+l.More {
		return 0, fmt.Errorf("it makes more than %d MiB", (MaxText+l.More)>>20)
	}
	return l.text.Write(p)
}

// String returns the text.
func (l *Limited) String() string { return l.text.String() }

// budget is what one execution of a template may still spend.
type budget struct {
	work int
	// longest is that of the texts around: a step may read one whole.
	longest int
}

func newBudget(longest, queries int) *budget {
	return &budget{work: maxWork + workPerQuery*queries, longest: longest}
}

// step is called before each part of a template with the number of things that
// it evaluates.
func (b *budget) step(n int) (string, error) {
	b.work -= max(n, 1) * (1 + b.longest/16384)
	if b.work < 0 {
		return "", errWork
	}
	return "", nil
}

// made passes a text on that a function made.
func (b *budget) made(s string) (string, error) {
	if len(s) > MaxText {
		return "", ErrText
	}
	b.longest = max(b.longest, len(s))
	return b.spendOn(s)
}

// spendOn counts a text by its length.
func (b *budget) spendOn(s string) (string, error) {
	if b.work -= 1 + len(s)/4096; b.work < 0 {
		return "", errWork
	}
	return s, nil
}

const stepName = "_step"

// functions are those that templates may call: nothing that reaches outside,
// and those of text/template that make texts with a limit.
func (b *budget) functions() template.FuncMap {
	one := func(f func(string) string, growth int) func(any) (string, error) {
		return func(v any) (string, error) {
			s, err := b.text(v)
			if err != nil || len(s) > MaxText/growth {
				return "", errors.Join(err, ErrText)
			}
			return b.made(f(s))
		}
	}
	return template.FuncMap{
		stepName:   b.step,
		"contains": func(part, s string) bool { return strings.Contains(s, part) },
		"default":  orDefault,
		"html":     one(html.EscapeString, 6),
		"join":     b.join,
		"js":       one(template.JSEscapeString, 6),
		"lower":    one(strings.ToLower, 2),
		"print":    func(args ...any) (string, error) { return b.print(fmt.Sprint, args) },
		"printf":   b.printf,
		"println":  func(args ...any) (string, error) { return b.print(fmt.Sprintln, args) },
		"replace":  b.replace,
		"tojson":   func(v any) (string, error) { return b.json(v) },
		"trim":     one(strings.TrimSpace, 1),
		"upper":    one(strings.ToUpper, 2),
		"urlquery": one(func(s string) string { return template.URLQueryEscaper(s) }, 6),
	}
}

// orDefault returns the value, or the first one where it is empty or not there.
func orDefault(missing, v any) any {
	if truth, ok := template.IsTrue(v); ok && truth {
		return v
	}
	return missing
}

// text returns a value as it would be printed.
func (b *budget) text(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	if err := b.printable(v); err != nil {
		return "", err
	}
	return fmt.Sprint(v), nil
}

// printable refuses values whose text would be too long.
func (b *budget) printable(values ...any) error {
	bytes := 0
	for _, v := range values {
		if bytes += sizeOf(v, MaxText-bytes); bytes > MaxText {
			return ErrText
		}
	}
	_, err := b.step(len(values))
	return err
}

// sizeOf is about how long the text of a value is. It stops counting at most.
func sizeOf(v any, most int) int {
	switch v := v.(type) {
	case string:
		return len(v) + 2
	case []string:
		return sizeOfAll(v, most)
	case []any:
		return sizeOfAll(v, most)
	case map[string]any:
		bytes := 2
		for key, kid := range v {
			if bytes += len(key) + 2 + sizeOf(kid, most-bytes); bytes > most {
				break
			}
		}
		return bytes
	default:
		return 24
	}
}

func sizeOfAll[V any](list []V, most int) int {
	bytes := 2
	for _, kid := range list {
		if bytes += 1 + sizeOf(kid, most-bytes); bytes > most {
			break
		}
	}
	return bytes
}

func (b *budget) print(sprint func(...any) string, args []any) (string, error) {
	if err := b.printable(args...); err != nil {
		return "", err
	}
	return b.made(sprint(args...))
}

// wide finds widths and precisions past 999, and those that an argument gives.
var wide = regexp.MustCompile(`%[^%a-zA-Z]*(?:[0-9]{4}|\*)`)

func (b *budget) printf(format string, args ...any) (string, error) {
	if err := b.printable(args...); err != nil {
		return "", err
	}
	bytes := len(format) + 1000*strings.Count(format, "%")
	for _, arg := range args {
		// Each verb may take any of the arguments, and %x and %q make them longer.
		bytes += 10 * sizeOf(arg, MaxText) * strings.Count(format, "%") / max(len(args), 1)
	}
	if wide.MatchString(format) || strings.Contains(format, "%[") || bytes > 16*MaxText {
		return "", errors.New("printf with so many, so wide or numbered verbs is not allowed")
	}
	return b.made(fmt.Sprintf(format, args...))
}

// join puts the separator between the texts of a list.
func (b *budget) join(separator string, list any) (string, error) {
	var parts []string
	switch list := list.(type) {
	case []string:
		parts = list
	case []any:
		for _, v := range list {
			s, err := b.text(v)
			if err != nil {
				return "", err
			}
			parts = append(parts, s)
		}
	default:
		return "", fmt.Errorf("join needs a list, not %T", list)
	}
	bytes := len(parts) * len(separator)
	for _, s := range parts {
		bytes += len(s)
	}
	if bytes > MaxText {
		return "", ErrText
	}
	return b.made(strings.Join(parts, separator))
}

func (b *budget) replace(from, to, s string) (string, error) {
	if from == "" || len(s)+strings.Count(s, from)*len(to) > MaxText {
		return "", ErrText
	}
	return b.made(strings.ReplaceAll(s, from, to))
}

func (b *budget) json(v any) (string, error) {
	if err := b.printable(v); err != nil {
		return "", err
	}
	var out Limited
	if err := WriteJSON(&out, v, ""); err != nil {
		return "", err
	}
	return b.made(out.String())
}
