package main

import (
	"fmt"
	"os"
	"os/exec"
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

// least keeps the least of each. What is measured is what a program takes; what else the machine does only adds to it.
func (m *measured) least(o measured) {
	if m.wall == 0 {
		*m = o
		return
	}
	m.wall, m.cpu, m.peak = min(m.wall, o.wall), min(m.cpu, o.cpu), min(m.peak, o.peak)
}
