package build

import "strings"

// attackLinks are the pages of MITRE ATT&CK that a rule's tags name, in the
// order of the tags: techniques and sub-techniques (attack.t1059.001),
// tactics, groups (attack.g0069) and software (attack.s0002).
func attackLinks(tags []string) []string {
	var out []string
	for _, tag := range tags {
		name, ok := strings.CutPrefix(strings.ToLower(tag), "attack.")
		if !ok {
			continue
		}
		if path := attackPath(name); path != "" {
			out = append(out, "https://attack.mitre.org/"+path+"/")
		}
	}
	return out
}

func attackPath(name string) string {
	if id := tacticID(name); id != "" {
		return "tactics/" + id
	}
	number, sub, dotted := strings.Cut(name, ".")
	if len(number) != 5 || !digits(number[1:]) || dotted && (len(sub) != 3 || !digits(sub)) {
		return ""
	}
	id := strings.ToUpper(number)
	switch {
	case number[0] == 't' && dotted:
		return "techniques/" + id + "/" + sub
	case number[0] == 't':
		return "techniques/" + id
	case number[0] == 'g' && !dotted:
		return "groups/" + id
	case number[0] == 's' && !dotted:
		return "software/" + id
	default:
		return ""
	}
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// tacticID is the number of a tactic by its short name, of ATT&CK 19.1 and, for
// the rules of before, its name of then.
func tacticID(name string) string {
	switch strings.ReplaceAll(name, "_", "-") {
	case "reconnaissance":
		return "TA0043"
	case "resource-development":
		return "TA0042"
	case "initial-access":
		return "TA0001"
	case "execution":
		return "TA0002"
	case "persistence":
		return "TA0003"
	case "privilege-escalation":
		return "TA0004"
	case "stealth", "defense-evasion":
		return "TA0005"
	case "defense-impairment":
		return "TA0112"
	case "credential-access":
		return "TA0006"
	case "discovery":
		return "TA0007"
	case "lateral-movement":
		return "TA0008"
	case "collection":
		return "TA0009"
	case "command-and-control":
		return "TA0011"
	case "exfiltration":
		return "TA0010"
	case "impact":
		return "TA0040"
	default:
		return ""
	}
}
