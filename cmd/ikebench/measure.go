package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// A measured is what one run of a program took, by the operating system's own account.
type measured struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

// measure runs a program with its output to nowhere.
func measure(name string, args ...string) (measured, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+configDir)
	var errs strings.Builder
	cmd.Stderr = &errs
	start := time.Now()
	err := cmd.Run()
	m := measured{wall: time.Since(start)}
	if err != nil {
		return m, fmt.Errorf("%w: %s", err, errs.String())
	}
	m.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	m.peak = peakOf(cmd.ProcessState)
	return m, nil
}

// medians runs programs several times, in turn, and returns of each the run with the median wall time. Their output is removed before
// each run, so that every run writes a new file. The first round does not count: in it the system finds memory for the file.
func medians(runs int, out string, programs ...[]string) ([]measured, error) {
	all := make([][]measured, len(programs))
	for round := range max(1, runs) + 1 {
		for i, p := range programs {
			if err := os.Remove(out); err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, err
			}
			m, err := measure(p[0], p[1:]...)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				all[i] = append(all[i], m)
			}
		}
	}
	list := make([]measured, len(programs))
	for i, of := range all {
		slices.SortFunc(of, func(a, b measured) int { return cmp.Compare(a.wall, b.wall) })
		list[i] = of[len(of)/2]
	}
	return list, nil
}
