package current

import "regexp/syntax"

// shortest leaves out what an expression that may begin, or end, at any place
// says of the characters around what it needs: .*x finds what x finds, and
// \s+x what \sx finds. Grep would try all places for the former with all
// places for the latter, and give up at long lines.
func shortest(re *syntax.Regexp, front, back bool) *syntax.Regexp {
	switch re.Op {
	case syntax.OpStar, syntax.OpQuest:
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	case syntax.OpPlus:
		return shortest(re.Sub[0], front, back)
	case syntax.OpRepeat:
		return fewest(re)
	case syntax.OpCapture:
		return shortest(re.Sub[0], front, back)
	case syntax.OpAlternate:
		out := *re
		out.Sub = make([]*syntax.Regexp, len(re.Sub))
		for i, sub := range re.Sub {
			out.Sub[i] = shortest(sub, front, back)
		}
		return &out
	case syntax.OpConcat:
		return shortestOfMany(re, front, back)
	default:
		return re
	}
}

// fewest repeats as often as it has to.
func fewest(re *syntax.Regexp) *syntax.Regexp {
	if re.Min == 0 {
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	out := *re
	out.Max = re.Min
	return &out
}

func shortestOfMany(re *syntax.Regexp, front, back bool) *syntax.Regexp {
	subs := re.Sub
	for front && len(subs) > 0 {
		first := shortest(subs[0], true, false)
		subs = append([]*syntax.Regexp{first}, subs[1:]...)
		if first.Op != syntax.OpEmptyMatch {
			break
		}
		subs = subs[1:]
	}
	for back && len(subs) > 0 {
		last := shortest(subs[len(subs)-1], false, true)
		subs = append(append([]*syntax.Regexp{}, subs[:len(subs)-1]...), last)
		if last.Op != syntax.OpEmptyMatch {
			break
		}
		subs = subs[:len(subs)-1]
	}
	if len(subs) == 0 {
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	out := *re
	out.Sub = subs
	return &out
}
