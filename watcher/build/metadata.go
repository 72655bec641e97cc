package build

import (
	"regexp"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
)

// schema is the version of metadata.sigwatch.
const schema = "v1"

// mark is metadata.sigwatch, by which a watch is known to be ours and the plan
// knows what changed. All members are texts: metadata is indexed with one type
// a key across all watches of a cluster (spec/watcher-api.md 3.3).
func (b *builder) mark(h watcher.Hashes) *watcher.Object {
	return object(
		"schema", schema,
		"owner", b.set.Owner,
		"watch", b.id,
		"rule", b.rule.ID,
		"file", fileName(b.rule),
		"tool", b.set.Tool,
		"rule_hash", h.Rule,
		"settings_hash", h.Settings,
		"watch_hash", h.Watch,
	)
}

// sigmaMetadata is metadata.sigma, for use in messages as
// {{ctx.metadata.sigma.title}}. The members and their types are always the
// same.
func (b *builder) sigmaMetadata() *watcher.Object {
	r := b.rule
	return object(
		"title", undated(r.Title),
		"level", undated(r.Level),
		"status", undated(r.Status),
		"author", undated(r.Author),
		"tags", undatedList(r.Tags),
		"falsepositives", undatedList(r.FalsePositives),
		"references", undatedList(r.References),
	)
}

func undatedList(texts []string) []any {
	out := make([]any, 0, len(texts))
	for _, t := range texts {
		out = append(out, undated(t))
	}
	return out
}

// undated keeps the server from taking a text for a date: the first value of a
// key makes its type for all watches of the cluster, and a title "2023-05-01"
// would have every later title refused. A blank at the end keeps any date
// format from fitting, and is not seen in a message.
func undated(text string) string {
	if readsAsDate(text) {
		return text + " "
	}
	return text
}

// readsAsDate reports whether a text could fit one of the formats that dynamic
// mapping tries: strict_date_optional_time, and yyyy/MM/dd with or without time
// and zone. It says yes to more than they do, but to no UUID.
func readsAsDate(text string) bool {
	return text != "" && strings.IndexByte("+-0123456789", text[0]) >= 0 && dateLike.MatchString(text)
}

var dateLike = regexp.MustCompile(`^[+-]?[0-9]{4,}([-/][0-9]{1,2}){0,2}([T ].*)?$`)
