package main

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/watcher"
)

// listing is text: the bare query of a single rule, or each with a heading.
// What is one document of many rules has no headings.
type listing struct {
	app *app
	out *bufio.Writer
	// alone is true where there is one back end.
	alone bool
	first *record
	count int
	// before holds what has to stand once and was printed.
	before map[string]bool
	// remarks were made and need not be made again; said is what was said of
	// the rule at hand.
	remarks map[remark]bool
	said    []diag.Diagnostic
}

type remark struct{ code, message string }

func (l *listing) render(r *record) []byte {
	switch q := r.query.(type) {
	case string:
		return []byte(q)
	case *watcher.Object:
		return watcher.EncodeIndent(q)
	default:
		return nil
	}
}

// isDocument reports whether the texts of a back end are parts of one
// document: saved objects for an import, a script.
func isDocument(r *record) bool {
	return r.profile == profileCurrent && slices.Contains([]string{string(current.Kibana), string(current.Watcher)}, r.backend)
}

func (l *listing) write(r *record) {
	if !r.again {
		l.said = nil
	}
	l.diagnose(r.found)
	switch {
	case r.query == nil:
		return
	case l.alone && isDocument(r):
		l.bare(r)
		return
	}
	l.count++
	switch l.count {
	case 1:
		l.first = r
	case 2:
		l.entry(l.first)
		fallthrough
	default:
		_ = l.out.WriteByte('\n')
		l.entry(r)
	}
}

// diagnose prints what was found: of a rule once for all back ends, and
// remarks that are not about a rule in particular once a run.
func (l *listing) diagnose(found []diag.Diagnostic) {
	var ds []diag.Diagnostic
	for _, d := range found {
		about := remark{d.Code, d.Message}
		if slices.Contains(l.said, d) || d.Severity == diag.Info && l.remarks[about] || d.Severity < diag.Error && l.app.quiet {
			continue
		}
		l.remarks[about] = true
		ds = append(ds, d)
	}
	l.said = append(l.said, ds...)
	l.app.diagnose(ds)
}

// old prints what a run of sigmac printed, under a heading only where there is
// more than that.
func (l *listing) old(o oldOutput) {
	l.said = nil
	l.diagnose(o.found)
	if !l.alone {
		l.flush()
		_, _ = fmt.Fprintf(l.out, "# %s, profile %s\n", o.options.Target, o.options.Profile)
	}
	_, _ = l.out.WriteString(o.text)
}

func (l *listing) entry(r *record) {
	title := flat(r.title)
	if r.backend != "query_string" {
		title += ", " + r.backend
	}
	_, _ = fmt.Fprintf(l.out, "# %s (%s)\n", title, flat(r.file))
	l.bare(r)
}

func (l *listing) bare(r *record) {
	if !l.before[r.before] {
		l.before[r.before] = true
		_, _ = l.out.WriteString(r.before)
	}
	_, _ = l.out.Write(r.text)
	if !bytes.HasSuffix(r.text, []byte("\n")) || !isDocument(r) {
		_ = l.out.WriteByte('\n')
	}
}

// flush prints a single rule that waits for a second one.
func (l *listing) flush() {
	switch l.count {
	case 0:
		return
	case 1:
		l.entry(l.first)
		l.count = 2
	}
	_ = l.out.WriteByte('\n')
}

func (l *listing) end() {
	if l.count == 1 {
		l.bare(l.first)
	}
}
