//go:build unix

package source

import (
	"os"
	"syscall"
)

// openFollowed opens a file to be followed; a FIFO also where nothing writes to it yet.
func openFollowed(path string, fifo bool) (*os.File, error) {
	if fifo {
		return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	}
	return os.Open(path)
}

// readFollowed reads what is there, without waiting.
func readFollowed(f *os.File, fifo bool, b []byte, off int64) int {
	if !fifo {
		n, _ := f.ReadAt(b, off)
		return n
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return 0
	}
	n := 0
	if err := conn.Read(func(fd uintptr) bool {
		n, err = syscall.Read(int(fd), b)
		return true
	}); err != nil {
		return 0
	}
	return max(n, 0)
}
