package classic

import (
	"strings"

	"github.com/sigwatch/sigwatch/diag"
)

// defect is something that the old text gets wrong, or that must be known of
// it, and what to use instead.
type defect struct {
	severity            diag.Severity
	code, message, hint string
}

func wrong(code, message, hint string) defect {
	return defect{diag.Warning, code, message, hint}
}

func worthKnowing(code, message, hint string) defect {
	return defect{diag.Info, code, message, hint}
}

const (
	useQuery = "use the query_string that sigwatch writes for the rule"
	useWatch = "use the watch that sigwatch writes for the rule"
)

// The conditions and the tree.

func noCondition(k kind) defect {
	return wrong("classic/no-condition", "the condition is "+k.String()+": the old tool writes nothing for the rule, and calls that a success", "write the condition as a text")
}

func modifierIgnored(name string) defect {
	return wrong("classic/modifier-ignored", "the profile 2019 knows no value modifiers and looks for a field "+quote(name), "use the profile 2023; or "+useQuery)
}

func branchLost() defect {
	return wrong("classic/branch-lost", "the profile 2019 loses an alternative where another one holds all of it: \"x or (x and y)\" became \"x and y\", and finds less", "use the profile 2023; or "+useQuery)
}

func mixedBelowNot() defect {
	return wrong("classic/mixed-below-not", `below "not" the old tool leaves out the parentheses between "and" and "or"`, useQuery)
}

func conditionsDropped() defect {
	return wrong("classic/conditions-dropped", "of several conditions only one is in the text", "write one rule for each condition; or "+useWatch)
}

func aggregationDropped() defect {
	return wrong("classic/aggregation-dropped", "the aggregation behind the bar is not in the text, which finds each single event", useWatch)
}

func nearDropped() defect {
	return wrong("classic/near-dropped", `"near" is not in the watch, which fires for what stands before the bar alone`, "write the parts as rules of their own")
}

func noWindow() defect {
	return wrong("classic/no-window", "the count runs over all that the search sees: the rule's timeframe is not in the text", "search no more than the timeframe at once")
}

// The configurations and options.

func severalIndices(n string) defect {
	return worthKnowing("classic/random-order", "the "+n+" indices stood in an order that changed from run to run; here it is that of the configurations", "compare such texts by what they mean")
}

func severalNames(field string) defect {
	return worthKnowing("classic/random-order", "the names of the field "+quote(field)+" stood in an order that changed from run to run; here it is that of the configuration", "compare such texts by what they mean")
}

func defaultSpent(field string) defect {
	return wrong("classic/default-spent", "the profile 2019 uses the default name of the field "+quote(field)+" only once in a run; here it is no longer mapped", "use the profile 2023; or "+useQuery)
}

func defaultConfigs() defect {
	return worthKnowing("classic/default-configuration", "without a configuration the old tool took its own sysmon and logpoint-windows for LogPoint; they are not part of sigwatch", "give the two files of your copy of sigmac as configurations")
}

func optionUnknown(name string) defect {
	return wrong("classic/option-ignored", "the back-end option "+quote(name)+" has no effect on this target in this profile", "leave it out, or check its spelling")
}

// es-qs and what is made of it.

func caseSensitive() defect {
	return worthKnowing("classic/case-sensitive", "a value with a wildcard is looked for in a keyword field, as it is written: other case is not found", useQuery)
}

func signsDropped() defect {
	return wrong("classic/signs-dropped", `the profile 2019 deletes "<" and ">" from values`, "use the profile 2023; or "+useQuery)
}

func wordsByState() defect {
	return wrong("classic/keyword-by-chance", "whether a keyword without a field stands in quotes, where its wildcards are dead, hangs on the field before it", useQuery+", with keyword fields")
}

func wordsAnywhere() defect {
	return wrong("classic/keyword-field", `keywords are looked for in fields whose name ends with ".keyword", which few events have for their text`, useQuery+", with keyword fields")
}

func wildcardQuoted() defect {
	return wrong("classic/wildcard-quoted", "the profile 2019 puts wildcards into quotes, where Graylog takes them for letters", "use the profile 2023")
}

func regexAsIs() defect {
	return worthKnowing("classic/regular-expression", "the regular expression stands there in Lucene's syntax, in which many signs mean something else", useQuery+", which checks it")
}

