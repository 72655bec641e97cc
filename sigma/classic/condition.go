package classic

import (
	"errors"
	"regexp"
	"strings"
)

// maxNodes bounds the tree of one rule, maxTokens the length of a condition
// and maxParens its depth. SigmaHQ's rules need a thousandth of that.
const (
	maxNodes  = 50_000
	maxTokens = 2_000
	maxParens = 64
)

// parser makes search trees of one rule.
type parser struct {
	run  *run
	rule *rule
	// definitions are what conditions may name, in file order.
	definitions []entry
	// values are the values that the definitions give to each field, for
	// conditional mappings.
	values map[string]map[string]bool
	nodes  int
}

// parse reads the conditions of a rule.
func (r *run) parse(rule *rule) error {
	p := &parser{run: r, rule: rule, values: map[string]map[string]bool{}}
	rule.parser = p
	detection := rule.doc.get("detection")
	if detection == nil || detection.kind != kindMap {
		return refuse("classic/rule", "the rule has no detection", "a rule is a map with title, logsource and detection")
	}
	condition := detection.get("condition")
	if condition == nil {
		return refuseAt(detection.at, "classic/rule", "the detection has no condition")
	}
	for _, e := range detection.entries {
		if e.key.kind == kindText && e.key.text == "condition" {
			continue
		}
		p.definitions = append(p.definitions, e)
		p.collect(e.value)
	}
	if err := p.source(); err != nil {
		return err
	}
	return p.conditions(condition)
}

// collect notes the values of all fields.
func (p *parser) collect(v *value) {
	if p.nodes++; p.nodes > maxNodes {
		return
	}
	for _, item := range v.items {
		p.collect(item)
	}
	for _, e := range v.entries {
		p.collectEntry(e)
	}
}

func (p *parser) collectEntry(e entry) {
	text, ok := e.value.python()
	if !ok {
		return
	}
	if p.values[e.key.text] == nil {
		p.values[e.key.text] = map[string]bool{}
	}
	p.values[e.key.text][text] = true
}

// conditions reads a condition or several. Anything but texts gives none.
func (p *parser) conditions(v *value) error {
	list := []*value{v}
	switch v.kind {
	case kindText:
	case kindList:
		list = v.items
	default:
		p.run.log.note(noCondition(v.kind), v.at)
		return nil
	}
	for _, c := range list {
		if c.kind != kindText {
			return refuseAt(c.at, "classic/condition", "a condition is "+c.kind.String())
		}
		s, err := p.condition(c)
		if err != nil {
			return err
		}
		p.rule.searches = append(p.rule.searches, s)
	}
	return nil
}

func (p *parser) condition(v *value) (search, error) {
	tokens, err := tokenize(v, p.run.is2019())
	if err != nil {
		return search{}, err
	}
	s := search{at: v.at}
	for i, t := range tokens {
		if t.kind == tokenPipe {
			reader := aggregationReader{parser: p, tokens: tokens[i+1:], bar: t}
			if s.agg, err = reader.read(); err != nil {
				return search{}, err
			}
			tokens = tokens[:i]
			break
		}
	}
	r := reduction{parser: p, at: v.at, outer: true}
	s.tree, err = r.search(tokens, 0)
	return s, err
}

// item is a token of a condition, or the node that took its place.
type item struct {
	token
	node *node
	// done is true for a node, a nil one too.
	done bool
}

// reduction turns the tokens of a condition into a tree.
type reduction struct {
	parser *parser
	at     place
	outer  bool
}

// search reads a condition or what stands in parentheses: as a search of its
// own, optimised by itself.
func (r *reduction) search(tokens []token, depth int) (*node, error) {
	items, err := r.parens(tokens, depth)
	if err != nil {
		return nil, err
	}
	for _, step := range []func([]item) ([]item, error){
		r.counted(tokenAllOf, opAnd), r.counted(tokenOneOf, opOr), r.names, r.nots, r.joined(tokenAnd, opAnd), r.joined(tokenOr, opOr),
	} {
		if items, err = step(items); err != nil {
			return nil, err
		}
	}
	if len(items) != 1 || !items[0].done {
		return nil, refuseAt(r.at, "classic/condition", "the condition is not complete, or two parts have no operator between them")
	}
	tree := items[0].node
	if depth == 0 || r.parser.run.is2019() {
		if tree, err = r.parser.withSource(tree); err != nil {
			return nil, err
		}
	}
	return r.parser.optimise(tree)
}

// parens puts a group in the place of each pair of parentheses. The profile
// 2019 takes the first closing one, and so knows no nesting.
func (r *reduction) parens(tokens []token, depth int) ([]item, error) {
	if depth > maxParens {
		return nil, refuseAt(r.at, "classic/too-large", "the condition is too deep")
	}
	var out []item
	for i := 0; i < len(tokens); i++ {
		if tokens[i].kind != tokenOpen {
			out = append(out, item{token: tokens[i]})
			continue
		}
		end := r.closing(tokens, i)
		switch {
		case end < 0:
			return nil, refuseAt(tokens[i].at, "classic/condition", "this parenthesis is never closed")
		case end == i+1:
			return nil, refuseAt(tokens[i].at, "classic/condition", "there is nothing between these parentheses")
		}
		inner, err := r.search(tokens[i+1:end], depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, item{node: group(inner), done: true})
		i = end
	}
	return out, nil
}

