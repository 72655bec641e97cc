package current_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/sigma/current"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querystring"
)

// savedObject is what Kibana's import reads of a line.
type savedObject struct {
	ID, Type             string
	CoreMigrationVersion string
	TypeMigrationVersion string
	MigrationVersion     map[string]string
	Attributes           struct {
		Title, Description, TimeFieldName string
		Columns                           []string
		KibanaSavedObjectMeta             struct{ SearchSourceJSON string }
	}
	References []struct{ ID, Name, Type string }
}

func savedObjects(t *testing.T, text string) []savedObject {
	t.Helper()
	var out []savedObject
	for line := range strings.Lines(text) {
		var o savedObject
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, o)
	}
	return out
}

func kibanaOf(t *testing.T, tree query.Tree, indices []string, options ...string) current.Output {
	t.Helper()
	opt, err := current.ParseOptions(current.Kibana, options)
	if err != nil {
		t.Fatal(err)
	}
	out, ds := current.Render(current.Kibana, current.Input{
		Tree: tree, Indices: indices, Options: opt, QueryString: querystring.Options{KeywordFields: []string{"message"}},
	})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	return out
}

func TestKibana(t *testing.T) {
	tree := treeOf(t, ruleOf(`s: {A: 'say "hi" \', B: 5}`))
	for version, want := range map[string][]string{"8": {"8.8.0", "8.0.0", "8.0.0", ""}, "7": {"", "", "", "7.6.0"}} {
		out := kibanaOf(t, tree, []string{"logs-*", "winlogbeat-*"}, "version="+version)
		objects := savedObjects(t, out.String())
		if len(objects) != 2 || strings.Count(out.Before, "\n") != 1 || strings.Count(out.Text, "\n") != 1 {
			t.Fatalf("%d objects in %q", len(objects), out)
		}
		view, search := objects[0], objects[1]
		got := []string{view.CoreMigrationVersion, view.TypeMigrationVersion, search.TypeMigrationVersion, view.MigrationVersion["index-pattern"]}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("versions (-want +got):\n%s", diff)
		}
		if view.Type != "index-pattern" || view.Attributes.Title != "logs-*,winlogbeat-*" || view.Attributes.TimeFieldName != "@timestamp" {
			t.Errorf("data view %+v", view)
		}
		var source struct {
			Query        struct{ Query, Language string }
			Filter       []any
			IndexRefName string
		}
		if err := json.Unmarshal([]byte(search.Attributes.KibanaSavedObjectMeta.SearchSourceJSON), &source); err != nil {
			t.Fatal(err)
		}
		text, _ := renderTree(t, current.ESQS, tree)
		if source.Query.Query != text || source.Query.Language != "lucene" || source.Filter == nil {
			t.Errorf("the saved search asks for %+v, want %s", source, text)
		}
		if search.Type != "search" || search.Attributes.Title != "A rule" || !cmp.Equal(search.Attributes.Columns, []string{"A", "B"}) {
			t.Errorf("saved search %+v", search)
		}
		if len(search.References) != 1 || search.References[0].ID != view.ID || search.References[0].Name != source.IndexRefName || search.References[0].Type != view.Type {
			t.Errorf("references %+v", search.References)
		}
		for _, o := range objects {
			if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(o.ID) {
				t.Errorf("the id %s is no UUID of version 5", o.ID)
			}
		}
	}
}

// TestKibanaIDs: the same rule keeps its id when its text changes, other rules
// and other patterns have others.
func TestKibanaIDs(t *testing.T) {
	ids := func(rule, pattern string) (view, search string) {
		objects := savedObjects(t, kibanaOf(t, treeOf(t, rule), []string{pattern}).String())
		return objects[0].ID, objects[1].ID
	}
	rule := ruleOf("s: {A: b}")
	view, search := ids(rule, "logs-*")
	sameView, sameSearch := ids(strings.ReplaceAll(strings.ReplaceAll(rule, "A: b", "A: c"), "A rule", "B rule"), "logs-*")
	otherView, otherSearch := ids(strings.ReplaceAll(rule, "000000000001", "000000000002"), "x-*")
	tree := treeOf(t, rule)
	second, _ := current.Render(current.Kibana, current.Input{Tree: tree, Number: 2, QueryString: querystring.Options{KeywordFields: []string{"message"}}})
	first := kibanaOf(t, tree, nil)
	if first.ID == second.ID || first.ID != search || savedObjects(t, second.Text)[0].ID != second.ID {
		t.Errorf("the second rule of that id is kept under %s, the first under %s", second.ID, first.ID)
	}
	if view != sameView || search != sameSearch || view == otherView || search == otherSearch {
		t.Errorf("ids %s %s, %s %s, %s %s", view, search, sameView, sameSearch, otherView, otherSearch)
	}
}

// TestKibanaColumns: a field is shown once, those that the rule names before
// all others.
func TestKibanaColumns(t *testing.T) {
	rule := ruleOf("s: {A: b, B: c}")
	named := strings.Replace(rule, "title:", "fields: [C, A, C]\ntitle:", 1)
	for text, want := range map[string][]string{rule: {"A", "B"}, named: {"C", "A"}} {
		objects := savedObjects(t, kibanaOf(t, treeOf(t, text), nil).String())
		if diff := cmp.Diff(want, objects[1].Attributes.Columns); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
	}
}
