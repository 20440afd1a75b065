package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// An OutputError says which output cannot be written and why.
type OutputError struct {
	Path string
	Err  error
	hint string
}

func (e *OutputError) Error() string { return e.Path + ": " + e.Err.Error() }

func (e *OutputError) Unwrap() error { return e.Err }

// Hint says what the user can do about it; "" if nothing is known.
func (e *OutputError) Hint() string { return e.hint }

// A Writer writes pcapng, or pcap, beside its final name and moves it into place on Close; mode 0600.
type Writer struct {
	name    string // for messages
	file    *os.File
	new     *Unfinished // which file is a part of; nil: what is written to as it is
	buf     *bufio.Writer
	opt     WriterOptions
	format  formatWriter
	record  record // being written
	skipped int
	rests   bool  // the file is closed, and opened when it is written to
	err     error // of an earlier write; sticks
	done    bool
}

const writeBuffer = 256 << 10

// Create starts a capture file at path ("-" for standard output); pcap where the name ends in .pcap, pcapng elsewhere.
func Create(path string, opt WriterOptions) (*Writer, error) {
	w := &Writer{name: path, opt: opt}
	if path == "-" {
		w.name = "standard output"
		if opt.Stdout == nil {
			opt.Stdout = os.Stdout
		}
		w.buf = bufio.NewWriterSize(opt.Stdout, writeBuffer)
	} else if err := w.open(path); err != nil {
		return nil, err
	}
	if strings.EqualFold(filepath.Ext(path), ".pcap") {
		w.format = &pcapWriter{w: w.buf, file: w.file}
	} else {
		w.format = newNgWriter(w.buf, w.file, opt)
	}
	return w, nil
}

func (w *Writer) fail(err error, hint string) error {
	return &OutputError{w.name, err, hint}
}

// open creates the file that will be moved to path. Devices and pipes are written to as they are.
func (w *Writer) open(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return w.fail(errors.New("is a directory"), "give a file in it")
	case err == nil:
		if err := w.refuseInputs(info); err != nil {
			return err
		}
	case !errors.Is(err, os.ErrNotExist):
		return w.fail(cause(err), "")
	}
	if err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return w.fail(cause(err), "")
		}
		w.file, w.buf = f, bufio.NewWriterSize(f, writeBuffer)
		return nil
	}
	path = Destination(path)
	u, err := CreateUnfinished(path)
	if err != nil {
		return w.fail(cause(err), "")
	}
	w.new, w.file, w.buf = u, u.File, bufferTo(u.File)
	return nil
}

// Destination is the file that a path leads to by symbolic links, which need not be there: a move to path would replace the link.
func Destination(path string) string {
	const most = 40 // links, as systems follow
	for range most {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			return target
		}
		to, err := os.Readlink(path)
		if err != nil {
			return path
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

// buffers are those of files that rest.
var buffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, writeBuffer) }}

func bufferTo(f *os.File) *bufio.Writer {
	b := buffers.Get().(*bufio.Writer)
	b.Reset(f)
	return b
}

// Rest closes the unfinished file until it is written to again, so that more files can be written than may be open. What is no regular file stays
// open.
func (w *Writer) Rest() error {
	if w.new == nil || w.rests || w.done || w.err != nil {
		return w.err
	}
	err := w.buf.Flush()
	if rested := w.new.Rest(); err == nil {
		err = rested
	}
	if err != nil {
		w.err = w.writeError(err)
		return w.err
	}
	buffers.Put(w.buf)
	w.rests, w.buf = true, nil
	return nil
}

// wake opens a file that rests.
func (w *Writer) wake() error {
	if !w.rests || w.err != nil {
		return w.err
	}
	err := w.new.Wake()
	if err == nil {
		w.file, w.buf, w.rests = w.new.File, bufferTo(w.new.File), false
		w.format.to(w.buf, w.file)
		_, err = w.file.Seek(0, io.SeekEnd)
	}
	if err != nil {
		w.err = w.writeError(err)
	}
	return w.err
}

func (w *Writer) refuseInputs(out os.FileInfo) error {
	for _, in := range w.opt.Inputs {
		if info, err := os.Stat(in); err == nil && os.SameFile(info, out) {
			return w.fail(errors.New("is also an input"), "write to another file")
		}
	}
	return nil
}

// Write writes one frame; comment goes into pcapng. data is a frame of p's link type, p.Data as it came or what Relink made
// of it. With the Raw option it is a bare IP packet, or p.Data, whose link header is taken off then; a frame that has no
// IP packet cannot be written so and is counted as Skipped. p and data are not kept.
func (w *Writer) Write(p *Packet, data []byte, comment string) error {
	return w.WriteParts(p, data, nil, []byte(comment), 0)
}

