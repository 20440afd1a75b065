//go:build linux || darwin || freebsd

package capture

import (
	"math"

	"golang.org/x/sys/unix"
)

// freeSpace is how many bytes a directory has room for; the largest number where that is not known.
func freeSpace(dir string) int64 {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil || st.Bsize <= 0 {
		return math.MaxInt64
	}
	free := float64(st.Bavail) * float64(st.Bsize)
	return int64(min(free, math.MaxInt64/2))
}
