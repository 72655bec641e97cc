package sigma

import (
	"math/big"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestPlainKind is the table of section 1, and what stands at its borders.
func TestPlainKind(t *testing.T) {
	for want, values := range map[kind]string{
		kindBool:    "yes Yes YES no No NO on On ON off Off OFF true True TRUE false False FALSE",
		kindString:  "y n Y N yEs tRue None nulL 0o17 089 0b 0b2 0x 0xg _1 1e3 1.5e3 1.2.3 -.5 +.5 . - + 1:60 0:30 1:30: 1:300 a 2020-1-1 2020-01-0 2020-01-01x .Inf. -.nan .5e3 1.5e 1.5e+ 1,5 20200-01-01 2020-01-01T1",
		kindInt:     "0 1 -5 +5 017 -017 0_7 0x1F -0xf 0b101 0b1_0 1_000 1:30 12:30:45 -1:30 1_0:30 190:20:30 9999999999999999999999",
		kindFloat:   "1.5 5. .5 3.0 1.5e+3 1.5E-3 1_0.0_1 .5e+1 -1.25 +1.5 1:30.5 1:30. 0:30.5 .inf -.inf +.INF .nan .NaN 1.0e+400",
		kindTime:    "2020-01-01 2020-1-1T10:00:00 2020-01-01T10:00:00Z 2020-01-01t1:00:00.5 2020-01-01T10:00:00+01:00 2020-01-01T10:00:00-1",
		kindNull:    "~ null Null NULL",
		kindMerge:   "<<",
		kindDefault: "=",
	} {
		for value := range strings.FieldsSeq(values) {
			if got := plainKind(value); got != want {
				t.Errorf("%q is %v (%d), want %v (%d)", value, got, got, want, want)
			}
		}
	}
	for value, want := range map[string]kind{"": kindNull, "2020-01-01 10:00:00": kindTime, "2020-01-01 10:00:00 +1": kindTime, "2020-01-01 a": kindString} {
		if got := plainKind(value); got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	}
}

func TestTagged(t *testing.T) {
	for text, want := range map[string]kind{
		"!!str 5": kindString, "!!int 5": kindInt, `!!int "5"`: kindInt, "!!int x": kindOdd, "!!float 5": kindFloat,
		"!!bool yes": kindBool, "!!null x": kindNull, "!!timestamp 2020-01-01": kindTime, "!!binary aGk=": kindBinary,
		"!own 5": kindOdd, "'5'": kindString, `"yes"`: kindString, "|\n  5": kindString, "{}": kindMap, "[]": kindList, "!!set {}": kindMap,
	} {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := kindOf(doc.Content[0]); got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
}

func TestNumberText(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "+5": "5", "-5": "-5", "017": "15", "-017": "-15", "0x1F": "31", "0b101": "5", "1_000": "1000",
		"1:30": "90", "12:30:45": "45045", "-1:30": "-90", "1:30.50": "90.5", "9007199254740993": "9007199254740993",
		"123456789012345678901234567890": "123456789012345678901234567890", "0xffffffffffffffffff": "4722366482869645213695",
		"1.5": "1.5", "5.": "5", ".5": "0.5", "3.0": "3", "-0.0": "0", "0.10": "0.1", "1.5e+3": "1500", "1.5e-3": "0.0015",
		"0.00001": "0.00001", "1.0e+10": "10000000000", "12.5e-1": "1.25", "1.0e-400": "", "1.0e+400": "", ".inf": "", "-.inf": "", ".nan": "",
		"0.0e+999999999": "0",
	} {
		got, ok := numberText(in)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%s is %q, want %q", in, got, want)
		}
	}
	if _, ok := numberText(strings.Repeat("9", maxDigits+1)); ok {
		t.Error("a number of any length is taken")
	}
}

// A number's canonical form has the very value that was written, and is its
// own canonical form.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"1", "-1.50", "0x1F", "017", "1:30.5", "1.5e+3", ".5", "5.", "1_0.0_1e-3", "0b101", "190:20:30", "0.0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if k := plainKind(in); k != kindInt && k != kindFloat {
			return
		}
		text, ok := numberText(in)
		if !ok {
			return
		}
		if again, ok := numberText(text); !ok || again != text {
			t.Fatalf("%q is %q, and that is %q", in, text, again)
		}
		if strings.ContainsAny(in, ":xb") || in[0] == '0' || strings.Trim(in[:2%(len(in)+1)], "+-0") == "" {
			return
		}
		want, ok := new(big.Rat).SetString(strings.ReplaceAll(in, "_", ""))
		got, _ := new(big.Rat).SetString(text)
		if ok && want.Cmp(got) != 0 {
			t.Fatalf("%q is %q", in, text)
		}
	})
}

func TestNearest(t *testing.T) {
	words := []string{"contains", "endswith", "startswith", "re", "neq", "base64", "base64offset", "all"}
	for word, want := range map[string]string{
		"contain": "contains", "Contains": "contains", "ends_with": "endswith", "startwith": "startswith", "ne": "neq",
		"base46": "base64", "RE": "re", "foo": "", "regex": "", "": "", "containment": "", "x": "",
	} {
		if got := nearest(word, words); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}

func TestUUID(t *testing.T) {
	const want = "12345678-1234-4234-8234-123456789abc"
	for _, in := range []string{want, strings.ToUpper(want), "{" + want + "}", "urn:uuid:" + want, strings.ReplaceAll(want, "-", "")} {
		if got, ok := uuid(in); !ok || got != want {
			t.Errorf("uuid(%q) = %q, %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "foo", want + "0", want[1:], strings.Replace(want, "a", "g", 1)} {
		if got, ok := uuid(in); ok {
			t.Errorf("uuid(%q) = %q, want none", in, got)
		}
	}
}
