package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

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

// ErrWindow is the error for a zstd frame that asks for more memory than is given to one.
var ErrWindow = fmt.Errorf("window larger than %d MiB", maxZstdWindow>>20)

func openZstd(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
	if err != nil {
		return nil, err
	}
	return zstdReader{d.IOReadCloser()}, nil
}

type zstdReader struct{ io.ReadCloser }

func (z zstdReader) Read(b []byte) (int, error) {
	n, err := z.ReadCloser.Read(b)
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		err = ErrWindow
	}
	return n, err
}

// IsCaptureHead reports whether the first bytes of a stream are those of a capture that is not compressed.
func IsCaptureHead(head []byte) bool {
	_, _, ok := pcapMagic(head)
	return ok || isNg(head)
}

func isNg(head []byte) bool {
	return len(head) >= 4 && binary.BigEndian.Uint32(head) == blockSection // the same in either order
}

// mayBeCapture reports whether a file that starts so is a capture, or compressed.
func mayBeCapture(head []byte) bool {
	return IsCaptureHead(head) || slices.ContainsFunc(compressions, func(c compression) bool { return c.open != nil && bytes.HasPrefix(head, c.magic) })
}
