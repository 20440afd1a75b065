package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ikedecode/ikedecode/capture"
)

// A newFile is a file with keys or inner traffic: mode 0600, whole or not at all. What is no regular file, such as a pipe, is written to as it is.
type newFile struct {
	*os.File
	path string              // that the user gave
	new  *capture.Unfinished // which File is a part of; nil: it is there already
}

func createFile(ctx context.Context, path string) (*newFile, error) {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, named(path, err)
	case info.IsDir():
		return nil, withHint(fmt.Errorf("%s: is a directory", path), "give a file in it")
	case !info.Mode().IsRegular():
		f, err := openOutput(ctx, path, func() (*os.File, error) { return os.OpenFile(path, os.O_WRONLY, 0) })
		return &newFile{File: f, path: path}, named(path, err)
	}
	u, err := capture.CreateUnfinished(capture.Destination(path))
	if err != nil {
		return nil, named(path, err)
	}
	return &newFile{u.File, path, u}, nil
}

// openOutput is what open returns of path, but does not wait for it when ctx ends: a FIFO is open when another program reads it.
func openOutput[T any](ctx context.Context, path string, open func() (*T, error)) (*T, error) {
	if info, err := os.Stat(path); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return open()
	}
	var f *T
	err := untilDone(ctx, func() (err error) {
		f, err = open()
		return err
	})
	if err != nil {
		return nil, err // f may still be set
	}
	return f, nil
}

func (f *newFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	return n, named(f.path, err)
}

// commit moves the file to its place.
func (f *newFile) commit() error {
	if f.new == nil {
		return named(f.path, f.Close())
	}
	return named(f.path, f.new.Commit())
}

// abort removes what is not in its place.
func (f *newFile) abort() {
	if f.new == nil {
		f.Close()
		return
	}
	f.new.Abort()
}

// writeFiles writes whole newFiles, all or none.
func writeFiles(ctx context.Context, files ...exportFile) error {
	var list []*newFile
	defer func() {
		for _, f := range list {
			f.abort()
		}
	}()
	for _, x := range files {
		f, err := createFile(ctx, x.path)
		if err != nil {
			return err
		}
		list = append(list, f)
		if _, err := f.Write(x.text); err != nil {
			return err
		}
	}
	for _, f := range list {
		if err := f.commit(); err != nil {
			return err
		}
	}
	return nil
}

// named is an error about the temporary file of path as one about path.
func named(path string, err error) error {
	var p *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &link):
		err = link.Err
	case err == nil:
		return nil
	}
	return &fs.PathError{Op: "write", Path: path, Err: err}
}
