package sigma

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// contains leaves both ends of the value open.
func contains(v Value, _ *use) (Value, *fault) { return open(v, true, true), nil }

// startsWith leaves the end of the value open.
func startsWith(v Value, _ *use) (Value, *fault) { return open(v, false, true), nil }

// endsWith leaves the front of the value open.
func endsWith(v Value, _ *use) (Value, *fault) { return open(v, true, false), nil }

func open(v Value, front, back bool) Value {
	switch v := v.(type) {
	case String:
		return openString(v, front, back)
	case Regex:
		v.Pattern = openRegex(v.Pattern, front, back)
		return v
	case FieldRef:
		v.StartsWith = v.StartsWith || back
		v.EndsWith = v.EndsWith || front
		return v
	}
	return v
}

// openString adds wildcards where there are none yet.
func openString(s String, front, back bool) String {
	parts := make([]Part, 0, len(s.Parts)+2)
	if front && (len(s.Parts) == 0 || s.Parts[0].Kind != Any) {
		parts = append(parts, Part{Kind: Any})
	}
	parts = append(parts, s.Parts...)
	if back && (len(parts) == 0 || parts[len(parts)-1].Kind != Any) {
		parts = append(parts, Part{Kind: Any})
	}
	s.Parts = parts
	return s
}

func openRegex(pattern string, front, back bool) string {
	if front && !strings.HasPrefix(pattern, ".*") && !strings.HasPrefix(pattern, "^") {
		pattern = ".*" + pattern
	}
	if back && !endsUnescaped(pattern, ".*") && !endsUnescaped(pattern, "$") {
		pattern += ".*"
	}
	return pattern
}

// endsUnescaped reports whether the pattern ends with that, and no backslash
// takes its meaning away.
func endsUnescaped(pattern, end string) bool {
	rest, ok := strings.CutSuffix(pattern, end)
	return ok && (len(rest)-len(strings.TrimRight(rest, `\`)))%2 == 0
}

func cased(v Value, _ *use) (Value, *fault) {
	s := v.(String)
	s.Cased = true
	return s, nil
}

// windash writes each dash or slash that begins an option in the five ways
// that Windows tools accept. Section 7: the places of \B[-/]\b.
func windash(v Value, u *use) (Value, *fault) {
	s := v.(String)
	variants := [][]Part{nil}
	for _, part := range s.Parts {
		var texts []string
		if part.Kind == Text {
			if texts = dashed(part.Text, maxExpansion/len(variants)); texts == nil {
				return nil, tooMany(u.name)
			}
		}
		variants = extend(variants, part, texts)
	}
	out := make(Expansion, len(variants))
	for i, parts := range variants {
		out[i] = String{Parts: parts, Cased: s.Cased}
	}
	return out, nil
}

// extend appends the part to each variant, once for each of the texts it can
// have if it has any.
func extend(variants [][]Part, part Part, texts []string) [][]Part {
	if len(texts) == 0 {
		for i := range variants {
			variants[i] = append(variants[i], part)
		}
		return variants
	}
	out := make([][]Part, 0, len(variants)*len(texts))
	for _, variant := range variants {
		for _, text := range texts {
			out = append(out, append(slices.Clip(variant), Part{Kind: Text, Text: text}))
		}
	}
	return out
}

// dashed returns all ways to write the text, the first place varying slowest,
// or nil where there are more than limit.
func dashed(text string, limit int) []string {
	out := []string{""}
	last := 0
	for i := range len(text) {
		if !optionAt(text, i) {
			continue
		}
		if len(out)*5 > limit {
			return nil
		}
		grown := make([]string, 0, len(out)*5)
		for _, head := range out {
			for _, dash := range []string{"-", "/", "\u2013", "\u2014", "\u2015"} {
				grown = append(grown, head+text[last:i]+dash)
			}
		}
		out, last = grown, i+1
	}
	for i := range out {
		out[i] += text[last:]
	}
	return out
}

func optionAt(text string, i int) bool {
	if text[i] != '-' && text[i] != '/' {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+1:])
	return (i <= 0 || !wordRune(before)) && i+1 < len(text) && wordRune(after)
}

// wordRune is \w of Python's regular expressions.
func wordRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
}

// cidr reads a network as Python's ip_network does, strictly: no host bits.
func cidr(v Value, _ *use) (Value, *fault) {
	s := v.(String)
	text, ok := s.Literal()
	if !ok {
		return nil, badNetwork(s.Plain(), "it has a wildcard; write a network such as 10.0.0.0/8")
	}
	address, mask, slash := strings.Cut(text, "/")
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Zone() != "" {
		return nil, badNetwork(text, "write an address and the length of the network's part, such as 10.0.0.0/8 or 2001:db8::/32")
	}
	bits := ip.BitLen()
	if slash {
		if bits, ok = maskBits(mask, ip); !ok {
			return nil, badNetwork(text, "what stands behind the slash is no length and no mask")
		}
	}
	network := netip.PrefixFrom(ip, bits)
	if network.Masked() != network {
		return nil, badNetwork(text, "it has bits set behind the network's part: write "+network.Masked().String())
	}
	return CIDR{Network: network.String()}, nil
}

func badNetwork(text, hint string) *fault {
	return badValue(strconv.Quote(text)+" is no network", hint)
}

// maskBits reads a length, and for IPv4 a netmask or a host mask.
func maskBits(mask string, ip netip.Addr) (int, bool) {
	if madeOf(mask, digits) {
		n, err := strconv.Atoi(mask)
		return n, err == nil && n <= ip.BitLen()
	}
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() || !ip.Is4() {
		return 0, false
	}
	b := m.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	if bits, ok := leadingOnes(n); ok {
		return bits, true
	}
	return leadingOnes(^n)
}

// leadingOnes counts the ones in front, and says whether only zeros follow.
func leadingOnes(n uint32) (int, bool) {
	ones := 0
	for ; n&(1<<31) != 0; n <<= 1 {
		ones++
	}
	return ones, n == 0
}

func fieldRef(v Value, _ *use) (Value, *fault) {
	s := v.(String)
	name, ok := s.Literal()
	switch {
	case !ok:
		return nil, badValue("a field reference cannot have wildcards or placeholders", "name one field; put contains, startswith or endswith after fieldref")
	case name == "":
		return nil, badValue("the field reference names no field", "write the name of the other field")
	}
	return FieldRef{Field: name}, nil
}

// expand turns %name% into placeholders; \% is a plain percent sign.
func expand(v Value, _ *use) (Value, *fault) {
	if r, ok := v.(Regex); ok {
		r.Expand = true
		return r, nil
	}
	s := v.(String)
	var parts []Part
	for _, part := range s.Parts {
		if part.Kind != Text {
			parts = append(parts, part)
			continue
		}
		parts = append(parts, placeholders(part.Text)...)
	}
	return join(parts, s.Cased), nil
}

func placeholders(text string) []Part {
	b := builder{}
	for i := 0; i < len(text); i++ {
		if strings.HasPrefix(text[i:], `\%`) {
			b.text.WriteByte('%')
			i++
			continue
		}
		if end := strings.IndexByte(text[i+1:], '%'); text[i] == '%' && end > 0 {
			b.special(Part{Kind: Placeholder, Text: text[i+1 : i+1+end]})
			i += end + 1
			continue
		}
		b.text.WriteByte(text[i])
	}
	return b.done()
}
