package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/sigwatch/sigwatch/diag"
)

// File names come from rule files, and so from anyone who can open a pull
// request. What is made of them here lies in the output folder on every system
// that it is checked out on, and no two are the same where capitals do not
// count.

// maxName is the longest stem of a name, in bytes. Most systems take 255 for
// the whole.
const maxName = 120

// safeName makes a stem of a text: letters, digits and "._-" stay, no dot
// stands first, no device of Windows is named, and it is not too long.
func safeName(s string) string {
	var b strings.Builder
	for _, c := range norm.NFC.String(strings.ToValidUTF8(s, "_")) {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("._-", c) {
			c = '_'
		}
		b.WriteRune(c)
	}
	name := b.String()
	if trimmed := strings.TrimLeft(name, ".-"); trimmed != name {
		name = "_" + trimmed
	}
	name = strings.TrimRight(name, ".")
	if name == "" || reserved(name) {
		name = "_" + name
	}
	if len(name) > maxName {
		name = cut(name, maxName-9) + "-" + digest(s)
	}
	return name
}

// reserved reports whether Windows takes the name for a device, with any
// ending.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	for _, device := range []string{"COM", "LPT"} {
		if rest, ok := strings.CutPrefix(stem, device); ok && utf8.RuneCountInString(rest) == 1 && strings.Contains("0123456789¹²³", rest) {
			return true
		}
	}
	return false
}

func cut(s string, size int) string {
	for size > 0 && !utf8.RuneStart(s[size]) {
		size--
	}
	return s[:size]
}

// digest tells texts apart that made the same name.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

// fold maps names to one text that a file system may take for the same: some
// compare letter by letter, others take ß for ss.
func fold(name string) string {
	if !strings.ContainsFunc(name, func(c rune) bool { return c >= utf8.RuneSelf }) {
		return strings.ToLower(name)
	}
	return strings.ToLower(strings.ToUpper(cases.Fold().String(norm.NFKC.String(name))))
}

// stem is the name of a file without folders and ending.
func stem(file string) string {
	base := path.Base(file)
	for _, ext := range []string{".yml", ".yaml"} {
		if s, ok := strings.CutSuffix(base, ext); ok {
			return s
		}
	}
	return base
}

// name gives each rule its page: the name of its file. Where that is taken
// twice the names of folders are put before it, as few as tell them apart.
func name(rules []*Rule) {
	size := len(rules)
	n := naming{rules: rules, folders: make([]int, size), plain: make([]string, size), names: make([]string, size), keys: make([]string, size)}
	last := ""
	for i, r := range rules {
		n.plain[i] = stem(r.File)
		if r.File == last {
			n.plain[i] += "_" + strconv.Itoa(r.Document+1)
		}
		last = r.File
	}
	for n.again(func(i int) bool {
		if n.folders[i] >= strings.Count(n.rules[i].File, "/") {
			return false
		}
		n.folders[i]++
		return true
	}) {
	}
	for round := 0; round < 4 && n.again(func(i int) bool {
		n.plain[i] += "-" + digest(n.rules[i].File+strings.Repeat("#", round)+strconv.Itoa(n.rules[i].Document))
		return true
	}); round++ {
	}
	for i, r := range rules {
		r.Page = n.name(i)
	}
}

type naming struct {
	rules   []*Rule
	plain   []string
	folders []int // how many folders stand before the name
	// names and keys are what came out, and the same folded; empty where they
	// have to be made.
	names, keys []string
}

func (n *naming) name(i int) string {
	if n.names[i] == "" {
		n.names[i] = n.fresh(i)
		n.keys[i] = fold(n.names[i])
	}
	return n.names[i]
}

func (n *naming) fresh(i int) string {
	parts := strings.Split(n.rules[i].File, "/")
	parts = parts[:len(parts)-1]
	parts = append(slices.Clone(parts[len(parts)-n.folders[i]:]), n.plain[i])
	return safeName(strings.Join(parts, "_"))
}

// again changes all that have the same name as another, and reports whether
// there was one.
func (n *naming) again(change func(i int) bool) bool {
	groups := map[string][]int{}
	for i := range n.rules {
		n.name(i)
		groups[n.keys[i]] = append(groups[n.keys[i]], i)
	}
	changed := false
	for _, group := range groups {
		if len(group) < 2 {
			continue
		}
		for _, i := range group {
			if change(i) {
				changed, n.names[i] = true, ""
			}
		}
	}
	return changed
}

// OldNames gives old pages their names, one after another: the rule file's
// with its last extension replaced. Only a name that would leave the folder or
// is taken becomes another one.
type OldNames struct{ taken map[string]bool }

// Name returns the name for the page of a file, and a warning where it is
// another than Atomic Threat Coverage gave.
func (o *OldNames) Name(f *diag.File) (string, []diag.Diagnostic) {
	if o.taken == nil {
		o.taken = map[string]bool{}
	}
	plain := oldName(f)
	want, got, why := plain, plain, ""
	if leaves(plain) {
		want, why = safeName(stem(f.Name))+".md", "would leave the folder, or is none, on some system"
		got = want
	}
	for n := 0; o.taken[fold(got)]; n++ {
		why = "is taken by another rule"
		got = shorten(strings.TrimSuffix(want, ".md")) + "-" + digest(f.Name+strings.Repeat("#", n)) + ".md"
	}
	o.taken[fold(got)] = true
	if why == "" {
		return got, nil
	}
	return got, []diag.Diagnostic{{
		Span: f.Whole(), Severity: diag.Warning, Code: "catalog/renamed",
		Message: "the page's name " + strconv.Quote(plain) + " " + why + ": it is " + strconv.Quote(got),
		Hint:    "give the rule file a name of its own, of letters, digits and _",
	}}
}

func shorten(s string) string {
	if len(s) <= maxName {
		return s
	}
	return cut(s, maxName)
}

// leaves reports whether a name is no plain name of a file on every system. One
// that is no UTF-8 could not stand in a manifest either.
func leaves(name string) bool {
	return !utf8.ValidString(name) || strings.ContainsAny(name, "/\\:\x00") || name == "." || name == ".." || len(name) > 2*maxName || reserved(name)
}
