package capture

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// DefaultMaxSpool is how much of pipes is copied to temporary files, in bytes, where [Options] do not say it.
const DefaultMaxSpool = 16 << 30

// Options say where Open finds standard input and puts temporary files.
type Options struct {
	Stdin   io.Reader // os.Stdin if nil
	TempDir string    // os.TempDir() if empty
	// MaxSpool bounds the bytes in temporary files: the copies of pipes, which are read more than once. 0 is DefaultMaxSpool. A tenth of the
	// free space is left in any case.
	MaxSpool int64
	// Spooling, if set, is told now and then how many bytes of pipes are in temporary files. Several goroutines call it.
	Spooling func(bytes int64)
}

// A spool copies pipes to temporary files.
type spool struct {
	stdin    io.Reader
	dir      string
	limit    int64 // what the user allows
	progress func(int64)

	mu   sync.Mutex
	used int64
}

func newSpool(opt Options) *spool {
	sp := &spool{stdin: opt.Stdin, dir: opt.TempDir, limit: opt.MaxSpool, progress: opt.Spooling}
	if sp.stdin == nil {
		sp.stdin = os.Stdin
	}
	if sp.dir == "" {
		sp.dir = os.TempDir()
	}
	if sp.limit <= 0 {
		sp.limit = DefaultMaxSpool
	}
	return sp
}

var (
	errSpoolLimit = errors.New("larger than the limit for temporary files")
	errSpoolFull  = errors.New("too large for the free space")
	errStopped    = errors.New("the pass was stopped")
)

// take claims room for n more bytes, of which the directory keeps some free.
func (sp *spool) take(n int, keep int64) error {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	switch {
	case sp.used+int64(n) > sp.limit:
		return errSpoolLimit
	case freeSpace(sp.dir)-int64(n) < keep:
		return errSpoolFull
	}
	sp.used += int64(n)
	return nil
}

// A pipeCopy is the copy of a pipe in a temporary file. It grows while it is read.
type pipeCopy struct {
	in   *input
	sp   *spool
	stop context.CancelFunc
	done chan struct{} // is closed at the end of the copying

	mu    sync.Mutex
	size  int64
	grown chan struct{} // is closed, and another takes its place, when there is more
	ended bool
	err   error // why the copy ended before the pipe; complete with ended
}

// spool starts to copy r to a temporary file, so that several passes can read it. The file has mode 0600 and where the system allows it no
// name: nothing stays behind, however the program ends. In the end done is called, also with an error.
func (in *input) spool(ctx context.Context, r io.Reader, sp *spool, done func()) error {
	f, err := os.CreateTemp(sp.dir, "ikedecode-*.spool")
	if err != nil {
		done()
		return in.fail(fmt.Errorf("cannot create a temporary file: %w", err), "set TMPDIR to a directory with room")
	}
	in.file, in.temp = f, f.Name()
	if os.Remove(in.temp) == nil {
		in.temp = ""
	}
	ctx, stop := context.WithCancel(ctx)
	c := &pipeCopy{in: in, sp: sp, stop: stop, done: make(chan struct{}), grown: make(chan struct{})}
	in.pipe = c
	go func() {
		defer close(c.done)
		defer done()
		defer stop()
		c.end(c.failure(ctx, c.copy(f, Interruptible(ctx, r))))
	}()
	return nil
}

// copy copies r to f until it ends. Of what is no capture it copies what it takes to say so.
func (c *pipeCopy) copy(f io.Writer, r io.Reader) error {
	keep := freeSpace(c.sp.dir) / 10
	buf, head := make([]byte, streamBuffer), []byte(nil)
	for {
		m, err := r.Read(buf)
		if m > 0 {
			if err := c.sp.take(m, keep); err != nil {
				return err
			}
			if _, err := f.Write(buf[:m]); err != nil {
				return err
			}
			c.grow(m)
			if len(head) < headLen {
				head = append(head, buf[:min(m, headLen-len(head))]...)
				if len(head) == headLen && !mayBeCapture(head) {
					return nil
				}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

const (
	withoutCopy  = "--live (decrypt, timeline, diagnose, sas) needs no copy"
	withMoreRoom = "set TMPDIR to a directory with more room or give a file; " + withoutCopy
)

// failure makes the error of the copying one for the user.
func (c *pipeCopy) failure(ctx context.Context, err error) error {
	dir := filepath.Clean(c.sp.dir)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case err == errSpoolLimit || err == errSpoolFull:
		hint := withMoreRoom
		if err == errSpoolLimit {
			hint = "raise --max-spool or give a file instead of a pipe; " + withoutCopy
		}
		return c.in.fail(fmt.Errorf("%w: its copy in %s has %s", err, dir, sizeText(c.size)), hint)
	}
	return c.in.fail(fmt.Errorf("cannot copy to a temporary file in %s after %s: %w", dir, sizeText(c.size), cause(err)), withMoreRoom)
}

// grow tells the readers that there are n more bytes.
func (c *pipeCopy) grow(n int) {
	c.mu.Lock()
	c.size += int64(n)
	close(c.grown)
	c.grown = make(chan struct{})
	c.mu.Unlock()
	if c.sp.progress != nil {
		c.sp.mu.Lock()
		used := c.sp.used
		c.sp.mu.Unlock()
		c.sp.progress(used)
	}
}

// end tells the readers that there is no more.
func (c *pipeCopy) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended, c.err = true, err
	close(c.grown)
}

// has is how many bytes there are. It waits until they are more than off, and at the end of the copy returns io.EOF or why it ended; errStopped
// when stop is closed.
func (c *pipeCopy) has(off int64, stop <-chan struct{}) (int64, error) {
	for {
		c.mu.Lock()
		size, grown, ended, err := c.size, c.grown, c.ended, c.err
		c.mu.Unlock()
		switch {
		case size > off:
			return size, nil
		case ended:
			return size, cmp.Or(err, io.EOF)
		}
		select {
		case <-grown:
		case <-stop:
			return size, errStopped
		}
	}
}

// await waits for the end of the copy, and returns why it ended before the pipe, or errStopped when stop is closed.
func (c *pipeCopy) await(stop <-chan struct{}) error {
	select {
	case <-c.done:
		return c.err
	case <-stop:
		return errStopped
	}
}

// failed is why the copy has ended before the pipe, if it has.
func (c *pipeCopy) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// A follower reads the copy of a pipe from its front, and waits for more until that is complete.
type follower struct {
	in   *input
	off  int64
	stop <-chan struct{} // ends a wait when it is closed; may be nil
}

// Read returns what has come. It waits for something to come.
func (f *follower) Read(b []byte) (int, error) {
	size, err := f.in.pipe.has(f.off, f.stop)
	if err != nil {
		return 0, err
	}
	n, err := f.in.ReadAt(b[:min(int64(len(b)), size-f.off)], f.off)
	f.off += int64(n)
	return n, err
}

// waits reports whether Read would wait.
func (f *follower) waits() bool {
	c := f.in.pipe
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size <= f.off && !c.ended
}

// sizeText is a size in the largest unit that leaves a number before the point.
func sizeText(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	size, unit := float64(n), 0
	for size >= 1024 && unit < len(units)-1 {
		size, unit = size/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", size, units[unit])
}
