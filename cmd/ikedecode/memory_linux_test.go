package main

import (
	"testing"

	"golang.org/x/sys/unix"
)

// The memory of a run cannot be read by other programs of the user, nor is it dumped.
func TestHideMemory(t *testing.T) {
	var before, after unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &before); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0)
		_ = unix.Setrlimit(unix.RLIMIT_CORE, &before)
	}()
	hideMemory()
	if n, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || n != 0 {
		t.Errorf("dumpable: %d, %v", n, err)
	}
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &after); err != nil || after.Cur != 0 {
		t.Errorf("core dumps of %d bytes, %v", after.Cur, err)
	}
}
