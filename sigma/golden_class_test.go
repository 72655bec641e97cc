package sigma_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sigwatch/sigwatch/diag"
)

// errorClasses are pySigma's classes of errors that reading can give, with the
// codes of ours that say the same.
func errorClasses() map[string][]string {
	detection := []string{"sigma/detection", "sigma/empty-search", "sigma/filter"}
	return map[string][]string{
		"SigmaAuthorError":               {"sigma/author"},
		"SigmaCollectionError":           {"sigma/action"},
		"SigmaConditionError":            {"condition/", "sigma/condition", "sigma/empty-search", "sigma/unknown-search"},
		"SigmaCorrelationConditionError": {"sigma/correlation-condition", "condition/missing-operand"},
		"SigmaCorrelationRuleError": {
			"sigma/aliases", "sigma/correlation-condition", "sigma/correlation-field", "sigma/correlation-rules",
			"sigma/generate", "sigma/group-by", "sigma/timespan",
		},
		"SigmaCorrelationTypeError":     {"sigma/correlation-type"},
		"SigmaDateError":                {"sigma/date"},
		"SigmaDescriptionError":         {"sigma/description"},
		"SigmaDetectionError":           detection,
		"SigmaFalsePositivesError":      {"sigma/falsepositives"},
		"SigmaFieldsError":              {"sigma/fields"},
		"SigmaFilterConditionError":     {"sigma/filter"},
		"SigmaFilterError":              {"sigma/filter"},
		"SigmaFilterRuleReferenceError": {"sigma/filter-rules"},
		"SigmaIdentifierError":          {"sigma/id"},
		"SigmaLevelError":               {"sigma/level"},
		"SigmaLicenseError":             {"sigma/license"},
		"SigmaLogsourceError":           {"sigma/logsource"},
		"SigmaModifiedError":            {"sigma/modified"},
		"SigmaModifierError":            {"sigma/unknown-modifier", "sigma/modifier-value", "sigma/modifier-type"},
		"SigmaNameError":                {"sigma/name"},
		"SigmaReferencesError":          {"sigma/references"},
		"SigmaRegularExpressionError":   {"sigma/regular-expression"},
		"SigmaRelatedError":             {"sigma/related"},
		"SigmaRuleNotFoundError":        {"sigma/unknown-rule"},
		"SigmaScopeError":               {"sigma/scope"},
		"SigmaStatusError":              {"sigma/status"},
		"SigmaTagError":                 {"sigma/tag"},
		"SigmaTaxonomyError":            {"sigma/taxonomy"},
		"SigmaTimespanError":            {"sigma/timespan"},
		"SigmaTitleError":               {"sigma/title"},
		"SigmaTypeError":                {"sigma/modifier-order", "sigma/modifier-type", "sigma/modifier-value", "sigma/name", "sigma/value"},
		"SigmaValueError":               {"sigma/keyword", "sigma/modifier-field", "sigma/modifier-order", "sigma/modifier-value", "sigma/number", "sigma/tag", "condition/"},
		// Python's own, where pySigma crashes, and the YAML library's.
		"AttributeError": {"sigma/document", "sigma/field", "sigma/correlation-type", "sigma/condition", "sigma/id"},
		"TypeError":      {"sigma/condition", "sigma/correlation-condition", "sigma/timespan", "sigma/keyword", "sigma/modifier-field"},
		"ScannerError":   {"sigma/yaml"},
	}
}

// otherClasses are those that reading does not give: bases of others, and what
// pipelines, back ends and validators raise.
func otherClasses() []string {
	return []string{
		"SigmaBackendError", "SigmaConfigurationError", "SigmaConversionError", "SigmaError", "SigmaFeatureNotSupportedByBackendError",
		"SigmaPipelineConditionError", "SigmaPipelineNotAllowedForBackendError", "SigmaPipelineNotFoundError", "SigmaPipelineParsingError",
		"SigmaPlaceholderError", "SigmaPluginNotFoundError", "SigmaProcessingItemError", "SigmaSecurityError", "SigmaTransformationError",
		"SigmaValidatorConfigurationParsingError",
	}
}

// TestErrorClasses checks that what pySigma refuses we refuse for the same
// reason, and say where.
func TestErrorClasses(t *testing.T) {
	classes, known, tried := errorClasses(), divergences(t), map[string]int{}
	for _, c := range goldenCases(t) {
		if _, diverges := known[c.ID]; diverges || len(c.AST) > 0 || c.ErrorClass == nil || laterError(c.Group) || c.Group == "formats" {
			continue
		}
		tried[*c.ErrorClass]++
		_, ds := goldenRules(c)
		if !slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Span.IsValid() && saysSo(classes[*c.ErrorClass], d.Code) }) {
			t.Errorf("%s: pySigma says %s, we say %v\n%s", c.ID, *c.ErrorClass, ds, c.YAML)
		}
	}
	for _, name := range recordedClasses(t) {
		if classes[name] == nil && !slices.Contains(otherClasses(), name) {
			t.Errorf("%s is in neither list", name)
		}
	}
	t.Log(tried)
}

func saysSo(codes []string, code string) bool {
	return slices.ContainsFunc(codes, func(c string) bool { return c == code || strings.HasSuffix(c, "/") && strings.HasPrefix(code, c) })
}

func recordedClasses(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shared(t), "data/sigma/error-classes.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Class string `json:"class"`
	}
	if err := json.Unmarshal(text, &rows); err != nil || len(rows) < 40 {
		t.Fatal(err, len(rows))
	}
	var out []string
	for _, row := range rows {
		out = append(out, row.Class)
	}
	return out
}
