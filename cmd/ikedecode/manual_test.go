package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// manualPage is docs/ikedecode.1 by sections, as plain text.
func manualPage(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/ikedecode.1")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`\\f[BIR]`).ReplaceAllString(string(page), "")
	text = strings.ReplaceAll(text, `\-`, "-")
	sections, name := make(map[string]string), ""
	for line := range strings.Lines(text) {
		if m := regexp.MustCompile(`^\.S[HS] (.*)\n`).FindStringSubmatch(line); m != nil {
			name = m[1]
		}
		sections[name] += line
	}
	return sections
}

// sharedSections have the flags that several commands take; a command's section names those that it does.
var sharedSections = []string{"SECRETS", "FILTERS", "CAPTURES", "OUTPUT"}

// The manual has each command with all of its flags, and no flag that is not there.
func TestManual(t *testing.T) {
	sections := manualPage(t)
	flags := make(map[string]bool)
	for _, cmd := range newRoot(&app{}).Commands() {
		text, ok := sections[cmd.Name()]
		if !ok {
			t.Errorf("%s has no section", cmd.Name())
			continue
		}
		if line, _, _ := strings.Cut(cmd.Use, " "); !strings.Contains(sections["SYNOPSIS"], ".B ikedecode "+line) {
			t.Errorf("%s is not in the synopsis", cmd.Name())
		}
		for _, shared := range sharedSections {
			if strings.Contains(text, shared) {
				text += sections[shared]
			}
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			flags["--"+f.Name] = true
			if f.Name != "help" && !hasFlag(text, f.Name) {
				t.Errorf("%s --%s is not in the manual", cmd.Name(), f.Name)
			}
			if f.Shorthand != "" && f.Name != "help" && !strings.Contains(text, "-"+f.Shorthand+", --"+f.Name) {
				t.Errorf("%s -%s is not in the manual", cmd.Name(), f.Shorthand)
			}
		})
	}
	flags["--help"], flags["--version"] = true, true // of the program itself
	for name, text := range sections {
		for _, flag := range regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(text, -1) {
			if !flags[flag] {
				t.Errorf("%s: there is no %s", name, flag)
			}
		}
	}
	for _, code := range []string{"0", "1", "2", "3", "4"} {
		if !strings.Contains(sections["EXIT STATUS"], ".B "+code+"\n") {
			t.Errorf("exit code %s is missing", code)
		}
	}
}

// hasFlag reports whether a text names a flag, and not just a longer one.
func hasFlag(text, name string) bool {
	return regexp.MustCompile(`--` + regexp.QuoteMeta(name) + `([^a-z-]|$)`).MatchString(text)
}

// A formatter finds nothing to complain about.
func TestManualFormats(t *testing.T) {
	tool, args := "mandoc", []string{"-Tlint", "-W", "warning"}
	if _, err := exec.LookPath(tool); err != nil {
		tool, args = "groff", []string{"-man", "-Tutf8", "-ww", "-z"}
	}
	if _, err := exec.LookPath(tool); err != nil {
		t.Skip("neither mandoc nor groff is installed")
	}
	out, err := exec.Command(tool, append(args, "../../docs/ikedecode.1")...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%s: %v\n%s", tool, err, out)
	}
}
