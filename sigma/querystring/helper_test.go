package querystring_test

import (
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
	"github.com/sigwatch/sigwatch/sigma/query"
	"github.com/sigwatch/sigwatch/sigma/query/nodetest"
	"github.com/sigwatch/sigwatch/sigma/querystring"
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
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			out.Parts = append(out.Parts, sigma.Part{Text: text.String()})
			text.Reset()
		}
	}
	for _, r := range s {
		switch r {
		case '*':
			flush()
			out.Parts = append(out.Parts, sigma.Part{Kind: sigma.Any})
		case '?':
			flush()
			out.Parts = append(out.Parts, sigma.Part{Kind: sigma.One})
		default:
			text.WriteRune(r)
		}
	}
	flush()
	return out
}

func ask(field string, v sigma.Value) *query.Match { return &query.Match{Field: field, Value: v} }
func and(kids ...query.Node) query.Node            { return &query.And{Kids: kids} }
func or(kids ...query.Node) query.Node             { return &query.Or{Kids: kids} }
func not(kid query.Node) query.Node                { return &query.Not{Kid: kid} }

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

func render(t testing.TB, n query.Node, opt querystring.Options) string {
	t.Helper()
	q, ds := querystring.Render(query.Tree{Root: n}, opt)
	if len(ds) > 0 {
		t.Fatalf("%s: refused: %v", query.Tree{Root: n}, codes(ds))
	}
	return q.Text
}

// clauses are texts in the form in which a watch asks.
func clauses(texts ...string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = nodetest.QueryString(text)
	}
	return out
}
