package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// stdoutClosed reports whether a shell started the program without standard output (>&-). Go's runtime then opens /dev/null in its place, also for reading:
// a shell does not (>/dev/null), but other programs do for what they start, and what they throw away is no error.
func stdoutClosed() bool {
	var st unix.Stat_t
	flags, err := unix.FcntlInt(1, unix.F_GETFL, 0)
	if err != nil || flags&unix.O_ACCMODE != unix.O_RDWR || unix.Fstat(1, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != unix.Mkdev(1, 3) {
		return false
	}
	parent := fmt.Sprintf("/proc/%d/", os.Getppid())
	name, err := os.ReadFile(parent + "comm")
	if err != nil || !slices.Contains(commonShells, strings.TrimSpace(string(name))) {
		return false
	}
	inherited, _ := os.Readlink(parent + "fd/1") // none: it is closed there, too
	return inherited != os.DevNull
}

var commonShells = []string{"sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "busybox"}
