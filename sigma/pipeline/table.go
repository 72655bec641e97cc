package pipeline

import "slices"

// transformations are the transformations that are carried out, by name
// (section 3). A new one is a type with a row here.
func transformations() map[string]func(*params) transformation {
	return map[string]func(*params) transformation{
		"add_condition":             readAddCondition,
		"add_field":                 readAddField,
		"case":                      readCase,
		"change_logsource":          readChangeLogSource,
		"convert_type":              readConvertType,
		"detection_item_failure":    readItemFailure,
		"drop_detection_item":       func(*params) transformation { return drop{} },
		"field_name_mapping":        readFieldMapping,
		"field_name_prefix":         readFieldPrefix,
		"field_name_prefix_mapping": readPrefixMapping,
		"field_name_suffix":         readFieldSuffix,
		"map_string":                readMapString,
		"nest":                      readNest,
		"remove_field":              readRemoveField,
		"replace_string":            readReplaceString,
		"rule_failure":              readRuleFailure,
		"set_custom_attribute":      readSetAttribute,
		"set_field":                 readSetField,
		"set_state":                 readSetState,
		"set_value":                 readSetValue,
		"value_placeholders":        readValuePlaceholders,
		"wildcard_placeholders":     readWildcardPlaceholders,
	}
}

// unsupported are the transformations of the format that are not carried out,
// with what to do instead.
func unsupported() map[string]string {
	const external = "write the values into vars and use value_placeholders: sigwatch reads nothing from outside while it compiles"
	return map[string]string{
		"command_placeholders":          external,
		"extract_fields":                "it comes with a later release",
		"field_name_transform":          "it needs a Python function: write a field_name_mapping",
		"file_placeholders":             external,
		"hashes_fields":                 "it comes with a later release",
		"http_placeholders":             external,
		"query_expression_placeholders": "it comes with a later release",
		"regex":                         "take it out: sigwatch looks after case itself",
		"strict_field_mapping_failure":  "it comes with a later release",
	}
}

func transformationNames() []string {
	return slices.Concat(keys(transformations()), keys(unsupported()))
}
