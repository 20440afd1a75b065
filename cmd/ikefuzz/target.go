package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A target is a fuzz function and what came of it.
type target struct {
	pkg, dir, name string
	executions     int
	found, inputs  int // new in this run; in all
	took           time.Duration
	failure        string // the end of what it printed; empty: none
}

// targets are the fuzz functions whose names match, by package.
func targets(only *regexp.Regexp) (list []target, err error) {
	out, err := exec.Command("go", "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}\t{{.Dir}}{{end}}", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	function := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	for line := range strings.Lines(string(out)) {
		pkg, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			for _, m := range function.FindAllSubmatch(text, -1) {
				if name := string(m[1]); only.MatchString(name) {
					list = append(list, target{pkg: pkg, dir: dir, name: name})
				}
			}
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no target has such a name")
	}
	return list, nil
}

func number(b []byte) int {
	n, _ := strconv.Atoi(string(b)) // of digits alone
	return n
}

const module = "github.com/ikedecode/ikedecode"

func short(pkg string) string {
	if pkg == module {
		return "ikedecode"
	}
	return strings.TrimPrefix(pkg, module+"/")
}
