package query_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
)

const everyType = `# what fields fetch writes, and a person may
schema: sigwatch/fields/v1
fields:
  process.executable: keyword
  process.name: {type: keyword, normalizer: lowercase}
  process.command_line: {type: wildcard}
  winlog.event_data.CommandLine: {type: text, keyword: winlog.event_data.CommandLine.keyword, ignore_above: 256}
  "winlog.event_data.*": keyword
  "winlog.*": {type: text, keyword: .keyword, ignore_above: 1024}
  source.ip: ip
  source.address: {type: alias, path: source.ip}
  user: {type: alias, path: winlog.user}
  events.name: {type: keyword, nested: events}
  events: nested
  odd.field: {types: [keyword, long]}
  either: {types: [keyword, {type: keyword, normalizer: lowercase, ignore_above: 9}, wildcard]}
  number: {types: [long, short, double]}
  labels: flattened
  hidden: {type: keyword, index: false}
  sorted: {type: keyword, doc_values: false}
  german: {type: keyword, normalizer: german}
  english: {type: text, analyzer: english}
  message: match_only_text
  module: constant_keyword
  day: {type: date, format: yyyy/MM/dd}
  time: {type: date, format: strict_date_optional_time||epoch_millis}
  caseless: {type: keyword, keyword: .low}
  caseless.low: {type: keyword, normalizer: lowercase}
`

func parseTypes(t testing.TB, text string) *query.Types {
	t.Helper()
	types, ds := query.ParseTypes(diag.NewFile("fields.yaml", []byte(text)))
	for _, d := range ds {
		t.Error(diag.Printer{}.Sprint(d))
	}
	return types
}

func TestParseTypes(t *testing.T) {
	types := parseTypes(t, everyType)
	if types == nil {
		t.FailNow()
	}
	kw := query.Field{Type: query.Keyword, Mapping: "keyword"}
	for name, want := range map[string]query.Field{
		"process.executable":                    kw,
		"process.name":                          {Type: query.Keyword, Mapping: "keyword", Lowercase: true},
		"process.command_line":                  {Type: query.Wildcard, Mapping: "wildcard"},
		"process":                               {Type: query.Object},
		"winlog.event_data.CommandLine":         {Type: query.Keyword, Mapping: "text", Text: true, Name: "winlog.event_data.CommandLine.keyword", IgnoreAbove: 256},
		"winlog.event_data.CommandLine.keyword": {Type: query.Keyword, Mapping: "text", IgnoreAbove: 256},
		"winlog.event_data.Image":               kw,
		"winlog.channel":                        {Type: query.Keyword, Mapping: "text", Text: true, Name: "winlog.channel.keyword", IgnoreAbove: 1024},
		"source.ip":                             {Type: query.IP, Mapping: "ip"},
		"source.address":                        {Type: query.IP, Mapping: "ip", Name: "source.ip"},
		"user":                                  {Type: query.Keyword, Mapping: "text", Text: true, Name: "winlog.user.keyword", IgnoreAbove: 1024},
		"events.name":                           {Type: query.Keyword, Mapping: "keyword", Nested: "events"},
		"either":                                {Type: query.Wildcard, Mapping: "wildcard", Mixed: true, IgnoreAbove: 9},
		"number":                                {Type: query.Float, Mapping: "short"},
		"sorted":                                kw,
		"message":                               {Type: query.Text, Mapping: "match_only_text"},
		"module":                                {Type: query.Keyword, Mapping: "constant_keyword", Constant: true},
		"time":                                  {Type: query.Date, Mapping: "date"},
		"caseless":                              {Type: query.Keyword, Mapping: "keyword", Lowercase: true, Name: "caseless.low"},
	} {
		got, pinned := types.Of(name)
		if d := cmp.Diff(want, got); d != "" || !pinned {
			t.Errorf("%s: pinned %v (-want +got):\n%s", name, pinned, d)
		}
	}
	for _, name := range []string{"odd.field", "labels", "hidden", "german", "english", "events", "day"} {
		if got, _ := types.Of(name); got.Refused == "" || got.Type != query.Unknown {
			t.Errorf("%s: want a reason to refuse it, got %+v", name, got)
		}
	}
	for _, name := range []string{"", "process.exe", "winlog", "process.executable.x", "winlogx"} {
		if got, pinned := types.Of(name); pinned && got.Type != query.Object {
			t.Errorf("%q is pinned: %+v", name, got)
		}
	}
}

