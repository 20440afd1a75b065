package source

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Follower reads what is added to files of secrets: to logs and key logs as they grow, by what writes to a FIFO. Files that are not there
// yet are read once they are. It holds at most followWindow bytes of each, so that what stands in several lines is read together.
type Follower struct {
	opt   Options
	files []*followed
}

// A followed is one file of a Follower.
type followed struct {
	path    string
	fifo    bool
	file    *os.File // nil: it is not there
	off     int64
	window  []byte // the end of what was read
	done    int    // bytes of window that were parsed
	line    int    // lines in front of window
	seen    int    // lines whose events were told
	grown   time.Time
	looked  time.Time // that path still names the file
	pausing time.Time // until then it is not parsed
}

const (
	followWindow = 128 << 10
	followChunk  = 256 << 10 // read at once
	// restless is how long a line without an end may lack it before it is read without.
	restless  = 300 * time.Millisecond
	lookAgain = time.Second
)

// Follow follows files from where they are: from the start what is not there, or is a FIFO. What is a directory or an archive is not followed.
func (o Options) Follow(paths []string) *Follower {
	f := &Follower{opt: o}
	for _, path := range paths {
		w := &followed{path: path}
		info, err := os.Stat(path)
		switch {
		case err == nil && info.Mode()&os.ModeNamedPipe != 0:
			w.fifo = true
			w.open() // what writes to it waits for that
		case err == nil && !info.Mode().IsRegular():
			continue
		case err == nil:
			w.open()
			if w.file != nil {
				w.skip(info.Size())
			}
		}
		f.files = append(f.files, w)
	}
	return f
}

// Followable reports whether a file is read by Follow alone: it is not there yet, or is a FIFO.
func Followable(path string) bool {
	info, err := os.Stat(path)
	return Missing(path) || err == nil && info.Mode()&os.ModeNamedPipe != 0
}

// Missing reports whether a file is not there, but its directory is.
func Missing(path string) bool {
	_, err := os.Stat(path)
	_, parent := os.Stat(filepath.Dir(path))
	return errors.Is(err, fs.ErrNotExist) && parent == nil
}

// Poll returns what was added since; nil where nothing was. It does not wait, and what an earlier one had may be in it again.
func (f *Follower) Poll() *secret.Bag {
	var all *secret.Bag
	for _, w := range f.files {
		for more := true; more; {
			var b *secret.Bag
			if b, more = w.poll(f.opt); b == nil {
				continue
			}
			if all == nil {
				all = &secret.Bag{}
			}
			all.Merge(b)
		}
	}
	return all
}

// Close closes the files.
func (f *Follower) Close() {
	for _, w := range f.files {
		if w.file != nil {
			w.file.Close()
		}
	}
}

// open opens the file, a FIFO without waiting for a writer.
func (w *followed) open() {
	f, err := openFollowed(w.path, w.fifo)
	if err == nil {
		w.file, w.off, w.looked = f, 0, time.Now()
	}
}

// skip goes to an offset of a file whose front was read already, but for the end of that.
func (w *followed) skip(size int64) {
	from := max(0, size-followWindow/2)
	w.line = countLines(io.NewSectionReader(w.file, 0, from))
	w.off = from
	buf := make([]byte, size-from)
	n, _ := w.file.ReadAt(buf, from)
	w.off += int64(n)
	w.window = buf[:n]
	if at := bytes.IndexByte(w.window, '\n') + 1; from > 0 && at > 0 { // the first of these lines may lack its front
		w.window = w.window[at:]
		w.line++
	}
	w.done = bytes.LastIndexByte(w.window, '\n') + 1
	w.seen = w.line + bytes.Count(w.window[:w.done], []byte{'\n'})
}

func countLines(r io.Reader) (n int) {
	buf := make([]byte, streamStep)
	for {
		m, err := r.Read(buf)
		n += bytes.Count(buf[:m], []byte{'\n'})
		if err != nil {
			return n
		}
	}
}

const streamStep = 64 << 10

// poll reads and parses what was added, and reports whether there may be more. The bag is nil where it holds nothing.
func (w *followed) poll(o Options) (b *secret.Bag, more bool) {
	now := time.Now()
	if now.Before(w.pausing) {
		return nil, false
	}
	if w.file == nil {
		if w.open(); w.file == nil {
			return nil, false
		}
	}
	more = w.read(now)
	end := bytes.LastIndexByte(w.window, '\n') + 1
	if rest := len(w.window) - end; rest > 0 && (now.Sub(w.grown) > restless || rest > followWindow) {
		end = len(w.window)
	}
	if end <= w.done {
		if !more && !w.fifo && now.Sub(w.looked) > lookAgain {
			w.reopen(now)
		}
		return nil, more
	}
	b = w.parse(o, w.window[:end])
	w.done = end
	if b == nil || len(b.Secrets)+len(b.SAs) == 0 {
		w.pausing = time.Now().Add(min(4*time.Since(now), time.Second))
	}
	w.cut()
	if b != nil && len(b.Secrets)+len(b.SAs)+len(b.Events) == 0 {
		b = nil
	}
	return b, more
}

// read reads what was added, and reports whether there was anything.
func (w *followed) read(now time.Time) bool {
	had := len(w.window)
	w.window = slices.Grow(w.window, followChunk)
	n := readFollowed(w.file, w.fifo, w.window[had:had+followChunk], w.off)
	w.window = w.window[:had+n]
	w.off += int64(n)
	if n > 0 {
		w.grown = now
	}
	return n > 0
}

// reopen begins anew where the path names another file than before, or the file became shorter: a log that was rotated.
func (w *followed) reopen(now time.Time) {
	w.looked = now
	have, err := w.file.Stat()
	is, err2 := os.Stat(w.path)
	if err == nil && err2 == nil && os.SameFile(have, is) && is.Size() >= w.off || err2 != nil {
		return
	}
	w.file.Close()
	*w = followed{path: w.path, pausing: w.pausing}
	w.open()
}

// parse reads the end of the file. Of what a log tells it keeps what is new.
func (w *followed) parse(o Options, text []byte) *secret.Bag {
	b, _ := o.ReadFrom(w.path, bytes.NewReader(text))
	if b == nil {
		return nil
	}
	for i := range b.Secrets {
		b.Secrets[i].Origin.Line += w.line
	}
	for i := range b.SAs {
		b.SAs[i].Source.Line += w.line
	}
	for i := range b.Events {
		b.Events[i].Line += w.line
	}
	b.Events = slices.DeleteFunc(b.Events, func(e logs.Event) bool { return e.Line <= w.seen })
	b.Formats, b.Warnings, b.Unread = nil, nil, nil
	w.seen = w.line + bytes.Count(text, []byte{'\n'})
	return b
}

// cut keeps the end of what was read.
func (w *followed) cut() {
	if len(w.window) <= followWindow {
		return
	}
	at := len(w.window) - followWindow/2
	at += bytes.IndexByte(w.window[at:], '\n') + 1
	if at > w.done {
		return
	}
	w.line += bytes.Count(w.window[:at], []byte{'\n'})
	w.window = append(w.window[:0], w.window[at:]...)
	w.done -= at
}
