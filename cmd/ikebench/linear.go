package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Work is counted in statements: a binary built for coverage counts how often each block ran, the same on any machine and however busy it is.
// The blocks of slices count, too, for loops over lists are in them; but that the library is built anew takes most of the time, which a quick
// run spares.
const (
	coveredQuick = "github.com/ikedecode/ikedecode/..."
	covered      = coveredQuick + ",slices"
)

const (
	times     = 4   // as much input
	mostTotal = 4.5 // times as much work
	mostBlock = 6.5 // of one block, which may sort, or look back at a bounded number of things
	slack     = 36  // statements of a block for each thing of the input, which may come on top: sorting, and what starts late
)

// buildCounting builds ikedecode so that it counts.
func buildCounting(dir string, quick bool) (string, error) {
	bin, packages := filepath.Join(dir, "ikedecode-counting"), covered
	if quick {
		packages = coveredQuick
	}
	out, err := exec.Command("go", "build", "-cover", "-covermode=count", "-coverpkg="+packages, "-o", bin, "github.com/ikedecode/ikedecode/cmd/ikedecode").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building ikedecode: %w\n%s", err, out)
	}
	return bin, nil
}

// A block is a row of statements of the program, by its place in the source.
type block struct {
	place      string
	statements int
}

// A tally is how often each block ran.
type tally map[block]int

func (t tally) work() (sum int) {
	for b, n := range t {
		sum += n * b.statements
	}
	return sum
}

// linear is what the work for a kind of input grows like.
type linear struct {
	kind       kind
	n          int
	few, many  int     // statements for n things, and for times as many
	worst      []steep // blocks that grow too much, the most work first
	cpu1, cpu2 float64 // seconds of processor time of the counting program: for who reads it, nothing is decided by it
}

type steep struct {
	block
	few, many int
}

func (l linear) ratio() float64 { return float64(l.many) / float64(max(l.few, 1)) }

func (l linear) ok() bool { return l.ratio() <= mostTotal && len(l.worst) == 0 }

// runLinear prints how the work of all commands grows for each kind of input, and fails where one grows more than the input.
func runLinear(o options) error {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return err
	}
	bin, err := buildCounting(o.dir, o.quick)
	if err != nil {
		return err
	}
	commands := allCommands
	if o.quick {
		commands = quickCommands
	}
	var chosen []kind
	for _, k := range slices.Concat(kinds, kindsKeyed) {
		if only.MatchString(k.name) {
			chosen = append(chosen, k)
		}
	}
	results := make([]linear, len(chosen))
	failed := make([]error, len(chosen))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				results[i], failed[i] = measureLinear(bin, o.dir, commands, chosen[i], o.linear)
			}
		})
	}
	for i := range chosen {
		next <- i
	}
	close(next)
	wg.Wait()
	fmt.Printf("%-44s %8s %14s %14s %8s %8s %8s\n", "input", "n", "statements", "for 4n", "ratio", "CPU s", "for 4n")
	steeps := 0
	for i, l := range results {
		if failed[i] != nil {
			return fmt.Errorf("%s: %w", chosen[i].name, failed[i])
		}
		fmt.Printf("%-44s %8d %14d %14d %7.2fx %8.2f %8.2f\n", l.kind.name, l.n, l.few, l.many, l.ratio(), l.cpu1, l.cpu2)
		for _, s := range l.worst[:min(len(l.worst), 8)] {
			fmt.Printf("    %s: %d times, then %d\n", s.place, s.few, s.many)
		}
		if !l.ok() {
			steeps++
		}
	}
	if steeps > 0 {
		return fmt.Errorf("%d kinds of input make more than %.1f times the work when there is %d times as much", steeps, mostTotal, times)
	}
	return nil
}

func measureLinear(bin, dir string, commands [][]string, k kind, n int) (linear, error) {
	l := linear{kind: k, n: n}
	few, cpu1, err := countWork(bin, dir, commands, k, n)
	if err != nil {
		return l, err
	}
	many, cpu2, err := countWork(bin, dir, commands, k, times*n)
	if err != nil {
		return l, err
	}
	l.few, l.many, l.cpu1, l.cpu2 = few.work(), many.work(), cpu1, cpu2
	for b, c := range many {
		if float64(c) > mostBlock*float64(few[b])+float64(slack*times*n) {
			l.worst = append(l.worst, steep{b, few[b], c})
		}
	}
	slices.SortFunc(l.worst, func(a, b steep) int {
		return cmp.Or(cmp.Compare(b.many*b.statements, a.many*a.statements), cmp.Compare(a.place, b.place))
	})
	return l, nil
}

// The commands that are run, with their output; OUT is a path.
var (
	quickCommands = [][]string{{"report", "-o", "OUT"}, {"export", "keylog", "-o", "OUT"}}
	allCommands   = append([][]string{
		{"diagnose"}, {"timeline"}, {"timeline", "--ladder"}, {"sas"}, {"sas", "--json"}, {"decrypt", "-w", "OUT"}, {"export", "wireshark", "-o", "OUT"},
	}, quickCommands...)
)

// countWork runs commands over n things of a kind.
func countWork(bin, dir string, commands [][]string, k kind, n int) (tally, float64, error) {
	in, err := makeInput(dir, k, n)
	if err != nil {
		return nil, 0, err
	}
	defer in.remove()
	counts := filepath.Join(in.dir, "counts")
	if err := os.Mkdir(counts, 0o700); err != nil {
		return nil, 0, err
	}
	cpu := 0.0
	for _, args := range commands {
		state, err := runOver(bin, in, args, "GOCOVERDIR="+counts, "GOMAXPROCS=1")
		if err != nil {
			return nil, 0, err
		}
		cpu += (state.UserTime() + state.SystemTime()).Seconds()
	}
	t, err := readCounts(counts, in.dir)
	return t, cpu, err
}

// readCounts adds up what the runs of a program have counted.
func readCounts(counts, dir string) (tally, error) {
	text := filepath.Join(dir, "counts.txt")
	if out, err := exec.Command("go", "tool", "covdata", "textfmt", "-i="+counts, "-o", text).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("covdata: %w\n%s", err, out)
	}
	b, err := os.ReadFile(text)
	if err != nil {
		return nil, err
	}
	t := make(tally)
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		f := strings.Fields(lines.Text()) // PLACE STATEMENTS COUNT
		if len(f) != 3 {
			continue
		}
		statements, err := strconv.Atoi(f[1])
		count, err2 := strconv.Atoi(f[2])
		if errors.Join(err, err2) != nil {
			return nil, fmt.Errorf("covdata: %q", lines.Text())
		}
		t[block{f[0], statements}] += count
	}
	return t, lines.Err()
}
