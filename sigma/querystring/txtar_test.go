package querystring_test

import (
	"os"
	"regexp"
	"strings"
)

// archive is a file in the txtar format: sections that begin with a line
// "-- name --", after a comment.
type archive struct {
	comment string
	files   []section
}

type section struct{ name, text string }

func readArchive(path string) (*archive, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text, a := string(data), &archive{}
	marks := regexp.MustCompile(`(?m)^-- (.+) --\n`).FindAllStringSubmatchIndex(text, -1)
	a.comment = text
	for i, m := range marks {
		if i == 0 {
			a.comment = text[:m[0]]
		}
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		a.files = append(a.files, section{text[m[2]:m[3]], text[m[1]:end]})
	}
	return a, nil
}

func (a *archive) write(path string) error {
	var b strings.Builder
	b.WriteString(a.comment)
	for _, f := range a.files {
		b.WriteString("-- " + f.name + " --\n" + f.text)
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
