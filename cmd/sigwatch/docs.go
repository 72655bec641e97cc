package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigwatch/sigwatch/catalog"
	"github.com/sigwatch/sigwatch/catalog/folder"
	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/diag"
	"github.com/sigwatch/sigwatch/sigma"
)

type docsOptions struct {
	paths     []string
	layout    string // empty: that of the folder, else the default
	out       string
	overwrite bool
	check     bool
	format    string
}

func docsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "docs",
		Short: "Write a page a rule, and keep the pages in step",
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(docsBuildCommand(a), docsCheckCommand(a))
	return cmd
}

func docsBuildCommand(a *app) *cobra.Command {
	var o docsOptions
	cmd := &cobra.Command{
		Use:   "build [PATH…]",
		Short: "Write the pages of the rules",
		Long: `Writes a Markdown page a rule: what it finds, its tactics and techniques, the
data it needs and how to switch that on, tests that trigger it, its query and
its watch as sigwatch deploys them, and its text for other systems. A rule that
was refused has a page that says so, and the exit code is 3.

The layouts atc-2019a and atc-2019b are the pages of Atomic Threat Coverage,
byte for byte. Only files that differ are written. Pages of rules that are gone
are removed, if sigwatch wrote them and nobody changed them since; with paths
nothing is removed.`,
		Example: `  sigwatch docs build
  sigwatch docs build -o wiki/detections rules/windows/
  sigwatch docs build --layout atc-2019b -o Atomic_Threat_Coverage`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return a.docs(cmd.Context(), o)
		},
	}
	docsFlags(cmd, &o)
	cmd.Flags().BoolVar(&o.overwrite, "overwrite", false, "write over files of the same name that sigwatch did not write")
	return cmd
}

