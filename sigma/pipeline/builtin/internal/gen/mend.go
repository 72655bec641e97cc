package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// mendInitiated adds the text forms of true and false before the items that
// know the booleans only: 48 of SigmaHQ's 3,781 queries asked for a direction
// of "true", which no event has.
func mendInitiated(items *yaml.Node) error {
	const text = `
id: network_direction_text
type: map_string
mapping:
  'true': egress
  'True': egress
  'TRUE': egress
  'false': ingress
  'False': ingress
  'FALSE': ingress
field_name_conditions:
  - type: include_fields
    fields:
      - network.direction
`
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return err
	}
	for i, it := range items.Content {
		if value(it, "id").Value == "network_direction_egress" {
			items.Content = append(items.Content[:i:i], append([]*yaml.Node{doc.Content[0]}, items.Content[i:]...)...)
			return nil
		}
	}
	return errors.New("there is no item network_direction_egress any more: is the fault still there?")
}

// mendSignature corrects two log source categories that do not exist.
func mendSignature(items *yaml.Node) error {
	right := strings.NewReplacer("image_loaded", "image_load", "driver_loaded", "driver_load")
	mended := 0
	for _, it := range items.Content {
		if value(value(it, "mapping"), "Signature").Value == "" {
			continue
		}
		category := value(value(it, "rule_conditions").Content[0], "category")
		if wrong := category.Value; right.Replace(wrong) != wrong {
			category.Value = right.Replace(wrong)
			value(it, "id").Value = right.Replace(value(it, "id").Value)
			mended++
		}
	}
	if mended != 2 {
		return fmt.Errorf("mended %d mappings of Signature, not 2: is the fault still there?", mended)
	}
	return nil
}

// mendParent corrects a name: the event 4688 has a path there, and Winlogbeat
// makes process.parent.executable of it.
func mendParent(items *yaml.Node) error {
	for _, it := range items.Content {
		if v := value(value(it, "mapping"), "ParentProcessName"); v.Value == "process.parent.name" {
			v.Value = "process.parent.executable"
			return nil
		}
	}
	return errors.New("ParentProcessName is no process.parent.name any more: is the fault still there?")
}

// mendKubernetes gives the items without a condition that of the first one.
func mendKubernetes(items *yaml.Node) error {
	first := value(items.Content[0], "rule_conditions")
	if len(first.Content) == 0 {
		return errors.New("the first item has no condition")
	}
	mended := 0
	for _, it := range items.Content[1:] {
		if len(value(it, "rule_conditions").Content) > 0 {
			continue
		}
		it.Content = append(it.Content, word("rule_conditions"), first)
		mended++
	}
	if mended != 3 {
		return fmt.Errorf("mended %d items, not 3: is the fault still there?", mended)
	}
	return nil
}

// targets are the names in the large table of a Zeek pipeline.
func targets(items *yaml.Node) (it, mapping *yaml.Node, err error) {
	for _, it := range items.Content {
		if value(it, "id").Value == "zeek_ecs_field_mapping" {
			return it, value(it, "mapping"), nil
		}
	}
	return nil, nil, errors.New("there is no item zeek_ecs_field_mapping any more")
}

// mendTargets cuts comments off that the source had inside of its quotes.
func mendTargets(items *yaml.Node) error {
	_, mapping, err := targets(items)
	if err != nil {
		return err
	}
	mended := 0
	for _, n := range mapping.Content {
		name, _, _ := strings.Cut(n.Value, "#")
		if name = strings.TrimSpace(name); name != n.Value && n.Kind == yaml.ScalarNode {
			n.Value, n.Style = name, 0
			mended++
		}
	}
	if mended != 4 {
		return fmt.Errorf("mended %d names, not 4: is the fault still there?", mended)
	}
	return nil
}

func mendSwapped(items *yaml.Node) error {
	_, mapping, err := targets(items)
	if err != nil {
		return err
	}
	for _, pair := range [][2]string{{"ftp_command", "irc_command"}, {"kerberos_from", "smtp_from"}} {
		a, b := value(mapping, pair[0]), value(mapping, pair[1])
		service, _, _ := strings.Cut(pair[1], "_")
		if !strings.HasPrefix(a.Value, "zeek."+service+".") {
			return fmt.Errorf("%s is %s: is the fault still there?", pair[0], a.Value)
		}
		a.Value, b.Value = b.Value, a.Value
	}
	return nil
}

// mendGeneral names the fields that have a pattern with * for their name: in
// the log zeek.w the field K is zeek.w.K, where the table has that name. The
// patterns stay for the other logs, where no back end takes them.
func mendGeneral(items *yaml.Node) error {
	large, mapping, err := targets(items)
	if err != nil {
		return err
	}
	var known []string
	for i := 1; i < len(mapping.Content); i += 2 {
		known = append(known, mapping.Content[i].Value)
	}
	slices.Sort(known)
	byLog := map[string][]string{}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		general := mapping.Content[i].Value
		if mapping.Content[i+1].Value != "zeek.*."+general {
			continue
		}
		for _, name := range slices.Compact(slices.Clone(known)) {
			log, ok := strings.CutSuffix(strings.TrimPrefix(name, "zeek."), "."+general)
			if ok && !strings.ContainsAny(log, ".*") && strings.HasPrefix(name, "zeek.") {
				byLog[log] = append(byLog[log], general)
			}
		}
	}
	if !slices.Contains(byLog["smb_files"], "path") {
		return errors.New("path has no name in smb_files: is the fault still there?")
	}
	added := generalItems(byLog)
	i := slices.Index(items.Content, large)
	items.Content = slices.Concat(items.Content[:i:i], added, items.Content[i:])
	return nil
}

func generalItems(byLog map[string][]string) []*yaml.Node {
	var out []*yaml.Node
	for _, log := range slices.Sorted(maps.Keys(byLog)) {
		mapping := &yaml.Node{Kind: yaml.MappingNode}
		for _, general := range byLog[log] {
			mapping.Content = append(mapping.Content, word(general), word("zeek."+log+"."+general))
		}
		condition := mapOf(word("type"), word("logsource"), word("product"), word("zeek"), word("service"), word(log))
		out = append(out, mapOf(
			word("id"), word("zeek_ecs_field_mapping_"+log), word("type"), word("field_name_mapping"), word("mapping"), mapping,
			word("rule_conditions"), &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{condition}},
		))
	}
	return out
}

func mapOf(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: content}
}

func word(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }
