package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every command's help is written by hand, names each of its flags and ends in an example.
func TestHelp(t *testing.T) {
	root := newRoot(&app{})
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		if cmd.Name() == "completion" || cmd.Name() == "help" {
			continue
		}
		t.Run(cmd.Name(), func(t *testing.T) {
			var out, errs bytes.Buffer
			args := []string{cmd.Name(), "--help"}
			if cmd == root {
				args = args[1:]
			}
			if code := run(args, nil, &out, &errs); code != exitDone || errs.Len() > 0 {
				t.Fatalf("exit code %d, %s", code, &errs)
			}
			help := out.String()
			cmd.Flags().VisitAll(func(f *pflag.Flag) {
				if f.Name != "help" && !strings.Contains(help, "--"+f.Name) {
					t.Errorf("--%s is not in the help", f.Name)
				}
			})
			_, example, ok := strings.Cut(help, "\nexample:\n")
			if !ok || !strings.HasPrefix(example, "    ikedecode ") {
				t.Error("the help does not end in an example")
			}
			for line := range strings.Lines(help) {
				if len(line) > 121 {
					t.Errorf("long line: %s", line)
				}
			}
		})
	}
}
