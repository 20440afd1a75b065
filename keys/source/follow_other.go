//go:build !unix

package source

import "os"

// openFollowed opens a file to be followed.
func openFollowed(path string, _ bool) (*os.File, error) { return os.Open(path) }

// readFollowed reads what is there; a FIFO is not followed here.
func readFollowed(f *os.File, fifo bool, b []byte, off int64) int {
	if fifo {
		return 0
	}
	n, _ := f.ReadAt(b, off)
	return n
}
