package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagValues are the values of the flags that take one of a few, for completion in the shell.
var flagValues = map[string][]string{
	"color":    {"auto", "always", "never"},
	"format":   {"text", "mermaid", "markdown"},
	"time":     {"relative", "absolute", "delta"},
	"only":     {"ike", "inner", "opened"},
	"split-by": {"sa"},
	"link":     {"keep", "raw"},
	"esp-null": {"auto", "off", "force"},
}

// flagFiles are the flags that take a file, which the shell completes; true: a folder.
var flagFiles = map[string]bool{"keys": false, "psk-file": false, "write": false, "output": false, "certs": true}

// complete tells the shell how the flags of a command complete. What takes neither one of a few values nor a file completes to
// nothing.
func complete(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		values, directive := flagValues[f.Name], cobra.ShellCompDirectiveNoFileComp
		if folder, ok := flagFiles[f.Name]; ok {
			directive = cobra.ShellCompDirectiveDefault
			if folder {
				directive = cobra.ShellCompDirectiveFilterDirs
			}
		}
		if f.NoOptDefVal != "" {
			return // takes no value
		}
		if err := cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(values, directive)); err != nil {
			panic(err) // two for one flag
		}
	})
}

// completeExport completes the format, then captures.
func completeExport(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return exportFormats, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}
