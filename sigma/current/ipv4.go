package current

import (
	"net/netip"
	"strconv"
	"strings"
)

// addressPatterns says an IPv4 network as patterns of addresses with a star
// for what may be anything: 10.0.0.0/8 is 10.*. There are at most 128. It is
// not ok for IPv6.
func addressPatterns(network string) ([]string, bool) {
	octets, ok := octetsOf(network)
	if !ok {
		return nil, false
	}
	var fixed []string
	for i, o := range octets {
		switch {
		case i == 0 && o.low == 0 && o.high == 255:
			return []string{"*.*.*.*"}, true
		case o.low == 0 && o.high == 255:
			return []string{join(fixed, "*")}, true
		case o.low == o.high:
			fixed = append(fixed, strconv.Itoa(o.low))
			continue
		}
		var out []string
		for n := o.low; n <= o.high; n++ {
			parts := append(append([]string{}, fixed...), strconv.Itoa(n))
			if i < 3 {
				parts = append(parts, "*")
			}
			out = append(out, strings.Join(parts, "."))
		}
		return out, true
	}
	return []string{strings.Join(fixed, ".")}, true
}

func join(fixed []string, last string) string {
	return strings.Join(append(append([]string{}, fixed...), last), ".")
}

// octets are the numbers that a part of an address may be.
type octets struct{ low, high int }

// octetsOf returns the four parts of an IPv4 network.
func octetsOf(network string) ([4]octets, bool) {
	var out [4]octets
	p, err := netip.ParsePrefix(network)
	if err != nil || !p.Addr().Is4() {
		return out, false
	}
	bytes := p.Masked().Addr().As4()
	for i, b := range bytes {
		free := min(max(8*(i+1)-p.Bits(), 0), 8)
		out[i] = octets{int(b), int(b) | (1<<free - 1)}
	}
	return out, true
}