func (r *reduction) closing(tokens []token, open int) int {
	level := 0
	for i := open; i < len(tokens); i++ {
		switch {
		case tokens[i].kind == tokenOpen:
			level++
		case tokens[i].kind != tokenClose:
		case r.parser.run.is2019():
			return i
		default:
			if level--; level == 0 {
				return i
			}
		}
	}
	return -1
}

// counted replaces "1 of x" or "all of x".
func (r *reduction) counted(k tokenKind, join op) func([]item) ([]item, error) {
	return func(items []item) ([]item, error) {
		var out []item
		for i := 0; i < len(items); i++ {
			if items[i].done || items[i].kind != k {
				out = append(out, items[i])
				continue
			}
			if i++; i == len(items) || items[i].done || items[i].kind != tokenName {
				return nil, refuseAt(items[i-1].at, "classic/condition", "the old grammar wants a name behind "+quote(items[i-1].text))
			}
			n, err := r.parser.some(items[i].token, join)
			if err != nil {
				return nil, err
			}
			out = append(out, item{node: n, done: true})
		}
		return out, nil
	}
}

func (r *reduction) names(items []item) ([]item, error) {
	for i, it := range items {
		if it.done || it.kind != tokenName {
			continue
		}
		n, err := r.parser.named(it.token, opOr)
		if err != nil {
			return nil, err
		}
		items[i] = item{node: n, done: true}
	}
	return items, nil
}

func (r *reduction) nots(items []item) ([]item, error) {
	var out []item
	for i := 0; i < len(items); i++ {
		if items[i].done || items[i].kind != tokenNot {
			out = append(out, items[i])
			continue
		}
		if i++; i == len(items) || !items[i].done {
			return nil, r.missing(items[i-1])
		}
		out = append(out, item{node: &node{op: opNot, kids: []*node{items[i].node}, at: items[i-1].at}, done: true})
	}
	return out, nil
}

func (r *reduction) joined(k tokenKind, join op) func([]item) ([]item, error) {
	return func(items []item) ([]item, error) {
		var out []item
		for i := 0; i < len(items); i++ {
			if items[i].done || items[i].kind != k {
				out = append(out, items[i])
				continue
			}
			last := len(out) - 1
			if i++; i == len(items) || !items[i].done || last < 0 || !out[last].done {
				return nil, r.missing(items[i-1])
			}
			out[last].node = &node{op: join, kids: []*node{out[last].node, items[i].node}}
		}
		return out, nil
	}
}

func (r *reduction) missing(it item) error {
	return refuseAt(it.at, "classic/condition", "something is missing beside "+quote(it.text))
}

// some is "1 of x" and "all of x": the definitions that x names, or the items
// of one definition.
func (p *parser) some(t token, join op) (*node, error) {
	match := func(string) bool { return true }
	switch {
	case t.text == "them":
	case strings.Contains(t.text[1:], "*"):
		match = func(name string) bool { return matchName(t.text, name) }
	default:
		return p.named(t, join)
	}
	out := &node{op: join, at: t.at}
	for _, e := range p.definitions {
		name, ok := e.key.python()
		if !ok || !match(name) || !p.run.is2019() && name == "timeframe" {
			continue
		}
		n, err := p.definition(e.value, opOr)
		if err != nil {
			return nil, err
		}
		out.kids = append(out.kids, group(n))
	}
	return group(out), nil
}

// named is a definition in a group of its own.
func (p *parser) named(t token, join op) (*node, error) {
	for _, e := range p.definitions {
		if e.key.kind != kindText || e.key.text != t.text {
			continue
		}
		n, err := p.definition(e.value, join)
		if err != nil {
			return nil, err
		}
		return group(n), nil
	}
	return nil, p.unknown(t)
}

func (p *parser) unknown(t token) error {
	err := refuseAt(t.at, "classic/condition", "the old tool looks for a definition "+quote(t.text)+", and there is none")
	if why, ok := errors.AsType[*refusal](err); ok {
		why.hint = `it cuts a name that begins with a word of the grammar ("not", "or", "count", …), and knows only "1 of" and "all of"; ` + why.hint
	}
	return err
}

// matchName matches a pattern of the old tool: a regular expression in which
// the star stands for anything and the point for one character.
func matchName(pattern, name string) bool {
	if plainPattern(pattern) && !strings.Contains(name, "\n") {
		return matchStars(pattern, name)
	}
	re, err := regexp.Compile(`^(?:` + strings.ReplaceAll(pattern, "*", ".*") + `)$`)
	return err == nil && re.MatchString(name)
}

// plainPattern reports whether only stars stand for more than themselves.
func plainPattern(pattern string) bool {
	return strings.Trim(pattern, "*_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func matchStars(pattern, name string) bool {
	first, rest, stars := strings.Cut(pattern, "*")
	name, ok := strings.CutPrefix(name, first)
	if !ok || !stars {
		return ok && name == ""
	}
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		if _, name, ok = strings.Cut(name, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(name, parts[len(parts)-1])
}
