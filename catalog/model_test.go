package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

// describe makes the model of a rule's text.
func describe(tb testing.TB, text string) *catalog.Rule {
	tb.Helper()
	rules, ds := sigma.Parse(diag.NewFile("rule.yml", []byte(text)))
	if len(rules) != 1 {
		tb.Fatal(ds)
	}
	return catalog.Describe(catalog.Input{Rule: rules[0], Documents: 1})
}

// tagged makes the model of a rule with these tags.
func tagged(tags ...string) *catalog.Rule {
	return catalog.Describe(catalog.Input{Rule: &sigma.Rule{Title: "x", Tags: tags, File: diag.NewFile("a.yml", nil)}})
}

func TestAttack(t *testing.T) {
	for _, c := range []struct {
		tags                        string
		tactics, techniques, others string
	}{
		{"attack.privilege_escalation attack.privilege-escalation", "TA0004 Privilege Escalation", "", ""},
		{"attack.t1084", "", "T1546.003 Windows Management Instrumentation Event Subscription <T1084", ""},
		{"attack.t1084 attack.T1546.003", "", "T1546.003 Windows Management Instrumentation Event Subscription <T1084", ""},
		{"attack.t1089 attack.t1562.001", "", "T1685 Disable or Modify Tools <T1089 <T1562.001", ""},
		{"attack.t1064 attack.t9999", "", "T1064 Scripting retired, T9999  unknown", ""},
		{"attack.stealth attack.defense-impairment", "TA0005 Stealth, TA0112 Defense Impairment", "", ""},
		{"attack.defense_evasion", " Defense Evasion → Stealth, Defense Impairment", "", ""},
		{"attack.defense-evasion attack.t1562.001", "TA0112 Defense Impairment <Defense Evasion", "T1685 Disable or Modify Tools <T1562.001", ""},
		{"attack.defense-evasion attack.t1218.011", "TA0005 Stealth <Defense Evasion", "T1218.011 Rundll32", ""},
		{"attack.stealth attack.defense-evasion attack.t1218.011", "TA0005 Stealth", "T1218.011 Rundll32", ""},
		{"attack.t1546. attack.t15463 attack.t1546.0033 attack.t1546.x03 attack.1546", "", "", "attack.t1546., attack.t15463, attack.t1546.0033, attack.t1546.x03, attack.1546"},
		{"attack.s0002 attack.g0007 car.2013-05-009 car.2013-05-009 cve.2021-44228 attack.t1", "", "", "attack.s0002, attack.g0007, car.2013-05-009, cve.2021-44228, attack.t1"},
	} {
		r := tagged(strings.Fields(c.tags)...)
		var tactics, techniques []string
		for _, x := range r.Tactics {
			text := x.ID + " " + x.Name
			if x.TaggedAs != "" {
				text += " <" + x.TaggedAs
			}
			if len(x.SplitInto) > 0 {
				text += " → " + strings.Join(x.SplitInto, ", ")
			}
			tactics = append(tactics, text)
		}
		for _, x := range r.Techniques {
			text := x.ID + " " + x.Name + map[catalog.TechniqueStatus]string{catalog.Retired: " retired", catalog.Unknown: " unknown"}[x.Status]
			for _, old := range x.TaggedAs {
				text += " <" + old
			}
			techniques = append(techniques, text)
		}
		want := [3]string{c.tactics, c.techniques, c.others}
		if diff := cmp.Diff(want, [3]string{strings.Join(tactics, ", "), strings.Join(techniques, ", "), strings.Join(r.OtherTags, ", ")}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.tags, diff)
		}
	}
	if r := tagged("attack.initial access", "ATTACK.Lateral_Movement", "attack.T1078.004"); len(r.Tactics) != 2 || len(r.Techniques) != 1 || len(r.OtherTags) != 0 {
		t.Errorf("tags with blanks and capitals: %v, %v, others %v", r.Tactics, r.Techniques, r.OtherTags)
	}
	if order := catalog.Tactics(); len(order) != 15 || order[0].Name != "Reconnaissance" || order[14].Name != "Impact" {
		t.Errorf("the matrix is %v", order)
	}
}

