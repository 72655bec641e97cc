package classic

import (
	"regexp"
	"slices"
	"strings"
)

// fieldNames says which fields are taken for keywords and how they are then
// called: the back-end options of the Elasticsearch targets.
type fieldNames struct {
	run *run
	// keywordName and analyzedName are suffixes with their point, or empty.
	keywordName, analyzedName string
	// allKeywords is true where every field counts as a keyword.
	allKeywords   bool
	baseFields    patterns
	analyzed      patterns
	blacklist     patterns
	never         []string // the blacklist of 2019, which knew no patterns
	whitelist     patterns
	anyCase, asIs patterns
	byWildcard    bool
	hash          string
	words         string
}

// patterns are names with the wildcards of file names.
type patterns []*regexp.Regexp

func (ps patterns) match(name string) bool {
	return slices.ContainsFunc(ps, func(p *regexp.Regexp) bool { return p.MatchString(name) })
}

func readFieldNames(r *run) (fieldNames, error) {
	s := r.settings
	f := fieldNames{run: r, byWildcard: true, keywordName: "." + s.text("keyword_field", "keyword")}
	if r.is2019() {
		f.never = strings.Split(s.text("keyword_blacklist", ""), ",")
		return f, nil
	}
	suffix := func(option, otherwise string) string {
		name := strings.Trim(s.text(option, otherwise), " .")
		if name == "" {
			return ""
		}
		return "." + name
	}
	f.keywordName = suffix("keyword_field", "keyword")
	f.analyzedName = suffix("analyzed_sub_field_name", "")
	f.allKeywords = f.keywordName == ""
	f.byWildcard = !strings.EqualFold(s.text("wildcard_use_keyword", "true"), "false")
	f.hash = s.text("hash_normalize", "")
	f.words = s.text("not_bound_keyword", `\*.keyword`)
	for option, list := range map[string]*patterns{
		"keyword_base_fields": &f.baseFields, "analyzed_sub_fields": &f.analyzed,
		"keyword_blacklist": &f.blacklist, "keyword_whitelist": &f.whitelist,
		"case_insensitive_whitelist": &f.anyCase, "case_insensitive_blacklist": &f.asIs,
	} {
		*list = s.patterns(option)
	}
	return f, nil
}

// keyword tells whether a field with that value is taken for a keyword, and
// whether the value matches letters of both cases.
func (f fieldNames) keyword(name string, v *value) (keyword, anyCase bool) {
	switch {
	case slices.Contains(f.never, name), f.blacklist.match(name):
		return false, false
	case f.whitelist.match(name):
		return true, false
	}
	anyCase = f.anyCase.match(name) && !f.asIs.match(name)
	keyword = f.allKeywords || len(f.analyzed) > 0 && !f.analyzed.match(name) || anyCase ||
		f.byWildcard && f.wildcard(v) || v.kind == kindRegex
	return keyword, anyCase
}

func (f fieldNames) wildcard(v *value) bool {
	if v.kind == kindList {
		return slices.ContainsFunc(v.items, f.wildcardText)
	}
	return f.wildcardText(v)
}

// wildcardText does not look into lists: one in a list is refused later, and
// aliases can make billions of a few.
func (f fieldNames) wildcardText(v *value) bool {
	return v.kind == kindText && hasWildcard(v.text, f.run.is2019())
}

// suffix returns what comes behind a field's name.
func (f fieldNames) suffix(name string, keyword bool) string {
	switch {
	case !keyword:
		return f.analyzedName
	case f.baseFields.match(name):
		return ""
	}
	return f.keywordName
}

// normalised changes the case of hashes, where an option says so.
func (f fieldNames) normalised(name string, v *value) *value {
	if f.hash == "" || !strings.Contains(strings.ToLower(name), "hash") {
		return v
	}
	switch v.kind {
	case kindText:
		forms := f.forms(v)
		if len(forms) == 1 {
			return forms[0]
		}
		return &value{kind: kindList, items: forms, at: v.at}
	case kindList:
		out := &value{kind: kindList, at: v.at}
		for _, item := range v.items {
			out.items = append(out.items, f.forms(item)...)
		}
		return out
	default:
		return v
	}
}

func (f fieldNames) forms(v *value) []*value {
	if v.kind != kindText {
		return []*value{v}
	}
	lower, upper := &value{text: strings.ToLower(v.text), at: v.at}, &value{text: strings.ToUpper(v.text), at: v.at}
	switch f.hash {
	case "lower":
		return []*value{lower}
	case "upper":
		return []*value{upper}
	}
	return []*value{lower, upper}
}
