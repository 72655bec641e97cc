// Package classic writes the query texts of sigmac, the converter that was
// retired in 2023, byte for byte: for teams that hold folders of its output
// and want to see the same bytes before anything else.
//
// It is a small compiler of its own. It reads the raw YAML document in its
// own order, and has sigmac's condition tokenizer, its groups and its
// optimiser. Two states of the tool are known, the profiles 2019 and 2023.
// What the old text does wrong stays wrong here; each such place is named by
// a diagnostic that says what to use instead.
//
// The package does not use the rule model, the condition grammar or the
// printers of the other packages, and nothing here is deployed: a classic
// text is for reading and comparing. It ships no configuration of sigmac's,
// and reads no files.
package classic