// TestCanonical reads the canonical form back, and expects the same from it.
func TestCanonical(t *testing.T) {
	types := parseTypes(t, everyType)
	text := string(types.Canonical())
	again := parseTypes(t, text)
	if d := cmp.Diff(text, string(again.Canonical())); d != "" {
		t.Errorf("the canonical form is not one (-first +second):\n%s", d)
	}
	if types.Hash() != again.Hash() || !strings.HasPrefix(types.Hash(), "sha256:") {
		t.Errorf("hashes %s and %s", types.Hash(), again.Hash())
	}
	const head = "schema: sigwatch/fields/v1\nfields:\n"
	if a, b := parseTypes(t, head+"  a: keyword\n  b: {type: ip}\n"), parseTypes(t, "fields: {b: ip, a: {doc_values: true, type: keyword}}\nschema: sigwatch/fields/v1"); a.Hash() != b.Hash() {
		t.Errorf("layout counts:\n%s\n%s", a.Canonical(), b.Canonical())
	}
	if a, b := parseTypes(t, head+"  a*: keyword\n  '*a': ip\n"), parseTypes(t, head+"  '*a': ip\n  a*: keyword\n"); a.Hash() == b.Hash() {
		t.Error("the order of patterns does not count")
	}
	var none *query.Types
	if _, pinned := none.Of("a"); pinned || none.Hash() != "" {
		t.Error("no types know something")
	}
}

// TestParseTypesRefuses reads bad files: each line with a mark is reported once,
// with that code and place, and nothing else is.
func TestParseTypesRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":            "# ERROR query/fields-schema\n",
		"no schema":        "fields: {a: keyword} # ERROR query/fields-schema\n",
		"other schema":     "schema: sigwatch/fields/v2 # ERROR query/fields-schema\n",
		"no YAML":          "schema: sigwatch/fields/v1\nfields: {a: keyword # ERROR query/fields-syntax\nb: c\n",
		"star":             "schema: sigwatch/fields/v1\nfields: * # ERROR query/fields-syntax\n\n# none\n",
		"tag handle":       "schema: sigwatch/fields/v1\nfields: !a!b {} # ERROR query/fields-syntax\n",
		"end of the file":  "schema: sigwatch/fields/v1\nfields: { # ERROR query/fields-syntax\n\n",
		"third document":   "schema: sigwatch/fields/v1\n---\na: b # ERROR query/fields-syntax\n---\nc: [\n",
		"two documents":    "schema: sigwatch/fields/v1\n---\na: b # ERROR query/fields-syntax\n",
		"list":             "- a # ERROR query/fields-wrong-type\n",
		"unknown key":      head1 + "  a: {type: keyword, normaliser: x} # ERROR query/fields-unknown-key\n",
		"key above":        "schema: sigwatch/fields/v1\nfield: {} # ERROR query/fields-unknown-key\n",
		"twice":            head1 + "  a: keyword\n  a: ip # ERROR query/fields-duplicate\n",
		"unknown type":     head1 + "  a: keywrod # ERROR query/fields-type\n",
		"no type":          head1 + "  a: {type: ip, nested: b} # ERROR query/fields-name\n  b.a: {nested: b} # ERROR query/fields-setting\n",
		"type and types":   head1 + "  a: {type: ip, types: [ip]} # ERROR query/fields-setting\n",
		"null":             head1 + "  a: # ERROR query/fields-wrong-type\n",
		"number for text":  head1 + "  a: {type: keyword, normalizer: 5} # ERROR query/fields-wrong-type\n",
		"text for number":  head1 + "  a: {type: keyword, ignore_above: many} # ERROR query/fields-wrong-type\n",
		"nought":           head1 + "  a: {type: keyword, ignore_above: 0} # ERROR query/fields-wrong-type\n",
		"normalizer of ip": head1 + "  a: {type: ip, normalizer: lowercase} # ERROR query/fields-setting\n",
		"text without one": head1 + "  a: {type: text, ignore_above: 9} # ERROR query/fields-setting\n",
		"alias of nothing": head1 + "  a: {type: alias, path: b} # ERROR query/fields-alias\n",
		"alias of alias":   head1 + "  a: {type: alias, path: b} # ERROR query/fields-alias\n  b: {type: alias, path: c}\n  c: ip\n",
		"alias of itself":  head1 + "  a: {type: alias, path: a} # ERROR query/fields-alias\n",
		"alias alone":      head1 + "  a: alias # ERROR query/fields-alias\n",
		"aliases":          head1 + "  a*: {type: alias, path: b} # ERROR query/fields-name\n  b: ip\n",
		"absolute":         head1 + "  a*: {type: text, keyword: b} # ERROR query/fields-name\n",
		"pattern in it":    head1 + "  a: {type: text, keyword: b*} # ERROR query/fields-name\n",
		"no sub-field":     head1 + "  a: {type: text, keyword: .b} # ERROR query/fields-setting\n  a.b: ip\n",
		"empty list":       head1 + "  a: {types: []} # ERROR query/fields-wrong-type\n",
		"list in list":     head1 + "  a: {types: [{types: [ip]}]} # ERROR query/fields-setting\n",
		"empty name":       head1 + "  '': ip # ERROR query/fields-name\n",
	} {
		t.Run(name, func(t *testing.T) {
			types, ds := query.ParseTypes(diag.NewFile("fields.yaml", []byte(text)))
			if types != nil {
				t.Error("there are types in spite of errors")
			}
			want := map[int]string{}
			for i, line := range strings.Split(text, "\n") {
				if m := regexp.MustCompile(`# ERROR (\S+)`).FindStringSubmatch(line); m != nil {
					want[i+1] = m[1]
				}
			}
			got := map[int]string{}
			for _, d := range ds {
				got[max(d.Position().Line, 1)] += d.Code
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("codes by line (-want +got):\n%s", d)
			}
		})
	}
}

