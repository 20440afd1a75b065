package main

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// Each module that go.mod requires stands in docs/dependencies.md with its licence and a reason, and no other.
func TestModulesAreListed(t *testing.T) {
	read := func(path string, row *regexp.Regexp) (names []string) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range row.FindAllStringSubmatch(string(data), -1) {
			names = append(names, m[1])
		}
		slices.Sort(names)
		return names
	}
	required := read("../../go.mod", regexp.MustCompile(`(?m)^\t(\S+) v\S+`))
	listed := read("../../docs/dependencies.md", regexp.MustCompile(`(?m)^\| (\S+/\S+) \| \w[\w.-]* \| \S.* \|$`))
	if len(required) == 0 || !slices.Equal(required, listed) {
		t.Errorf("go.mod requires %q, docs/dependencies.md lists %q", required, listed)
	}
}
