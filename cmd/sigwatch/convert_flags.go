package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sigwatch/sigwatch/sigma/classic"
)

// The profiles of sigmac's back ends.
const (
	profile2019    = string(classic.Profile2019)
	profile2023    = string(classic.Profile2023)
	profileCurrent = "current"
)

func convertFlags(f *pflag.FlagSet, o *convertOptions) {
	f.VarP(choices(&o.to, append([]string{"query_string", "dsl", "watch"}, sevenTargets()...)...), "to", "T", "the back end: query_string, dsl, watch, or one of sigmac's; may come again")
	f.StringArrayVarP(&o.pipelines, "pipeline", "p", nil, "a `PIPELINE`, built in or a file, in place of the configured ones; may come again")
	f.Var(choice(&o.profile, profile2019, profile2023, profileCurrent), "profile", "the state of sigmac's back ends: 2019, 2023 or current")
	f.StringArrayVar(&o.configs, "sigmac-config", nil, "a configuration `FILE` of sigmac, for the profiles 2019 and 2023; may come again")
	f.StringArrayVarP(&o.options, "backend-option", "O", nil, "an option `NAME=VALUE` of sigmac's back ends; may come again")
	queryFlags(f)
	formatFlag(f, &o.format, "text", "json", "ndjson")
}

// sevenTargets are the back ends that sigmac had.
func sevenTargets() []string {
	var out []string
	for _, t := range classic.Targets() {
		out = append(out, string(t))
	}
	return out
}

func isSeven(backend string) bool { return slices.Contains(sevenTargets(), backend) }

func givenFlags(f *pflag.FlagSet) map[string]bool {
	given := map[string]bool{}
	f.Visit(func(f *pflag.Flag) { given[f.Name] = true })
	return given
}

// flagUse is where a flag of convert has an effect.
type flagUse struct {
	flag string
	// has reports whether it has one on a back end.
	has func(backend string) bool
	// wants is what it is for.
	wants string
}

// uses says which flags are for which back ends. A flag without effect is an
// error: whoever gives it means something by it.
func (o *convertOptions) uses() []flagUse {
	old := func(b string) bool { return isSeven(b) && o.profile != profileCurrent }
	fresh := func(b string) bool { return !old(b) }
	elastic := func(b string) bool { return fresh(b) && !slices.Contains([]string{"splunk", "logpoint", "grep"}, b) }
	watch := func(b string) bool {
		return elastic(b) && !slices.Contains([]string{"query_string", "dsl", "es-qs", "kibana", "graylog"}, b)
	}
	seven := "the back ends " + orList(sevenTargets())
	return []flagUse{
		{"profile", isSeven, seven},
		{"backend-option", isSeven, seven},
		{"sigmac-config", old, seven + " in the profiles 2019 and 2023; the profile current takes pipelines, -p"},
		{"pipeline", fresh, "what is not in a profile of sigmac's; those take --sigmac-config"},
		{"case", elastic, "the back ends that ask Elasticsearch or Graylog, and not for the profiles 2019 and 2023"},
		{"form", watch, "the back ends watch and, in the profile current, xpack-watcher"},
		{"fields", func(b string) bool { return elastic(b) && b != "graylog" }, "the back ends that ask Elasticsearch, and not for the profiles 2019 and 2023"},
		{"allow-approximate", elastic, "the back ends that ask Elasticsearch"},
	}
}

// check refuses flags that have no effect on any of the back ends.
func (o *convertOptions) check() error {
	for _, use := range o.uses() {
		if o.given[use.flag] && !slices.ContainsFunc(o.to, use.has) {
			err := fmt.Errorf("--%s has no effect on -T %s", use.flag, strings.Join(o.to, ","))
			if isSeven(o.to[0]) && use.flag != "profile" {
				err = fmt.Errorf("%w in the profile %s", err, o.profile)
			}
			return usageError(err, "it is for "+use.wants)
		}
	}
	for _, option := range o.options {
		if strings.HasPrefix(option, "=") || option == "" {
			return usageError(errors.New("an option of a back end has no name"), "write it as -O name=value")
		}
	}
	return nil
}
