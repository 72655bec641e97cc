package pipeline

import (
	"fmt"
	"slices"
)

// transformations are the transformations that are carried out, by name
// (section 3). A new one is a type with a row here.
func transformations() map[string]func(*params) transformation {
	return map[string]func(*params) transformation{
		"add_condition":                readAddCondition,
		"add_field":                    readAddField,
		"case":                         readCase,
		"change_logsource":             readChangeLogSource,
		"convert_type":                 readConvertType,
		"detection_item_failure":       readItemFailure,
		"drop_detection_item":          func(*params) transformation { return drop{} },
		"extract_fields":               readExtractFields,
		"field_name_mapping":           readFieldMapping,
		"field_name_prefix":            readFieldPrefix,
		"field_name_prefix_mapping":    readPrefixMapping,
		"field_name_suffix":            readFieldSuffix,
		"field_name_transform":         readFieldTransform,
		"file_placeholders":            readFilePlaceholders,
		"hashes_fields":                readHashesFields,
		"map_string":                   readMapString,
		"nest":                         readNest,
		"regex":                        readRegex,
		"remove_field":                 readRemoveField,
		"replace_string":               readReplaceString,
		"rule_failure":                 readRuleFailure,
		"set_custom_attribute":         readSetAttribute,
		"set_field":                    readSetField,
		"set_state":                    readSetState,
		"set_value":                    readSetValue,
		"strict_field_mapping_failure": func(*params) transformation { return strict{} },
		"value_placeholders":           readValuePlaceholders,
		"wildcard_placeholders":        readWildcardPlaceholders,
	}
}

// unsupported are the transformations of the format that are not carried out,
// with what to do instead.
func unsupported() map[string]string {
	const outside = "a pull request must not be able to %s: write the values into a file of the project and use file_placeholders"
	return map[string]string{
		"command_placeholders": fmt.Sprintf(outside, "run a command"),
		"http_placeholders":    fmt.Sprintf(outside, "ask a server"),
		"query_expression_placeholders": "its text goes into the query unread, where neither case nor field types nor NOT are sure: " +
			"use value_placeholders or file_placeholders",
	}
}

func transformationNames() []string {
	return slices.Concat(keys(transformations()), keys(unsupported()))
}
