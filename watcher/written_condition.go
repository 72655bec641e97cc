package watcher

import (
	"slices"
	"strings"
)

// condition reads {TYPE: …}; of several types the last stays.
func (r *reader) condition() (*Object, error) {
	var c *Object
	err := r.eachOr(func(name string) error {
		v, err := r.conditionOf(name)
		c = single(name, v)
		return err
	}, func() error {
		// So it ends: the server forgets the token.
		return parseFault("could not parse condition for watch [%s]. invalid definition. expected a field indicating the condition type, but found", r.id)
	})
	if err == nil && c == nil {
		err = parseFault("could not parse condition for watch [%s]. missing required condition type field", r.id)
	}
	return c, err
}

func (r *reader) conditionOf(kind string) (any, error) {
	switch kind {
	case "always":
		return r.empty("unable to parse [always] condition for watch [%s]. expected an empty object but found [%s]")
	case "never":
		return r.empty("could not parse [never] condition for watch [%s]. expected an empty object but found [%s]")
	case "compare":
		return r.compare()
	case "array_compare":
		return r.arrayCompare()
	case "script":
		s, err := r.script("painless")
		if err != nil {
			return nil, wrapParse(err, "could not parse [script] condition for watch [%s]. failed to parse script", r.id)
		}
		return s, nil
	default:
		return nil, parseFault("could not parse condition for watch [%s]. unknown condition type [%s]", r.id, kind)
	}
}

func (r *reader) empty(complaint string) (any, error) {
	if r.token != startObject {
		return nil, parseFault(complaint, r.id, r.name())
	}
	if r.next() != endObject {
		return nil, parseFault(complaint, r.id, r.name())
	}
	return &Object{}, nil
}

// comparison resolves an operator; structures are compared by eq and not_eq
// only.
func comparison(text string) (op string, ok bool) {
	op = strings.ToLower(text)
	return op, slices.Contains([]string{"eq", "not_eq", "lt", "lte", "gt", "gte"}, op)
}

func takesStructures(op string) bool { return op == "eq" || op == "not_eq" }

func (r *reader) compareFault(kind, format string, args ...any) error {
	return parseFault("could not parse [%s] condition for watch [%s]. "+format, append([]any{kind, r.id}, args...)...)
}

func (r *reader) compare() (any, error) {
	const kind = "compare"
	if r.token != startObject {
		return nil, r.compareFault(kind, "expected an object but found [%s] instead", r.token)
	}
	var c *Object
	err := r.eachOr(func(path string) error {
		if r.token != startObject {
			return r.compareFault(kind, "expected an object for field [%s] but found [%s] instead", path, r.token)
		}
		v, err := r.compareValue(path)
		c = single(path, v)
		return err
	}, func() error {
		return r.compareFault(kind, "expected a field indicating the compared path, but found [%s] instead", r.token)
	})
	if err == nil && c == nil {
		r.later(faultf(typeArgument, "Field name cannot be null"))
	}
	return c, err
}

func (r *reader) compareValue(path string) (any, error) {
	const kind = "compare"
	if t := r.next(); t != fieldName {
		return nil, r.compareFault(kind, "expected a field indicating the comparison operator, but found [%s] instead", t)
	}
	op, ok := comparison(r.name())
	if !ok {
		return nil, r.compareFault(kind, "unknown comparison operator [%s]", r.name())
	}
	r.next()
	if err := r.checkCompared(kind, path, op); err != nil {
		return nil, err
	}
	value := r.anyValue()
	if t := r.next(); t != endObject {
		return nil, r.compareFault(kind, "expected end of path object, but found [%s] instead", t)
	}
	return single(op, value), nil
}

func (r *reader) checkCompared(kind, path, op string) error {
	if takesStructures(op) || r.token.isValue() || r.token == valueNull {
		return nil
	}
	return r.compareFault(kind, "compared value for [%s] with operation [%s] must either be a numeric, string, boolean or null value, but found [%s] instead", path, op, r.token)
}

// arrayCompared is an array_compare condition while it is read. What is given
// twice counts the last time, over all of it.
type arrayCompared struct {
	*reader
	array, path, op string
	pathGiven       bool
	value           any
	quantifier      string
}

func (r *reader) arrayCompare() (any, error) {
	const kind = "array_compare"
	if r.token != startObject {
		return nil, r.compareFault(kind, "expected an object but found [%s] instead", r.token)
	}
	a := arrayCompared{reader: r, quantifier: "some"}
	named := false
	err := r.eachOr(func(path string) error {
		named, a.array = true, path
		if r.token != startObject {
			return r.compareFault(kind, "expected an object for field [%s] but found [%s] instead", a.shownPath(), r.token)
		}
		return a.body()
	}, func() error {
		return r.compareFault(kind, "expected a field indicating the compared path, but found [%s] instead", r.token)
	})
	if err != nil {
		return nil, err
	}
	switch {
	case !named:
		r.later(faultf(typeArgument, "Field name cannot be null"))
	case a.op == "":
		r.later(faultf(typeNull, `Cannot invoke "org.elasticsearch.xpack.watcher.condition.ArrayCompareCondition$Op.id()" because "this.op" is null`))
	}
	return a.written(), nil
}

func (a *arrayCompared) shownPath() string {
	if !a.pathGiven {
		return "null"
	}
	return a.path
}

func (a *arrayCompared) written() *Object {
	return single(a.array, &Object{Members: []Member{
		{Name: "path", Value: a.path},
		{Name: a.op, Value: &Object{Members: []Member{
			{Name: "value", Value: a.value},
			{Name: "quantifier", Value: a.quantifier},
		}}},
	}})
}

func (a *arrayCompared) body() error {
	for {
		switch t := a.next(); t {
		case endObject:
			return nil
		case fieldName:
			if err := a.member(a.name()); err != nil {
				return err
			}
		default:
			return a.compareFault("array_compare", "expected a field indicating the compared path or a comparison operator, but found [%s] instead", t)
		}
	}
}

func (a *arrayCompared) member(name string) (err error) {
	const kind = "array_compare"
	if name == "path" {
		a.next()
		a.pathGiven = true
		a.path, err = a.text()
		return err
	}
	op, ok := comparison(name)
	if !ok {
		return a.compareFault(kind, "unknown comparison operator [%s]", name)
	}
	a.op = op
	if t := a.next(); t != startObject {
		return a.compareFault(kind, "expected an object for field [%s] but found [%s] instead", op, t)
	}
	for {
		switch t := a.next(); t {
		case endObject:
			return nil
		case fieldName:
			if err := a.operand(a.name()); err != nil {
				return err
			}
		default:
			return a.compareFault(kind, "expected a field indicating the comparison value or comparison quantifier, but found [%s] instead", t)
		}
	}
}

func (a *arrayCompared) operand(name string) error {
	const kind = "array_compare"
	a.next()
	switch name {
	case "value":
		if err := a.checkCompared(kind, a.shownPath(), a.op); err != nil {
			return err
		}
		a.value = a.anyValue()
		return nil
	case "quantifier":
		text, err := a.text()
		if err != nil {
			return err
		}
		a.quantifier = strings.ToLower(text)
		if a.quantifier != "some" && a.quantifier != "all" {
			return a.compareFault(kind, "unknown comparison quantifier [%s]", text)
		}
		return nil
	default:
		return a.compareFault(kind, "expected a field indicating the comparison value or comparison quantifier, but found [%s] instead", name)
	}
}
