package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/source"
)

// The exit codes. Scripts rely on them.
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2
	exitIncomplete = 3 // done, but not everything was decrypted
	exitFound      = 4 // diagnose found what --fail-on asks for
)

// A usageError is a wrong command line.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
func (e *usageError) Hint() string  { return e.hint }

func usagef(format string, args ...any) error { return &usageError{err: fmt.Errorf(format, args...)} }

// A hintError is an error with what to do about it.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }
func (e *hintError) Hint() string  { return e.hint }

func withHint(err error, format string, args ...any) error {
	return &hintError{err, fmt.Sprintf(format, args...)}
}

// exitCode is the exit code for an error of a run.
func exitCode(err error) int {
	var usage *usageError
	var flag *flagError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &flag) && !isFileError(err):
		return exitUsage
	}
	return exitFailed
}

func isFileError(err error) bool {
	var path *fs.PathError
	return errors.As(err, &path) || errors.Is(err, source.ErrTooLarge)
}

// hintOf is what to do about an error, "" if nothing is known.
func hintOf(err error) string {
	if errors.Is(err, capture.ErrWindow) {
		return "decompress it first: zstd -d --long=31"
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		return hinted.Hint()
	}
	var format *source.FormatError
	var syntax *source.SyntaxError
	switch {
	case errors.As(err, &format):
		return "give what docs/getting-keys.md names for your product; captures without -k, lists of pre-shared keys with --psk-file"
	case errors.As(err, &syntax):
		return "correct or remove that line"
	case errors.Is(err, capture.ErrMixedLinks):
		return "use an output name that ends in .pcapng, or add --link raw"
	case errors.Is(err, fs.ErrPermission):
		return "check the permissions of the file and of its directory"
	case errors.Is(err, syscall.ENOTDIR):
		return "correct the path: part of it is a file"
	case errors.Is(err, errClosed):
		return "redirect it to a file or another program, or to /dev/null"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room there, or write to another file system"
	case errors.Is(err, syscall.EFBIG):
		return "raise the limit of the size of files (ulimit -f), or write to another file system"
	case errors.Is(err, syscall.EROFS):
		return "write to another directory"
	case errors.Is(err, source.ErrTooLarge):
		return "give the part of it that has the keys"
	}
	return ""
}

// errorText is the text of an error, the name of a file in front of what is wrong with it and nothing about system calls.
func errorText(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return strings.Replace(err.Error(), path.Error(), path.Path+": "+path.Err.Error(), 1)
	}
	return err.Error()
}
