package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long:  "Prints the version of this build, the Go release that made it and the commit it was made of.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(a.out, buildText())
			return err
		},
	}
}

// version is this build's version, as the Go tool recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func buildText() string {
	text := "sigwatch " + version() + "\n"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return text
	}
	text += "go " + info.GoVersion + "\n"
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			text += "commit " + s.Value + "\n"
		case "vcs.time":
			text += "committed " + s.Value + "\n"
		case "vcs.modified":
			if s.Value == "true" {
				text += "with changes that are not committed\n"
			}
		}
	}
	return text
}
