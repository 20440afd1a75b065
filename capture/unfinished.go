package capture

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// An Unfinished is a new file, mode 0600, that is to take the place of another, or of none, when it is complete. Where the system can do it (Linux, on most file
// systems) it has no name until then, so that nothing is left of it whatever ends the program. Elsewhere it is beside that place, as ".NAME.RANDOM.part".
type Unfinished struct {
	*os.File
	to   string
	part string // its name; "": it has none
}

// CreateUnfinished makes a file that is to be at a path.
func CreateUnfinished(to string) (*Unfinished, error) {
	u := &Unfinished{to: to}
	if f := unnamedFile(filepath.Dir(to)); f != nil {
		u.File = f
		return u, nil
	}
	return u, u.givePart(func(part string) (err error) {
		u.File, err = os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return err
	})
}

// parts are the names of all unfinished files that have one.
var parts = struct {
	sync.Mutex
	names map[string]bool
}{names: make(map[string]bool)}

// givePart calls make with names until there is no file of that name.
func (u *Unfinished) givePart(make func(part string) error) error {
	parts.Lock()
	defer parts.Unlock()
	const most = 1000
	for i := 0; ; i++ {
		part := filepath.Join(filepath.Dir(u.to), "."+filepath.Base(u.to)+"."+strconv.FormatUint(uint64(rand.Uint32()), 10)+".part")
		err := make(part)
		switch {
		case err == nil:
			u.part, parts.names[part] = part, true
			return nil
		case !errors.Is(err, fs.ErrExist) || i == most:
			return err
		}
	}
}

// RemoveUnfinished removes all unfinished files, for a program that ends at once.
func RemoveUnfinished() {
	parts.Lock()
	defer parts.Unlock()
	for part := range parts.names {
		os.Remove(part)
	}
}

// Rest closes the file until Wake.
func (u *Unfinished) Rest() error {
	err := u.nameIt()
	return errors.Join(err, u.Close())
}

// Wake opens a file that rests.
func (u *Unfinished) Wake() (err error) {
	u.File, err = os.OpenFile(u.part, os.O_RDWR, 0)
	return err
}

func (u *Unfinished) nameIt() error {
	if u.part != "" {
		return nil
	}
	return u.givePart(func(part string) error { return linkFile(u.File, part) })
}

// Commit closes the file and moves it to its place. If that fails, nothing is left of it.
func (u *Unfinished) Commit() error {
	err := u.nameIt()
	if closed := u.Close(); err == nil {
		err = closed
	}
	if err == nil {
		parts.Lock()
		defer parts.Unlock()
		if err = os.Rename(u.part, u.to); err == nil {
			delete(parts.names, u.part)
			return nil
		}
		os.Remove(u.part)
		delete(parts.names, u.part)
		return err
	}
	u.remove()
	return err
}

// Abort removes the file. After Commit it does nothing.
func (u *Unfinished) Abort() {
	u.Close()
	u.remove()
}

func (u *Unfinished) remove() {
	parts.Lock()
	defer parts.Unlock()
	if parts.names[u.part] {
		os.Remove(u.part)
		delete(parts.names, u.part)
	}
}
