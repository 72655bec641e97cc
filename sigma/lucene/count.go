package lucene

import "strconv"

// countText is what follows the repeated part; max is -1 where there is no end.
func countText(least, most int) string {
	switch {
	case least == 0 && most < 0:
		return "*"
	case least == 1 && most < 0:
		return "+"
	case least == 0 && most == 1:
		return "?"
	case most < 0:
		return "{" + strconv.Itoa(least) + ",}"
	case least == most:
		return "{" + strconv.Itoa(least) + "}"
	default:
		return "{" + strconv.Itoa(least) + "," + strconv.Itoa(most) + "}"
	}
}