// WriteParts is Write for a frame in two parts, which nobody has to put together: a link header that AppendLinkHeader made, or
// nothing, and the IP packet. Where it was made of a frame that the snap length cut, missing bytes belong at its end, so that its
// original length is that much more. comment is not kept.
func (w *Writer) WriteParts(p *Packet, data, tail, comment []byte, missing int) error {
	if err := w.wake(); err != nil {
		return err
	}
	if len(data) == 0 {
		data, tail = tail, nil
	}
	asCaptured := isTail(p.Data, data) && len(data) == len(p.Data)
	r := &w.record
	*r = record{p: p, link: fileLink(p, data, asCaptured), data: data, tail: tail, comments: p.Comments}
	if w.opt.Raw {
		r.link = LinkRaw
		if asCaptured {
			h := parseLink(p.Link, data)
			if h.ip < 0 {
				w.skipped++
				return nil
			}
			r.data = data[h.ip:]
		}
	}
	if n := p.OrigLen - len(p.Data); n > 0 && isTail(p.Data, r.data) {
		missing = n
	}
	r.origLen = r.length() + max(missing, 0)
	r.comment = comment
	if err := w.format.write(r); err != nil {
		w.err = w.writeError(err)
	}
	return w.err
}

// fileLink is the link type under which a frame of p's type is written: what has no link header may change IP's version, what has two
// readings becomes what it is, and where the header cannot be written again only a frame as captured has one.
func fileLink(p *Packet, data []byte, asCaptured bool) LinkType {
	switch l := p.Link; l {
	case LinkEthernet:
		if !asCaptured && !plainEthernet(l, p.Data) && parseLink(l, p.Data).bare {
			return LinkRaw
		}
	case LinkIPv4, LinkIPv6, LinkRawOpen:
		return LinkRaw
	case LinkRawBSD:
		if ip.Version(data) == 0 {
			return LinkLoop
		}
		return LinkRaw
	default:
		if !asCaptured && parseLink(l, p.Data).bare {
			return LinkRaw
		}
	}
	return p.Link
}

// isTail says whether b is the end of a, not just the same bytes: what the snap length cut off a is then missing in b too.
func isTail(a, b []byte) bool {
	return len(b) > 0 && len(b) <= len(a) && &a[len(a)-len(b)] == &b[0]
}

func (w *Writer) writeError(err error) error {
	if errors.Is(err, ErrMixedLinks) {
		return w.fail(err, "")
	}
	return w.fail(fmt.Errorf("writing: %w", cause(err)), "")
}

// HasComments reports whether the format has comments for packets.
func (w *Writer) HasComments() bool {
	_, ng := w.format.(*ngWriter)
	return ng
}

// Skipped is the number of frames that had no IP packet to be written with the Raw option.
func (w *Writer) Skipped() int { return w.skipped }

// Note adds a comment to the header of the file, also after the first Write as far as there is room for it (Reserve): what there is not is counted in a
// last one. pcap has no place for one.
func (w *Writer) Note(text string) {
	if w.err != nil {
		return
	}
	if err := w.format.note(text); err != nil {
		w.err = w.writeError(err)
	}
}

// Reserve keeps room in the header for so many bytes of notes after the first Write. It reports false where the output cannot be gone back in,
// and takes none.
func (w *Writer) Reserve(n int) bool {
	w.format.reserve(n)
	return isSeekable(w.file)
}

// Secret adds a Decryption Secrets Block in front of the packets. It reports false where there is no place for it: in pcap, and after the
// first Write.
func (w *Writer) Secret(b SecretBlock) bool { return w.format.secret(b) }

// Close finishes the file and moves it into place. If that fails, or a write has failed, nothing is left behind.
func (w *Writer) Close() error {
	if w.done {
		return nil
	}
	err := w.wake()
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		w.Abort()
		return err
	}
	w.done = true
	if w.new != nil {
		buffers.Put(w.buf)
		w.buf = nil
		if err := w.new.Commit(); err != nil {
			return w.fail(fmt.Errorf("cannot finish the file: %w", cause(err)), "")
		}
		return nil
	}
	if w.file == nil {
		return nil
	}
	if err := w.file.Close(); err != nil {
		return w.writeError(err)
	}
	return nil
}

// Flush hands over what was written so far, to a pipe or into the unfinished file.
func (w *Writer) Flush() error {
	if w.err == nil && !w.rests && !w.done {
		if err := w.buf.Flush(); err != nil {
			w.err = w.writeError(err)
		}
	}
	return w.err
}

func (w *Writer) flush() error {
	if err := w.format.finish(); err != nil {
		return w.writeError(err)
	}
	if err := w.buf.Flush(); err != nil {
		return w.writeError(err)
	}
	return nil
}

// Abort removes what was written. After Close it does nothing.
func (w *Writer) Abort() {
	if w.done {
		return
	}
	w.done = true
	switch {
	case w.new != nil:
		w.new.Abort()
	case w.file != nil:
		w.file.Close()
	}
}
