package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// runMemory prints the bytes that one thing more of each kind takes: the difference of the peaks of captures of n things and of four times
// as many, so that what every run takes is not in it.
func runMemory(o options, bin string) error {
	commands := [][]string{{"decrypt", "-w", "OUT"}, {"diagnose"}, {"timeline"}, {"report", "-o", "OUT"}}
	fmt.Printf("bytes for each, from %d to %d\n\n%-44s", o.memory, times*o.memory, "input")
	for _, args := range commands {
		fmt.Printf(" %10s", args[0])
	}
	fmt.Println()
	for _, k := range slices.Concat(kinds, kindsKeyed) {
		if !strings.Contains(k.name, o.only) {
			continue
		}
		fmt.Printf("%-44s", k.name)
		few, err := makeInput(o.dir, k, o.memory)
		if err != nil {
			return err
		}
		many, err := makeInput(o.dir, k, times*o.memory)
		if err != nil {
			return err
		}
		for _, args := range commands {
			less, err := peakWith(bin, few, args)
			if err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			more, err := peakWith(bin, many, args)
			if err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			fmt.Printf(" %10d", (more-less)/int64((times-1)*o.memory))
		}
		fmt.Println()
		few.remove()
		many.remove()
	}
	return nil
}

// An input is a capture with its key log.
type input struct {
	dir, pcap string
	secrets   []string // the options that give them
}

func (in input) remove() { os.RemoveAll(in.dir) }

// args are those of a command over the input; OUT at the end is a path of its own.
func (in input) args(command []string) []string {
	command = slices.Clone(command)
	if last := &command[len(command)-1]; *last == "OUT" {
		*last = filepath.Join(in.dir, "out-"+strings.Join(command[:len(command)-1], "-"))
	}
	return slices.Concat(command, []string{in.pcap}, in.secrets)
}

// makeInput writes n things of a kind.
func makeInput(dir string, k kind, n int) (in input, err error) {
	if in.dir, err = os.MkdirTemp(dir, "input"); err != nil {
		return in, err
	}
	w := newWire()
	k.fill(w, n)
	in.pcap = filepath.Join(in.dir, "wire.pcap")
	if w.keys.Len() > 0 {
		keys := filepath.Join(in.dir, "keys.log")
		in.secrets = []string{"-k", keys}
		err = os.WriteFile(keys, w.keys.Bytes(), 0o600)
	}
	return in, errors.Join(err, os.WriteFile(in.pcap, w.pcap.Bytes(), 0o600))
}

// runOver runs a command over an input. That it does not find what it looks for is no error.
func runOver(bin string, in input, command []string, env ...string) (*os.ProcessState, error) {
	c := exec.Command(bin, in.args(command)...)
	c.Env = append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	const usage = 2
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == usage || exit.ExitCode() < 0) {
		return nil, fmt.Errorf("%s: %w\n%s", command[0], err, out)
	}
	return c.ProcessState, nil
}

func peakWith(bin string, in input, command []string) (int64, error) {
	state, err := runOver(bin, in, command)
	if err != nil {
		return 0, err
	}
	return peakOf(state), nil
}
