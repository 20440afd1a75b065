//go:build unix

package main

import (
	"os"
	"syscall"
)

// endBy ends the program by a signal.
func endBy(s os.Signal) {
	_ = syscall.Kill(os.Getpid(), s.(syscall.Signal)) // of endingSignals, which end it
	select {}
}
