package config

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/sigwatch/sigwatch/diag"
)

// Scalar is a setting that is one plain value. Flags, environment, file and
// defaults are its layers; the earlier one of them wins.
type Scalar struct {
	// Name is the name by which Scalars knows it. Where the file may hold it,
	// it is the path of keys there.
	Name string
	// Env is its environment variable.
	Env string
	// Flag is the name of its flag, or empty.
	Flag string
	// Default is its value where nothing else says one: a string or an int.
	Default any
	// Allowed are the values that it may take, or nil.
	Allowed []string
	// Low is the least number that it may be.
	Low int
}

// ScalarList returns all scalar settings: the ones with an environment form.
func ScalarList() []Scalar {
	return []Scalar{
		{Name: "config", Env: "SIGWATCH_CONFIG", Flag: "config", Default: ""},
		{Name: "target", Env: "SIGWATCH_TARGET", Flag: "target", Default: ""},
		{Name: "url", Env: "SIGWATCH_URL", Flag: "url", Default: ""},
		{Name: "username", Env: "SIGWATCH_USERNAME", Default: ""},
		{Name: "password", Env: "SIGWATCH_PASSWORD", Default: ""},
		{Name: "api_key", Env: "SIGWATCH_API_KEY", Default: ""},
		{Name: "ca", Env: "SIGWATCH_CA", Default: ""},
		{Name: "api", Env: "SIGWATCH_API", Flag: "api", Default: "watcher", Allowed: []string{"watcher", "xpack"}},
		{Name: "color", Env: "SIGWATCH_COLOR", Flag: "color", Default: "auto", Allowed: []string{"auto", "always", "never"}},
		{Name: "log.level", Env: "SIGWATCH_LOG_LEVEL", Flag: "log-level", Default: "warn", Allowed: []string{"debug", "info", "warn", "error"}},
		{Name: "log.format", Env: "SIGWATCH_LOG_FORMAT", Flag: "log-format", Default: "text", Allowed: []string{"text", "json"}},
		{Name: "parallel", Env: "SIGWATCH_PARALLEL", Flag: "parallel", Default: 4, Low: 1},
		{Name: "owner", Env: "SIGWATCH_OWNER", Default: "sigwatch"},
		{Name: "fields", Env: "SIGWATCH_FIELDS", Flag: "fields", Default: ""},
		{Name: "query.form", Env: "SIGWATCH_QUERY_FORM", Flag: "form", Default: "auto", Allowed: queryForms()},
		{Name: "query.allow_approximate", Env: "SIGWATCH_QUERY_ALLOW_APPROXIMATE", Flag: "allow-approximate", Default: "false", Allowed: []string{"true", "false"}},
		{Name: "query.case", Env: "SIGWATCH_QUERY_CASE", Flag: "case", Default: "insensitive", Allowed: queryCases()},
		{Name: "watch.id", Env: "SIGWATCH_WATCH_ID", Default: ""},
		{Name: "watch.hits", Env: "SIGWATCH_WATCH_HITS", Default: 20, Low: 1},
		{Name: "sync.policy", Env: "SIGWATCH_SYNC_POLICY", Flag: "policy", Default: "sync", Allowed: policies()},
		{Name: "sync.max_deletes", Env: "SIGWATCH_SYNC_MAX_DELETES", Default: 10},
	}
}

func queryForms() []string { return []string{"auto", "query_string", "dsl"} }
func queryCases() []string { return []string{"insensitive", "as-written"} }
func policies() []string   { return []string{"sync", "upsert-only", "create-only"} }

// Scalars holds the scalar settings with their layers.
type Scalars struct {
	viper *viper.Viper
	flags *pflag.FlagSet
}

// NewScalars returns the scalar settings with flags above the environment. The
// flags may be nil, and need not have each flag of the list.
func NewScalars(flags *pflag.FlagSet) (*Scalars, error) {
	v := viper.New()
	for _, s := range ScalarList() {
		v.SetDefault(s.Name, s.Default)
		if err := v.BindEnv(s.Name, s.Env); err != nil {
			return nil, fmt.Errorf("bind the variable %s: %w", s.Env, err)
		}
		if flags == nil || s.Flag == "" || flags.Lookup(s.Flag) == nil {
			continue
		}
		if err := v.BindPFlag(s.Name, flags.Lookup(s.Flag)); err != nil {
			return nil, fmt.Errorf("bind the flag --%s: %w", s.Flag, err)
		}
	}
	return &Scalars{viper: v, flags: flags}, nil
}

// String returns a setting as text.
func (s *Scalars) String(name string) string { return s.viper.GetString(name) }

// Int returns a setting as a number.
func (s *Scalars) Int(name string) int { return s.viper.GetInt(name) }

// file puts what the file says between environment and defaults.
func (s *Scalars) file(values map[string]any) error {
	return s.viper.MergeConfigMap(values)
}

// check says which environment variables hold a value that their setting
// cannot take. A variable whose flag is given is not looked at.
func (s *Scalars) check() []diag.Diagnostic {
	var ds []diag.Diagnostic
	for _, one := range ScalarList() {
		value, ok := os.LookupEnv(one.Env)
		if !ok || value == "" || s.fromFlag(one) {
			continue
		}
		if hint := one.wrong(value); hint != "" {
			ds = append(ds, diag.Diagnostic{
				Severity: diag.Error, Code: "config/bad-value", Hint: hint,
				Message: fmt.Sprintf("the environment variable %s holds %q", one.Env, value),
			})
		}
	}
	return ds
}

func (s *Scalars) fromFlag(one Scalar) bool {
	if s.flags == nil || one.Flag == "" {
		return false
	}
	f := s.flags.Lookup(one.Flag)
	return f != nil && f.Changed
}

// wrong returns a hint where the value is none that the setting can take.
func (s Scalar) wrong(value string) string {
	if _, number := s.Default.(int); number {
		if n, err := strconv.Atoi(value); err != nil || n < s.Low {
			return fmt.Sprintf("it has to be a whole number of %d or more", s.Low)
		}
	}
	if s.Allowed != nil && !slices.Contains(s.Allowed, value) {
		return unknownHint(value, s.Allowed)
	}
	return ""
}
