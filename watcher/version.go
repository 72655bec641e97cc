package watcher

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is the version of an Elasticsearch server.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads "7.17.6", "7.17", "8" and "8.19.1-SNAPSHOT"; missing
// parts are 0.
func ParseVersion(text string) (Version, error) {
	number, _, _ := strings.Cut(text, "-")
	parts := strings.Split(number, ".")
	if len(parts) > 3 {
		return Version{}, fmt.Errorf("parse version %q: more than three numbers", text)
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return Version{}, fmt.Errorf("parse version %q: %q is no number", text, p)
		}
		n[i] = int(v)
	}
	return Version{Major: n[0], Minor: n[1], Patch: n[2]}, nil
}

// String gives the version as the server writes it: "7.17.6".
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// AtLeast tells whether v is that version or a later one.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// Compare is negative where v is older than w, positive where it is newer.
func (v Version) Compare(w Version) int {
	for _, d := range [3]int{v.Major - w.Major, v.Minor - w.Minor, v.Patch - w.Patch} {
		if d != 0 {
			return d
		}
	}
	return 0
}
