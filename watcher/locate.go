package watcher

// place is a token's place in a document, whatever its layout.
type place struct {
	steps []int
	part  part
}

type part int

const (
	opening part = iota // the value, or its opening bracket
	naming              // the name before it
	closing             // its closing bracket
)

// locate finds a place in a text, as line and column (in bytes) from 1.
func locate(text []byte, p place) (line, column int) {
	j := &jsonParser{text: text, depth: maxDepth, server: true}
	if len(text) >= 3 && string(text[:3]) == "\xEF\xBB\xBF" {
		j.at = 3
	}
	return j.place(j.find(p), true)
}

// find gives the offset of a place. The text is known to be good JSON; where
// it is not after all, the offset is wherever that came out.
func (p *jsonParser) find(want place) int {
	name := p.at
	for _, n := range want.steps {
		_ = p.space()
		if p.at >= len(p.text) {
			return len(p.text)
		}
		object := p.text[p.at] == '{'
		p.at++
		for i := range n + 1 {
			name = p.element(object)
			if i < n {
				_, _ = p.value(wantElement)
				_ = p.space()
				p.at = min(p.at+1, len(p.text))
			}
		}
	}
	_ = p.space()
	start := p.at
	switch want.part {
	case naming:
		return name
	case closing:
		_, _ = p.value(wantElement)
		return max(start, p.at-1)
	default:
		return start
	}
}

// element goes to the value of the next element and tells where its name is.
func (p *jsonParser) element(object bool) int {
	_ = p.space()
	start := p.at
	if !object || p.at >= len(p.text) {
		return start
	}
	_, _ = p.str()
	_ = p.space()
	p.at = min(p.at+1, len(p.text))
	_ = p.space()
	return start
}
