package querydsl_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

// holds evaluates a regexp clause, or one that asks whether the field exists.
func holds(t *testing.T, clause []byte, value string) bool {
	t.Helper()
	var q struct {
		Regexp map[string]struct{ Value string }
		Exists struct{ Field string }
	}
	if err := json.Unmarshal(clause, &q); err != nil {
		t.Fatal(err)
	}
	if q.Exists.Field == "f" {
		return true
	}
	re, err := regexp.Compile(`\A(?s:` + q.Regexp["f"].Value + `)\z`)
	if err != nil {
		t.Skip(err) // counts past Go's limit
	}
	return re.MatchString(value)
}

// FuzzText checks that no text breaks out of its clause: it has to come back
// from the JSON as it went in, once the wildcards' escapes are taken off.
func FuzzText(f *testing.F) {
	for _, s := range nodetest.Pool() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values := map[string]sigma.String{"plain": plain(text), "wild": {Parts: []sigma.Part{{Text: text + "*"}, {Kind: sigma.Any}}}}
		for name, s := range values {
			q, ds := querydsl.Render(query.Tree{Root: question("f", s)}, querydsl.Options{})
			if len(ds) > 0 {
				continue
			}
			var clause map[string]map[string]struct{ Value string }
			if err := json.Unmarshal(q.JSON, &clause); err != nil || len(clause) != 1 {
				t.Fatalf("%s: %v", q.JSON, err)
			}
			got := regexp.MustCompile(`\\([\\*?])`).ReplaceAllString(clause["wildcard"]["f"].Value, "$1")
			switch {
			case name == "plain" && clause["term"] != nil && clause["term"]["f"].Value != text:
				t.Errorf("want the text %q, got %s", text, q.JSON)
			case name == "wild" && clause["wildcard"] != nil && got != text+"**":
				t.Errorf("want the wildcards %q, got %s", text+"**", q.JSON)
			case clause["regexp"] != nil && !holds(t, q.JSON, text+map[string]string{"plain": "", "wild": "*x"}[name]):
				t.Errorf("%q does not hold for itself: %s", text, q.JSON)
			}
		}
	})
}
