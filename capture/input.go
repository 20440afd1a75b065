package capture

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// An InputError says which input cannot be read and why.
type InputError struct {
	Path string // "standard input" for "-"
	Err  error
	hint string
}

func (e *InputError) Error() string { return e.Path + ": " + e.Err.Error() }

func (e *InputError) Unwrap() error { return e.Err }

// Hint says what the user can do about it; "" if nothing is known.
func (e *InputError) Hint() string { return e.hint }

// An input is one capture file, as often to be read as need be.
type input struct {
	diskFile
	named       string // what the user gave: path, or the directory or pattern that it was found by
	files       *openFiles
	size        int64        // of a file, when it was opened: what another program adds is not read
	pipe        *pipeCopy    // nil: it is a file, or remote
	remote      *remote      // nil: it is a file, or a pipe
	compression *compression // nil: plain
	ng          bool
	netlink     bool // a pcap file of LinkNetlink
	foreign     bool // a capture of a format that is not supported

	part   Part // that is read of it; zero: all
	before bool // its packets come before those of the others, and have numbers up to 0

	first time.Time     // of the first packet; zero where it is not known
	empty bool          // it is known to have no packets
	rank  int           // among those whose packets have the same time
	skew  time.Duration // by which its clock is ahead of that of another input: see Skew
}

// name is the input's name in messages.
func (in *input) name() string {
	if in.path == "-" {
		return "standard input"
	}
	return in.path
}

func (in *input) fail(err error, hint string) error {
	return &InputError{in.name(), err, hint}
}

// openInput opens a capture and looks at its first bytes. What is not a plain file is being copied to a temporary one from then on; one that was
// found (named is not path) is none. The input that comes with an error is closed.
func openInput(ctx context.Context, path, named string, files *openFiles, sp *spool) (*input, error) {
	in := &input{diskFile: diskFile{path: path}, named: named, files: files}
	err := in.open(ctx, sp)
	if err == nil {
		err = in.sniff()
	}
	if err != nil && in.pipe != nil {
		err = cmp.Or(in.pipe.failed(), err)
	}
	if err != nil {
		in.close()
	}
	return in, err
}

// IsCapture reports whether a file is a capture by its first bytes, compressed or not, also one of a format that is not supported. What is no
// regular file is not read, and is none.
func IsCapture(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	in := &input{diskFile: diskFile{path: path}, files: &openFiles{}}
	defer in.close()
	if in.open(context.Background(), nil) != nil {
		return false
	}
	return in.sniff() == nil || in.foreign
}

// open opens the file. sp is for what is no regular file.
func (in *input) open(ctx context.Context, sp *spool) error {
	if in.path == "-" {
		return in.spool(ctx, sp.stdin, sp, func() {})
	}
	info, err := os.Stat(in.path)
	if err != nil {
		return in.fail(cause(err), "")
	}
	if info.Mode().IsRegular() {
		if _, err := in.files.use(&in.diskFile); err != nil {
			return in.fail(err, "")
		}
		in.files.release(&in.diskFile)
		in.size = in.info.Size()
		return nil
	}
	if in.named != in.path {
		return in.fail(errFormat, "")
	}
	f, err := OpenFile(ctx, in.path)
	if err != nil {
		return in.fail(cause(err), "")
	}
	return in.spool(ctx, f, sp, func() { f.Close() })
}

// sniff finds out format and compression, and whether there is a file header at all.
func (in *input) sniff() error {
	head, err := in.head(shortHead, pcapHeaderLen)
	if err != nil {
		return in.fail(cause(err), "")
	}
	if err := in.unpack(head); err != nil {
		return err
	}
	if in.compression != nil {
		if head, err = in.head(shortHead, pcapHeaderLen); err != nil && len(head) == 0 {
			return in.fail(fmt.Errorf("%s: %w", in.compression.name, err), "the file is truncated or damaged: copy it again")
		}
	}
	return in.recognise(head)
}

