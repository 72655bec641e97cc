package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
)

// stdio is where a run writes: results to out, talk to err.
type stdio struct{ out, err io.Writer }

// app is what all commands share.
type app struct {
	stdio
	dir     string // the working folder
	scalars *config.Scalars
	quiet   bool
	// begun is true once the command line was found to be right.
	begun bool
}

// run runs one command line and returns its exit code.
func run(ctx context.Context, args []string, io stdio) int {
	a := &app{stdio: io}
	root := rootCommand(a)
	root.SetArgs(args)
	root.SetOut(io.out)
	root.SetErr(io.err)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.begun {
		err = asUsage(err)
	}
	a.explain(err)
	return codeOf(err)
}

// asUsage gives cobra's own errors their exit code.
func asUsage(err error) error {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return usageError(err, "see sigwatch --help")
}

func rootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "sigwatch",
		Short: "Sigma rules in git become Elasticsearch watches that are right, and stay right",
		Long: `sigwatch reads a folder of Sigma rules, translates each to an Elasticsearch
search, wraps it in a watch and reconciles the cluster's Watcher with the
folder: what is missing is created, what changed is updated, what left the
folder is removed, and what nobody changed is not touched.

A rule that cannot be said exactly is refused with file, line and reason. It
never becomes a watch that finds something else.`,
		Example: `  sigwatch diff                     what a sync would do, and why
  sigwatch sync                     do it
  sigwatch convert rules/win/*.yml  print the queries
  sigwatch emulate                  a Watcher to try things on`,
		SilenceErrors: true, SilenceUsage: true,
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.begin(cmd.Flags())
		},
	}
	root.SetFlagErrorFunc(flagError)
	globalFlags(root.PersistentFlags(), a)
	root.AddCommand(syncCommand(a), diffCommand(a), convertCommand(a), lintCommand(a), testCommand(a), docsCommand(a), emulateCommand(a), versionCommand(a))
	return root
}

func globalFlags(f *pflag.FlagSet, a *app) {
	f.StringP("config", "c", "", "the configuration `FILE` (else sigwatch.yaml, looked for from here upwards)")
	f.StringP("target", "t", "", "the target `NAME` of the configuration")
	f.String("url", "", "the cluster's `URL`, above the target's; embedded: is the built-in Watcher")
	f.Var(choice(new("auto"), "auto", "always", "never"), "color", "colours: auto, always or never")
	f.Var(choice(new("warn"), "debug", "info", "warn", "error"), "log-level", "what is logged: debug, info, warn or error")
	f.Var(choice(new("text"), "text", "json"), "log-format", "how it is logged: text or json")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "say nothing but results and errors")
}

// formatFlag is --format: each command has its own list.
func formatFlag(f *pflag.FlagSet, to *string, formats ...string) {
	*to = formats[0]
	f.Var(choice(to, formats...), "format", "the form of the result: "+orList(formats))
}

func orList(words []string) string {
	n := len(words)
	if n < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
}

// oneOf is a flag that takes one of some words.
type oneOf struct {
	to      *string
	allowed []string
}

func choice(to *string, allowed ...string) *oneOf { return &oneOf{to: to, allowed: allowed} }

func (o *oneOf) String() string { return *o.to }
func (o *oneOf) Type() string   { return "word" }

func (o *oneOf) Set(s string) error {
	if !slices.Contains(o.allowed, s) {
		return fmt.Errorf("it has to be %s", orList(o.allowed))
	}
	*o.to = s
	return nil
}

// atLeast is a flag that takes a whole number from low on.
type atLeast struct {
	to  *int
	low int
}

func (a *atLeast) String() string { return strconv.Itoa(*a.to) }
func (a *atLeast) Type() string   { return "int" }

func (a *atLeast) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < a.low {
		return fmt.Errorf("it has to be a whole number of %d or more", a.low)
	}
	*a.to = n
	return nil
}

// someOf is a flag that takes several of some words, one each time. The first
// time takes the place of the default.
type someOf struct {
	to      *[]string
	allowed []string
	given   bool
}

func choices(to *[]string, allowed ...string) *someOf { return &someOf{to: to, allowed: allowed} }

func (s *someOf) String() string { return strings.Join(*s.to, ",") }
func (s *someOf) Type() string   { return "word" }

func (s *someOf) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		if !slices.Contains(s.allowed, word) {
			return fmt.Errorf("it has to be %s", orList(s.allowed))
		}
		if !s.given {
			*s.to, s.given = nil, true
		}
		if !slices.Contains(*s.to, word) {
			*s.to = append(*s.to, word)
		}
	}
	return nil
}

func flagError(cmd *cobra.Command, err error) error {
	hint := fmt.Sprintf("see %s --help", cmd.CommandPath())
	if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if best, ok := config.Nearest(name, known); ok {
			hint = fmt.Sprintf("did you mean --%s?", best)
		}
	}
	return usageError(err, hint)
}

func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, c := range cmd.Commands() {
		known = append(known, c.Name())
	}
	hint := "see sigwatch --help"
	if best, ok := config.Nearest(args[0], known); ok {
		hint = fmt.Sprintf("did you mean %q?", best)
	}
	return usageError(fmt.Errorf("unknown command %q", args[0]), hint)
}

// gcPercent spends memory on time: a run is short, and its live heap is a few
// megabytes.
const gcPercent = 600

// begin binds the scalar settings to the flags of the command that runs.
func (a *app) begin(flags *pflag.FlagSet) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	var err error
	if a.scalars, err = config.NewScalars(flags); err != nil {
		return err
	}
	a.dir, err = os.Getwd()
	a.begun = true
	return err
}

func (a *app) logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.scalars.String("log.level"))); err != nil {
		level = slog.LevelWarn
	}
	options := &slog.HandlerOptions{Level: level}
	if a.scalars.String("log.format") == "json" {
		return slog.New(slog.NewJSONHandler(a.err, options))
	}
	return slog.New(slog.NewTextHandler(a.err, options))
}

// color tells whether what goes to w is coloured.
func (a *app) color(w io.Writer) bool {
	choice := "auto"
	if a.scalars != nil {
		choice = a.scalars.String("color")
	}
	switch choice {
	case "always":
		return true
	case "never":
		return false
	default:
		return os.Getenv("NO_COLOR") == "" && isTerminal(w)
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// diagnose prints diagnostics to stderr.
func (a *app) diagnose(ds []diag.Diagnostic) {
	_ = diag.Printer{Color: a.color(a.err)}.Print(a.err, ds)
}

// say prints talk, which -q silences.
func (a *app) say(format string, args ...any) {
	if !a.quiet {
		a.tell(fmt.Sprintf(format, args...) + "\n")
	}
}

// tell writes to stderr. Where that fails there is nowhere left to say so.
func (a *app) tell(text string) { _, _ = io.WriteString(a.err, text) }

// explain prints why a run failed.
func (a *app) explain(err error) {
	var e ended
	var f *failure
	var m *misconfigured
	switch {
	case err == nil || errors.As(err, &e):
	case errors.As(err, &m):
		a.diagnose(m.found)
		if m.hint != "" {
			a.tell(m.hint + "\n")
		}
	case errors.As(err, &f) && f.hint != "":
		a.tell(fmt.Sprintf("error: %v\nhint: %s\n", err, f.hint))
	default:
		a.tell(fmt.Sprintf("error: %v\n", err))
	}
}