const head1 = "schema: sigwatch/fields/v1\nfields:\n"

func TestParseTypesIsBounded(t *testing.T) {
	bomb := "schema: sigwatch/fields/v1\nfields:\n  x: {types: &a0 [keyword, keyword]}\n"
	for i := range 40 {
		bomb += fmt.Sprintf("  x%d: {types: &a%d [{types: *a%d}, {types: *a%d}]}\n", i, i+1, i, i)
	}
	for name, text := range map[string]string{
		"aliases": bomb, "an alias in itself": "schema: sigwatch/fields/v1\nfields: {a: &a {types: [*a]}}",
		"size": head1 + strings.Repeat("#", 17<<20),
	} {
		if types, ds := query.ParseTypes(diag.NewFile("fields.yaml", []byte(text))); types != nil || len(ds) == 0 {
			t.Errorf("%s: taken", name)
		}
	}
}

// resolveWith resolves a rule of one item with the types.
func resolveWith(t *testing.T, types *query.Types, field string, v sigma.Value) (query.Tree, []diag.Diagnostic) {
	t.Helper()
	return query.Resolve(rule(t, searches("s", item(field, v)), "s"), types)
}

func TestResolveUnpinned(t *testing.T) {
	types := parseTypes(t, everyType)
	for field, hint := range map[string]string{
		"Process.Executable":  `did you mean "process.executable"?`,
		"process.commandline": `did you mean "process.command_line"?`,
		"CommandLine":         `did you mean "winlog.event_data.CommandLine"?`,
		"process.exectuable":  `did you mean "process.executable"?`,
		"process.nam":         `did you mean "process.name"?`,
		"nothing.like_it":     "pin it, or give it its name in the index in a pipeline",
	} {
		tree, ds := resolveWith(t, types, field, text("a"))
		if tree.Root == nil || len(ds) != 1 || ds[0].Code != "query/unpinned-field" || ds[0].Severity != diag.Warning {
			t.Fatalf("%s: %v, %v", field, tree, ds)
		}
		if ds[0].Hint != hint {
			t.Errorf("%s: want %s, got %s", field, hint, ds[0].Hint)
		}
	}
	r := rule(t, searches("s", &sigma.AllOf{Kids: []sigma.Node{item("no", text("1")), item("no", text("2")), item("", text("k"))}}), "s")
	if _, ds := query.Resolve(r, types); len(ds) != 1 {
		t.Errorf("want one warning a field, got %v", ds)
	}
}

// TestSubFieldOfPattern checks that a sub-field that a rule names itself is not
// asked for a sub-field of its own, which no index has.
func TestSubFieldOfPattern(t *testing.T) {
	types := parseTypes(t, head1+"  \"w.*\": {type: text, keyword: .keyword, ignore_above: 9}\n")
	want := query.Field{Type: query.Keyword, Mapping: "text", IgnoreAbove: 9}
	if f, _ := types.Of("w.a.keyword"); f != want {
		t.Errorf("want %+v, got %+v", want, f)
	}
	want.Name, want.Text = "w.a.keyword", true
	if f, _ := types.Of("w.a"); f != want {
		t.Errorf("want %+v, got %+v", want, f)
	}
}

