package pipeline

import (
	"cmp"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
	"github.com/sigwatch/sigwatch/sigma/pipeline/template"
)

// needTemplate reads the template of an item: its text, or the name of a file
// in the folder path. Top are the names that it may begin with.
func (p *params) needTemplate(top ...string) *template.Template {
	n, ok := p.need("template")
	folder := p.text("path", "")
	p.refusePython("vars", "write what it computes into the vars of the pipeline")
	if p.flag("autoescape") {
		p.r.errorf(p.keySpan("autoescape"), "pipeline/wrong-value", "write {{ html … }} or {{ tojson … }} where it is needed",
			"nothing is escaped by itself")
	}
	if !ok {
		return nil
	}
	text, ok := p.scalar(n, "template")
	if !ok {
		return nil
	}
	at := p.r.span(n)
	if folder != "" {
		f, ok := p.r.other(n, folder+"/"+text)
		if !ok {
			return nil
		}
		text, at = string(f.Text), f.Whole()
	}
	t, problems := template.Parse(text, templateNames(top))
	p.r.templateProblems(at, text, problems)
	return t
}

func (p *params) refusePython(key, hint string) {
	if n, ok := p.take(key); ok && !yamlnode.IsNull(n) {
		p.r.errorf(p.keySpan(key), "pipeline/jinja", hint, "%q names Python code, which is not run", key)
	}
}

// needSimpleTemplate reads the template of a simple_template.
func (p *params) needSimpleTemplate() template.Simple {
	n, ok := p.need("template")
	if !ok {
		return nil
	}
	text, ok := p.scalar(n, "template")
	if !ok {
		return nil
	}
	t, problems := template.ParseSimple(text, templateNames(nil))
	p.r.templateProblems(p.r.span(n), text, problems)
	return t
}

func (r *reader) templateProblems(at diag.Span, text string, problems []template.Problem) {
	for _, p := range problems {
		hint := p.Hint
		if p.Word != "" {
			hint = cmp.Or(didYouMean(p.Word, p.Known), hint)
		}
		r.errorf(inText(at, text, p.Line), p.Code, hint, "%s", p.Message)
	}
}

// inText narrows the place of a text to one of its lines where the file has
// that line as it stands.
func inText(at diag.Span, text string, line int) diag.Span {
	lines := strings.Split(text, "\n")
	if at.File == nil || line < 1 || line > len(lines) {
		return at
	}
	want := strings.TrimSpace(lines[line-1])
	start := max(at.Start, 0)
	i := strings.Index(string(at.File.Text[start:]), want)
	if want == "" || i < 0 {
		return at
	}
	return at.File.Span(start+i, start+i+len(want))
}
