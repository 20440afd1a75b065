package archive

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// An Object is a file in a Store.
type Object struct {
	Name     string // relative, with slashes
	Size     int64  // bytes
	Modified time.Time
	Err      error // of a directory: why what is in it cannot be listed
}

// A Store is where captures, outputs and marks are: a directory, or what is like one.
type Store interface {
	// List lists all objects, but unfinished and hidden ones, in no order.
	List(ctx context.Context) ([]Object, error)
	// Fetch makes a part of an object, whose Path is its name, one of a local file until done is called.
	Fetch(ctx context.Context, part capture.Part) (local capture.Part, done func(), err error)
	// Open reads an object from an offset on, in bytes; up to another one, if that is not 0.
	Open(ctx context.Context, name string, from, to int64) (io.ReadCloser, error)
	// Create is a local path to write an object to. Keep makes the file, which is complete, the object; drop, in its place, removes what
	// is temporary.
	Create(ctx context.Context, name string) (path string, keep func() error, drop func(), err error)
	// Size is the size of an object in bytes, -1 where only that it is there is known; ok is false where there is none.
	Size(ctx context.Context, name string) (size int64, ok bool)
	// Read reads a small object. The error is fs.ErrNotExist where there is none.
	Read(ctx context.Context, name string) ([]byte, error)
	// Write writes a small object as a whole.
	Write(ctx context.Context, name string, data []byte) error
}

// TempFile is an empty temporary file, mode 0600, whose name ends as that of the object does, and how it is removed.
func TempFile(name string) (f *os.File, remove func(), err error) {
	dir, err := os.MkdirTemp("", "ikedecode")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	if f, err = os.OpenFile(filepath.Join(dir, path.Base(name)), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err != nil {
		remove()
		return nil, nil, err
	}
	return f, remove, nil
}

// SentFile is Create of a store to which a finished file is sent: a temporary file, which keep gives to send and removes.
func SentFile(name string, send func(at string) error) (at string, keep func() error, remove func(), err error) {
	f, remove, err := TempFile(name)
	if err != nil {
		return "", nil, nil, err
	}
	at = f.Name()
	if err := f.Close(); err != nil {
		remove()
		return "", nil, nil, err
	}
	keep = func() error {
		defer remove()
		return send(at)
	}
	return at, keep, remove, nil
}

// A Dir is a Store in a directory.
type Dir string

func (d Dir) path(name string) string { return filepath.Join(string(d), filepath.FromSlash(name)) }

// inside is the path of an object that is going to be written; names may come from a store that others write to.
func (d Dir) inside(name string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", &fs.PathError{Op: "create", Path: name, Err: errOutside}
	}
	return d.path(name), nil
}

var errOutside = errors.New("the name leads out of the archive")

// List lists the files of the directory and those in it. Links to directories are not followed.
func (d Dir) List(ctx context.Context) (list []Object, err error) {
	root := string(d) + string(filepath.Separator) // else a link to a directory would be a file
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(string(d), path) // it knows no error: path is below
		switch name := e.Name(); {
		case err != nil && (path == root || e == nil):
			return err
		case err != nil:
			list = append(list, Object{Name: filepath.ToSlash(rel), Err: cause(err)})
			return fs.SkipDir
		case ctx.Err() != nil:
			return ctx.Err()
		case path == root:
			return nil
		case strings.HasPrefix(name, ".") && e.IsDir():
			return fs.SkipDir
		case e.IsDir() || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".part"):
			return nil
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return nil // a link to nothing, a socket
		}
		list = append(list, Object{Name: filepath.ToSlash(rel), Size: info.Size(), Modified: info.ModTime()})
		return nil
	})
	return list, err
}

// cause is an error without the path that it is about.
func cause(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// Fetch is the file itself.
func (d Dir) Fetch(_ context.Context, part capture.Part) (capture.Part, func(), error) {
	part.Path = d.path(part.Path)
	return part, func() {}, nil
}

// Open opens the file.
func (d Dir) Open(_ context.Context, name string, from, to int64) (io.ReadCloser, error) {
	f, err := os.Open(d.path(name))
	if err != nil {
		return nil, err
	}
	if to == 0 {
		to = math.MaxInt64
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, from, to-from), f}, nil
}

// Create makes the directories that the file needs. What writes it is to put it into place when it is complete: there is nothing to remove of one
// that is not, and one that is there may be another process's.
func (d Dir) Create(_ context.Context, name string) (string, func() error, func(), error) {
	path, err := d.inside(name)
	if err != nil {
		return "", nil, nil, err
	}
	return path, func() error { return nil }, func() {}, os.MkdirAll(filepath.Dir(path), 0o700)
}

// Size is that of a file.
func (d Dir) Size(_ context.Context, name string) (int64, bool) {
	info, err := os.Stat(d.path(name))
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}

// maxSmall bounds what Read takes: a mark, a manifest.
const maxSmall = 1 << 30

// Read reads a file.
func (d Dir) Read(_ context.Context, name string) ([]byte, error) {
	f, err := os.Open(d.path(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSmall+1))
	if err == nil && len(b) > maxSmall {
		err = &fs.PathError{Op: "read", Path: d.path(name), Err: errors.New("larger than 1 GiB")}
	}
	return b, err
}

// Write writes a file of mode 0600 and moves it into place.
func (d Dir) Write(_ context.Context, name string, data []byte) error {
	path, err := d.inside(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // two may write it at once
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
