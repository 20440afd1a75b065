package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
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
				if f.Name != "help" && !hasFlag(help, f.Name) {
					t.Errorf("--%s is not in the help", f.Name)
				}
				if f.Shorthand != "" && f.Name != "help" && !strings.Contains(help, "-"+f.Shorthand+", --"+f.Name) {
					t.Errorf("-%s is not in the help", f.Shorthand)
				}
			})
			if cmd != root {
				wantsFlags(t, cmd, help)
			}
			_, example, ok := strings.Cut(help, "\nexample:\n")
			if !ok || !strings.HasPrefix(example, "    ikedecode ") {
				t.Error("the help does not end in an example")
			}
			for line := range strings.Lines(help) {
				if len(line) > 101 { // 100 columns and the line end
					t.Errorf("long line: %s", line)
				}
			}
		})
	}
}

// wantsFlags checks that the help of a command names no flag that it does not take.
func wantsFlags(t *testing.T, cmd *cobra.Command, help string) {
	for _, name := range regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(help, -1) {
		if name != "--help" && cmd.Flags().Lookup(name[2:]) == nil {
			t.Errorf("there is no %s", name)
		}
	}
}

// The examples of the help work, on a recorded session of two gateways.
func TestHelpExamples(t *testing.T) {
	dir, err := filepath.Abs("../../testdata/pcaps/v1-main-psk-aes128-sha1")
	if err != nil {
		t.Fatal(err)
	}
	root := newRoot(&app{})
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		_, example, _ := strings.Cut(cmd.Long, "\nexample:\n")
		line, _, _ := strings.Cut(example, "\n")
		words := strings.Fields(line)
		if len(words) == 0 {
			t.Fatalf("%s: no example", cmd.Name())
		}
		t.Run(cmd.Name(), func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, name := range []string{"gwa.log", "wire.pcap"} {
				if err := os.Symlink(filepath.Join(dir, name), name); err != nil {
					t.Fatal(err)
				}
			}
			var out, errs bytes.Buffer
			if code := run(words[1:], nil, &out, &errs); code != exitDone {
				t.Errorf("%s: exit code %d, %s", line, code, &errs)
			}
		})
	}
}
