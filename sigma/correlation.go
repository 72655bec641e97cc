package sigma

import (
	"strings"

	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma/condition"
)

// Correlation is a correlation rule (section 10): it finds events of other
// rules that belong together. No target can say it yet.
type Correlation struct {
	// Head is what the correlation has in common with rules: title, id, level,
	// and so on. It has no log source and no detection.
	Head *Rule
	// Span is the place of the section correlation.
	Span diag.Span
	Type CorrelationType
	// Rules are the rules whose events are looked at, in the order in which
	// temporal_ordered wants them. None is given twice.
	Rules []Reference
	// GroupBy are the fields and aliases whose values the events have in common.
	GroupBy []Name
	// Timespan is how far apart the events may lie.
	Timespan Timespan
	// Bounds are what the count, or the result of the aggregation, has to keep
	// to: one, or a lower and an upper one. There are none where Expr is given.
	Bounds []Bound
	// Fields are what a value_… type is about; only value_count takes several,
	// and counts their combinations.
	Fields []Name
	// Percentile is between 0 and 100, for value_percentile.
	Percentile int
	// Expr is the condition of a temporal type that says by rules' names which
	// of them have to be found, and Source its place. Both may be nil.
	Expr   condition.Expr
	Source *Source
	// Aliases are names for fields that each rule calls otherwise.
	Aliases []Alias
	// Generate is true where the rules are to be found by themselves as well.
	Generate bool
}

// CorrelationType is a type of correlation.
type CorrelationType string

// The types of correlation.
const (
	// EventCount counts events.
	EventCount CorrelationType = "event_count"
	// ValueCount counts the different values of fields.
	ValueCount CorrelationType = "value_count"
	// Temporal asks for events of several rules.
	Temporal CorrelationType = "temporal"
	// TemporalOrdered asks for them in the order of the rules.
	TemporalOrdered CorrelationType = "temporal_ordered"
	// ValueSum adds the values of a field up.
	ValueSum CorrelationType = "value_sum"
	// ValueAverage is their average.
	ValueAverage CorrelationType = "value_avg"
	// ValuePercentile is the value below which a part of them lies.
	ValuePercentile CorrelationType = "value_percentile"
	// ValueMedian is the middle one of them.
	ValueMedian CorrelationType = "value_median"
)

func correlationTypes() []string {
	var out []string
	for _, t := range []CorrelationType{
		EventCount, ValueCount, Temporal, TemporalOrdered, ValueSum, ValueAverage, ValuePercentile, ValueMedian,
	} {
		out = append(out, string(t))
	}
	return out
}

// temporal reports whether the type counts rules.
func (t CorrelationType) temporal() bool { return t == Temporal || t == TemporalOrdered }

// ofValues reports whether the type is about a field's values.
func (t CorrelationType) ofValues() bool { return strings.HasPrefix(string(t), "value_") }

// counts reports whether the type gives a count, not a value.
func (t CorrelationType) counts() bool { return !t.ofValues() || t == ValueCount }

// Name is a name with its place.
type Name struct {
	Text string
	Span diag.Span
}

// Bound is a number that a result is compared with.
type Bound struct {
	// Op is one of "lt", "lte", "gt", "gte", "eq" and "neq".
	Op string
	// Value is a whole number for counts, otherwise it may have a fraction.
	Value Number
	Span  diag.Span
}

// Alias is a name for a field that rules call otherwise.
type Alias struct {
	Name
	// Fields are the fields' names, by rule.
	Fields []AliasField
}

// AliasField is what one rule calls the field.
type AliasField struct {
	Rule  Reference
	Field Name
}
