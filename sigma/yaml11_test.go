package sigma_test

import (
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/sigwatch/sigwatch/sigma"
)

func TestReadScalar(t *testing.T) {
	type scalar struct {
		kind sigma.ScalarKind
		text string
	}
	for text, want := range map[string]scalar{
		"a": {sigma.ScalarText, "a"}, "'5'": {sigma.ScalarText, "5"}, "1e3": {sigma.ScalarText, "1e3"}, "0o17": {sigma.ScalarText, "0o17"},
		"~": {sigma.ScalarNull, ""}, "Off": {sigma.ScalarBool, "false"}, "yes": {sigma.ScalarBool, "true"}, "y": {sigma.ScalarText, "y"},
		"0755": {sigma.ScalarInteger, "493"}, "22:30": {sigma.ScalarInteger, "1350"}, "0x10": {sigma.ScalarInteger, "16"}, "-1_0": {sigma.ScalarInteger, "-10"},
		"1.50": {sigma.ScalarFloat, "1.5"}, ".inf": {sigma.ScalarFloat, ".inf"}, "2020-01-02": {sigma.ScalarDate, "2020-01-02"},
		"!!binary aGk=": {sigma.ScalarBinary, "aGk="}, "!!str 5": {sigma.ScalarText, "5"}, "<<": {sigma.ScalarMerge, "<<"}, "!x y": {sigma.ScalarOdd, "y"}, "=": {sigma.ScalarOdd, "="},
	} {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(text), &n); err != nil {
			t.Fatal(err)
		}
		if kind, got := sigma.ReadScalar(n.Content[0]); (scalar{kind, got}) != want {
			t.Errorf("ReadScalar(%s) = %d %q, want %d %q", text, kind, got, want.kind, want.text)
		}
	}
}