// Other targets.

func fieldLost(field string) defect {
	return wrong("classic/field-lost", "the name of the field "+quote(field)+" is not in the text: the values are looked for anywhere", useQuery)
}

func fieldsIgnored() defect {
	return worthKnowing("classic/fields-ignored", "grep looks for the values anywhere in the line, whatever their field", "read what it finds with that in mind")
}

func grepCase() defect {
	return wrong("classic/grep-case", "the profile 2019 looks for the values as they are written; Sigma's match in any case", `use the profile 2023, which adds "-i"`)
}

func grepQuote() defect {
	return wrong("classic/grep-quote", "a single quote in a value ends the quotes of the command, and the shell reads what follows", "leave out the option March")
}

func grepUnescaped() defect {
	return wrong("classic/grep-unescaped", "a backslash or a question mark stands in the regular expression as it is, and means something else there", "escape it by hand, or search in another way")
}

func kibanaFormat() defect {
	return worthKnowing("classic/kibana-format", "the saved search has the form of Kibana 5 and 6; later versions do not import it", "paste the es-qs query into Kibana")
}

func kibanaCurl() defect {
	return wrong("classic/kibana-curl", "with output=curl the old tool stops after the first index: the saved searches are not in the text", "leave the option out")
}

func idByTitle() defect {
	return worthKnowing("classic/id-by-title", "the id is made of the title: a new title makes a second one, and the first stays", "sigwatch takes the rule's own id")
}

// Watches.

func functionIgnored(name string) defect {
	return wrong("classic/function-ignored", "the watch counts events: the function "+quote(name)+" is not in it", "write the watch by hand")
}

func noRecipient() defect {
	return wrong("classic/watch-recipient", "the watch's mail goes to nobody", "give the option mail=address; or "+useWatch)
}

// noteTree names what is wrong with the text of any tree.
func noteTree(r *run, tree *node) { noteBelow(r, tree, false) }

// noteBelow looks for an And or an Or without a group that stands in one of
// the other kind: that happens below Not only.
func noteBelow(r *run, n *node, belowNot bool) {
	if n == nil {
		return
	}
	for _, kid := range n.kids {
		if belowNot && n.isList() && kid.isList() && kid.op != n.op && len(kid.kids) > 1 && len(n.kids) > 1 {
			r.log.note(mixedBelowNot(), n.at)
		}
		noteBelow(r, kid, belowNot || n.op == opNot)
	}
}

// noteWatch names what is wrong with each watch.
func noteWatch(r *run, rule *rule, s *search) {
	note := func(code, message string) { r.log.note(wrong(code, message, useWatch), place{}) }
	note("classic/watch-hits-total", `the watch compares "ctx.payload.hits.total" with a number; from Elasticsearch 7 on that is an object, and the watch never fires or fails`)
	note("classic/watch-size", "the watch asks for no hits (size 0) and shows them in its mail")
	if len(rule.source.indices) == 0 {
		note("classic/watch-indices", "the watch names no index and searches all of them")
	}
	timeframe := rule.doc.get("detection").get("timeframe")
	switch {
	case r.is2019():
		note("classic/watch-window", "the watch searches all time: what it found once it finds again at each run")
		note("classic/watch-path", `the path "_xpack/watcher" is gone since Elasticsearch 8`)
	case s.agg != nil && timeframe != nil:
		note("classic/watch-window", "the rule's timeframe is when the watch runs, not what it searches")
	}
}

// noteShell names what a shell does to the script: the text behind "<<EOF" is
// subject to expansion, and the address stands without quotes.
func noteShell(r *run, id, text string) {
	if strings.ContainsAny(text, "$`") || strings.Contains(text, `\\`) {
		r.log.note(wrong("classic/shell-expansion", "the shell expands dollar signs, back-quotes and backslashes in the script before the server sees them", useWatch+`; or take the option output=plain`), place{})
	}
	if strings.ContainsFunc(id, func(c rune) bool {
		return !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune("-_.", c)
	}) {
		r.log.note(wrong("classic/watch-id", "the id "+quote(id)+" stands in the address as it is, with signs that the shell or the server takes for something else", useWatch), place{})
	}
}
