package catalog

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sigwatch/sigwatch/sigma"
)

// Need is a Data Needed: a kind of event that rules look at.
type Need struct {
	Title string
	// EventID is 0 where there is none.
	EventID                                     int `json:"event_id"`
	Category, Platform, Type, Channel, Provider string
	Fields                                      []string
	// Policies are the titles of the logging policies that switch it on.
	Policies    []string `json:"logging_policies"`
	References  []string
	Description string

	File string // the name of its page where that is not the title
}

// Page is the name of the Data Needed's page, without its ending.
func (n *Need) Page() string {
	if n.File != "" {
		return n.File
	}
	return n.Title
}

// Policy is a logging policy: how to switch events on.
type Policy struct {
	Title, Default, Volume, Description string
	References                          []string
	Configuration                       string
}

//go:embed data/needs.json
var needData []byte

//go:embed data/policies.json
var policyData []byte

//go:embed data/logsource.json
var sourceData []byte

var needs = sync.OnceValue(func() []*Need {
	var t struct {
		Needs []*Need `json:"data_needed"`
	}
	decodeTable(needData, &t)
	return t.Needs
})

var policies = sync.OnceValue(func() map[string]*Policy {
	var t struct {
		Policies []*Policy `json:"logging_policies"`
	}
	decodeTable(policyData, &t)
	out := map[string]*Policy{}
	for _, p := range t.Policies {
		out[p.Title] = p
	}
	return out
})

// sourceTable says which channels and event ids log sources are.
type sourceTable struct {
	Services   map[string][]string `json:"windows_services"`
	Categories map[string]struct {
		Channels []string
		EventIDs []int `json:"event_ids"`
	} `json:"windows_categories"`
	Words map[string]string
}

var sources = sync.OnceValue(func() *sourceTable {
	t := &sourceTable{}
	decodeTable(sourceData, t)
	return t
})

// asked is what a detection asks for.
type asked struct {
	fields []string
	ids    []int
}

// detectionOf collects the fields and event ids of a detection.
func detectionOf(r *sigma.Rule) asked {
	var a asked
	for it := range r.Detection.Items() {
		a.item(it)
	}
	return a
}

func (a *asked) item(n *sigma.Item) {
	if n.Field != "" && !slices.Contains(a.fields, n.Field) {
		a.fields = append(a.fields, n.Field)
	}
	if n.Field != "EventID" {
		return
	}
	for _, v := range n.Values {
		var text string
		switch v := v.Value.(type) {
		case sigma.Number:
			text = v.Text
		case sigma.String:
			text = v.Plain()
		}
		if id, err := strconv.Atoi(text); err == nil && id > 0 && !slices.Contains(a.ids, id) {
			a.ids = append(a.ids, id)
		}
	}
}

// needsOf finds the Data Needed of a rule: by the channels and event ids that
// its log source stands for, narrowed by the event ids and fields that it asks
// for. What is left to guess is left out.
func needsOf(r *sigma.Rule) []*Need {
	a := detectionOf(r)
	s := r.LogSource
	switch {
	case s.Product == "windows" && s.Category != "":
		return windowsCategory(s.Category, a)
	case s.Product == "windows" && s.Service != "":
		return a.narrow(inChannels(sources().Services[s.Service]))
	case s.Category == "antivirus":
		return having(func(n *Need) bool { return n.Platform == "antivirus" })
	case s.Service != "":
		return a.narrow(having(func(n *Need) bool { return ofService(n, s) }))
	default:
		return nil
	}
}

func having(is func(*Need) bool) []*Need {
	var out []*Need
	for _, n := range needs() {
		if is(n) {
			out = append(out, n)
		}
	}
	return out
}

func inChannels(channels []string) []*Need {
	return having(func(n *Need) bool { return n.Platform == "Windows" && slices.Contains(channels, n.Channel) })
}

// windowsCategory finds the events of a category. For process_creation that
// is Sysmon's event and Security 4688, whose plain form has no command line.
func windowsCategory(category string, a asked) []*Need {
	out := ofCategories()[category]
	if category != "process_creation" {
		return out
	}
	commandLine := slices.Contains(a.fields, "CommandLine") || slices.Contains(a.fields, "ParentCommandLine")
	for _, n := range needs() {
		if n.EventID == 4688 && (!commandLine || slices.Contains(n.Fields, "CommandLine")) {
			out = append(out, n)
		}
	}
	return out
}

// ofCategories are the events of each category of Windows.
var ofCategories = sync.OnceValue(func() map[string][]*Need {
	out := map[string][]*Need{}
	for category, c := range sources().Categories {
		out[category] = slices.Clip(having(func(n *Need) bool {
			return n.Platform == "Windows" && slices.Contains(c.Channels, n.Channel) && slices.Contains(c.EventIDs, n.EventID)
		}))
	}
	return out
})

// platforms are the platforms of products other than Windows. It is never
// written.
var platforms = map[string][]string{
	"linux": {"Linux", "Unix"},
	"azure": {"Cloud"},
	"m365":  {"Office 365"},
}

// ofService reports whether a Data Needed is of a service of a product other
// than Windows.
func ofService(n *Need, s sigma.LogSource) bool {
	channel := s.Service
	if word, ok := sources().Words[s.Service]; ok {
		channel = word
	}
	return slices.Contains(platforms[s.Product], n.Platform) && strings.EqualFold(n.Channel, channel)
}

// mostUnnarrowed is how many Data Needed a rule may have that neither event
// ids nor fields tell apart.
const mostUnnarrowed = 5

// narrow leaves those that the rule asks for: by event id where it names some,
// else by its fields.
func (a asked) narrow(among []*Need) []*Need {
	var out []*Need
	for _, n := range among {
		if len(a.ids) > 0 && slices.Contains(a.ids, n.EventID) || len(a.ids) == 0 && holdsAll(n.Fields, a.fields) {
			out = append(out, n)
		}
	}
	if len(a.ids) == 0 && len(a.fields) == 0 && len(out) > mostUnnarrowed {
		return nil
	}
	return out
}

// policiesOf returns the logging policies of Data Needed, each once.
func policiesOf(ns []*Need) []*Policy {
	var out []*Policy
	for _, n := range ns {
		for _, title := range n.Policies {
			if p, ok := policies()[title]; ok && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}
