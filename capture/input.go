package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
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

// maxZstdWindow is the most memory that a zstd frame may ask for; what zstd -d takes without --long.
const maxZstdWindow = 128 << 20

// A compression is a way that a capture file may be packed.
type compression struct {
	name  string
	magic []byte
	open  func(io.Reader) (io.ReadCloser, error) // nil: recognised, not supported
	undo  string                                 // the command that unpacks it, where it is not supported
}

var compressions = []compression{
	{"gzip", []byte{0x1f, 0x8b}, func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }, ""},
	{"zstd", []byte{0x28, 0xb5, 0x2f, 0xfd}, openZstd, ""},
	{"xz", []byte{0xfd, '7', 'z', 'X', 'Z', 0}, nil, "xz -d"},
	{"bzip2", []byte("BZh"), nil, "bzip2 -d"},
	{"lz4", []byte{0x04, 0x22, 0x4d, 0x18}, nil, "lz4 -d"},
	{"ZIP", []byte("PK\x03\x04"), nil, "unzip"},
	{"ZIP", []byte("PK\x05\x06"), nil, "unzip"},
	{"7-Zip", []byte("7z\xbc\xaf\x27\x1c"), nil, "7z x"},
	{"compress", []byte{0x1f, 0x9d}, nil, "uncompress"},
}

func openZstd(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// An input is one capture file, as often to be read as need be.
type input struct {
	path        string // as the user gave it, or as it was found
	named       string // what the user gave: path, or the directory or pattern that it was found by
	files       *openFiles
	file        *os.File     // nil: not open; guarded by files
	users       int          // of file; guarded by files
	info        os.FileInfo  // of file when it was opened first
	temp        string       // to be removed at the end
	size        int64        // when it was opened: what another program adds is not read
	compression *compression // nil: plain
	ng          bool
	foreign     bool // a capture of a format that is not supported

	first time.Time // of the first packet; zero where it is not known
	empty bool      // it is known to have no packets
	rank  int       // among those whose packets have the same time
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

// openInput opens a capture and looks at its first bytes. What is not a plain file is copied to a temporary one; one that was found (named is
// not path) is none. The input that comes with an error is closed.
func openInput(ctx context.Context, path, named string, files *openFiles, sp *spool) (*input, error) {
	in := &input{path: path, named: named, files: files}
	err := in.open(ctx, sp)
	if err == nil {
		err = in.sniff()
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
	in := &input{path: path, files: &openFiles{}}
	defer in.close()
	if in.open(context.Background(), nil) != nil {
		return false
	}
	return in.sniff() == nil || in.foreign
}

// IsCaptureHead reports whether the first bytes of a stream are those of a capture that is not compressed.
func IsCaptureHead(head []byte) bool {
	_, _, ok := pcapMagic(head)
	return ok || isNg(head)
}

func isNg(head []byte) bool {
	return len(head) >= 4 && binary.BigEndian.Uint32(head) == blockSection // the same in either order
}

// open opens the file. sp is for what is no regular file.
func (in *input) open(ctx context.Context, sp *spool) error {
	if in.path == "-" {
		return in.spool(ctx, sp.stdin, sp)
	}
	info, err := os.Stat(in.path)
	if err != nil {
		return in.fail(cause(err), "")
	}
	if info.Mode().IsRegular() {
		if _, err := in.files.use(in); err != nil {
			return in.fail(err, "")
		}
		in.files.release(in)
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
	defer f.Close()
	return in.spool(ctx, f, sp)
}

// cause takes the path off an error of package os: the message has it already.
func cause(err error) error {
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// sniff finds out format and compression, and whether there is a file header at all.
func (in *input) sniff() error {
	head, err := in.head(shortHead)
	if err != nil {
		return in.fail(cause(err), "")
	}
	if err := in.unpack(head); err != nil {
		return err
	}
	if in.compression != nil {
		if head, err = in.head(shortHead); err != nil && len(head) == 0 {
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
		return nil
	}
	if isNg(head) {
		in.ng = true
		return nil
	}
	if in.files != nil { // else it is read once, and more cannot be had
		if more, err := in.head(headLen); err == nil {
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

// shortHead is how much of a file is looked at to see that it is a capture.
const shortHead = 4 << 10

// head returns the first bytes of the capture, at most so many, unpacked if the compression is known.
func (in *input) head(most int) ([]byte, error) {
	r, err := in.reader(new(atomic.Int64))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, most)
	n, err := io.ReadFull(r, head)
	if err == io.EOF || err == io.ErrUnexpectedEOF && n > 0 { // with nothing read, it is unpacking that met the end
		err = nil
	}
	return head[:n], err
}

// findFirst reads the time of the first packet. What cannot be read is for the passes to say.
func (in *input) findFirst() {
	r, err := in.reader(new(atomic.Int64))
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

// reader starts to read the (unpacked) capture from its front, and counts the bytes read of the file in n. Several can be at
// work at once.
func (in *input) reader(n *atomic.Int64) (io.ReadCloser, error) {
	r := countingReader{io.NewSectionReader(in, 0, in.size), n}
	if in.compression == nil {
		return io.NopCloser(r), nil
	}
	return in.compression.open(r)
}

// ReadAt reads the file, which is opened again where it was closed to make room for others.
func (in *input) ReadAt(b []byte, off int64) (int, error) {
	f, err := in.files.use(in)
	if err != nil {
		return 0, err
	}
	defer in.files.release(in)
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
	return in.files.forget(in)
}
