package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// completed is what the shell is offered for the last word, and the directive behind it.
func completed(t *testing.T, words ...string) (list []string, directive string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(append([]string{"__complete"}, words...), nil, &out, &errs); code != exitDone {
		t.Fatalf("exit code %d, %s", code, &errs)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[:len(lines)-1], lines[len(lines)-1]
}

// Values, files and folders complete as they should.
func TestComplete(t *testing.T) {
	const (
		anyFile = ":0"
		noFile  = ":4"
		folder  = ":16"
	)
	for _, c := range []struct {
		words     string // the last one, which is empty, aside
		want      string
		directive string
	}{
		{"timeline --format", "text mermaid markdown csv ndjson", noFile},
		{"timeline --time", "relative absolute delta", noFile},
		{"decrypt --only", "ike inner opened", noFile},
		{"decrypt --link", "keep raw", noFile},
		{"decrypt --split-by", "sa child peer", noFile},
		{"decrypt --esp-null", "auto off force", noFile},
		{"sas --color", "auto always never", noFile},
		{"sas --psk", "", noFile},
		{"diagnose --since", "", noFile},
		{"export", "wireshark esp-sa ikev1 ikev2 dsb tcpdump xfrm setkey keylog", noFile},
		{"export keylog", "", anyFile},
		{"export keylog wire.pcap -o", "", anyFile},
		{"decrypt", "", anyFile},
		{"decrypt wire.pcap", "", anyFile},
		{"decrypt -w", "", anyFile},
		{"decrypt --certs", "", folder},
		{"report -k", "", anyFile},
		{"keys", "", anyFile},
		{"completion", "bash zsh fish powershell", noFile},
		{"batch -w", "", folder},
		{"help", "batch completion decrypt diagnose export extcap help keys merge report sas timeline version", noFile},
	} {
		t.Run(c.words, func(t *testing.T) {
			list, directive := completed(t, append(strings.Fields(c.words), "")...)
			if got := strings.Join(list, " "); got != c.want || directive != c.directive {
				t.Errorf("%q %s, want %q %s", got, directive, c.want, c.directive)
			}
		})
	}
}

// What completes is what a command takes, and all of it: a value that is none is refused with the list of them.
func TestCompleteValues(t *testing.T) {
	seen := make(map[string]bool)
	for _, cmd := range newRoot(&app{}).Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			values, ok := flagValues[f.Name]
			if !ok {
				return
			}
			seen[f.Name] = true
			args := []string{cmd.Name(), "wire.pcap", "--" + f.Name, "none-of-them"}
			if cmd.Name() == "export" {
				args = slices.Insert(args, 1, "keylog")
			}
			if cmd.Flags().Lookup("write") != nil {
				args = append(args, "-w", "out.pcap")
			}
			var out, errs bytes.Buffer
			if code := run(args, nil, &out, &errs); code != exitUsage {
				t.Fatalf("%v: exit code %d", args, code)
			}
			_, list, _ := strings.Cut(errs.String(), `"none-of-them" must be `)
			list, _, _ = strings.Cut(list, "\n")
			got := strings.FieldsFunc(strings.ReplaceAll(list, " or ", ", "), func(r rune) bool { return r == ',' || r == ' ' })
			if !slices.Equal(got, values) {
				t.Errorf("%s --%s takes %q, completes %q", cmd.Name(), f.Name, got, values)
			}
		})
	}
	if len(seen) != len(flagValues) {
		t.Errorf("values of %d flags, %d are there", len(flagValues), len(seen))
	}
}

// Each shell's script is there.
func TestCompletionScripts(t *testing.T) {
	for _, shell := range shells {
		var out, errs bytes.Buffer
		if code := run([]string{"completion", shell}, nil, &out, &errs); code != exitDone || !strings.Contains(out.String(), cobra.ShellCompRequestCmd) {
			t.Errorf("%s: exit code %d, %d bytes, %s", shell, code, out.Len(), &errs)
		}
	}
}
