package pipeline

import (
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
)

// TestSplitting tells what transformations do that make several items of one:
// what has to be true stays true, and what is left out is said.
func TestSplitting(t *testing.T) {
	const (
		md5    = "987B65CD9B9F4E9A1AFD8F8B48CF64A7"
		sha1   = "5F1CBC3D99558307BC1250D084FA968521482025"
		hashes = "- {type: hashes_fields, valid_hash_algos: [MD5, SHA1, IMPHASH], field_prefix: File}"
		pairs  = `- {type: extract_fields, regex: '(?P<k>[a-z]+)=(?P<v>.*)', field_prefix: p`
	)
	for name, c := range map[string]struct{ items, detection, want, warns string }{
		"hashes of several algorithms": {
			hashes, "Hashes|contains: ['MD5=" + md5 + "', 'SHA1=" + sha1 + "']",
			"FileMD5:" + md5 + " OR FileSHA1:" + sha1, "",
		},
		"all of them": {
			hashes, "Hashes|contains|all: ['MD5=" + md5 + "', 'SHA1=" + sha1 + "']",
			"FileMD5:" + md5 + " AND FileSHA1:" + sha1, "",
		},
		"none of them": {
			hashes, "Hashes|neq: ['MD5=" + md5 + "', 'SHA1=" + sha1 + "']",
			"NOT (FileMD5:" + md5 + " OR FileSHA1:" + sha1 + ")", "",
		},
		"by length": {hashes, "Hash: ['" + md5 + "', '" + sha1 + "']", "FileMD5:" + md5 + " OR FileSHA1:" + sha1, ""},
		"part of a hash keeps its wildcard": {
			hashes, "Hashes|contains: 'imphash=1234'", "FileIMPHASH:1234*", "",
		},
		"another algorithm is said": {
			hashes, "Hashes: ['MD5=" + md5 + "', 'SHA256=00']", "FileMD5:" + md5, "pipeline/value-dropped",
		},
		"another field stays": {hashes, "Other: 'MD5=" + md5 + "'", `Other:MD5\=` + md5, ""},
		"extracted under neq": {
			pairs + "}", "a|neq: 'x=1'", "NOT (p.k:x AND p.v:1)", "",
		},
		"extracted under all": {
			pairs + "}", "a|all: ['x=1', 'y=none']", "(p.k:x AND p.v:1) AND (p.k:y AND (NOT _exists_:p.v))", "",
		},
		"what does not match is left out with a word": {
			pairs + "}", "a: ['x=1', '5']", "p.k:x AND p.v:1", "pipeline/value-dropped",
		},
		"or stays": {
			pairs + ", preserve_unmatched: true}", "a: ['x=01', 5]", "(p.k:x AND p.v:01) OR a:5", "",
		},
		"without a prefix": {
			"- {type: extract_fields, regex: '(?P<k>[a-z]+)'}", "a: 'x*'", "k:x", "",
		},
		"groups that took no part": {
			"- {type: extract_fields, regex: '(?P<k>[a-z]+)|(?P<n>[0-9]+)'}", "a: '7'", "n:7", "",
		},
		"keywords under all in several fields": {
			"- {type: field_name_mapping, mapping: {null: [m, n]}}", "'|all': [v, w]",
			"(m:*v* OR n:*v*) AND (m:*w* OR n:*w*)", "",
		},
		"keywords in several fields": {
			"- {type: field_name_mapping, mapping: {null: [m, n]}}", "'|contains': [v, w]",
			"(m:(*v* OR *w*)) OR (n:(*v* OR *w*))", "",
		},
		"a field under all in several": {
			"- {type: field_name_mapping, mapping: {a: [m, n]}}", "a|all|contains: [v, w]",
			"(m:*v* AND m:*w*) OR (n:*v* AND n:*w*)", "",
		},
		"not there in several": {
			"- {type: field_name_mapping, mapping: {a: [m, n]}}", "a|exists: false",
			"NOT _exists_:m AND NOT _exists_:n", "",
		},
		"there in several": {
			"- {type: field_name_mapping, mapping: {a: [m, n]}}", "a|exists: true", "_exists_:m OR _exists_:n", "",
		},
		"names by function": {
			"- {type: field_name_transform, transform_func: snake_case, mapping: {User: who}}", "{CommandLine: a, User: b}",
			"command_line:a AND who:b", "",
		},
		"names in lower case, but no keywords": {
			"- {type: field_name_transform, transform_func: lower}", "'|contains': A", "**A**", "",
		},
		"every field has a name": {
			"- {type: field_name_mapping, mapping: {a: b, c: c}}\n- {type: add_condition, conditions: {i: j}}\n- {type: strict_field_mapping_failure}",
			"{a: 1, c: 2}", "i:j AND (b:1 AND c:2)", "",
		},
		"cased texts stay cased": {"- {type: regex}", "a|cased: Ab", "a:/(?s)^Ab$/", ""},
		"by flag":                {"- {type: regex, method: ignore_case_flag}", "a|contains: A.b", `a:/(?is)^.*A\.b.*$/`, ""},
		"without a place for placeholders": {
			"- {type: regex}\n- {type: wildcard_placeholders}", "a|expand: 'x%y%'", "a:x*", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.HasPrefix(c.detection, "{") {
				c.detection = "{" + c.detection + "}"
			}
			got, ds := convert("title: t\nlogsource: {category: c}\ndetection:\n  s: "+c.detection+"\n  condition: s", chain(t, c.items))
			if text := strings.Join(got, " ### "); text != c.want {
				t.Errorf("\n got %s\nwant %s\n%v", text, c.want, ds)
			}
			said := ""
			for _, d := range ds {
				if d.Severity == diag.Warning {
					said += d.Code
				}
			}
			if said != c.warns {
				t.Errorf("it says %q, want %q", said, c.warns)
			}
		})
	}
}

func TestSplittingRefuses(t *testing.T) {
	for name, c := range map[string]struct{ items, detection, code, at string }{
		"no hash":       {"- {type: hashes_fields, valid_hash_algos: [MD5]}", "Hashes: ['SHA1=1', foo]", "pipeline/no-hash", "Hashes"},
		"unmapped":      {"- {type: field_name_mapping, mapping: {a: b}}\n- {type: strict_field_mapping_failure}", "a: 1, Other: 2", "pipeline/unmapped-field", "Other"},
		"mistyped name": {"- {type: value_placeholders}", "a|expand: '%admin%'", "pipeline/unknown-variable", "'%admin%'"},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustParse(t, "vars: {admins: [x]}\ntransformations:\n"+c.items, "p.yml")
			r := ruleOf("title: t\nlogsource: {category: c}\ndetection:\n  s: {" + c.detection + "}\n  condition: s")
			_, ds := NewChain(p).Apply(r)
			last := ds[len(ds)-1]
			if last.Code != c.code || last.Severity != diag.Error || !strings.HasPrefix(last.Span.Text(), c.at) {
				t.Errorf("got %s at %q, want %s at %q", last.Code, last.Span.Text(), c.code, c.at)
			}
			if name == "mistyped name" && last.Hint != `did you mean "admins"?` {
				t.Errorf("hint %q", last.Hint)
			}
		})
	}
}
