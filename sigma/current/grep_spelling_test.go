package current_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestGrepSpellings: what programs make of the same object is the same to the
// command, and so is where it stands.
func TestGrepSpellings(t *testing.T) {
	requireGrep(t)
	const signs = `s: {A: "a+b=c/d 'e' <f> & \"g\" ` + "`h`" + `\x7f"}`
	for name, c := range map[string]struct{ detection, line string }{
		"plain":                {signs, `{"A":"a+b=c/d 'e' <f> & \"g\" ` + "`h`\x7f" + `"}`},
		".NET":                 {signs, `{"A":"a\u002Bb=c/d \u0027e\u0027 \u003Cf\u003E \u0026 \u0022g\u0022 \u0060h\u0060\u007F"}`},
		"Gson":                 {signs, `{"A":"a+b\u003dc/d \u0027e\u0027 \u003cf\u003e \u0026 \"g\" ` + "`h`" + `\u007f"}`},
		"PHP, JavaScript":      {`s: {A: ['x/y', 'v/w']}`, `{"A":"x\/y"}`},
		"slash in digits":      {`s: {A: 'x/y'}`, `{"A":"x\u002Fy"}`},
		"byte order mark":      {"s: {A: x}", "\xef\xbb\xbf" + `{"A":"x"}`},
		"mark and blanks":      {"s: ['x']", "\xef\xbb\xbf  " + `{"A":"x"}`},
		"not, behind the mark": {"s: {A: y}\ncondition: not s", "\xef\xbb\xbf" + `{"A":"x"}`},
		"list of objects":      {"s: {A.b: y}", `{"A":[{"b":"x"},{"c":[1,{}],"b":["z","Y"]}]}`},
		"list of lists":        {"s: {A.b: y}", `{"A":{"b":[[],["x",["y"]]]}}`},
		"behind other members": {"s: {A.b: y}", `{"A":{"x":{"b":"n"},"b":"y"},"A.b":"n"}`},
		"two of one name":      {"s: {A.b: y}", `{"A":{"b":"n"},"A.b":"y"}`},
		"carriage return":      {"s: {A: y}", "{\"A\" : \"y\"}\r"},
	} {
		t.Run(name, func(t *testing.T) {
			text, ds := render(t, "grep", c.detection, "lines=json")
			if len(ds) > 0 {
				t.Fatal(ds)
			}
			if got := fmt.Sprint(grepped(t, text, []string{`{"B":"y"}`, c.line})); !strings.HasSuffix(got, "2]") {
				t.Errorf("%s\nfinds %s of %s", text, got, c.line)
			}
		})
	}
}
