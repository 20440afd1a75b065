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

// openFiles are the files of a Source that are open. A file stays open while there is room, so that what is deleted or renamed meanwhile
// can be read on.
type openFiles struct {
	mu     sync.Mutex
	list   []*input // the one used last at the end
	closed bool
}

// use returns the file of an input, which is opened if it is not open. It stays open until release.
func (o *openFiles) use(in *input) (*os.File, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return nil, errors.New("the source is closed")
	case in.file == nil:
		if err := o.open(in); err != nil {
			return nil, err
		}
	}
	if at := slices.Index(o.list, in); at >= 0 { // else it was spooled, and cannot be opened again
		o.list = append(slices.Delete(o.list, at, at+1), in)
	}
	in.users++
	return in.file, nil
}

func (o *openFiles) release(in *input) {
	o.mu.Lock()
	in.users--
	o.mu.Unlock()
}

// open opens the file of an input, in the place of another one where there is no room.
func (o *openFiles) open(in *input) error {
	if len(o.list) >= maxOpen {
		o.closeOne()
	}
	f, err := os.Open(in.path)
	for errors.Is(err, syscall.EMFILE) && o.closeOne() {
		f, err = os.Open(in.path)
	}
	if err != nil {
		return cause(err)
	}
	info, err := f.Stat()
	if err == nil && in.info != nil && !os.SameFile(info, in.info) {
		err = errReplaced
	}
	if err != nil {
		f.Close()
		return cause(err)
	}
	in.file, in.info = f, info
	o.list = append(o.list, in)
	return nil
}

// closeOne closes the file that was not used for longest. It reports false where all are in use.
func (o *openFiles) closeOne() bool {
	at := slices.IndexFunc(o.list, func(in *input) bool { return in.users == 0 })
	if at < 0 {
		return false
	}
	in := o.list[at]
	in.file.Close()
	in.file = nil
	o.list = slices.Delete(o.list, at, at+1)
	return true
}

// forget closes the file of an input that is not read on.
func (o *openFiles) forget(in *input) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at := slices.Index(o.list, in); at >= 0 {
		o.list = slices.Delete(o.list, at, at+1)
	}
	if in.file == nil {
		return nil
	}
	err := in.file.Close()
	in.file = nil
	if in.temp != "" {
		err = errors.Join(err, os.Remove(in.temp))
	}
	return err
}

// close lets no file be opened any more.
func (o *openFiles) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
}
