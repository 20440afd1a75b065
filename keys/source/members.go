package source

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A support archive of a gateway, or a folder of logs and dumps, is read like a file: every member is tried, and what holds no keys is passed
// over. Members are named "dump.tgz:var/log/charon.log".

const (
	maxNested    = 4         // archives in archives
	maxZipMemory = 256 << 20 // bytes of a zip file that does not come from a disk
	headBytes    = 512
)

// A visit is the reading of a file with all that is in it. What was compressed may be a thousand times as large, and hold the like: all
// that is at one depth together may be as large as one file.
type visit struct {
	Options
	left     [maxNested + 1]int64 // bytes that may yet be read at each depth
	fileSize int64                // bytes of the file; 0: not known
	kept     int64                // bytes of memory that what was read before takes
}

func (o Options) visit() *visit {
	v := &visit{Options: o}
	for depth := range v.left {
		v.left[depth] = o.size()
	}
	return v
}

// readAny reads a file, or every member of an archive, from a stream that may be compressed.
func (v *visit) readAny(name string, r io.Reader, depth int) (*secret.Bag, error) {
	br, done, err := unpack(bufio.NewReaderSize(r, 64<<10))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errCutOff(name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer done()
	head, _ := br.Peek(headBytes)
	if capture.IsCaptureHead(head) {
		return v.readCapture(name, br, depth)
	}
	if e := notText(name, head); e != nil {
		return nil, e
	}
	switch {
	case depth >= maxNested:
		return v.readFrom(name, br, depth, formats)
	case isZip(head):
		return v.readZip(name, r, br, depth)
	case isTar(head):
		return v.readTar(name, br, depth)
	case isMail(head, br):
		return v.readMail(name, br, depth)
	}
	if bag, ok, err := v.readEncoded(name, br, depth); ok {
		return bag, err
	}
	return v.readFrom(name, br, depth, formats)
}

func errCutOff(name string) error {
	return fmt.Errorf("%s: the compressed data is cut off: copy the file again", name)
}

// unpack undoes compression, in several layers where there are.
func unpack(r *bufio.Reader) (br *bufio.Reader, done func(), err error) {
	var closers []func()
	done = func() {
		for _, c := range closers {
			c()
		}
	}
	const layers = 3
	for range layers {
		magic, _ := r.Peek(6)
		var next io.Reader
		switch {
		case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
			next, err = gzip.NewReader(r)
		case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
			z, zerr := zstd.NewReader(r, zstd.WithDecoderMaxWindow(64<<20), zstd.WithDecoderConcurrency(1))
			if next, err = z, zerr; err == nil {
				closers = append(closers, z.Close)
			}
		case bytes.HasPrefix(magic, []byte("BZh")):
			next = bzip2.NewReader(r)
		case bytes.HasPrefix(magic, []byte("\xfd7zXZ\x00")):
			next, err = xz.ReaderConfig{DictCap: 1 << 26}.NewReader(r)
		default:
			return r, done, nil
		}
		if err != nil {
			done()
			return nil, nil, err
		}
		r = bufio.NewReaderSize(next, 64<<10)
	}
	return r, done, nil
}

func isZip(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// isTar reports whether a file begins with the header of a member in the format of POSIX or GNU.
func isTar(head []byte) bool { return len(head) >= 263 && string(head[257:262]) == "ustar" }

// members collects what the members of an archive or a folder hold.
type members struct {
	bag      *secret.Bag
	found    bool
	supposed []*secret.Bag // of those in no known format with numbers, of which there may be many that are about other things
}

// add reads a member. What is no text, or text without keys, is passed over; what cannot be read is told.
func (m *members) add(name string, r io.Reader, read func(name string, r io.Reader) (*secret.Bag, error)) {
	bag, err := readMember(name, r, read)
	m.merge(name, bag, err)
}

// readMember reads a member that is text, an archive or compressed, and nothing else.
func readMember(name string, r io.Reader, read func(name string, r io.Reader) (*secret.Bag, error)) (*secret.Bag, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	if head, err := br.Peek(headBytes); len(head) == 0 || isBinary(head) {
		if err == io.EOF {
			err = nil
		}
		return nil, err
	}
	return read(name, br)
}

// merge takes what a member gave.
func (m *members) merge(name string, bag *secret.Bag, err error) {
	switch {
	case bag == nil:
	case len(bag.Numbers) > 0 && len(bag.Secrets)+len(bag.SAs)+len(bag.Guesses)+len(bag.Events) == 0:
		m.supposed = append(m.supposed, bag)
	default:
		m.bag.Merge(bag)
		m.found = true
	}
	var format *FormatError
	if errors.As(err, &format) {
		m.bag.Unread = append(m.bag.Unread, format.Unread...)
	}
	if err != nil && format == nil && !errors.As(err, new(*SyntaxError)) {
		m.warn(name, err)
	}
}

func (m *members) warn(name string, err error) {
	const most = 100
	if len(m.bag.Warnings) < most {
		m.bag.Warnings = append(m.bag.Warnings, secret.Warning{File: name, Text: "not read: " + err.Error()})
	}
}

// result is what was found in all members together. What may be keys counts where none are.
func (m *members) result(name string) (*secret.Bag, error) {
	if len(m.bag.Secrets)+len(m.bag.SAs)+len(m.bag.Guesses) == 0 {
		const told = 3
		for i, b := range m.supposed {
			if i >= told {
				b.Formats, b.Warnings = nil, nil
			}
			m.bag.Merge(b)
			m.found = true
		}
	}
	if !m.found {
		return nil, &FormatError{File: name, What: "a directory or an archive without keys", Unread: m.bag.Unread}
	}
	return m.bag, nil
}

// isBinary reports whether the front of a file is neither text nor an archive, a compressed file or a capture that has keys alone.
func isBinary(head []byte) bool {
	for _, magic := range []string{"\x1f\x8b", "\x28\xb5\x2f\xfd", "BZh", "\xfd7zXZ\x00", "PK\x03\x04", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return false
		}
	}
	return bytes.IndexByte(head, 0) >= 0 && !capture.IsNetlink(head) && !isTar(head) && guessUTF16(head[:min(len(head), 64)]) == 0
}

func (v *visit) readTar(name string, r io.Reader, depth int) (*secret.Bag, error) {
	m := &members{bag: &secret.Bag{}}
	in := tar.NewReader(&limitReader{r: r, left: &v.left[depth]})
	for {
		h, err := in.Next()
		if err == io.EOF {
			return m.result(name)
		}
		if err != nil { // cut off: what came before counts
			m.warn(name, err)
			return m.result(name)
		}
		if h.Typeflag == tar.TypeReg {
			m.add(name+":"+h.Name, in, func(name string, r io.Reader) (*secret.Bag, error) { return v.readAny(name, r, depth+1) })
		}
	}
}

// readZip reads a zip file: from the disk where it is a file, else from memory.
func (v *visit) readZip(name string, r io.Reader, br *bufio.Reader, depth int) (*secret.Bag, error) {
	var at io.ReaderAt
	var size int64
	if f, ok := r.(*os.File); ok && depth == 0 {
		st, err := f.Stat()
		if err != nil {
			return nil, err
		}
		at, size = f, st.Size()
	} else {
		left := min(maxZipMemory, v.size())
		data, err := io.ReadAll(&limitReader{r: br, left: &left})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		at, size = bytes.NewReader(data), int64(len(data))
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	m, left := &members{bag: &secret.Bag{}}, v.size()
	for _, f := range z.File {
		if !f.Mode().IsRegular() {
			continue
		}
		in, err := f.Open()
		if err != nil {
			m.warn(name+":"+f.Name, err)
			continue
		}
		m.add(name+":"+f.Name, &limitReader{r: in, left: &left}, func(name string, r io.Reader) (*secret.Bag, error) { return v.readAny(name, r, depth+1) })
		in.Close()
		if left <= 0 {
			m.warn(name, ErrTooLarge)
			break
		}
	}
	return m.result(name)
}

// readFolder reads all files below a folder. Links are not followed.
func (o Options) readFolder(root string) (*secret.Bag, error) {
	m := &members{bag: &secret.Bag{}}
	var failed error
	files := func(yield func(string) bool) {
		failed = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil && path == root:
				return err
			case err != nil || d.Type().IsRegular():
				if !yield(path) {
					return filepath.SkipAll
				}
			}
			return nil
		})
	}
	o.Each(files, m.bag, func(o Options, path string) (*secret.Bag, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readMember(path, f, func(name string, r io.Reader) (*secret.Bag, error) { return o.visit().readAny(name, r, 1) })
	}, func(path string, bag *secret.Bag, err error) bool {
		m.merge(path, bag, err)
		return true
	})
	if failed != nil {
		return nil, failed
	}
	return m.result(root)
}
