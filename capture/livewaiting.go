package capture

import (
	"io"
	"time"
)

// A waiting is a stream that is read by a goroutine of its own, so that nobody waits for it past the end of a context.
type waiting struct {
	l    *live
	full chan chunk
	free chan []byte
	done chan struct{} // closed by Close
	rest []byte        // of a chunk
	buf  []byte        // whose rest it is
	err  error
	tick *time.Ticker
}

type chunk struct {
	b   []byte
	err error
}

const (
	idleEvery = 200 * time.Millisecond
	// lastWords is how long what was written before ctx was done may take to arrive: a program that gets the same signal writes the rest of
	// its buffer.
	lastWords = 300 * time.Millisecond
)

// newWaiting starts to read what open returns.
func newWaiting(l *live, open func() (io.Reader, error)) *waiting {
	w := &waiting{l: l, full: make(chan chunk, 2), free: make(chan []byte, 2), done: make(chan struct{}), tick: time.NewTicker(idleEvery)}
	for range cap(w.free) {
		w.free <- make([]byte, streamBuffer)
	}
	go w.read(open)
	return w
}

// read reads until the stream ends or nobody wants more. Where it waits for a pipe it ends with the program.
func (w *waiting) read(open func() (io.Reader, error)) {
	defer close(w.full)
	r, err := open()
	if err != nil {
		w.full <- chunk{nil, err}
		return
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	for {
		select {
		case <-w.done:
			return
		case buf := <-w.free:
			n, err := r.Read(buf)
			w.full <- chunk{buf[:n], err}
			if err != nil {
				return
			}
		}
	}
}

// Read returns what has come. It waits for something to come, and at the end of the context for lastWords at most.
func (w *waiting) Read(p []byte) (int, error) {
	for len(w.rest) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		if w.buf != nil {
			w.free <- w.buf[:cap(w.buf)]
			w.buf = nil
		}
		c, ok := w.next()
		if !ok {
			w.err = io.EOF
			continue
		}
		w.rest, w.buf, w.err = c.b, c.b, c.err
	}
	n := copy(p, w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

// next is the next chunk; false at the end.
func (w *waiting) next() (c chunk, ok bool) {
	select {
	case c, ok = <-w.full:
		return c, ok
	default:
	}
	for {
		if w.l.idle != nil {
			w.l.idle()
		}
		select {
		case c, ok = <-w.full:
			return c, ok
		case <-w.tick.C:
		case <-w.l.ctx.Done():
			select {
			case c, ok = <-w.full:
				return c, ok
			case <-time.After(lastWords):
				return c, false
			}
		}
	}
}

// Close ends the reading of a stream.
func (w *waiting) Close() error {
	w.tick.Stop()
	close(w.done)
	return nil
}