// TestUnpinnedInNested checks that a field that is not pinned is looked for in
// the nested object that it lies in: outside of it no index has it.
func TestUnpinnedInNested(t *testing.T) {
	types := parseTypes(t, head1+"  a.b.c: {type: keyword, nested: a.b}\n  d: nested\n  d.e.f: {type: keyword, nested: d.e}\n")
	for field, want := range map[string]string{
		"a.b.x": "a.b", "a.b.x.y": "a.b", "a.x": "", "a.bb.x": "", "d.x": "d", "d.e.x": "d.e", "x": "",
	} {
		if f, pinned := types.Of(field); f.Nested != want || f.Type != query.Unknown || pinned {
			t.Errorf("%s: want it in %q, got %+v, %v", field, want, f, pinned)
		}
	}
}

func TestResolveTypes(t *testing.T) {
	types := parseTypes(t, head1+`
  kw: {type: keyword, ignore_above: 3}
  ip: ip
  byte: byte
  ulong: unsigned_long
  half: half_float
  date: date
  bool: boolean
  obj.x: keyword
  bad: flattened
`)
	star := sigma.String{Parts: []sigma.Part{{Kind: sigma.Any}}}
	begin := func(s string) sigma.Value { return sigma.String{Parts: []sigma.Part{{Text: s}, {Kind: sigma.Any}}} }
	num := func(s string) sigma.Value { return sigma.Number{Text: s} }
	for _, tt := range []struct {
		field string
		value sigma.Value
		want  string
	}{
		{"kw", text("abc"), `kw="abc"`},
		{"kw", text("abcd"), `kw="abcd" [query/longer-than-indexed]`},
		{"kw", num("5"), "kw=5"},
		{"kw", sigma.Compare{Op: "<", Value: num("5")}, "query/value-type"},
		{"kw", sigma.CIDR{Network: "::2/128"}, "query/value-type"},
		{"ip", text("::FFFF:10.0.0.1"), `ip="10.0.0.1"`},
		{"ip", begin("10."), "ip in 10.0.0.0/8"},
		{"ip", begin("192.168.1."), "ip in 192.168.1.0/24"},
		{"ip", begin("fe80:"), "ip in fe80::/16"},
		{"ip", begin("2001:db8:"), "ip in 2001:db8::/32"},
		{"ip", begin("10.1"), "query/value-type"},
		{"ip", begin("1.2.3.4."), "query/value-type"},
		{"ip", begin("300."), "query/value-type"},
		{"ip", begin("2001:0:"), "query/value-type"},
		{"ip", begin("fe80::"), "query/value-type"},
		{"ip", text("10.0.0.0/8"), "query/value-type"},
		{"ip", text(""), "query/value-type"},
		{"ip", sigma.CIDR{Network: "::ffff:10.0.0.0/104"}, "query/value-type"},
		{"ip", star, "ip exists true"},
		{"ip", sigma.Regex{Pattern: "a"}, "query/value-type"},
		{"byte", num("-128"), "byte=-128"},
		{"byte", num("128"), "query/value-type"},
		{"byte", text("007"), "byte=7"},
		{"byte", text("1e1"), "query/value-type"},
		{"byte", num("2.0"), "byte=2"},
		{"byte", star, "byte exists true"},
		{"byte", sigma.Compare{Op: ">", Value: num("-129")}, "query/value-type"},
		{"byte", sigma.Compare{Op: ">", Value: num("1.5")}, "byte > 1.5"},
		{"ulong", num("18446744073709551615"), "ulong=18446744073709551615"},
		{"ulong", num("-1"), "query/value-type"},
		{"half", num("65504.5"), "query/value-type"},
		{"half", num("1.5"), "half=1.5"},
		{"half", sigma.Compare{Op: ">=", Value: num("0.1")}, "query/value-type"},
		{"half", sigma.Compare{Op: ">=", Value: num("-2047.5")}, "query/value-type"},
		{"half", sigma.Compare{Op: ">=", Value: num("0.625")}, "half >= 0.625"},
		{"date", text("2024-01-31T00:00:00.5Z"), `date="2024-01-31T00:00:00.500Z"`},
		{"date", text("2024-01-31T00:00:00.0005Z"), "query/value-type"},
		{"date", text("now"), "query/value-type"},
		{"date", text("2024-01-31"), "query/value-type"},
		{"bool", text("True"), "bool=true"},
		{"bool", sigma.Bool(false), "bool=false"},
		{"bool", text("yes"), "query/value-type"},
		{"obj", sigma.Null{}, "obj=null"},
		{"obj", text("a"), "query/value-type"},
		{"bad", text("a"), "query/field-type"},
		{"bad", sigma.Null{}, "query/field-type"},
		{"bad.key", text("a"), "query/field-type"},
	} {
		tree, ds := resolveWith(t, types, tt.field, tt.value)
		got := tree.String()
		for _, d := range ds {
			if d.Severity == diag.Error {
				got += d.Code
			} else {
				got += " [" + d.Code + "]"
			}
			if d.Hint == "" || !d.Span.IsValid() && tt.field != "bad" && d.Span != (diag.Span{}) {
				t.Errorf("%s has no hint: %v", tt.want, d)
			}
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s, %v (-want +got):\n%s", tt.field, tt.value, d)
		}
	}
}

