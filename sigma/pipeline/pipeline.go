package pipeline

import (
	"crypto/sha256"
	"io/fs"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/diag/yamlnode"
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
	// empty stands for all. Parse refuses a pipeline that names others only.
	AllowedBackends []string

	// order is the name by which pipelines of one priority are sorted: that under
	// which a built-in one is asked for, else Name.
	order      string
	items      []*item
	post       []*postItem
	finalizers []*finalItem
	vars       map[string]variable
	canon      []byte
}

// variable is an entry of vars as placeholders use it.
type variable struct {
	values []sigma.String
	// data is the whole of it, for templates.
	data any
	// problem says why the variable cannot stand for a placeholder, or is empty.
	problem string
}

// item is a processing item: a transformation and when it works.
type item struct {
	// id is the name that the file gives the item, or "#" and its number.
	id string
	// alone is a list of the id, for the parts of rules that no item before
	// touched. Its capacity is one: what is added to it makes a list of its own.
	alone []string
	// label names the item and its pipeline in messages.
	label  string
	rules  gate[*sigma.Rule]
	items  gate[*sigma.Item]
	fields gate[subject]
	do     transformation
}

// transformation is what an item does to the rule of a run.
type transformation interface{ apply(x *run) }

// Parse reads one pipeline that names no other files. All that is wrong with
// the file is reported at once, and a pipeline with an error in it is nil: half
// a pipeline would make other rules than the one that was written.
func Parse(f *diag.File) (*Pipeline, []diag.Diagnostic) { return ParseIn(f, Folder{}) }

// Folder is where a pipeline finds the value files and templates that it names.
type Folder struct {
	// Files are the files that may be read, those of the project for instance.
	// It has to keep symbolic links from leading out of it, as the file system
	// of an os.Root does. Without Files nothing is read.
	Files fs.FS
	// Dir is the folder of the pipeline in Files, with slashes, "." for its
	// root. Paths in the pipeline are relative to it.
	Dir string
}

// ParseIn is Parse for a pipeline that may name other files. They are read here
// and never again, and they count in the hash of the pipeline.
func ParseIn(f *diag.File, from Folder) (*Pipeline, []diag.Diagnostic) {
	r := &reader{file: f, from: from, ids: map[string]bool{}}
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
	r.name, out.order = out.Name, out.Name
	out.Priority = p.number("priority")
	out.vars = r.variables(p.mapping("vars"))
	out.items = r.items(p.list("transformations"))
	out.post = r.postItems(p.list("postprocessing"), "")
	out.finalizers = r.finalItems(p.list("finalizers"))
	r.checkBackends(p, out.AllowedBackends)
	p.done()
	r.checkIDs()
	out.canon = canonical(root, "vars", "transformations")
	if len(out.post)+len(out.finalizers) > 0 {
		out.canon = append(out.canon, canonical(root, "postprocessing", "finalizers")...)
	}
	for _, text := range r.read {
		sum := sha256.Sum256(text)
		out.canon = append(out.canon, sum[:]...)
	}
	return out
}

// checkBackends refuses a pipeline that is made for other systems: its field
// names are not those of Elasticsearch, and a rule with wrong names finds
// nothing.
func (r *reader) checkBackends(p *params, allowed []string) {
	if len(allowed) == 0 || slices.ContainsFunc(allowed, func(name string) bool { return slices.Contains(backends(), name) }) {
		return
	}
	r.errorf(p.keySpan("allowed_backends"), "pipeline/other-backend", "add elasticsearch, if the names in it are right there",
		"the pipeline is made for %s only", strings.Join(allowed, ", "))
}

// backends are the names under which pipelines know what sigwatch writes for.
func backends() []string {
	return []string{"elasticsearch", "opensearch", "lucene", "query_string", "dsl", "watch", "eql", "esql"}
}

func (r *reader) variables(pairs []pair) map[string]variable {
	vars := make(map[string]variable, len(pairs))
	for _, kv := range pairs {
		v := r.variable(kv.value)
		v.data = templateData(kv.value)
		vars[kv.key.Value] = v
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
		if e.Kind != yaml.ScalarNode || yamlnode.IsNull(e) {
			return variable{problem: "holds something that is neither text nor number"}
		}
		v.values = append(v.values, r.string(e))
	}
	return v
}
