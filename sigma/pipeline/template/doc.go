// Package template makes texts of queries: by Go's text/template, by the simple
// form of Python's str.format, and as JSON in the spelling of Python.
//
// Every template ends, within limits of work and size that do not depend on the
// machine or the clock, and none reaches a file, the environment or the
// network. The package knows neither rules nor pipelines: it is given data,
// texts, numbers, lists and mappings, and the names that are in it.
package template
