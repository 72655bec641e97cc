package watcher

import "strings"

// ZoneNames opens the table of time zones to its test.
func ZoneNames() []string { return strings.Fields(zoneNames) }
