// Package current writes the texts that sigmac used to write, as they have to
// be today: es-qs, kibana, xpack-watcher, graylog, splunk, logpoint and grep.
// It prints the same resolved tree as the watches, so that pipelines count,
// and has none of the old texts' defects, which package classic keeps.
//
// What a target cannot say exactly is refused with its place in the rule.
// Elasticsearch's texts rest on what real servers did, grep's on what a real
// grep does. Splunk, LogPoint and Graylog were not asked: their texts rest on
// their manuals, which a remark beside each text says.
//
// Nothing that a rule says leaves its place: not the quotes of a query, not
// the quotes of a shell, not the JSON of a saved search.
//
// The package makes no watch, knows no configuration and sends nothing.
package current
