package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/report"
)

// writeCertificates writes the certificates and CRLs of a capture into dir, one file each, mode 0600. A file that is there is never
// changed.
func writeCertificates(dir string, s *ikedecode.Session) (*report.ExtractedCertificates, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	files, more := report.CertificateFiles(s.SAs)
	r := &report.ExtractedCertificates{Dir: dir, Found: len(files) + more, Files: []string{}}
	for i := range files {
		f := &files[i]
		name, isNew, err := writeCertificate(dir, f)
		if err != nil {
			return nil, err
		}
		r.Files = append(r.Files, name)
		if isNew {
			r.Written++
		} else {
			r.Existing++
		}
	}
	return r, nil
}

// errTaken: a file of that name is there with something else in it.
var errTaken = errors.New("exists with different content")

// writeCertificate writes one file under its name, or under its other name where that is taken. isNew is false where it is there
// already.
func writeCertificate(dir string, f *report.CertificateFile) (name string, isNew bool, err error) {
	for _, name = range []string{f.Name, f.OtherName()} {
		isNew, err = createOnce(filepath.Join(dir, name), f.PEM)
		if !errors.Is(err, errTaken) {
			return name, isNew, err
		}
	}
	return name, false, err
}

// createOnce creates a file; nothing that is there is changed, or followed if it is a link. isNew is false where it has this content
// already.
func createOnce(path string, data []byte) (isNew bool, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, sameContent(path, data)
	}
	if err != nil {
		return false, err
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(path)
		return false, err
	}
	return true, nil
}

// sameContent is errTaken unless path is a plain file with this content.
func sameContent(path string, data []byte) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() && info.Size() == int64(len(data)) {
		have, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Equal(have, data) {
			return nil
		}
	}
	return fmt.Errorf("%s: %w", path, errTaken)
}