func docsCheckCommand(a *app) *cobra.Command {
	o := docsOptions{check: true}
	cmd := &cobra.Command{
		Use:   "check [PATH…]",
		Short: "Exit with 1 when pages are stale",
		Long: `Makes the pages as build does, without writing any, and compares. The exit code
is 1 where a page is missing, differs or is left over.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return a.docs(cmd.Context(), o)
		},
	}
	docsFlags(cmd, &o)
	return cmd
}

func docsFlags(cmd *cobra.Command, o *docsOptions) {
	f := cmd.Flags()
	var layouts []string
	for _, l := range catalog.Layouts() {
		layouts = append(layouts, string(l))
	}
	f.Var(choice(&o.layout, layouts...), "layout", "the form of the pages: "+orList(layouts)+"; without it that of the folder")
	f.StringVarP(&o.out, "out", "o", "", "the `FOLDER` of the pages (else rule-docs, beside the configuration)")
	formatFlag(f, &o.format, "text", "json")
}

// docs is one run of docs build or docs check.
func (a *app) docs(ctx context.Context, o docsOptions) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	from := a.source(cfg, o.paths)
	if len(from.paths) == 0 {
		return usageError(errors.New("no rules to document"), "name files or folders: sigwatch docs build rules/")
	}
	out := inFolder(cfg.Dir, "rule-docs")
	if o.out != "" {
		out = inFolder(a.dir, o.out)
	}
	to, err := folder.Open(out, folder.Options{Dry: o.check, Overwrite: o.overwrite})
	if err != nil {
		return docsFailure(out, err)
	}
	b := &docsBuilder{app: a, docsOptions: o, from: from, to: to, accept: acceptance{cfg.Accepted}}
	err = b.run(ctx, cfg)
	if closed := to.Close(); err == nil && closed != nil {
		err = docsFailure(out, closed)
	}
	if failed, ok := errors.AsType[*pageError](err); ok {
		return docsFailure(out, failed.err)
	}
	return err
}

func docsFailure(out string, err error) error {
	f := &failure{
		code: exitCluster, err: fmt.Errorf("keep the pages in %s: %w", filepath.ToSlash(out), err),
		hint: "is that a folder, and may it be written?",
	}
	if _, system := errors.AsType[*fs.PathError](err); !system && strings.Contains(err.Error(), folder.ManifestName) {
		f.hint = "restore that file, or remove it and build again: pages that differ are then not sigwatch's, and need --overwrite"
	}
	return f
}

// pageError is a page that could not be compared or written.
type pageError struct{ err error }

func (e *pageError) Error() string { return e.err.Error() }

// docsBuilder makes the pages of a run.
type docsBuilder struct {
	*app
	docsOptions
	from   source
	to     *folder.Folder
	accept acceptance

	// partial is true where the folder has pages of rules that the run knows
	// nothing of.
	partial bool

	refused bool // beyond what is accepted
	pages   int
	found   []diag.Diagnostic
}

func (b *docsBuilder) run(ctx context.Context, cfg *config.Config) error {
	err := b.chooseLayout()
	if err != nil {
		return err
	}
	if b.layout == string(catalog.Default) {
		err = b.fresh(ctx, cfg)
	} else {
		err = b.old(ctx)
	}
	empty := err == nil && b.pages == 0 && len(b.to.Others()) > 0
	finished := b.to.Finish(b.layout, err == nil && !b.narrowed() && !empty)
	switch {
	case err != nil:
		return err
	case finished != nil:
		return &pageError{finished}
	case empty && b.narrowed():
		return &failure{code: exitGuard, err: errors.New("no rules were found in the paths of the command line"), hint: "name rule files, folders or patterns"}
	case empty:
		return &failure{
			code: exitGuard, err: errors.New("no rules were found, and no page was removed"),
			hint: "remove the folder yourself if that is meant",
		}
	}
	return b.report()
}

// chooseLayout takes the layout of the folder where none is given. A part of the
// pages is not put among those of another layout.
func (b *docsBuilder) chooseLayout() error {
	have := b.to.Label()
	b.layout = cmp.Or(b.layout, have, string(catalog.Default))
	switch {
	case !slices.Contains(catalog.Layouts(), catalog.Layout(b.layout)):
		return &failure{
			code: exitCluster, err: fmt.Errorf("the layout %q of the folder is unknown", b.layout),
			hint: "use the release of sigwatch that wrote it, or choose with --layout",
		}
	case b.narrowed() && !b.check && have != "" && have != b.layout:
		return usageError(fmt.Errorf("the folder has pages of the layout %s, and these would be of another", have),
			"choose another folder with -o, or build all pages, without paths")
	default:
		return nil
	}
}

// old writes the pages of an old layout, a file at a time.
func (b *docsBuilder) old(ctx context.Context) error {
	type page struct {
		file  *diag.File
		text  []byte
		found []diag.Diagnostic
	}
	names, err := b.oldNames(ctx)
	if err != nil {
		return b.loading(err)
	}
	err = inOrder(ctx, workers, process[sigma.LoadedFile, page]{
		produce: func(ctx context.Context, yield func(sigma.LoadedFile) error) error {
			return sigma.EachText(ctx, b.from.paths, sigma.LoadOptions{Root: b.from.root, Workers: workers}, yield)
		},
		work: func(f sigma.LoadedFile) page {
			if f.Unread {
				return page{file: f.File, found: f.Diagnostics}
			}
			text, ds := catalog.OldPage(f.File, catalog.Layout(b.layout))
			return page{f.File, text, ds}
		},
		consume: func(p page) error {
			b.found = append(b.found, p.found...)
			name := names.of(p.file) // given without a page as well, so that others keep theirs
			if p.text == nil {
				b.refused = true
				return nil
			}
			b.found = append(b.found, name.found...)
			return b.put(catalog.File{Path: catalog.OldPath(name.name)}, p.text)
		},
	})
	return b.loading(err)
}

// put writes a page. What tells of several rules is left as it is where the
// run knows only some of them.
func (b *docsBuilder) put(f catalog.File, text []byte) error {
	write := b.to.Put
	if f.Shared && b.partial {
		write = b.to.Keep
	} else if !f.Shared {
		b.pages++
	}
	if err := write(f.Path, text); err != nil {
		return &pageError{err}
	}
	return nil
}

// loading gives the faults of reading rules their exit code.
func (b *docsBuilder) loading(err error) error {
	if _, page := errors.AsType[*pageError](err); err == nil || page {
		return err
	}
	return loadFailure(err, b.narrowed())
}
