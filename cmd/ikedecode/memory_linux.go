package main

import "golang.org/x/sys/unix"

// hideMemory keeps the keys in memory from other programs of the user, and out of core dumps, as far as the system lets it. Keys may still be in swap: to
// lock the whole memory needs a limit that is seldom granted.
func hideMemory() {
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = unix.Setrlimit(unix.RLIMIT_CORE, &limit)
	}
}
