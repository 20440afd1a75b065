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

	"github.com/ikedecode/ikedecode/report/text"
)

// Every command's help is written by hand, names each of its flags and ends in an example.
func TestHelp(t *testing.T) {
	root := newRoot(&app{})
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
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
			for _, width := range []int{text.MinWidth, helpUnsized, 100, text.MaxWidth} {
				wantsWidth(t, layoutHelp(cmd.Long, width), width)
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
			if err := os.Mkdir("archive", 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(dir, "wire.pcap"), "archive/wire.pcap"); err != nil {
				t.Fatal(err)
			}
			if cmd.Name() == "merge" {
				runDone(t, "batch", "-k", "gwa.log", "-w", "plain", "archive")
			}
			var out, errs bytes.Buffer
			if code := run(words[1:], nil, &out, &errs); code != exitDone {
				t.Errorf("%s: exit code %d, %s", line, code, &errs)
			}
		})
	}
}

// wantsWidth checks that no line is wider, commands aside: they stay whole, to be copied.
func wantsWidth(t *testing.T, help string, width int) {
	t.Helper()
	for line := range strings.Lines(help) {
		n := len(line) - 1
		if strings.Contains(line, "ikedecode ") {
			continue
		}
		label := strings.HasPrefix(strings.TrimLeft(line, " "), "-")
		if n > width && (!label || n > text.MinWidth+10) {
			t.Errorf("%d columns, want up to %d: %s", n, width, line)
		}
	}
}

// Paragraphs and what labels mean are broken for the width, commands and headings are not.
func TestLayoutHelp(t *testing.T) {
	const text = `Say what went wrong, in which frame,
and what to change.

usage: ikedecode diagnose CAPTURE... [secrets]

view:
        --ladder        arrows between two lines
                        of dots
        --since TIME, --until TIME
                        only what has a packet in that time
    -q, --quiet         nothing

example:
    ikedecode diagnose wire.pcap
`
	for _, c := range []struct {
		width int
		want  string
	}{
		{200, `Say what went wrong, in which frame, and what to change.

usage: ikedecode diagnose CAPTURE... [secrets]

view:
        --ladder        arrows between two lines of dots
        --since TIME, --until TIME
                        only what has a packet in that time
    -q, --quiet         nothing

example:
    ikedecode diagnose wire.pcap
`}, {40, `Say what went wrong, in which frame, and
what to change.

usage: ikedecode diagnose CAPTURE... [secrets]

view:
        --ladder        arrows between
                        two lines of
                        dots
        --since TIME, --until TIME
                        only what has a
                        packet in that
                        time
    -q, --quiet         nothing

example:
    ikedecode diagnose wire.pcap
`},
	} {
		if got := layoutHelp(text, c.width); got != c.want {
			t.Errorf("%d columns:\n%s", c.width, got)
		}
	}
}

// Help follows the terminal within bounds, and has 80 columns in a pipe.
func TestHelpWidth(t *testing.T) {
	if got := helpWidth(&bytes.Buffer{}); got != 80 {
		t.Errorf("%d columns without a terminal, want 80", got)
	}
	for _, c := range []struct{ columns, want int }{{20, 60}, {60, 60}, {120, 120}, {200, 200}, {400, 200}} {
		if got := helpWidth(terminalOf(t, c.columns)); got != c.want {
			t.Errorf("%d columns on a terminal of %d, want %d", got, c.columns, c.want)
		}
	}
}
