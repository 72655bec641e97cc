package mapping_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/mapping"
)

func value(t testing.TB, text string) any {
	t.Helper()
	v, err := watcher.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// grown adds documents one after the other and tells of each whether it fits.
func grown(t testing.TB, documents ...string) (*mapping.Mapping, []string) {
	t.Helper()
	m := mapping.New("metadata")
	var out []string
	for i, d := range documents {
		next, err := m.Add(mapping.Document{ID: fmt.Sprint(i), Value: value(t, d), Offset: len(`{"metadata":`)})
		if err != nil {
			out = append(out, chain(err))
			continue
		}
		m, out = next, append(out, "fits")
	}
	return m, out
}

func chain(err error) string {
	var parts []string
	for x := exception.From(err); x != nil; x = x.CausedBy {
		parts = append(parts, x.Error())
	}
	return strings.Join(parts, " < ")
}

// TestFirstValueDecides follows the theme met of the recordings, and goes on
// where these end.
func TestFirstValueDecides(t *testing.T) {
	const parse = "mapper_parsing_exception: failed to parse field [metadata.k] of type "
	for _, c := range []struct {
		first string
		kind  mapping.Type
		fits  []string
		not   map[string]string
	}{
		{`1`, mapping.Long, []string{`2.5`, `"3"`, `"3.9"`, `""`, `null`, `[1,[2]]`, `[]`, `-9223372036854775808`}, map[string]string{
			`"x"`:                 parse + `[long] in document with id '1'. Preview of field's value: 'x' < illegal_argument_exception: For input string: "x"`,
			`[1,"y"]`:             parse + `[long] in document with id '1'. Preview of field's value: 'y' < illegal_argument_exception: For input string: "y"`,
			`9223372036854775808`: parse + "[long] in document with id '1'. Preview of field's value: '9223372036854775808' < input_coercion_exception: Numeric value (9223372036854775808) out of range of long (-9223372036854775808 - 9223372036854775807)\n at [Source: (ByteArrayInputStream); line: 1, column: 37]",
			`true`:                parse + "[long] in document with id '1'. Preview of field's value: 'true' < json_parse_exception: Current token (VALUE_TRUE) not numeric, can not use numeric value accessors\n at [Source: (ByteArrayInputStream); line: 1, column: 22]",
			`1e400`:               parse + "[long] in document with id '1'. Preview of field's value: '1e400' < illegal_argument_exception: Value [1e400] is out of range for a long",
		}},
		{`"text"`, mapping.Text, []string{`1`, `true`, `"2020-01-01"`, `["a",1]`}, map[string]string{
			`{"a":{"b":[1,null]}}`: parse + `[text] in document with id '1'. Preview of field's value: '{a={b=[1, null]}}' < illegal_state_exception: Can't get text on a START_OBJECT at 1:18`,
		}},
		{`"12"`, mapping.Text, []string{`"x"`}, nil},
		{`"2020-01-01"`, mapping.Date, []string{`"2020"`, `"2020-01-01T10:00:00.5+02:00"`, `1577836800000`, `1.5`}, map[string]string{
			`"x"`:          parse + `[date] in document with id '1'. Preview of field's value: 'x' < illegal_argument_exception: failed to parse date field [x] with format [strict_date_optional_time||epoch_millis] < date_time_parse_exception: Failed to parse with all enclosed parsers`,
			`""`:           parse + `[date] in document with id '1'. Preview of field's value: '' < illegal_argument_exception: cannot parse empty date`,
			`"2020-02-30"`: parse + `[date] in document with id '1'. Preview of field's value: '2020-02-30' < illegal_argument_exception: failed to parse date field [2020-02-30] with format [strict_date_optional_time||epoch_millis] < date_time_parse_exception: Failed to parse with all enclosed parsers`,
		}},
		{`"2020/01/02"`, mapping.Date, []string{`"2020/01/02 10:11:12"`}, map[string]string{
			`"2020-01-01"`: parse + `[date] in document with id '1'. Preview of field's value: '2020-01-01' < illegal_argument_exception: failed to parse date field [2020-01-01] with format [yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis] < date_time_parse_exception: Failed to parse with all enclosed parsers`,
		}},
		{`true`, mapping.Boolean, []string{`"false"`, `""`}, map[string]string{
			`1`: parse + "[boolean] in document with id '1'. Preview of field's value: '1' < json_parse_exception: Current token (VALUE_NUMBER_INT) not of boolean type\n at [Source: (ByteArrayInputStream); line: 1, column: 19]",
		}},
		{`1.5`, mapping.Float, []string{`2`, `"3.5"`, `1e38`}, map[string]string{
			`"x"`:   parse + `[float] in document with id '1'. Preview of field's value: 'x' < number_format_exception: For input string: "x"`,
			`1e300`: parse + `[float] in document with id '1'. Preview of field's value: '1e300' < illegal_argument_exception: [float] supports only finite values, but got [Infinity]`,
		}},
		{`{"a":1}`, mapping.Object, []string{`null`, `[]`, `[{"a":2},{"b":"x"}]`}, map[string]string{
			`1`:      `mapper_parsing_exception: object mapping for [metadata.k] tried to parse field [k] as object, but found a concrete value`,
			`[{},1]`: `mapper_parsing_exception: object mapping for [metadata.k] tried to parse field [null] as object, but found a concrete value`,
		}},
	} {
		first := `{"k":` + c.first + `}`
		m, _ := grown(t, first)
		if kind, _ := m.Lookup("metadata.k"); kind != c.kind {
			t.Errorf("%s makes %q, want %q", first, kind, c.kind)
		}
		for _, then := range c.fits {
			if _, got := grown(t, first, `{"k":`+then+`}`); got[1] != "fits" {
				t.Errorf("%s after %s: %s", then, c.first, got[1])
			}
		}
		for then, want := range c.not {
			_, got := grown(t, first, `{"k":`+then+`}`)
			if d := cmp.Diff(want, got[1]); d != "" {
				t.Errorf("%s after %s (-want +got):\n%s", then, c.first, d)
			}
		}
	}
}

func TestKeys(t *testing.T) {
	const failed = "mapper_parsing_exception: failed to parse < illegal_argument_exception: "
	for key, want := range map[string]string{
		"":     failed + "field name cannot be an empty string",
		".":    failed + "field name cannot contain only dots",
		".a":   failed + "object field starting or ending with a [.] makes object resolution ambiguous: [.a]",
		"a..b": failed + "object field starting or ending with a [.] makes object resolution ambiguous: [a..b]",
		"a. ":  failed + "object field cannot contain only whitespace: ['a. ']",
		" ":    "illegal_argument_exception: object field cannot contain only whitespace: ['metadata. ']",
		"a.":   "fits",
		"a.b":  "fits",
		"ü *":  "fits",
	} {
		doc := string(watcher.Encode(&watcher.Object{Members: []watcher.Member{{Name: key, Value: "x"}}}))
		if _, got := grown(t, doc); got[0] != want {
			t.Errorf("key %q: %s, want %s", key, got[0], want)
		}
	}
}

func TestDottedKeysArePaths(t *testing.T) {
	m, got := grown(t, `{"a.b":1}`, `{"a":{"b":2}}`, `{"a":1}`, `{"a.b.c":1}`)
	want := []string{
		"fits", "fits",
		"mapper_parsing_exception: object mapping for [metadata.a] tried to parse field [a] as object, but found a concrete value",
		"mapper_parsing_exception: Could not dynamically add mapping for field [a.b.c]. Existing mapping for [metadata.a.b] must be of type object but found [long].",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, doc := range []string{`{"a.b":7}`, `{"a":{"b":[7]}}`, `{"a":[{"b":7},{"c":1}]}`} {
		if d := cmp.Diff([]any{json.Number("7")}, m.Values(value(t, doc), "metadata.a.b")); d != "" {
			t.Errorf("values of metadata.a.b in %s (-want +got):\n%s", doc, d)
		}
	}
}

func TestLimits(t *testing.T) {
	wide := func(prefix string, n int, v string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"%s%d":%s`, prefix, i, v)
		}
		return "{" + b.String()[1:] + "}"
	}
	// As recorded in met-009: 300 and 180 texts count double, 20 numbers once.
	_, got := grown(t, wide("t", 300, `"x"`), wide("u", 180, `"x"`), wide("v", 20, `1`), wide("w", 100, `"x"`), `{"t1":"y"}`, wide("z", 6, `"x"`), wide("z", 5, `"x"`))
	want := []string{
		"fits", "fits", "fits",
		"mapper_parsing_exception: failed to parse < illegal_argument_exception: Limit of total fields [1000] has been exceeded while adding new fields [12]",
		"fits",
		"illegal_argument_exception: Limit of total fields [1000] has been exceeded",
		"fits",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	deep := func(n int) string { return strings.Repeat(`{"d":`, n) + "1" + strings.Repeat("}", n) }
	if _, got := grown(t, deep(19)); got[0] != "fits" {
		t.Errorf("19 levels: %s", got[0])
	}
	if _, got := grown(t, deep(20)); !strings.Contains(got[0], "Limit of mapping depth [20] has been exceeded due to object field [metadata.d.") {
		t.Errorf("20 levels: %s", got[0])
	}
}

func TestNewerRefusalsNameThePlace(t *testing.T) {
	m, _ := grown(t, `{"k":1}`)
	_, err := m.Add(mapping.Document{
		ID: "w", Value: value(t, `{"a":"b","k":"x"}`), Offset: 100, Version: watcher.Version{Major: 9, Minor: 5},
	})
	want := `document_parsing_exception: [1:114] failed to parse field [metadata.k] of type [long] in document with id 'w'. Preview of field's value: 'x' < illegal_argument_exception: For input string: "x"`
	if err == nil || chain(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestKept(t *testing.T) {
	m, _ := grown(t, `{"a":{"b":[1.5]},"c":"text","d":"2020/01/01","e":true,"f":{}}`)
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	again := &mapping.Mapping{}
	if err := json.Unmarshal(data, again); err != nil {
		t.Fatal(err)
	}
	want := `{"dynamic":"true","properties":{"a":{"properties":{"b":{"type":"float"}}},"c":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}},"d":{"type":"date","format":"yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis"},"e":{"type":"boolean"},"f":{"type":"object"}}}`
	for name, m := range map[string]*mapping.Mapping{"grown": m, "read back": again} {
		if d := cmp.Diff(want, string(watcher.Encode(m.Describe()))); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestDates(t *testing.T) {
	for text, want := range map[string]*mapping.Span{
		"1970":                        {From: 0, To: 365*24*3600*1000 - 1},
		"1970-01":                     {From: 0, To: 31*24*3600*1000 - 1},
		"1970-01-01":                  {From: 0, To: 24*3600*1000 - 1},
		"1970-01-01T00":               {From: 0, To: 3600*1000 - 1},
		"1970-01-01T01:00+01:00":      {From: 0, To: 60*1000 - 1},
		"1970-01-01T00:00:00Z":        {From: 0, To: 999},
		"1970-01-01T00:00:00.250Z":    {From: 250, To: 250},
		"1970-01-01T00:00:00,25+0000": {From: 250, To: 250},
		"250":                         {From: 250, To: 250},
		"1970-13-01":                  nil,
		"1970-1-1":                    nil,
		"1970-01-01T24:00:00Z":        nil,
		"1970-01-01 00:00:00":         nil,
		"now":                         nil,
	} {
		got, ok := mapping.ParseDate(text, mapping.ISO)
		if ok != (want != nil) || ok && got != *want {
			t.Errorf("%q is %v (%v), want %v", text, got, ok, want)
		}
	}
}

// FuzzAdd grows a mapping by two documents: what is refused changes nothing,
// and a document that fitted once fits again and adds nothing more.
func FuzzAdd(f *testing.F) {
	for _, seed := range []string{`{"k":1}`, `{"k":"x"}`, `{"a.b":[{"c":true},null]}`, `{"a":{"b":"2020-01-01"}}`, `{"":1}`, `{"a.":{}}`, `{"n":1e999}`} {
		f.Add(seed, `{"k":{"a":1}}`)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		m := mapping.New("metadata")
		for _, text := range []string{first, second} {
			v, err := watcher.ParseJSON([]byte(text))
			if err != nil {
				return
			}
			before := string(watcher.Encode(m.Describe()))
			next, err := m.Add(mapping.Document{ID: "w", Value: v})
			if after := string(watcher.Encode(m.Describe())); after != before {
				t.Fatalf("Add changed the mapping itself: %s, was %s", after, before)
			}
			if err != nil {
				if x := exception.From(err); x.Status != 400 {
					t.Fatalf("%s: status %d: %v", text, x.Status, err)
				}
				continue
			}
			again, err := next.Add(mapping.Document{ID: "w", Value: v})
			if err != nil || again != next {
				t.Fatalf("%s fitted once and does not again: %v", text, err)
			}
			m = next
		}
	})
}
