package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// program is what a command of README.md gives to the program, nil if it runs another one.
func (c *shownCommand) program() []string {
	line := strings.Join(c.words, " ")
	for _, name := range []string{"ikedecode ", "go run ./cmd/ikedecode "} {
		if strings.HasPrefix(line, name) {
			return strings.Fields(strings.TrimPrefix(line, name))
		}
	}
	return nil
}

// The first two commands of README.md work in a clone with the Go of go.mod alone: the main job, then the tests.
func TestReadmeStart(t *testing.T) {
	list := shownCommands(t)
	if first := list[0].program(); list[0].words[0] != "go" || len(first) == 0 || first[0] != "decrypt" {
		t.Errorf("the first command is %q", list[0].words)
	}
	if second := strings.Join(list[1].words, " "); second != "go test ./..." {
		t.Errorf("the second command is %q", second)
	}
	module, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(module)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("With [Go](https://go.dev/dl/) %s or newer", version[1]); !strings.Contains(string(readme), want) {
		t.Errorf("README.md does not say %q", want)
	}
}

// Every command that README.md shows runs, ends with the exit code that it says, and prints what stands below it. All commands
// are there, and git passes over what they write.
func TestReadme(t *testing.T) {
	ignored, err := os.ReadFile("../../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	testdata := ownCopy(t, filepath.Join("..", "..", "testdata"))
	seen, list := make(map[string]bool), shownCommands(t)
	t.Chdir(filepath.Dir(testdata))
	for _, c := range list {
		args := c.program()
		if len(args) == 0 {
			continue
		}
		seen[args[0]] = true
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			var out bytes.Buffer
			if code := runWith(args, streams{out: &out, err: &out, columns: 100}); code != c.code {
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
	written, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range written {
		line := "/" + e.Name()
		if e.IsDir() {
			line += "/"
		}
		if e.Name() != "testdata" && !slices.Contains(strings.Split(string(ignored), "\n"), line) {
			t.Errorf("%s is not in .gitignore", line)
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
