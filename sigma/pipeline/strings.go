package pipeline

import "github.com/sigwatch/sigwatch/sigma"

// plainPart returns the plain form of a part.
func plainPart(p sigma.Part) string { return sigma.String{Parts: []sigma.Part{p}}.Plain() }

// appendParts joins parts so that no two texts stand side by side.
func appendParts(parts []sigma.Part, more ...sigma.Part) []sigma.Part {
	for _, p := range more {
		last := len(parts) - 1
		switch {
		case p.Kind == sigma.Text && p.Text == "":
		case p.Kind == sigma.Text && last >= 0 && parts[last].Kind == sigma.Text:
			parts[last].Text += p.Text
		default:
			parts = append(parts, p)
		}
	}
	return parts
}
