package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// Catalog is all that is documented.
type Catalog struct {
	// Rules are sorted by title, then file and document.
	Rules []*Rule
	// Needs, Policies and Triggers are those that a rule needs, sorted by
	// title and technique.
	Needs    []*Need
	Policies []*Policy
	Triggers []*Trigger
	// ByID finds the rules with an id that have a page, for links between rules.
	ByID map[string]*Rule
}

// Rule is one rule with all that is known about it. Texts are as the rule has
// them: whoever prints one escapes it.
type Rule struct {
	ID, Title, Name string
	// File is the path of the rule's file, Document the number of its document
	// there, from 0; Documents is how many rules the file has.
	File      string
	Document  int
	Documents int
	// Text is the rule as it stands in its file.
	Text string

	Description, Status, Level, Author, Date, Modified, License string
	References, FalsePositives, Fields                          []string
	Related                                                     []sigma.Related
	Filters                                                     []Filter
	LogSource                                                   sigma.LogSource
	Tactics                                                     []Tactic
	Techniques                                                  []Technique
	OtherTags                                                   []string
	Needs                                                       []*Need
	Policies                                                    []*Policy
	Triggers                                                    []*Trigger
	// Proofs are the tests that the rule itself names.
	Proofs []Proof

	// Query is what the watch asks; Watch is nil for a rule that was refused.
	Query Query
	Watch *Watch
	// Others are the rule in other languages, in the order of the page.
	Others []Query
	// Found is what was found on the way to the watch.
	Found []diag.Diagnostic

	// Broken is true for what gave no rule and could not be read as one: only its
	// place and perhaps its id and title are known.
	Broken bool

	// Page is the name of its page, without folder and ending, Heading what
	// stands above it, and Label what links to it say: the title, and more where
	// several rules have the same. New sets them.
	Page, Heading, Label string
	// linkText and linkPage are Label and Page as they stand in links. New sets
	// them too: many pages link to a rule.
	linkText, linkPage string
}

// Filter is a filter that was applied to a rule.
type Filter struct{ Title, File, Text string }

// Refused reports whether the rule became no watch.
func (r *Rule) Refused() bool { return r.Watch == nil }

// Query is a rule in one language.
type Query struct {
	// Target is the name of the back end: "query_string", "splunk".
	Target string
	// Heading is how people call it, Language what its code is.
	Heading, Language string
	// Text is empty where the rule cannot be said in this language: then Found
	// says why.
	Text  string
	Found []diag.Diagnostic
}

// Watch is the watch that is deployed for a rule.
type Watch struct {
	ID string
	// Schedule, Indices and Actions say in words what stands in Text, which is
	// the whole watch as indented JSON, secrets blanked.
	Schedule         string
	Indices, Actions []string
	Text             string
	// Digest is the hash of the watch, "sha256:" and hex.
	Digest string
}

// Input is what a rule is described from.
type Input struct {
	Rule *sigma.Rule
	// Documents is how many rules the file has.
	Documents int
	Query     Query
	Watch     *Watch
	Others    []Query
	Found     []diag.Diagnostic
}

// Describe makes the model of a rule.
func Describe(in Input) *Rule {
	r := in.Rule
	out := &Rule{
		ID: r.ID, Title: r.Title, Name: r.Name, File: fileName(r.File), Document: r.Document, Documents: in.Documents,
		Description: r.Description, Status: r.Status, Level: r.Level, Author: r.Author,
		Date: r.Date, Modified: r.Modified, License: r.License,
		References: r.References, FalsePositives: r.FalsePositives, Fields: r.Fields, Related: r.Related, LogSource: r.LogSource,
		Filters: filtersOf(r), Needs: needsOf(r), Proofs: proofsOf(r),
		Query: in.Query, Watch: in.Watch, Others: in.Others, Found: in.Found,
	}
	out.text(r.File, r.Span)
	out.Tactics, out.Techniques, out.OtherTags = attackOf(r.Tags)
	out.Policies, out.Triggers = policiesOf(out.Needs), triggersOf(out.Techniques)
	return out
}

func filtersOf(r *sigma.Rule) []Filter {
	var out []Filter
	for _, f := range r.Filters {
		out = append(out, Filter{Title: f.Head.Title, File: fileName(f.Head.File), Text: f.Head.Span.Text()})
	}
	return out
}

// Broken is the model of a document, or a whole file, that gave no rule: with
// what could be read of it, but without Data Needed, which would be guessed.
func Broken(f *diag.File, rejected sigma.Rejected, documents int, found []diag.Diagnostic) *Rule {
	out := &Rule{ID: rejected.ID, Title: rejected.Title, Broken: true}
	if rejected.Rule != nil {
		out = Describe(Input{Rule: rejected.Rule})
		out.Needs, out.Policies = nil, nil
	}
	out.Title = cmp.Or(out.Title, stem(fileName(f)))
	out.File, out.Document, out.Documents, out.Found = fileName(f), rejected.Document, documents, found
	out.text(f, rejected.Span)
	return out
}

