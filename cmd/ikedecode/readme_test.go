package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A shownCommand is a command of README.md with what stands below it.
type shownCommand struct {
	words []string
	shown []string // lines of its output, in order; "..." stands for any
	code  int
}

// shownCommands are the commands in the console blocks of README.md. "$ echo $?" tells the exit code of the one before, which
// is 0 otherwise.
func shownCommands(t *testing.T) (list []shownCommand) {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	inside, code := false, false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case !inside:
		case command == "echo $?":
			code = true
		case isCommand:
			list = append(list, shownCommand{words: strings.Fields(command)})
		case code:
			if list[len(list)-1].code, err = strconv.Atoi(line); err != nil {
				t.Fatal(err)
			}
			code = false
		default:
			last := &list[len(list)-1]
			last.shown = append(last.shown, line)
		}
	}
	return list
}

// Every command that README.md shows runs, ends with the exit code that it says, and prints what stands below it. All commands
// are there.
func TestReadme(t *testing.T) {
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	seen, list := make(map[string]bool), shownCommands(t)
	t.Chdir(t.TempDir())
	if err := os.Symlink(testdata, "testdata"); err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.words[0] != "ikedecode" {
			continue
		}
		seen[c.words[1]] = true
		t.Run(strings.Join(c.words[1:], " "), func(t *testing.T) {
			var out bytes.Buffer
			if code := run(c.words[1:], nil, &out, &out); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			wantsLines(t, out.String(), c.shown)
		})
	}
	for _, cmd := range newRoot(&app{}).Commands() {
		if !seen[cmd.Name()] {
			t.Errorf("README.md does not show %s", cmd.Name())
		}
	}
}

// wantsLines checks that the lines that are shown come in the output, in order and, where no "..." stands between, one after
// another, up to its end.
func wantsLines(t *testing.T, output string, shown []string) {
	t.Helper()
	lines, skip := strings.Split(strings.TrimSuffix(output, "\n"), "\n"), false
	for _, want := range shown {
		if want == "..." {
			skip = true
			continue
		}
		for skip && len(lines) > 0 && lines[0] != want {
			lines = lines[1:]
		}
		if len(lines) == 0 || lines[0] != want {
			t.Fatalf("%q is not there, or not in its place; the output is\n%s", want, output)
		}
		lines, skip = lines[1:], false
	}
	if !skip && len(lines) > 0 {
		t.Errorf("more is printed: %q", lines[0])
	}
}
