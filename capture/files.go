package capture

import (
	"errors"
	"os"
	"slices"
	"sync"
	"syscall"
)

// maxOpen bounds the capture files that a Source has open at once, however many it reads at once: the usual limit of a process is 1,024,
// that of macOS 256, and outputs need some.
const maxOpen = 64

var errReplaced = errors.New("the file was replaced while it was read")

// A diskFile is a file that may be closed and opened again.
type diskFile struct {
	path  string      // as the user gave it, or as it was found
	file  *os.File    // nil: not open; guarded by openFiles
	users int         // of file; guarded by openFiles
	info  os.FileInfo // of file when it was opened first
	temp  string      // to be removed at the end
}

// openFiles are the files of a Source that are open. A file stays open while there is room, so that what is deleted or renamed meanwhile
// can be read on.
type openFiles struct {
	mu     sync.Mutex
	list   []*diskFile // the one used last at the end
	closed bool
}

// use returns the file, which is opened if it is not open. It stays open until release.
func (o *openFiles) use(d *diskFile) (*os.File, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return nil, errors.New("the source is closed")
	case d.file == nil:
		if err := o.open(d); err != nil {
			return nil, err
		}
	}
	if at := slices.Index(o.list, d); at >= 0 { // else it was spooled, and cannot be opened again
		o.list = append(slices.Delete(o.list, at, at+1), d)
	}
	d.users++
	return d.file, nil
}

func (o *openFiles) release(d *diskFile) {
	o.mu.Lock()
	d.users--
	o.mu.Unlock()
}

// open opens a file, in the place of another one where there is no room.
func (o *openFiles) open(d *diskFile) error {
	if len(o.list) >= maxOpen {
		o.closeOne()
	}
	f, err := os.Open(d.path)
	for errors.Is(err, syscall.EMFILE) && o.closeOne() {
		f, err = os.Open(d.path)
	}
	if err != nil {
		return cause(err)
	}
	info, err := f.Stat()
	if err == nil && d.info != nil && !os.SameFile(info, d.info) {
		err = errReplaced
	}
	if err != nil {
		f.Close()
		return cause(err)
	}
	d.file, d.info = f, info
	o.list = append(o.list, d)
	return nil
}

// closeOne closes the file that was not used for longest. It reports false where all are in use.
func (o *openFiles) closeOne() bool {
	at := slices.IndexFunc(o.list, func(d *diskFile) bool { return d.users == 0 })
	if at < 0 {
		return false
	}
	d := o.list[at]
	d.file.Close()
	d.file = nil
	o.list = slices.Delete(o.list, at, at+1)
	return true
}

// forget closes a file that is not read on.
func (o *openFiles) forget(d *diskFile) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at := slices.Index(o.list, d); at >= 0 {
		o.list = slices.Delete(o.list, at, at+1)
	}
	if d.file == nil {
		return nil
	}
	err := d.file.Close()
	d.file = nil
	if d.temp != "" {
		err = errors.Join(err, os.Remove(d.temp))
	}
	return err
}

// close lets no file be opened any more.
func (o *openFiles) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
}

// cause takes the path off an error of package os: the message has it already.
func cause(err error) error {
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	if le := (*os.LinkError)(nil); errors.As(err, &le) {
		return le.Err
	}
	return err
}
