// Command ikedecode decrypts captured IPsec traffic with the keys of the user, and shows what was negotiated and what went
// wrong. See the README for how to use it.
package main

import (
	"os"
	"runtime/debug"
)

func main() {
	hideMemory()
	// What stays in memory are lists of keys and SAs without pointers to follow, so that to collect garbage three times as often as usual costs
	// nearly nothing, and saves nearly half of the memory.
	if os.Getenv("GOGC") == "" {
		const percent = 33
		debug.SetGCPercent(percent)
	}
	os.Exit(profiled(os.Getenv(profileVariable), os.Stderr, func() int {
		return run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	}))
}
