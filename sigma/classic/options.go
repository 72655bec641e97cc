package classic

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// setting is the value of a back-end option. A switch has no text, and counts
// as true.
type setting struct {
	text     string
	isSwitch bool
}

type settings map[string]setting

func readSettings(list []string) settings {
	out := settings{}
	for _, option := range list {
		name, text, ok := strings.Cut(option, "=")
		out[name] = setting{text, !ok}
	}
	return out
}

// text returns the text of an option, or what holds without it.
func (s settings) text(name, otherwise string) string {
	v, ok := s[name]
	switch {
	case !ok:
		return otherwise
	case v.isSwitch:
		return "True"
	}
	return v.text
}

// on reports whether a switch is on. Any text puts it on, "false" too.
func (s settings) on(name string) bool {
	v, ok := s[name]
	return ok && (v.isSwitch || v.text != "")
}

// patterns returns a list of names with wildcards.
func (s settings) patterns(name string) patterns {
	var out patterns
	for part := range strings.SplitSeq(strings.ReplaceAll(s.text(name, ""), " ", ""), ",") {
		if part == "" {
			continue
		}
		out = append(out, fileNamePattern(part))
	}
	return out
}

// fileNamePattern reads a pattern as for file names: star, question mark and
// sets. What is no valid set stands for itself.
func fileNamePattern(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for i := 0; i < len(pattern); i++ {
		set, size := cutSet(pattern[i:])
		switch {
		case size > 0:
			b.WriteString(set)
			i += size - 1
		case pattern[i] == '*':
			b.WriteString(".*")
		case pattern[i] == '?':
			b.WriteByte('.')
		default:
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		}
	}
	re, err := regexp.Compile(b.String() + "$")
	if err != nil {
		return regexp.MustCompile("^" + regexp.QuoteMeta(pattern) + "$")
	}
	return re
}

// cutSet reads a set in brackets at the beginning of a pattern.
func cutSet(pattern string) (set string, size int) {
	if pattern[0] != '[' || len(pattern) < 3 {
		return "", 0
	}
	end := strings.IndexByte(pattern[2:], ']')
	if end < 0 {
		return "", 0
	}
	inside := strings.ReplaceAll(pattern[1:end+2], `\`, `\\`)
	if rest, not := strings.CutPrefix(inside, "!"); not {
		inside = "^" + rest
	}
	return "[" + inside + "]", end + 3
}

// known returns the options that a target has in a profile.
func known(t Target, p Profile) []string {
	fields := []string{"rulecomment", "keyword_field", "keyword_blacklist"}
	if p == Profile2023 {
		fields = append(fields, "keyword_base_fields", "analyzed_sub_field_name", "analyzed_sub_fields", "keyword_whitelist",
			"case_insensitive_whitelist", "case_insensitive_blacklist", "wildcard_use_keyword", "hash_normalize", "not_bound_keyword")
	}
	watch := []string{"output", "es", "mail"}
	if p == Profile2023 {
		watch = append(watch, "watcher_url", "filter_range", "action_throttle_period", "alert_methods", "mail_from", "mail_profile",
			"http_host", "http_port", "http_scheme", "http_user", "http_pass", "http_uri_path", "http_method", "http_phost", "http_pport", "index", "type")
	}
	switch {
	case t == Kibana:
		return append(fields, "output", "es", "index", "prefix")
	case t == Watcher:
		return append(fields, watch...)
	case t == ESQS, t == Graylog && p == Profile2023:
		return fields
	}
	return []string{"rulecomment"}
}

// warn names the options that have no effect.
func (s settings) warn(r *run) {
	options := known(r.opt.Target, r.opt.Profile)
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !slices.Contains(options, name) {
			r.log.note(optionUnknown(name), place{})
			r.log.said = nil
		}
	}
}
