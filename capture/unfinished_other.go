//go:build !linux

package capture

import (
	"errors"
	"os"
)

// unnamedFile is nil: there is no such file.
func unnamedFile(string) *os.File { return nil }

func linkFile(*os.File, string) error { return errors.ErrUnsupported }
