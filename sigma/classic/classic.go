package classic

import (
	"slices"

	"github.com/sigwatch/sigwatch/diag"
)

// Target is a language that sigmac wrote.
type Target string

// The targets, by the names that sigmac gave them.
const (
	ESQS     Target = "es-qs"
	Kibana   Target = "kibana"
	Watcher  Target = "xpack-watcher"
	Graylog  Target = "graylog"
	Splunk   Target = "splunk"
	LogPoint Target = "logpoint"
	Grep     Target = "grep"
)

// Targets returns all targets.
func Targets() []Target {
	return []Target{ESQS, Kibana, Watcher, Graylog, Splunk, LogPoint, Grep}
}

// Profile is a state of sigmac.
type Profile string

// The profiles.
const (
	// Profile2019 is sigmac of 2019-04-01, which wrote the pages of Atomic
	// Threat Coverage. It knows no value modifiers.
	Profile2019 Profile = "2019"
	// Profile2023 is the last state of sigmac, of 2023-05-07.
	Profile2023 Profile = "2023"
)

// Profiles returns all profiles, the oldest first.
func Profiles() []Profile { return []Profile{Profile2019, Profile2023} }

// Options say what to write and how.
type Options struct {
	Target  Target
	Profile Profile
	// Configs are sigmac configuration files, in the order of the -c options.
	Configs []*Config
	// BackendOptions are what stood behind each -O: "name=value", or "name"
	// for a switch. A later one wins.
	BackendOptions []string
	// March asks for the profile 2019 as it was before 2019-04-01: grep does
	// not protect single quotes yet, and nothing else is different. The pages
	// of Atomic Threat Coverage of that month were made so.
	March bool
}

// Result is the text of one rule.
type Result struct {
	// File is where the rule stands, Document its number there, from 0.
	File     *diag.File
	Document int
	// Text is what sigmac printed for this rule when it was alone, without
	// the line feed that ends the whole output of the watches.
	Text string
}

// Output is what a run of sigmac over some files gives.
type Output struct {
	// Text is all of the standard output.
	Text string
	// Results are the rules one by one, as far as they gave a text.
	Results []Result
}

// Convert writes the rules of the files as one run of sigmac did. As there, a
// document that cannot be read costs the other documents of its file as well;
// a rule that the target cannot express costs only itself. The diagnostics
// hold an error for each of those, and a warning or an info for everything
// that the old text gets wrong. It never fails and never panics.
//
// One thing is not as there: what leaks from one rule into the next there
// (whether keywords are quoted in es-qs) begins afresh with each rule here.
func Convert(opt Options, files ...*diag.File) (Output, []diag.Diagnostic) {
	r := newRun(opt)
	if err := r.check(); err != nil {
		r.log.add(diag.Error, err)
		return Output{}, r.log.sorted()
	}
	for _, f := range files {
		s := Read(f)
		r.write(s, r.read(s))
	}
	return r.output(), r.log.sorted()
}

// Texts returns the standard output of a run over one file for each of the
// targets, whatever target the options name. It is the text that Convert
// gives, without all that there is to say of it; where Convert gives none it is
// empty.
func Texts(opt Options, targets []Target, s *Source) []string {
	out := make([]string, len(targets))
	var rules reading
	for i, t := range targets {
		opt.Target = t
		r := newRun(opt)
		r.log.mute = true
		if r.check() != nil {
			continue
		}
		// Rules are the same for all targets, but for what configurations
		// make of them: splunk's index, and what was used up before.
		if len(opt.Configs) > 0 || rules.of == nil {
			rules = r.read(s)
		}
		r.write(s, rules)
		out[i] = r.output().Text
	}
	return out
}

// run is one run of the old tool: what it keeps from rule to rule.
type run struct {
	opt      Options
	settings settings
	log      log
	out      backend

	// ids are the watch and saved search ids that were given.
	ids map[string]bool
	// spent are the conditional mappings whose default is used up: a fault
	// of the profile 2019.
	spent   map[*conditional]bool
	results []Result
}

func newRun(opt Options) *run {
	return &run{opt: opt, ids: map[string]bool{}, spent: map[*conditional]bool{}}
}

func (r *run) is2019() bool { return r.opt.Profile == Profile2019 }

// check makes the back-end, or says what is wrong with the options.
func (r *run) check() error {
	if !slices.Contains(Profiles(), r.opt.Profile) {
		return refuse("classic/profile", "there is no profile "+quote(string(r.opt.Profile)), "the profiles are 2019 and 2023")
	}
	if err := checkConfigs(r.opt); err != nil {
		return err
	}
	r.settings = readSettings(r.opt.BackendOptions)
	out, err := r.backend()
	r.out = out
	if err == nil {
		r.settings.warn(r)
	}
	return err
}

// backend is what writes one target.
type backend interface {
	// rule writes one rule. The text is empty where sigmac printed nothing.
	rule(r *rule) (text string, err error)
	// finish returns all of the output, of what rule returned.
	finish(results []Result) string
}

func (r *run) backend() (backend, error) {
	switch r.opt.Target {
	case ESQS, Graylog:
		return newElastic(r)
	case Kibana:
		return newKibana(r)
	case Watcher:
		return newWatcher(r)
	case Splunk:
		return newSplunk(r), nil
	case LogPoint:
		return newLogPoint(r), nil
	case Grep:
		return newGrep(r), nil
	}
	return nil, refuse("classic/target", "there is no target "+quote(string(r.opt.Target)), "the targets are es-qs, kibana, xpack-watcher, graylog, splunk, logpoint and grep")
}

// write writes the rules of one file, if all of them could be read.
func (r *run) write(s *Source, from reading) {
	if from.err != nil {
		r.log.add(diag.Error, from.err)
		return
	}
	for _, rule := range from.rules {
		r.log.begin(rule)
		text, err := r.out.rule(rule)
		if err != nil {
			r.log.add(diag.Error, err)
			continue
		}
		if text != "" {
			r.results = append(r.results, Result{File: s.file, Document: rule.number, Text: text})
		}
	}
}

func (r *run) output() Output {
	return Output{Text: r.out.finish(r.results), Results: r.results}
}
