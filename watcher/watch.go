package watcher

// RuleRef names the rule that a watch was made of.
type RuleRef struct {
	ID    string // the rule's id, or empty
	Title string
	File  string // as the user knows it, with forward slashes
}

// Wanted is a watch as the rules and the configuration ask for it.
type Wanted struct {
	ID string
	// Body is what would be put, metadata.sigwatch included.
	Body *Object
	// Active is nil where the operator's switch counts.
	Active *bool
	Rule   RuleRef
	Hashes Hashes
}

// Hashes are the three hashes in metadata.sigwatch, each "sha256:" and hex.
type Hashes struct {
	// Rule covers the parsed rule and its pipelines.
	Rule string
	// Settings covers all settings that reached this watch.
	Settings string
	// Watch covers the body in its written form, without metadata.sigwatch
	// and with secrets blanked.
	Watch string
}

// Live is a watch as a server holds it.
type Live struct {
	ID string
	// Body is the written form that the server gave, or nil where it could
	// not be read (Broken says why).
	Body   *Object
	Broken string
	// Owner is the owner under which the server's index holds a watch whose
	// body could not be read; with a body, its metadata says it.
	Owner  string
	Active bool
	// Status is the server's status object.
	Status *Object
}
