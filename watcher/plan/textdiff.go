package plan

import (
	"slices"
	"strings"
)

// hunk is one changed part of a text, with a little of what stands around it.
type hunk struct {
	lead, before, after, tail string
	// lines marks a part of a text of several lines.
	lines bool
}

const (
	// around is how many clauses of context a hunk shows on each side.
	around = 2
	// maxTable bounds the work: beyond it the changed middle is one hunk.
	maxTable = 1 << 20
)

// textDiff lists the changed parts of two texts: by line where there are
// several, else by clause, so that one changed value of a long query is seen
// at once.
func textDiff(before, after string) []hunk {
	lines := strings.Contains(before, "\n") || strings.Contains(after, "\n")
	cut := clauses
	if lines {
		cut = func(s string) []string { return slices.Collect(strings.Lines(s)) }
	}
	a, b := cut(before), cut(after)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	end := 0
	for end < len(a)-head && end < len(b)-head && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	runs := changedRuns(a[head:len(a)-end], b[head:len(b)-end])
	var out []hunk
	for _, r := range runs {
		r.fromA, r.toA, r.fromB, r.toB = r.fromA+head, r.toA+head, r.fromB+head, r.toB+head
		h := r.hunk(a, b)
		h.lines = lines
		if !lines {
			h.ellipses(r, len(a))
		}
		out = append(out, h)
	}
	return out
}

// clauses cuts a text at blanks outside quotes and expressions between
// slashes; joined they are the text again.
func clauses(s string) []string {
	var out []string
	start, quote, escaped := 0, byte(0), false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '/' && i > 0 && s[i-1] == ':':
			quote = c
		case c == ' ':
			out = append(out, s[start:i+1])
			start = i + 1
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// run is a stretch of a that became a stretch of b.
type run struct{ fromA, toA, fromB, toB int }

func (r run) hunk(a, b []string) hunk {
	lead, tail := max(0, r.fromA-around), min(len(a), r.toA+around)
	return hunk{
		lead:   strings.Join(a[lead:r.fromA], ""),
		before: strings.Join(a[r.fromA:r.toA], ""),
		after:  strings.Join(b[r.fromB:r.toB], ""),
		tail:   strings.Join(a[r.toA:tail], ""),
	}
}

// ellipses marks what is left out on either side of a clause of n.
func (h *hunk) ellipses(r run, n int) {
	if r.fromA > around {
		h.lead = "… " + h.lead
	}
	if r.toA+around < n {
		h.tail = strings.TrimRight(h.tail, " ") + " …"
	}
}

// changedRuns finds what a longest common subsequence leaves over.
func changedRuns(a, b []string) []run {
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	if len(a)*len(b) > maxTable || len(a) == 0 || len(b) == 0 {
		return []run{{0, len(a), 0, len(b)}}
	}
	table := commonLengths(a, b)
	var runs []run
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		if i < len(a) && j < len(b) && a[i] == b[j] {
			i, j = i+1, j+1
			continue
		}
		r := run{i, i, j, j}
		for (i < len(a) || j < len(b)) && (i == len(a) || j == len(b) || a[i] != b[j]) {
			if j == len(b) || i < len(a) && table[i+1][j] >= table[i][j+1] {
				i++
			} else {
				j++
			}
		}
		r.toA, r.toB = i, j
		runs = append(runs, r)
	}
	return join(runs)
}

// commonLengths is the table of the longest common subsequences of all ends.
func commonLengths(a, b []string) [][]int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i, x := range slices.Backward(a) {
		for j, y := range slices.Backward(b) {
			if x == y {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}

// join makes one of runs whose surroundings would overlap.
func join(runs []run) []run {
	var out []run
	for _, r := range runs {
		if n := len(out); n > 0 && r.fromA-out[n-1].toA <= 2*around {
			out[n-1].toA, out[n-1].toB = r.toA, r.toB
			continue
		}
		out = append(out, r)
	}
	return out
}
