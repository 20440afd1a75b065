//go:build !unix

package main

import "errors"

func compare([]string, int) error { return errors.New("-compare needs a Unix system") }
