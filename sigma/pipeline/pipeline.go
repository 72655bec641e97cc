package pipeline

import (
	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// Pipeline is one processing pipeline. It is never changed after Parse made
// it, and may be used by many at the same time.
type Pipeline struct {
	// Name is the pipeline's own name, or that of its file where it has none.
	Name string
	// Priority orders pipelines; the lower one works earlier.
	Priority float64
	// AllowedBackends are the backends that the pipeline says it is made for;
	// empty stands for all. Apply does not look at them.
	AllowedBackends []string

	items []*item
	vars  map[string]variable
	canon []byte
}

// variable is an entry of vars as placeholders use it.
type variable struct {
	values []sigma.String
	// problem says why the variable cannot stand for a placeholder, or is empty.
	problem string
}

// item is a processing item: a transformation and when it works.
type item struct {
	// id is the name that the file gives the item, or "#" and its number.
	id string
	// label names the item and its pipeline in messages.
	label  string
	rules  gate[*sigma.Rule]
	items  gate[*sigma.Item]
	fields gate[subject]
	do     transformation
}

// transformation is what an item does to the rule of a run.
type transformation interface{ apply(x *run) }

// Parse reads one pipeline. All that is wrong with the file is reported at
// once, and a pipeline with an error in it is nil: half a pipeline would make
// other rules than the one that was written.
func Parse(f *diag.File) (*Pipeline, []diag.Diagnostic) {
	r := &reader{file: f, ids: map[string]bool{}}
	root := r.document()
	if root == nil {
		return nil, r.report()
	}
	p := r.pipeline(root)
	ds := r.report()
	if worst, ok := diag.WorstOf(ds); ok && worst == diag.Error {
		return nil, ds
	}
	return p, ds
}

func (r *reader) report() []diag.Diagnostic {
	diag.Sort(r.ds)
	return r.ds
}

func (r *reader) pipeline(root *yaml.Node) *Pipeline {
	p := newParams(r, root, "a pipeline")
	out := &Pipeline{Name: p.text("name", ""), AllowedBackends: p.texts("allowed_backends")}
	if out.Name == "" {
		out.Name = r.file.Name
	}
	r.name = out.Name
	out.Priority = p.number("priority")
	out.vars = r.variables(p.mapping("vars"))
	out.items = r.items(p.list("transformations"))
	p.refuseAll("postprocessing", "finalizers")
	p.done()
	r.checkIDs()
	out.canon = canonical(root, "vars", "transformations")
	return out
}

// refuseAll reports the parts of the format that are not carried out yet.
func (p *params) refuseAll(keys ...string) {
	for _, key := range keys {
		n, ok := p.take(key)
		if !ok || len(n.Content) == 0 {
			continue
		}
		p.r.errorf(p.keySpan(key), "pipeline/unsupported-postprocessing",
			"take it out: sigwatch makes the watch itself", "%s are not supported", key)
	}
}

func (r *reader) variables(pairs []pair) map[string]variable {
	vars := make(map[string]variable, len(pairs))
	for _, kv := range pairs {
		vars[kv.key.Value] = r.variable(kv.value)
	}
	return vars
}

// variable keeps what cannot stand for a placeholder without a word: templates
// may use it, and a rule that asks for it is told.
func (r *reader) variable(n *yaml.Node) variable {
	entries := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		entries = n.Content
	}
	if len(entries) == 0 {
		return variable{problem: "is an empty list"}
	}
	var v variable
	for _, e := range entries {
		e = deref(e)
		if e.Kind != yaml.ScalarNode || isNull(e) {
			return variable{problem: "holds something that is neither text nor number"}
		}
		v.values = append(v.values, r.string(e))
	}
	return v
}