func TestNeeds(t *testing.T) {
	for _, c := range []struct{ source, detection, want string }{
		{"product: windows, service: wmi", "{EventID: [5861, '5859']}", "DN_0080_5859_wmi_activity, DN_0081_5861_wmi_activity"},
		{"product: windows, service: sysmon", "{EventID: 11, Image: x}", "DN_0015_11_windows_sysmon_FileCreate"},
		{"product: windows, category: process_creation", "{Image|endswith: x}", "DN_0003_1_windows_sysmon_process_creation, DN_0001_4688_windows_process_creation, DN_0002_4688_windows_process_creation_with_commandline"},
		{"product: windows, category: process_creation", "{CommandLine|contains: x}", "DN_0003_1_windows_sysmon_process_creation, DN_0002_4688_windows_process_creation_with_commandline"},
		{"product: windows, category: registry_event", "{TargetObject: x}", "DN_0016_12_windows_sysmon_RegistryEvent, DN_0017_13_windows_sysmon_RegistryEvent, DN_0018_14_windows_sysmon_RegistryEvent"},
		{"product: windows, category: registry_set", "{TargetObject: x}", "DN_0017_13_windows_sysmon_RegistryEvent"},
		{"product: windows, category: no_such_thing", "{a: x}", ""},
		{"product: windows, service: security", "[a keyword]", ""},
		{"product: windows, service: security", "{EventID: 1}", ""},
		{"product: windows", "{EventID: 4688}", ""},
		{"product: linux, service: sshd", "[Failed password]", "DN_0094_linux_sshd_log, DN_0095_linux_auth_pam_log"},
		{"product: linux", "{a: b}", ""},
		{"category: antivirus", "{Signature|contains: x}", "DN_0084_av_alert"},
	} {
		r := describe(t, "title: x\nlogsource: {"+c.source+"}\ndetection: {s: "+c.detection+", condition: s}\n")
		var got []string
		for _, n := range r.Needs {
			got = append(got, n.Title)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s, %s: %q, want %q", c.source, c.detection, got, c.want)
		}
	}
}

// TestNeedsOfCorpus: the log sources of Windows are known as well as before.
func TestNeedsOfCorpus(t *testing.T) {
	rules, found, tags := 0, 0, 0
	each(t, shared(t, "corpus", "sigmahq"), func(f *diag.File) {
		all, _ := sigma.Parse(f)
		for _, r := range all {
			m := catalog.Describe(catalog.Input{Rule: r})
			for _, x := range m.Techniques {
				if x.Status == catalog.Unknown {
					t.Errorf("%s: %s is unknown", f.Name, x.ID)
				}
			}
			for _, tag := range m.OtherTags {
				if strings.HasPrefix(tag, "attack.") && !strings.HasPrefix(tag, "attack.s") && !strings.HasPrefix(tag, "attack.g") && !strings.HasPrefix(tag, "attack.ds") {
					t.Errorf("%s: the tag %s is of no use", f.Name, tag)
				}
			}
			tags += len(m.Techniques)
			if r.LogSource.Product != "windows" {
				continue
			}
			if rules++; len(m.Needs) > 0 {
				found++
			}
		}
	})
	t.Logf("%d of %d rules for Windows have Data Needed, %d techniques", found, rules, tags)
	if found*100 < rules*90 {
		t.Errorf("only %d of %d rules for Windows have Data Needed", found, rules)
	}
}

// TestProofs: the test that a rule names stands on its page, if it is known.
func TestProofs(t *testing.T) {
	r := describe(t, `
title: proved
logsource: {product: linux}
detection: {s: {a: b}, condition: s}
simulation:
    - {type: atomic-red-team, name: wrong name, technique: T1222.002, atomic_guid: e7469fe2-ad41-4382-8965-99b94dd3c13f}
    - {type: atomic-red-team, atomic_guid: 00000000-0000-0000-0000-000000000000}
    - nothing
`)
	if len(r.Proofs) != 1 || r.Proofs[0].Trigger.Technique != "T1222.002" {
		t.Fatalf("proofs %v", r.Proofs)
	}
	files := filesOf(r)
	if page := files["Detection_Rules/rule.md"]; !strings.Contains(page, "../Triggers/T1222.002.md) (T1222.002, e7469fe2-ad41-4382-8965-99b94dd3c13f)") {
		t.Errorf("the page does not name the test:\n%s", page)
	}
	if page := files["Triggers/T1222.002.md"]; !strings.Contains(page, "[proved](../Detection_Rules/rule.md)") {
		t.Errorf("the trigger does not name the rule:\n%s", page)
	}
}

