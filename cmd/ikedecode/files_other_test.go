//go:build unix && !linux

package main

import "errors"

func mountReadOnly(string) error { return errors.ErrUnsupported }

func unmount(string) {}