func fileName(f *diag.File) string {
	if f == nil {
		return ""
	}
	return f.Name
}

// mostShared is how much text is repeated on the pages of a file with several
// rules: where they share a global document, the whole file is the rule.
const mostShared = 256 << 10

// text takes the rule's text out of its file.
func (r *Rule) text(f *diag.File, span diag.Span) {
	if f == nil {
		return
	}
	if r.Documents > 1 && r.Documents*len(f.Text) > mostShared && span.IsValid() {
		r.Text = span.Text()
		return
	}
	r.Text = string(f.Text)
}

// Others are rules that are known and get no pages here.
type Others struct {
	Rules []*Rule
	// There reports whether the output folder has a page already, so that it can
	// be linked to; nil is never.
	There func(path string) bool
}

// New makes a catalogue of rules: it sorts them, gives their pages names, and
// collects what they need. Names of pages and labels are those that the rules
// have together with the others, so that no page takes the place of another
// rule's.
func New(rules []*Rule, others Others) *Catalog {
	all := slices.Concat(rules, others.Rules)
	slices.SortStableFunc(all, func(a, b *Rule) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Document, b.Document)) })
	name(all)
	label(all)
	for _, r := range all {
		r.linkText, r.linkPage = linkText(inline(r.Label)), pathLink(r.Page)
	}
	c := &Catalog{ByID: map[string]*Rule{}}
	shown := map[*Rule]bool{}
	for _, r := range rules {
		shown[r] = true
	}
	for _, r := range all {
		if _, taken := c.ByID[r.ID]; r.ID != "" && !taken && (shown[r] || others.There != nil && others.There(r.path())) {
			c.ByID[r.ID] = r
		}
		if shown[r] {
			c.add(r)
		}
	}
	c.Needs = sorted(c.Needs, (*Need).Page)
	c.Policies = sorted(c.Policies, func(p *Policy) string { return p.Title })
	c.Triggers = sorted(c.Triggers, func(t *Trigger) string { return t.Technique })
	lower := make(map[*Rule]string, len(c.Rules))
	for _, r := range c.Rules {
		lower[r] = strings.ToLower(r.Title)
	}
	slices.SortStableFunc(c.Rules, func(a, b *Rule) int { return strings.Compare(lower[a], lower[b]) })
	return c
}

// add takes a rule and what it needs in.
func (c *Catalog) add(r *Rule) {
	c.Rules = append(c.Rules, r)
	c.Needs, c.Policies = append(c.Needs, r.Needs...), append(c.Policies, r.Policies...)
	c.Triggers = append(c.Triggers, r.Triggers...)
	for _, p := range r.Proofs {
		c.Triggers = append(c.Triggers, p.Trigger)
	}
}

// path is where the rule's page lies.
func (r *Rule) path() string { return OldPath(r.Page + ".md") }

// label names the rules for headings and links. It tells rules of one title
// apart by their log sources, and where these are the same by their files.
func label(rules []*Rule) {
	titles, labels := map[string]int{}, map[string]int{}
	for _, r := range rules {
		r.Heading = r.Page
		if shows(r.Title) {
			r.Heading = abridged(r.Title)
		}
		titles[r.Heading]++
	}
	for _, r := range rules {
		r.Label = r.Heading
		if titles[r.Heading] > 1 {
			if source := r.source(); source != "" {
				r.Label += " (" + source + ")"
			}
		}
		labels[r.Label]++
	}
	for _, r := range rules {
		if labels[r.Label] > 1 {
			r.Label += " [" + r.Page + "]"
		}
	}
}

// longestTitle is how much of a title is shown, in characters. No rule has a
// longer one; what is refused for that may.
const longestTitle = 256

func abridged(s string) string {
	n := 0
	for at := range s {
		if n++; n > longestTitle {
			return s[:at] + "…"
		}
	}
	return s
}

// source returns the parts of the log source with their names.
func (r *Rule) source() string {
	var b strings.Builder
	for _, part := range [...][2]string{{"product: ", r.LogSource.Product}, {"category: ", r.LogSource.Category}, {"service: ", r.LogSource.Service}} {
		if part[1] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(part[0])
		b.WriteString(part[1])
	}
	return b.String()
}

// sorted returns each member once, by key.
func sorted[T comparable](all []T, key func(T) string) []T {
	seen := map[T]bool{}
	var out []T
	for _, x := range all {
		if !seen[x] {
			seen[x] = true
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return out
}
