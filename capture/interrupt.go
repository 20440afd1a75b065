package capture

import (
	"context"
	"io"
	"os"
)

// Interruptible makes reading r end with ctx: a read from a pipe may wait for ever. What r reads after that is lost.
func Interruptible(ctx context.Context, r io.Reader) io.Reader {
	if ctx.Done() == nil {
		return r
	}
	if i, ok := r.(*interruptible); ok && i.ctx == ctx {
		return r
	}
	return &interruptible{ctx: ctx, r: r}
}

type interruptible struct {
	ctx context.Context
	r   io.Reader
	buf []byte
}

// A readResult is what a read, which may be waited for no longer, returned.
type readResult struct {
	n   int
	err error
}

func (i *interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	if len(i.buf) < len(p) {
		i.buf = make([]byte, len(p))
	}
	done, buf := make(chan readResult, 1), i.buf[:len(p)]
	go func() {
		n, err := i.r.Read(buf)
		done <- readResult{n, err}
	}()
	select {
	case r := <-done:
		return copy(p, buf[:r.n]), r.err
	case <-i.ctx.Done():
		i.buf = nil // may still be written to
		return 0, i.ctx.Err()
	}
}

// OpenFile is os.Open that does not wait past ctx: a FIFO is open when another program has opened it for writing.
func OpenFile(ctx context.Context, path string) (*os.File, error) {
	if info, err := os.Stat(path); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return os.Open(path)
	}
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(path)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.f, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
