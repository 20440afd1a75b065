package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// runProfile runs each suite on one and on all processors and adds the CPU profiles up to one in pprof's format. In cmd/ikedecode, as default.pgo, it
// is what the compiler decides by what to inline.
func runProfile(o options, bin string) error {
	args := []string{"tool", "pprof", "-proto", "-output", o.profile}
	for i, s := range suites {
		b, err := newBench(o, s, "", bin)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		defer b.c.remove()
		for j := range 2 * o.runs {
			p := b.programs[j%2] // ours; the floor is the third
			name := filepath.Join(o.dir, fmt.Sprintf("%d-%d.pprof", i, j))
			defer os.Remove(name)
			cmd := exec.Command(p.command[0], p.command[1:]...)
			cmd.Env = append(os.Environ(), "IKEDECODE_CPUPROFILE="+name)
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", s.name, err, out)
			}
			args = append(args, name)
			if err := os.Remove(b.out); err != nil {
				return err
			}
		}
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("adding up the profiles: %w\n%s", err, out)
	}
	return nil
}