// TestLabels: links to rules of one title say more.
func TestLabels(t *testing.T) {
	rule := func(file, title, service string) *catalog.Rule {
		return catalog.Describe(catalog.Input{Rule: &sigma.Rule{Title: title, File: diag.NewFile(file, nil), LogSource: sigma.LogSource{Service: service}}})
	}
	index := filesOf(rule("a.yml", "one", "x"), rule("b.yml", "two", "x"), rule("c.yml", "two", "y"), rule("d.yml", "three", ""), rule("e.yml", "three", ""))["index.md"]
	for _, want := range []string{"[one](", "[two (service: x)](", "[two (service: y)](", `[three \[d\]](`, `[three \[e\]](`} {
		if !strings.Contains(index, want) {
			t.Errorf("the index has no %q:\n%s", want, index)
		}
	}
}

// TestBroken: what could not be read has a page that says why.
func TestBroken(t *testing.T) {
	f := diag.NewFile("rules/bad.yml", []byte("title: Bad\ndetection: 5\n"))
	p := sigma.ParseFile(f)
	files := filesOf(catalog.Broken(f, p.Rejected[0], 1, p.Diagnostics))
	page := files["Detection_Rules/bad.md"]
	for _, want := range []string{"# Bad\n", "> **This rule was refused", "> **error** in line", "```yaml\ntitle: Bad\n"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
	if !strings.Contains(files["index.md"], "## Refused") {
		t.Errorf("the index does not name it:\n%s", files["index.md"])
	}
}

// TestRejected: of a document that gave no rule there is all that could be
// read, so that it is found under its level and tactic.
func TestRejected(t *testing.T) {
	f := diag.NewFile("rules/many.yml", []byte(`title: Many logons
id: 00000000-0000-4000-8000-000000000001
description: Counts logons
level: high
tags: [attack.credential-access, attack.t1110]
correlation: {type: event_count, rules: [x], group-by: [User], timespan: 5m, condition: {gte: 10}}
`))
	p := sigma.ParseFile(f)
	if len(p.Rejected) != 1 {
		t.Fatal(p.Diagnostics)
	}
	r := catalog.Broken(f, p.Rejected[0], 1, p.Diagnostics)
	if !r.Refused() || r.Level != "high" || len(r.Tactics) != 1 || len(r.Techniques) != 1 {
		t.Errorf("the model is %+v", r)
	}
	files := filesOf(r)
	for _, want := range []string{"> **This rule was refused", "| Description | Counts logons |", "| Severity Level | high |", "T1110: Brute Force"} {
		if page := files["Detection_Rules/many.md"]; !strings.Contains(page, want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
	if !strings.Contains(files["Tactics/credential-access.md"], "Many logons") {
		t.Error("its tactic does not name it")
	}
}

// TestFilters: a filter that was applied stands on the rule's page, and what
// was found in it names its file.
func TestFilters(t *testing.T) {
	rule := diag.NewFile("rules/a.yml", []byte("title: a\n"))
	filter := diag.NewFile("filters/adm|n.yml", []byte("title: Admins\nfilter: {x: y}\n---\ntitle: other\n"))
	head := &sigma.Rule{Title: "Admins", File: filter, Span: diag.Span{File: filter, Start: 0, End: 28}}
	r := catalog.Describe(catalog.Input{
		Documents: 1, Rule: &sigma.Rule{Title: "a", File: rule, Span: rule.Whole(), Filters: []*sigma.Filter{{Head: head}}},
		Found: []diag.Diagnostic{
			{Span: diag.Span{File: filter, Start: 14, End: 20}, Severity: diag.Error, Code: "a/b", Message: "there"},
			{Span: diag.Span{File: rule, Start: 7, End: 8}, Severity: diag.Error, Code: "a/b", Message: "here"},
		},
	})
	page := filesOf(r)["Detection_Rules/a.md"]
	for _, want := range []string{
		"| Filters | Admins (filters/adm&#124;n.yml) |",
		"### Filter: Admins\n\n```yaml\ntitle: Admins\nfilter: {x: y}\n```\n",
		"**error** in filters/adm&#124;n.yml, line 2, column 1: there",
		"**error** in line 1, column 8: here",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
}
