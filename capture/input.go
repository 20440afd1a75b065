package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Options say where Open finds standard input and puts temporary files.
type Options struct {
	Stdin   io.Reader // os.Stdin if nil
	TempDir string    // os.TempDir() if empty
}

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
	path        string // as the user gave it
	file        *os.File
	temp        string // to be removed at the end
	size        int64
	compression *compression // nil: plain
	ng          bool
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

// openInput opens a capture and looks at its first bytes. What is not a plain file is copied to a temporary one.
func openInput(path string, opt Options) (*input, error) {
	in := &input{path: path}
	if err := in.open(opt); err != nil {
		in.close()
		return nil, err
	}
	if err := in.sniff(); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

// IsCapture reports whether a file is a capture by its first bytes, compressed or not, also one of a format that is not supported. What is no
// regular file is not read, and is none.
func IsCapture(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	in := &input{path: path}
	defer in.close()
	if in.open(Options{}) != nil {
		return false
	}
	if in.sniff() == nil {
		return true
	}
	head, _ := in.head()
	name, _ := foreign(head)
	return name != "" && !isText(head)
}

// IsCaptureHead reports whether the first bytes of a stream are those of a capture that is not compressed.
func IsCaptureHead(head []byte) bool {
	_, _, ok := pcapMagic(head)
	return ok || isNg(head)
}

func isNg(head []byte) bool {
	return len(head) >= 4 && binary.BigEndian.Uint32(head) == blockSection // the same in either order
}

func (in *input) open(opt Options) error {
	if in.path == "-" {
		if opt.Stdin == nil {
			opt.Stdin = os.Stdin
		}
		return in.spool(opt.Stdin, opt.TempDir)
	}
	info, err := os.Stat(in.path)
	if err != nil {
		return in.fail(cause(err), "")
	}
	if info.IsDir() {
		return in.fail(errors.New("is a directory"), "give the capture files in it")
	}
	f, err := os.Open(in.path)
	if err != nil {
		return in.fail(cause(err), "")
	}
	if info.Mode().IsRegular() {
		in.file, in.size = f, info.Size()
		return nil
	}
	defer f.Close()
	return in.spool(f, opt.TempDir)
}

// cause takes the path off an error of package os: the message has it already.
func cause(err error) error {
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// spool copies r to a temporary file, so that several passes can read it. The file has mode 0600 and where the system
// allows it no name: nothing stays behind, however the program ends.
func (in *input) spool(r io.Reader, dir string) error {
	f, err := os.CreateTemp(dir, "ikedecode-*.spool")
	if err != nil {
		return in.fail(fmt.Errorf("cannot create a temporary file: %w", err), "set TMPDIR to a directory with room")
	}
	in.file, in.temp = f, f.Name()
	if os.Remove(in.temp) == nil {
		in.temp = ""
	}
	if in.size, err = io.Copy(f, r); err != nil {
		return in.fail(fmt.Errorf("cannot copy to a temporary file: %w", cause(err)), "set TMPDIR to a directory with room")
	}
	return nil
}

// sniff finds out format and compression, and whether there is a file header at all.
func (in *input) sniff() error {
	head, err := in.head()
	if err != nil {
		return in.fail(cause(err), "")
	}
	for i := range compressions {
		if c := &compressions[i]; bytes.HasPrefix(head, c.magic) {
			if c.open == nil {
				return in.fail(fmt.Errorf("%s compression is not supported", c.name), "decompress it first: "+c.undo+" "+in.name())
			}
			in.compression = c
			if head, err = in.head(); err != nil && len(head) == 0 {
				return in.fail(fmt.Errorf("%s: %w", c.name, err), "the file is truncated or damaged: copy it again")
			}
			break
		}
	}
	return in.recognise(head)
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
	if name, hint := foreign(head); name != "" {
		return in.fail(fmt.Errorf("%w: it is %s, which is not supported", errFormat, name), hint)
	}
	return in.fail(fmt.Errorf("%w: it starts with %x", errFormat, head[:min(len(head), 4)]),
		"captures are pcap or pcapng, plain or compressed with gzip or zstd")
}

// head returns the first bytes of the capture, unpacked if the compression is known.
func (in *input) head() ([]byte, error) {
	r, err := in.reader(new(atomic.Int64))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, headLen)
	n, err := io.ReadFull(r, head)
	if err == io.EOF || err == io.ErrUnexpectedEOF && n > 0 { // with nothing read, it is unpacking that met the end
		err = nil
	}
	return head[:n], err
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
	r := countingReader{io.NewSectionReader(in.file, 0, in.size), n}
	if in.compression == nil {
		return io.NopCloser(r), nil
	}
	return in.compression.open(r)
}

// framer starts a pass. secrets takes Decryption Secrets Blocks, it may be nil.
func (in *input) framer(r io.Reader, secrets func(uint32, []byte, bool)) (framer, error) {
	s := newStream(r)
	if in.ng {
		f := newNgFramer(s)
		f.secrets = secrets
		return f, nil
	}
	return newPcapFramer(s)
}

func (in *input) close() error {
	if in.file == nil {
		return nil
	}
	err := in.file.Close()
	if in.temp != "" {
		if e := os.Remove(in.temp); err == nil {
			err = e
		}
	}
	in.file = nil
	return err
}
