package main

// technique is a technique as it is today.
type technique struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Tactics []string `json:"tactics"`
}

// retired is a technique that is no more. Current is its successor's id; empty
// where it has none.
type retired struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Current string `json:"current,omitempty"`
}

// attack writes the tactics and techniques of today, and those that were
// before.
func (r *reader) attack() []byte {
	type tactic struct {
		ID        string   `json:"id"`
		Name      string   `json:"name"`
		Short     string   `json:"shortname"`
		SplitInto []string `json:"split_into,omitempty"`
	}
	var tactics struct {
		Version          string
		Tactics, Retired []tactic
	}
	var today struct{ Techniques []technique }
	var past struct {
		Techniques []struct {
			ID, Status, Current string
			History             []struct{ Name string }
		}
	}
	r.read("attack_tactics.json", &tactics)
	r.read("attack_techniques_current.json", &today)
	r.read("attack_techniques_history.json", &past)
	var gone []retired
	for _, t := range past.Techniques {
		if t.Status != "current" && len(t.History) > 0 {
			gone = append(gone, retired{t.ID, t.History[len(t.History)-1].Name, t.Current})
		}
	}
	return r.write(
		section{name: "version", value: tactics.Version}, list("tactics", tactics.Tactics), list("retired_tactics", tactics.Retired),
		list("techniques", today.Techniques), list("retired", gone),
	)
}

// needs writes the Data Needed of 2021, the last there were.
func (r *reader) needs() []byte {
	type need struct {
		Title       string   `json:"title"`
		File        string   `json:"file,omitempty"`
		EventID     int      `json:"event_id,omitempty"`
		Category    string   `json:"category,omitempty"`
		Platform    string   `json:"platform,omitempty"`
		Type        string   `json:"type,omitempty"`
		Channel     string   `json:"channel,omitempty"`
		Provider    string   `json:"provider,omitempty"`
		Fields      []string `json:"fields"`
		Policies    []string `json:"logging_policies,omitempty"`
		References  []string `json:"references,omitempty"`
		Description string   `json:"description,omitempty"`
	}
	var in struct {
		Needs []need `json:"data_needed"`
	}
	r.read("data_needed.json", &in)
	return r.write(list("data_needed", in.Needs))
}

func (r *reader) policies() []byte {
	type policy struct {
		Title         string   `json:"title"`
		Default       string   `json:"default,omitempty"`
		Volume        string   `json:"volume,omitempty"`
		Description   string   `json:"description,omitempty"`
		References    []string `json:"references,omitempty"`
		Configuration string   `json:"configuration,omitempty"`
	}
	var in struct {
		Policies []policy `json:"logging_policies"`
	}
	r.read("logging_policies.json", &in)
	return r.write(list("logging_policies", in.Policies))
}

// triggers writes the names of the tests of Atomic Red Team. What they run is
// not taken over: the pages link there.
func (r *reader) triggers() []byte {
	type trigger struct {
		Technique string `json:"technique"`
		Tests     []struct {
			GUID      string   `json:"guid"`
			Name      string   `json:"name"`
			Platforms []string `json:"platforms"`
			Executor  string   `json:"executor"`
		} `json:"tests"`
	}
	var in struct{ Techniques []trigger }
	r.read("atomic_techniques.json", &in)
	return r.write(list("triggers", in.Techniques))
}

// logSources writes which channels and event ids the log sources of Windows
// are.
func (r *reader) logSources() []byte {
	type category struct {
		Channels []string `json:"channels,omitempty"`
		EventIDs []int    `json:"event_ids,omitempty"`
	}
	var in struct {
		Services   map[string][]string `json:"windows_services"`
		Categories map[string]category `json:"windows_categories"`
		Words      map[string]string   `json:"atc_final"`
	}
	r.read("sigma_logsource_map.json", &in)
	return r.write(
		section{name: "words", value: in.Words}, section{name: "windows_services", value: in.Services},
		section{name: "windows_categories", value: in.Categories},
	)
}

// old writes what the pages of 2019 were made of.
func (r *reader) old() []byte {
	type tactic struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	type need struct {
		Title    string   `json:"title"`
		Platform string   `json:"platform,omitempty"`
		Channel  string   `json:"channel,omitempty"`
		Fields   []string `json:"fields"`
	}
	type needs struct {
		Needs []need `json:"data_needed"`
	}
	var tags struct {
		A          map[string]tactic `json:"tactics_A"`
		B          map[string]tactic `json:"tactics_B"`
		Techniques map[string]string
	}
	var sources struct {
		Words map[string]string `json:"atc_2019"`
	}
	var a, b needs
	r.read("atc_tag_mapping_2019.json", &tags)
	r.read("sigma_logsource_map.json", &sources)
	r.read("data_needed_2019_A.json", &a)
	r.read("data_needed_2019_B.json", &b)
	return r.write(
		section{name: "words", value: sources.Words}, section{name: "tactics_a", value: tags.A}, section{name: "tactics_b", value: tags.B},
		section{name: "techniques", value: tags.Techniques}, list("needs_a", a.Needs), list("needs_b", b.Needs),
	)
}
