package classic

// aggregation is what stands behind the bar of a condition.
type aggregation struct {
	near     bool
	function string
	// field and group are mapped names, or empty.
	field, group string
	operator     string
	value        string
	at           place
}

// aggregationReader is the old tool's automaton.
type aggregationReader struct {
	parser *parser
	tokens []token
	pos    int
	bar    token
}

func (r *aggregationReader) read() (*aggregation, error) {
	a := &aggregation{at: r.bar.at}
	if r.take(tokenNear) {
		a.near = true
		return a, r.near()
	}
	if err := r.function(a); err != nil {
		return nil, err
	}
	if r.take(tokenBy) {
		if !r.is(tokenName) {
			return nil, r.unexpected()
		}
		group, err := r.mapped()
		if err != nil {
			return nil, err
		}
		a.group = group
	}
	if !r.is(tokenOperator) {
		return nil, r.unexpected()
	}
	a.operator = r.next().text
	if !r.is(tokenName) {
		return nil, r.unexpected()
	}
	a.value = r.next().text
	return a, r.end()
}

// function reads a function, which must be in lower case, and its field.
func (r *aggregationReader) function(a *aggregation) error {
	if !r.is(tokenFunction) {
		return r.unexpected()
	}
	a.function = r.next().text
	switch a.function {
	case "count", "min", "max", "avg", "sum":
	default:
		return refuseAt(a.at, "classic/condition", "the aggregation function "+quote(a.function)+" is not in lower case")
	}
	if !r.take(tokenOpen) {
		return r.unexpected()
	}
	if r.is(tokenName) {
		field, err := r.mapped()
		if err != nil {
			return err
		}
		a.field = field
	}
	if !r.take(tokenClose) {
		return r.unexpected()
	}
	return nil
}

// near reads the names behind "near". No target knows what they mean.
func (r *aggregationReader) near() error {
	if !r.take(tokenName) {
		return r.unexpected()
	}
	for r.take(tokenAnd) {
		r.take(tokenNot)
		if !r.take(tokenName) {
			return r.unexpected()
		}
	}
	return r.end()
}

// mapped reads a field, and returns the one name that the configurations give
// it.
func (r *aggregationReader) mapped() (string, error) {
	t := r.next()
	names, err := r.parser.columns(&value{text: t.text, at: t.at})
	if err != nil {
		return "", err
	}
	if !names.single {
		return "", refuseAt(t.at, "classic/mapping", "the aggregation's field "+quote(t.text)+" has several names or none")
	}
	return names.list[0], nil
}

func (r *aggregationReader) is(k tokenKind) bool {
	return r.pos < len(r.tokens) && r.tokens[r.pos].kind == k
}

func (r *aggregationReader) next() token {
	r.pos++
	return r.tokens[r.pos-1]
}

func (r *aggregationReader) take(k tokenKind) bool {
	if !r.is(k) {
		return false
	}
	r.pos++
	return true
}

func (r *aggregationReader) end() error {
	if r.pos < len(r.tokens) {
		return r.unexpected()
	}
	return nil
}

func (r *aggregationReader) unexpected() error {
	if r.pos >= len(r.tokens) {
		return refuseAt(r.bar.at, "classic/condition", "the aggregation ends too early")
	}
	t := r.tokens[r.pos]
	return refuseAt(t.at, "classic/condition", "the old grammar of aggregations has no place for "+quote(t.text)+" here")
}
