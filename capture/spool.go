package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
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
