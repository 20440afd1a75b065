package capture

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// beingWritten reports whether something has a file open for writing, where that is known: then nobody gets a lease to read it (fcntl(2)).
func beingWritten(f *os.File) (writing, known bool) {
	switch _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK); {
	case err == nil:
		_, err = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
		return false, err == nil
	case errors.Is(err, unix.EAGAIN):
		return true, true
	}
	return false, false
}
