package main

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// stdoutClosed reports whether a shell started the program without standard output (>&-). Go's runtime then opens /dev/null in its place, also for reading,
// and nothing tells its open file from another one: a shell opens /dev/null for writing alone (>/dev/null), but Python, Node and others open it for both in
// what they start, and what they throw away is no error. So only a shell is believed, and none whose own standard output is /dev/null.
func stdoutClosed() bool {
	flags, err := unix.FcntlInt(1, unix.F_GETFL, 0)
	if err != nil || flags&unix.O_ACCMODE != unix.O_RDWR || stdoutOf("self") != os.DevNull {
		return false
	}
	parent := strconv.Itoa(os.Getppid())
	name, _ := os.ReadFile("/proc/" + parent + "/comm") // none: another user's
	return slices.Contains(commonShells, strings.TrimSpace(string(name))) && stdoutOf(parent) != os.DevNull
}

// stdoutOf is the file that is a process's standard output; "": none, or it is not known.
func stdoutOf(process string) string {
	name, _ := os.Readlink("/proc/" + process + "/fd/1")
	return name
}

var commonShells = []string{"sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "busybox"}
