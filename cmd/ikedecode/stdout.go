package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// A stdout is standard output. Its errors name it so, and the first one stays: not all that writes to it tells of them.
type stdout struct {
	io.Writer
	err error
}

var errClosed = errors.New("closed")

// closed is what is written to where standard output was closed.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errClosed }

func openStdout(w io.Writer) *stdout {
	if w == os.Stdout && stdoutClosed() {
		w = closed{}
	}
	return &stdout{Writer: w}
}

func (s *stdout) Write(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.Writer.Write(b)
	s.err = named("standard output", err)
	return n, s.err
}

// keepPipeErrors makes a write to a pipe that nobody reads any more an error, so that what is unfinished is removed. The runtime would end the program,
// which is what is done at last: then tells whether standard output met that error.
func keepPipeErrors() (end func(then bool)) {
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	return func(then bool) {
		signal.Stop(pipe)
		if then {
			_, _ = os.Stdout.Write([]byte{'\n'}) // SIGPIPE, where there is such a signal
		}
	}
}