// unpack finds out how the input is compressed, by its first bytes.
func (in *input) unpack(head []byte) error {
	for i := range compressions {
		if c := &compressions[i]; bytes.HasPrefix(head, c.magic) {
			if c.open == nil {
				return in.fail(fmt.Errorf("%s compression is not supported", c.name), "decompress it first: "+c.undo+" "+in.name())
			}
			in.compression = c
			return nil
		}
	}
	return nil
}

func (in *input) recognise(head []byte) error {
	if len(head) == 0 {
		return in.fail(errEmpty, "")
	}
	if _, _, ok := pcapMagic(head); ok {
		in.netlink = IsNetlink(head)
		return nil
	}
	if isNg(head) {
		in.ng = true
		return nil
	}
	if in.files != nil { // else it is read once, and more cannot be had
		if more, err := in.head(headLen, headLen); err == nil {
			head = more
		}
	}
	if name, hint := foreign(head); name != "" {
		in.foreign = !isText(head)
		return in.fail(fmt.Errorf("%w: it is %s, which is not supported", errFormat, name), hint)
	}
	return in.fail(fmt.Errorf("%w: it starts with %x", errFormat, head[:min(len(head), 4)]),
		"captures are pcap or pcapng, plain or compressed with gzip or zstd")
}

// head returns the first bytes of the capture, at most so many, unpacked if the compression is known. Of a pipe it waits for the least that will
// do.
func (in *input) head(most, least int) ([]byte, error) {
	r, err := in.reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, most)
	n, err := io.ReadAtLeast(r, head, least)
	if err == io.EOF || err == io.ErrUnexpectedEOF && n > 0 { // with nothing read, it is unpacking that met the end
		err = nil
	}
	return head[:n], err
}

// findFirst reads the time of the first packet. What cannot be read is for the passes to say.
func (in *input) findFirst() {
	r, err := in.reader()
	if err != nil {
		return
	}
	defer r.Close()
	f, err := in.framer(r, shortHead, nil)
	if err != nil {
		return
	}
	p := new(Packet)
	err = f.next(p)
	in.first, in.empty = p.Time, err == io.EOF
}

// A countingReader adds what it reads to a count.
type countingReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c countingReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// source is the file from its front, as it is. Where it waits for a pipe, stop ends that.
func (in *input) source(stop <-chan struct{}) io.Reader {
	if in.pipe != nil {
		return &follower{in: in, stop: stop}
	}
	if in.remote != nil {
		return &remoteReader{remote: in.remote}
	}
	if in.compression == nil {
		return in.part.section(in, in.size)
	}
	return io.NewSectionReader(in, 0, in.size)
}

// unpacked is what a file holds.
func (in *input) unpacked(r io.Reader) (io.ReadCloser, error) {
	if in.compression == nil {
		return io.NopCloser(r), nil
	}
	rc, err := in.compression.open(r)
	if err != nil {
		return nil, err
	}
	return in.part.limit(rc), nil
}

// reader starts to read the (unpacked) capture from its front. Several can be at work at once.
func (in *input) reader() (io.ReadCloser, error) {
	src := in.source(nil)
	rc, err := in.unpacked(src)
	if c, ok := src.(io.Closer); ok && err == nil {
		rc = closing{rc, c}
	}
	return rc, err
}

// ReadAt reads the file, which is opened again where it was closed to make room for others.
func (in *input) ReadAt(b []byte, off int64) (int, error) {
	f, err := in.files.use(&in.diskFile)
	if err != nil {
		return 0, err
	}
	defer in.files.release(&in.diskFile)
	return f.ReadAt(b, off)
}

// framer starts a pass that reads so many bytes at once. secrets takes Decryption Secrets Blocks, it may be nil.
func (in *input) framer(r io.Reader, buffer int, secrets func(uint32, []byte, bool)) (framer, error) {
	s := newStream(r, buffer)
	if in.ng {
		f := newNgFramer(s)
		f.secrets = secrets
		return f, nil
	}
	return newPcapFramer(s)
}

func (in *input) close() error {
	if in.files == nil { // is read live: its reader closes it
		return nil
	}
	if in.pipe != nil {
		in.pipe.stop()
		<-in.pipe.done
	}
	return in.files.forget(&in.diskFile)
}
