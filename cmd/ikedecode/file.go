package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A newFile is a file with keys or inner traffic: mode 0600, whole or not at all. What is no regular file, such as a pipe, is written to as it is.
type newFile struct {
	*os.File
	path string // that the user gave
	to   string // where it goes; "": it is there already
}

func createFile(path string) (*newFile, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, withHint(fmt.Errorf("%s: is a directory", path), "give a file in it")
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &newFile{File: f, path: path}, named(path, err)
	}
	to := path
	if target, err := filepath.EvalSymlinks(path); err == nil {
		to = target // or the move would replace the link
	}
	f, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+".*.part") // mode 0600
	return &newFile{f, path, to}, named(path, err)
}

func (f *newFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	return n, named(f.path, err)
}

// commit moves the file to its place.
func (f *newFile) commit() error {
	if err := f.Close(); err != nil || f.to == "" {
		return named(f.path, err)
	}
	return named(f.path, os.Rename(f.Name(), f.to))
}

// abort removes what is not in its place.
func (f *newFile) abort() {
	f.Close()
	if f.to != "" {
		os.Remove(f.Name()) // is not there any more after commit
	}
}

// writeFile writes a whole newFile.
func writeFile(path string, data []byte) error {
	f, err := createFile(path)
	if err != nil {
		return err
	}
	defer f.abort()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.commit()
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
