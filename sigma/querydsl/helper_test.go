package querydsl_test

import (
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/querydsl"
)

// plain is a text without wildcards.
func plain(s string) sigma.String {
	if s == "" {
		return sigma.String{}
	}
	return sigma.String{Parts: []sigma.Part{{Text: s}}}
}

// wild is a text in which every * and ? is a wildcard.
func wild(s string) sigma.String {
	var out sigma.String
	for s != "" {
		at := strings.IndexAny(s, "*?")
		switch {
		case at < 0:
			at = len(s)
			fallthrough
		case at > 0:
			out.Parts = append(out.Parts, sigma.Part{Text: s[:at]})
		case s[0] == '*':
			at = 1
			out.Parts = append(out.Parts, sigma.Part{Kind: sigma.Any})
		default:
			at = 1
			out.Parts = append(out.Parts, sigma.Part{Kind: sigma.One})
		}
		s = s[at:]
	}
	return out
}

func question(field string, v sigma.Value) *query.Match { return &query.Match{Field: field, Value: v} }

func typed(field string, as query.Field, v sigma.Value) *query.Match {
	return &query.Match{Field: field, As: as, Value: v}
}
func and(kids ...query.Node) query.Node { return &query.And{Kids: kids} }
func or(kids ...query.Node) query.Node  { return &query.Or{Kids: kids} }
func not(kid query.Node) query.Node     { return &query.Not{Kid: kid} }
func number(s string) sigma.Number      { return sigma.Number{Text: s} }
func re(s string) sigma.Regex           { return sigma.Regex{Pattern: s} }

func codes(ds []diag.Diagnostic) []string {
	var out []string
	for _, d := range ds {
		if d.Severity != diag.Error || d.Hint == "" || d.Message == "" {
			out = append(out, "not an error with message and hint:")
		}
		out = append(out, d.Code)
	}
	return out
}

func render(t testing.TB, n query.Node, opt querydsl.Options) string {
	t.Helper()
	q, ds := querydsl.Render(query.Tree{Root: n}, opt)
	if len(ds) > 0 {
		t.Fatalf("%s: refused: %v", query.Tree{Root: n}, ds)
	}
	return string(q.JSON)
}
