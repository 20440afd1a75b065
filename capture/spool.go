package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	// Spooling, if set, is told now and then how many bytes of pipes are in temporary files.
	Spooling func(bytes int64)
}

// A spool copies pipes to temporary files.
type spool struct {
	stdin    io.Reader
	dir      string
	limit    int64 // what the user allows
	used     int64
	progress func(int64)
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

const withMoreRoom = "set TMPDIR to a directory with more room, or give a file instead of a pipe"

// spool copies r to a temporary file, so that several passes can read it. The file has mode 0600 and where the system
// allows it no name: nothing stays behind, however the program ends.
func (in *input) spool(ctx context.Context, r io.Reader, sp *spool) error {
	f, err := os.CreateTemp(sp.dir, "ikedecode-*.spool")
	if err != nil {
		return in.fail(fmt.Errorf("cannot create a temporary file: %w", err), "set TMPDIR to a directory with room")
	}
	in.file, in.temp = f, f.Name()
	if os.Remove(in.temp) == nil {
		in.temp = ""
	}
	left, full := sp.limit-sp.used, errSpoolLimit
	if free := freeSpace(sp.dir); free-free/10 < left {
		left, full = free-free/10, errSpoolFull
	}
	in.size, err = sp.copy(f, Interruptible(ctx, r), left)
	sp.used += in.size
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errTooMuch):
		err = fmt.Errorf("%w: its copy in %s has %s", full, filepath.Clean(sp.dir), sizeText(in.size))
		if full == errSpoolLimit {
			return in.fail(err, "raise --max-spool, or give a file instead of a pipe: a file is not copied")
		}
		return in.fail(err, withMoreRoom)
	}
	return in.fail(fmt.Errorf("cannot copy to a temporary file in %s after %s: %w", filepath.Clean(sp.dir), sizeText(in.size), cause(err)), withMoreRoom)
}

var (
	errTooMuch    = errors.New("too much")
	errSpoolLimit = errors.New("larger than the limit for temporary files")
	errSpoolFull  = errors.New("too large for the free space")
)

// copy copies r to f, at most so many bytes. Of what is no capture it copies what it takes to say so.
func (sp *spool) copy(f *os.File, r io.Reader, most int64) (n int64, err error) {
	buf, head := make([]byte, streamBuffer), []byte(nil)
	for {
		m, err := r.Read(buf)
		if m > 0 {
			if n+int64(m) > most {
				return n, errTooMuch
			}
			if _, err := f.Write(buf[:m]); err != nil {
				return n, err
			}
			n += int64(m)
			if sp.progress != nil {
				sp.progress(sp.used + n)
			}
			if len(head) < headLen {
				head = append(head, buf[:min(m, headLen-len(head))]...)
				if len(head) == headLen && !mayBeCapture(head) {
					return n, nil
				}
			}
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// mayBeCapture reports whether a file that starts so is a capture, or compressed.
func mayBeCapture(head []byte) bool {
	return IsCaptureHead(head) || slices.ContainsFunc(compressions, func(c compression) bool { return c.open != nil && bytes.HasPrefix(head, c.magic) })
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
