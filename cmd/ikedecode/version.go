package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

const versionHelp = `Print version, commit and Go version.

usage: ikedecode version

example:
    ikedecode version
`

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print version, commit and Go", Long: versionHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("version takes no argument: %q", args[0])
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

func (a *app) printVersion() error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	_, err := fmt.Fprint(a.out, versionText(info))
	return err
}

// versionText is what bug reports need to know, a line each: version, commit, Go and platform.
func versionText(info *debug.BuildInfo) string {
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	set := make(map[string]string)
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	commit := "unknown"
	if rev := set["vcs.revision"]; rev != "" {
		commit = rev
		if when := set["vcs.time"]; when != "" {
			commit += " of " + when
		}
		if set["vcs.modified"] == "true" {
			commit += ", with changes"
		}
	}
	return strings.Join([]string{
		"ikedecode " + version,
		"commit " + commit,
		fmt.Sprintf("%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH),
	}, "\n")
}
