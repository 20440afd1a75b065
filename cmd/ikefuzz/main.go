// Ikefuzz runs all fuzz targets of the repository, each for a given time, and prints what came of it.
//
//	go run ./cmd/ikefuzz                    every target for a minute
//	go run ./cmd/ikefuzz -time 20m          for twenty minutes each
//	go run ./cmd/ikefuzz -only 'Keys|TCP'   some of them
//	go run ./cmd/ikefuzz -compare DIR       ikedecode, tshark and tcpdump over the captures below DIR, and more directories behind it, and damaged copies of
//	                                        each. Inputs that were found for fuzz targets count where they are captures
//	go run ./cmd/ikefuzz -cover             then what of each package the inputs that were found reach; with -time 0 only that
//
// Inputs that reach something new are kept in -corpus, from where the next run goes on; totals.json there adds up what all runs did. One that fails is kept in testdata/fuzz of its package, as go test does
// it, and the exit code is 1.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

type options struct {
	each   time.Duration
	only   *regexp.Regexp
	corpus string
	cover  bool
}

func main() {
	var o options
	only := flag.String("only", "", "a regular expression for the names of the targets")
	flag.DurationVar(&o.each, "time", time.Minute, "how long each target runs")
	flag.StringVar(&o.corpus, "corpus", "", "folder for the inputs that are found (default: in the user's cache)")
	flag.BoolVar(&o.cover, "cover", false, "tell what of each package the inputs reach")
	against := flag.String("compare", "", "instead: run ikedecode, tshark and tcpdump over the captures below this folder, and damaged copies")
	copies := flag.Int("copies", 10, "with -compare: damaged copies of each capture")
	flag.Parse()
	err := o.set(*only)
	switch {
	case err != nil:
	case *against != "":
		err = compare(append([]string{*against}, flag.Args()...), *copies)
	default:
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ikefuzz: error:", err)
		os.Exit(1)
	}
}

func (o *options) set(only string) (err error) {
	if o.only, err = regexp.Compile(only); err != nil || o.corpus != "" {
		return err
	}
	cache, err := os.UserCacheDir()
	o.corpus = filepath.Join(cache, "ikefuzz")
	return err
}

func run(o options) error {
	list, err := targets(o.only)
	if err != nil {
		return err
	}
	if o.each == 0 && o.cover {
		return coverage(list, o.corpus)
	}
	work, err := os.MkdirTemp("", "ikefuzz")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	sums, err := readTotals(o.corpus)
	if err != nil {
		return err
	}
	fmt.Printf("%-38s %-26s %14s %12s %9s %8s %14s %8s  %s\n", "package", "target", "executions", "a second", "new", "inputs", "all runs", "minutes", "result")
	var now, all total
	least, failed, built := math.Inf(1), 0, ""
	binary := filepath.Join(work, "fuzz.test")
	for i := range list {
		t := &list[i]
		if t.pkg != built {
			if out, err := exec.Command("go", "test", "-c", "-fuzz", ".", "-o", binary, t.pkg).CombinedOutput(); err != nil {
				return fmt.Errorf("building %s: %w\n%s", t.pkg, err, out)
			}
			built = t.pkg
		}
		t.run(binary, o)
		result := "passed"
		if t.failure != "" {
			failed++
			result = "FAILED"
		}
		sum := sums[t.key()].add(t.executions, t.took)
		sums[t.key()] = sum
		if err := sums.write(o.corpus); err != nil {
			return err
		}
		now, all, least = now.add(t.executions, t.took), total{all.Executions + sum.Executions, all.Minutes + sum.Minutes}, min(least, sum.Minutes)
		fmt.Printf("%-38s %-26s %14d %12.0f %9d %8d %14d %8.1f  %s\n", short(t.pkg), t.name, t.executions, float64(t.executions)/t.took.Seconds(), t.found, t.inputs,
			sum.Executions, sum.Minutes, result)
		if t.failure != "" {
			fmt.Println(t.failure)
		}
	}
	fmt.Printf("\n%d targets, %d executions in %.1f minutes, %d failed; in all runs %d executions in %.1f minutes, at least %.1f of each target\n",
		len(list), now.Executions, now.Minutes, failed, all.Executions, all.Minutes, least)
	if o.cover {
		if err := coverage(list, o.corpus); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d targets failed", failed)
	}
	return nil
}

// status is what a fuzzing test binary prints every few seconds.
var status = regexp.MustCompile(`execs: (\d+) .*new interesting: (\d+) \(total: (\d+)\)`)

// minimise is how many executions an input is made smaller for: without a bound some targets do nothing else.
const minimise = "20x"

// run runs the target.
func (t *target) run(binary string, o options) {
	cmd := exec.Command(binary, "-test.run", "^$", "-test.fuzz", "^"+t.name+"$", "-test.fuzztime", o.each.String(), "-test.fuzzminimizetime", minimise,
		"-test.fuzzcachedir", filepath.Join(o.corpus, filepath.FromSlash(t.pkg)), "-test.timeout", "0")
	cmd.Dir = t.dir
	start := time.Now()
	out, err := cmd.CombinedOutput()
	t.took = time.Since(start)
	all := status.FindAllSubmatch(out, -1)
	if len(all) > 0 {
		last := all[len(all)-1]
		t.executions, t.found, t.inputs = number(last[1]), number(last[2]), number(last[3])
	}
	// A run whose time is up in the middle of an input ends so, and has found nothing.
	if err != nil && !bytes.Contains(out, []byte("context deadline exceeded")) {
		const most = 2000
		t.failure = string(out[max(0, len(out)-most):])
	}
}
