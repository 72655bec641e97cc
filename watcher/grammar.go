package watcher

// rule says how a version treats an old field.
type rule int

const (
	allowed rule = iota
	emptyOnly
	refused
)

// grammar is what differs between the versions of the server, and the one
// form that all are compared in. A row each: spec/watch-written-form.md.
type grammar struct {
	types         rule // search request: types
	docType       rule // index action: doc_type
	writeNoTypes  bool // types is written as [] when it was not given
	totalHits     bool // search request: rest_total_hits_as_int
	wildcardList  bool // indices_options: expand_wildcards is a list
	opType        bool // index action: op_type
	foreach       bool // action: foreach
	maxIterations bool // action: max_iterations
	timezone      bool // schedule: timezone
	hipchat       bool // action: hipchat
	oldFields     bool // watch: _status, _version
	checkMail     bool // e-mail addresses are parsed at put
	javaTime      bool // zones by java.time: UTC is Z, unknown ones are 500
	noNegative    bool // durations below -1 are refused
	bigIntegers   bool // integers beyond 64 bits can be written
	ampersandOnly bool // only & separates the parameters of a url
	oldParsers    bool // wording of object parsers before 6.4
	roundInterval bool // reporting attachment: interval is written rounded
	xContent      bool // malformed JSON is an x_content_parse_exception
	contentType   string
	// canonical asks for the one form of Canonical: what any version accepts,
	// defaults spelled out, sets sorted, secrets blanked.
	canonical bool
}

func grammarOf(v Version) grammar {
	if v == (Version{}) {
		v = Version{Major: 7, Minor: 17}
	}
	g := grammar{
		writeNoTypes:  v.Major < 7,
		totalHits:     v.Major >= 7,
		wildcardList:  v.AtLeast(7, 10),
		opType:        v.AtLeast(7, 8),
		foreach:       v.AtLeast(7, 3),
		maxIterations: v.AtLeast(7, 4),
		timezone:      v.AtLeast(8, 18),
		hipchat:       v.Major < 7,
		oldFields:     v.Major < 7,
		checkMail:     v.AtLeast(7, 3),
		javaTime:      v.Major >= 7,
		noNegative:    v.Major >= 7,
		bigIntegers:   v.Major >= 7,
		ampersandOnly: v.Major >= 8,
		oldParsers:    !v.AtLeast(6, 4),
		roundInterval: v.Major < 7,
		xContent:      v.Major >= 9,
		contentType:   "application/json; charset=UTF-8",
	}
	if v.Major >= 8 {
		g.contentType = "application/json;charset=utf-8"
	}
	g.types, g.docType = typeRules(v)
	return g
}

func typeRules(v Version) (types, docType rule) {
	switch {
	case v.Major < 7:
		return allowed, allowed
	case v.Major < 8:
		return allowed, allowed
	case v.Major < 9:
		return emptyOnly, refused
	default:
		return refused, refused
	}
}

// canonicalGrammar takes what any version takes.
func canonicalGrammar() grammar {
	return grammar{
		totalHits: true, wildcardList: true, opType: true, foreach: true, maxIterations: true,
		timezone: true, hipchat: true, oldFields: true, javaTime: true, bigIntegers: true,
		contentType: "application/json;charset=utf-8", canonical: true,
	}
}
