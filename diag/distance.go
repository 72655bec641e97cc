package diag

const longestWord = 64

// Distance counts the slips between two words: a character too many, too few,
// another one, or two neighbours that changed places. From limit on it does not
// count: it is the limit then, and so it is for words of more than 64 characters,
// which nobody mistypes. It is for hints that say what was meant; each caller
// knows how far a word may be off.
func Distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if max(len(x), len(y)) > longestWord || len(x)-len(y) >= limit || len(y)-len(x) >= limit {
		return limit
	}
	older, before, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		older, before, row = before, row, older
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(before[j+1]+1, row[j]+1, before[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
	}
	return min(limit, row[len(y)])
}