// TestNetworksOfTexts compares the pattern of a network on a keyword field with
// the network itself, in addresses at its borders.
func TestNetworksOfTexts(t *testing.T) {
	types := query.NewTypes(map[string]query.Field{"a": {Type: query.Keyword}})
	addresses := []string{
		"0.0.0.0", "9.255.255.255", "10.0.0.0", "10.0.0.1", "10.255.255.255", "11.0.0.0", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0",
		"192.168.0.1", "192.168.255.255", "192.169.0.0", "100.63.0.1", "100.64.0.1", "100.127.9.9", "100.128.0.0", "255.255.255.255", "1.2.3", "10.0.0.256", "010.0.0.1", "10.0.0.0.1", "x10.0.0.1", "10.0.0.1\n",
		"::ffff:10.1.2.3", "::FFFF:11.1.2.3", "::", "::1", "::2", "1::", "0:0:0:0:0:0:0:1", "0:0:0:0:0:0:0:0", "fe80::1", "FE80::1%eth0", "febf:1::", "fec0::", "fe8::1", "fc00::", "fdff::9", "fe00::", "2001:db8::", "2001:0db8:1::2", "2001:db9::", "2001:db80::", "2001:db8:0:0:0:0:0:5",
	}
	for _, network := range []string{
		"0.0.0.0/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "10.0.0.1/32", "128.0.0.0/1",
		"::1/128", "::/128", "fe80::/10", "fc00::/7", "2001:db8::/32", "2001:db8:8000::/33", "fdff::/16",
	} {
		value := sigma.CIDR{Network: network}
		plain, _ := resolveWith(t, nil, "a", value)
		typed, ds := resolveWith(t, types, "a", value)
		if len(ds) > 0 {
			t.Errorf("%s: %v", network, ds)
			continue
		}
		for _, address := range addresses {
			doc, _ := json.Marshal(map[string]string{"a": address})
			events, err := match.ParseEvents(doc)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := match.Match(plain, events[0])
			if got, err := match.Match(typed, events[0]); got != want || err != nil {
				t.Errorf("%s in %s: want %v, got %v by %s", address, network, want, got, typed)
			}
		}
	}
}

func TestFieldTypes(t *testing.T) {
	types := parseTypes(t, everyType)
	r := rule(t, searches("s", &sigma.AllOf{Kids: []sigma.Node{item("source.ip", text("::1")), item("process.name", text("a")), item("new", text("a"))}}, "k", item("", text("k"))), "s and k")
	tree, _ := query.Resolve(r, types)
	want := []string{"message: match_only_text", "process.name: {type: keyword, normalizer: lowercase}", "source.ip: ip"}
	if d := cmp.Diff(want, tree.FieldTypes([]string{"message"})); d != "" {
		t.Errorf("types (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string(nil), (query.Tree{}).FieldTypes(nil)); d != "" {
		t.Errorf("types of no tree (-want +got):\n%s", d)
	}
}

// FuzzParseTypes checks that no file breaks the reader, that what is wrong has
// its place in the file, and that what is right survives its canonical form.
func FuzzParseTypes(f *testing.F) {
	f.Add(everyType)
	for _, s := range []string{"", "a", "schema: x", head1 + "  a: &a {types: [*a]}", head1 + "  ? [a]\n  : b", head1 + "  a: !!binary aGk=\n", head1 + "  ~: ip\n  1: ip\n  'a\"b': {type: text, keyword: .x}\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		file := diag.NewFile("fields.yaml", []byte(in))
		types, ds := query.ParseTypes(file)
		for _, d := range ds {
			if d.Span.File != nil && (d.Span.Start > len(in) || d.Span.End > len(in) || d.Span.Start > d.Span.End) {
				t.Errorf("%s lies outside: %v", d.Code, d.Span)
			}
		}
		if types == nil {
			if len(ds) == 0 {
				t.Error("neither types nor errors")
			}
			return
		}
		text := string(types.Canonical())
		again, ds := query.ParseTypes(diag.NewFile("again", []byte(text)))
		if len(ds) > 0 || string(again.Canonical()) != text {
			t.Errorf("the canonical form is read as another: %v\n%s\n%s", ds, text, again.Canonical())
		}
	})
}
