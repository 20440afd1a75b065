package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagValues are the values of the flags that take one of a few, for completion in the shell.
var flagValues = map[string][]string{
	"color":    {"auto", "always", "never"},
	"time":     {"relative", "absolute", "delta"},
	"only":     {"ike", "inner", "opened"},
	"split-by": {"sa", "child", "peer"},
	"link":     {"keep", "raw"},
	"show":     {"all", "opened"},
	"esp-null": {"auto", "off", "force"},
	"fail-on":  {"problem", "warning"},
}

// flagFiles are the flags that take a file, which the shell completes; true: a directory.
var flagFiles = map[string]bool{"file": false, "fifo": false, "keys": false, "more-keys": false, "psk-file": false, "write": false, "output": false, "log": false, "certs": true, "manifest": false}

// complete tells the shell how the flags of a command complete. What takes neither one of a few values nor a file completes to
// nothing.
func complete(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		values, directive := flagValues[f.Name], cobra.ShellCompDirectiveNoFileComp
		if f.Name == "format" {
			values = formats[cmd.Name()]
		}
		if folder, ok := flagFiles[f.Name]; ok {
			folder = folder || f.Name == "write" && cmd.Name() == "batch"
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

const completionHelp = `Print the completion script of a shell, for commands, flags and values.

usage: ikedecode completion bash|zsh|fish|powershell

    bash        source <(ikedecode completion bash), or a file in /etc/bash_completion.d
    zsh         the file _ikedecode in a directory of $fpath
    fish        ikedecode completion fish | source, or a file in ~/.config/fish/completions
    powershell  ikedecode completion powershell | Out-String | Invoke-Expression

example:
    ikedecode completion bash
`

var shells = []string{"bash", "zsh", "fish", "powershell"}

// newCompletion takes the place of cobra's own command, which prints its help for a shell that it does not know and is content.
func newCompletion(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "completion SHELL", Short: "Completion for a shell", Long: completionHelp,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return shells, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("no SHELL: it must be %s", listOf(shells, "or"))
			}
			if err := oneOf("SHELL", args[0], shells...); err != nil {
				return err
			}
			if len(args) > 1 {
				return usagef("one shell at a time: %q", args[1])
			}
			root := cmd.Root()
			return map[string]func() error{
				"bash":       func() error { return root.GenBashCompletionV2(a.out, true) },
				"zsh":        func() error { return root.GenZshCompletion(a.out) },
				"fish":       func() error { return root.GenFishCompletion(a.out, true) },
				"powershell": func() error { return root.GenPowerShellCompletionWithDesc(a.out) },
			}[args[0]]()
		},
	}
}

// completeExport completes the format, then captures.
func completeExport(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return exportFormats, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}
