package main

import (
	"fmt"
	"io"
	"os"
	"runtime/pprof"
)

// profileVariable names the environment variable with the file for a CPU profile (pprof's format) of the run. Developers alone need it:
// `ikebench -profile` makes default.pgo of such profiles, by which the compiler decides what to inline (https://go.dev/doc/pgo).
const profileVariable = "IKEDECODE_CPUPROFILE"

// profiled runs f, and writes a CPU profile of it to the file where one is named. That there is none is said and is no failure.
func profiled(name string, errw io.Writer, f func() int) int {
	if name == "" {
		return f()
	}
	file, err := os.Create(name)
	if err == nil {
		defer file.Close()
		err = pprof.StartCPUProfile(file)
		defer pprof.StopCPUProfile()
	}
	if err != nil {
		fmt.Fprintf(errw, "ikedecode: warning: no CPU profile: %v\n", err)
	}
	return f()
}
