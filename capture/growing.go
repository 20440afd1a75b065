package capture

import (
	"context"
	"io"
	"os"
	"time"
)

const (
	lookAgain = 50 * time.Millisecond
	// patience is how long a file may stay as it is, after nothing has it open for writing, before it is complete: a program may write to
	// it in turns. patienceGrown is that of a file that was seen to grow.
	patience      = 2 * time.Second
	patienceGrown = 20 * time.Second
)

// A growing is a file that something may still write.
type growing struct {
	ctx   context.Context
	f     *os.File
	off   int64
	grown bool        // after its end was met
	over  func() bool // whether another file has come after it

	writing func(*os.File) (writing, known bool)
}

// Read returns what the file has got; io.EOF when it is complete, has become shorter, or ctx is done.
func (g *growing) Read(p []byte) (int, error) {
	wait, since := patience, time.Now()
	if g.grown {
		wait = patienceGrown
	}
	for waited := false; ; waited = true {
		n, err := g.f.Read(p)
		if g.off += int64(n); n > 0 || err != nil && err != io.EOF {
			g.grown = g.grown || waited
			return n, err
		}
		if g.ctx.Err() != nil {
			return 0, io.EOF
		}
		if info, err := g.f.Stat(); err != nil || info.Size() < g.off {
			return 0, io.EOF
		}
		switch writing, known := g.writing(g.f); {
		case !writing && known && g.over(), !known && time.Since(since) > patience && g.over():
			return 0, io.EOF
		case !known:
		case writing:
			since = time.Now()
		case time.Since(since) > wait:
			return 0, io.EOF
		}
		select {
		case <-g.ctx.Done():
		case <-time.After(lookAgain):
		}
	}
}
