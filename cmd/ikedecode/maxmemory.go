package main

import (
	"fmt"
	"math"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/words"
)

// What --max-memory bounds is counted where it is kept: ikedecode.Options shares it out. Beside that the garbage collector is told of it, so that
// what is not in use any more does not double it.

// A memoryLimit is the most memory of a run.
type memoryLimit struct {
	memory sizeFlag // 0: the default
}

func (o *memoryLimit) flags(cmd *cobra.Command) {
	cmd.Flags().Var(&o.memory, "max-memory", "most memory")
}

// checkMemory refuses what no run could do with. A command without the flag has the default.
func (o *memoryLimit) checkMemory() error { return o.checkMemoryOf(1) }

// checkMemoryOf is checkMemory for so many workers that share it.
func (o *memoryLimit) checkMemoryOf(workers int) error {
	n := sizeFlag(workers)
	switch {
	case o.memory == 0:
		o.memory = min(ikedecode.DefaultMaxMemory, math.MaxInt64/n) * n
	case o.memory/n >= ikedecode.LeastMaxMemory:
	case workers == 1:
		return usagef("--max-memory: %q must be %s or more", sizeText(int64(o.memory)), sizeText(ikedecode.LeastMaxMemory))
	default:
		return usagef("--max-memory: %q must be %s or more for each of %d workers", sizeText(int64(o.memory)), sizeText(ikedecode.LeastMaxMemory), workers)
	}
	return nil
}

// systemLimit is what the environment allows the garbage collector (GOMEMLIMIT).
var systemLimit = debug.SetMemoryLimit(-1)

// notCollected is what a run takes beside its heap: its code above all.
const notCollected = 28 << 20

// limitMemory tells the garbage collector. A tenth, or more, is left to what is not its own.
func (o *memoryLimit) limitMemory() {
	debug.SetMemoryLimit(min(systemLimit, int64(o.memory)-max(notCollected, int64(o.memory)/10)))
}

// keyOptions bound what key files take: not more than half of all.
func (o *memoryLimit) keyOptions() source.Options {
	return source.Options{MaxMemory: int64(o.memory) / 2}
}

// notShown is what a report does not show for want of memory; ok is false where it shows all.
func (an *analysis) notShown(o *captureOptions) (p report.Problem, ok bool) {
	ike, ipsec := an.NotShown()
	if ike+ipsec == 0 {
		return p, false
	}
	return o.tooMany(words.SAs(ike, ipsec) + " not shown"), true
}

// notListed is what the mark of a file lacks for want of memory; ok is false where it lacks nothing.
func (o *memoryLimit) notListed(file string, s *ikedecode.Session) (p report.Problem, ok bool) {
	ike, ipsec := s.NotShown()
	if ike+ipsec == 0 {
		return p, false
	}
	return problem(fmt.Sprintf("%s: %s decrypted, but not listed: too many for --max-memory %s", file, words.SAs(ike, ipsec), sizeText(int64(o.memory))),
		"add a larger --max-memory, or a smaller --part-size"), true
}

// notDecrypted is what was given up altogether.
func (an *analysis) notDecrypted(o *captureOptions) (p report.Problem, ok bool) {
	if an.Lost == 0 {
		return p, false
	}
	return o.tooMany(words.Count(an.Lost, "IKE SA") + " not decrypted"), true
}

func (o *captureOptions) tooMany(what string) report.Problem {
	return problem(fmt.Sprintf("%s: too many for --max-memory %s", what, sizeText(int64(o.memory))), "add a larger --max-memory, or cut the capture into parts")
}

// sizeText is a size as flags take it: "64M".
func sizeText(n int64) string {
	const units = "KMGT"
	unit := ""
	for i := 0; i < len(units) && n%1024 == 0; i++ {
		n, unit = n/1024, units[i:i+1]
	}
	return fmt.Sprintf("%d%s", n, unit)
}
