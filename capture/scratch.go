package capture

import (
	"errors"
	"fmt"
	"os"
)

// A Scratch is a temporary file for what has no room in memory. Like the copies of pipes it has mode 0600 and where the system allows it no name,
// and counts for MaxSpool. It may be read and written by one goroutine at a time.
type Scratch struct {
	sp   *spool
	keep int64 // bytes of the directory that stay free
	f    *os.File
	name string // to be removed at the end; empty: it is
	size int64
}

// Scratch is the temporary file of the source, which goes when that is closed. It is made when it is first written to.
func (s *Source) Scratch() *Scratch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scratch == nil {
		s.scratch = &Scratch{sp: s.spool}
	}
	return s.scratch
}

// Append writes b to the end of the file, and returns where that was.
func (f *Scratch) Append(b []byte) (at int64, err error) {
	if f.f == nil {
		if err := f.create(); err != nil {
			return 0, err
		}
	}
	if err := f.sp.take(len(b), f.keep); err != nil {
		return 0, fmt.Errorf("%s: temporary file: %w", f.sp.dir, err)
	}
	if _, err := f.f.WriteAt(b, f.size); err != nil {
		return 0, err
	}
	at = f.size
	f.size += int64(len(b))
	return at, nil
}

// ReadAt reads what was written.
func (f *Scratch) ReadAt(b []byte, at int64) (int, error) { return f.f.ReadAt(b, at) }

func (f *Scratch) create() error {
	file, err := os.CreateTemp(f.sp.dir, "ikedecode-*.spool")
	if err != nil {
		return fmt.Errorf("cannot create a temporary file: %w", err)
	}
	f.f, f.name, f.keep = file, file.Name(), freeSpace(f.sp.dir)/10
	if os.Remove(f.name) == nil {
		f.name = ""
	}
	return nil
}

func (f *Scratch) close() error {
	if f == nil || f.f == nil {
		return nil
	}
	err := f.f.Close()
	if f.name != "" {
		err = errors.Join(err, os.Remove(f.name))
	}
	f.f = nil
	return err
}
