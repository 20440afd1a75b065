package capture

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// unnamedFile is a new file in a directory that has no name (O_TMPFILE), and can get one; nil where the file system has none such, or /proc is missing.
func unnamedFile(dir string) *os.File {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), dir+"/(unfinished)")
	if unix.Access(procName(f), unix.F_OK) != nil {
		f.Close()
		return nil
	}
	return f
}

// linkFile gives a file of unnamedFile a name.
func linkFile(f *os.File, name string) error {
	return unix.Linkat(unix.AT_FDCWD, procName(f), unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW)
}

func procName(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }
