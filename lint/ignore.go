package lint

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/sigwatch/sigwatch/diag"
)

// ignore is a comment that silences a code:
//
//	level: low  # sigwatch: ignore lint/no-status -- why
//	# sigwatch: ignore lint/too-broad
//	# sigwatch: ignore-file lint/reference, lint/no-status
//
// A comment beside something is about its line, one on a line of its own about
// the next line that is more than a comment. Codes are always named.
type ignore struct {
	code string
	at   diag.Span
	line int // 0 is the whole file
	used bool
}

const marker = "sigwatch: ignore"

var ignoreForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^sigwatch: ignore(-file)?(?:\s+(.*))?$`)
})

var codeForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]+/[a-z0-9-]+$`) })

// readIgnores finds the comments of a file.
func readIgnores(f *diag.File) ([]*ignore, []diag.Diagnostic) {
	if !bytes.Contains(f.Text, []byte(marker)) {
		return nil, nil
	}
	var out []*ignore
	var ds []diag.Diagnostic
	for number := 1; number <= f.Lines(); number++ {
		before, comment, ok := cutComment(f.Line(number))
		m := ignoreForm().FindStringSubmatch(strings.TrimSpace(comment))
		if !ok || m == nil {
			continue
		}
		start := f.Offset(number, 1) + len(before)
		at := f.Span(start, start+len(strings.TrimRight(f.Line(number)[len(before):], " \t")))
		line := number
		switch {
		case m[1] != "":
			line = 0
		case strings.TrimSpace(before) == "":
			line = nextContent(f, number)
		}
		more, bad := codesOf(m[2], at, line)
		out, ds = append(out, more...), append(ds, bad...)
	}
	return out, ds
}

// codesOf reads the list of codes, up to the reason behind two dashes or to
// another comment.
func codesOf(list string, at diag.Span, line int) (out []*ignore, ds []diag.Diagnostic) {
	list, _, _ = strings.Cut(list, "--")
	list, _, _ = strings.Cut(list, "#")
	for code := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if !codeForm().MatchString(code) {
			return nil, []diag.Diagnostic{badIgnore(at, fmt.Sprintf("%q is no code", code))}
		}
		out = append(out, &ignore{code: code, at: at, line: line})
	}
	if out == nil {
		ds = append(ds, badIgnore(at, "the comment names no code"))
	}
	return out, ds
}

func badIgnore(at diag.Span, message string) diag.Diagnostic {
	return diag.Diagnostic{
		Span: at, Severity: diag.Warning, Code: "lint/bad-ignore", Message: message + ": nothing is ignored",
		Hint: "write # sigwatch: ignore lint/no-level -- and the reason behind two dashes",
	}
}

// cutComment splits a line at the comment marker of sigwatch.
func cutComment(line string) (before, comment string, ok bool) {
	i := strings.LastIndex(line, marker)
	if i < 0 {
		return "", "", false
	}
	hash := strings.LastIndexByte(line[:i], '#')
	if hash < 0 || strings.TrimSpace(line[hash+1:i]) != "" || hash > 0 && line[hash-1] != ' ' && line[hash-1] != '\t' {
		return "", "", false
	}
	return line[:hash], line[hash+1:], true
}

// nextContent returns the next line that is neither blank nor a comment.
func nextContent(f *diag.File, line int) int {
	for line++; line <= f.Lines(); line++ {
		if text := strings.TrimSpace(f.Line(line)); text != "" && text[0] != '#' {
			return line
		}
	}
	return line
}

// silenced takes out of the findings what comments ignore. What refuses a rule
// stays: a comment would not make it a watch.
func silenced(ds []diag.Diagnostic, ignores map[*diag.File][]*ignore) []diag.Diagnostic {
	out := ds[:0]
	for _, d := range ds {
		if !applies(ignores[d.Span.File], d) {
			out = append(out, d)
		}
	}
	return out
}

func applies(list []*ignore, d diag.Diagnostic) bool {
	if len(list) == 0 || d.Severity == diag.Error && !strings.HasPrefix(d.Code, "lint/") {
		return false
	}
	found := false
	line := d.Span.Position().Line
	for _, i := range list {
		if i.code == d.Code && (i.line == 0 || i.line == line) {
			i.used, found = true, true
		}
	}
	return found
}

// unused reports the comments that silenced nothing.
func unused(list []*ignore) []diag.Diagnostic {
	var ds []diag.Diagnostic
	for _, i := range list {
		if !i.used {
			ds = append(ds, diag.Diagnostic{
				Span: i.at, Severity: diag.Warning, Code: "lint/unused-ignore",
				Message: fmt.Sprintf("there is no %s to ignore here", i.code),
				Hint:    "remove the comment; what refuses a rule is accepted under accept_refused in the configuration",
			})
		}
	}
	return ds
}
