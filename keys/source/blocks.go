package source

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf16"
)

// blockSize is how many bytes are read at once.
const blockSize = 64 << 10

// detectEncoding looks for a byte order mark, or for the zero bytes of UTF-16 text without one.
func (l *lines) detectEncoding() {
	l.r.Peek(64)
	b, _ := l.r.Peek(l.r.Buffered())
	l.returns = bytes.IndexByte(b, '\n') < 0 && bytes.Count(b, []byte{'\r'}) > 1
	b = b[:min(len(b), 64)]
	switch {
	case bytes.HasPrefix(b, []byte{0xef, 0xbb, 0xbf}):
		l.r.Discard(3)
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		l.r.Discard(2)
		l.utf16 = 1
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		l.r.Discard(2)
		l.utf16 = 2
	default:
		l.utf16 = guessUTF16(b)
	}
}

// guessUTF16 takes text for UTF-16 where nearly every second byte is zero.
func guessUTF16(b []byte) int {
	var zeros [2]int
	for i, c := range b {
		if c == 0 {
			zeros[i%2]++
		}
	}
	half := len(b) / 2
	switch {
	case half < 2:
		return 0
	case zeros[1] > half*3/4 && zeros[0] == 0:
		return 1
	case zeros[0] > half*3/4 && zeros[1] == 0:
		return 2
	}
	return 0
}

// raw reads up to a newline; what exceeds maxLine is dropped. The text is a part of a larger one: whoever keeps it makes a copy.
func (l *lines) raw() (string, error) {
	if l.utf16 != 0 {
		return l.rawUTF16()
	}
	for {
		if end := strings.IndexByte(l.rest, '\n'); end >= 0 {
			text := l.rest[:min(end+1, l.maxLine)]
			l.rest = l.rest[end+1:]
			return text, nil
		}
		if len(l.rest) > l.maxLine { // no line break yet
			text := l.rest[:l.maxLine]
			return text, l.skip()
		}
		if err := l.more(); err == io.EOF && l.rest != "" {
			text := l.rest[:min(len(l.rest), l.maxLine)]
			l.rest = ""
			return text, nil
		} else if err != nil {
			return "", err
		}
	}
}

// more reads a block.
func (l *lines) more() error {
	n, err := l.r.Read(l.block)
	if n > 0 {
		for i := 0; l.returns && i < n; i++ {
			if l.block[i] == '\r' {
				l.block[i] = '\n'
			}
		}
		l.kind.see(l.block[:n])
		var b strings.Builder
		b.Grow(len(l.rest) + n)
		b.WriteString(l.rest)
		b.Write(l.block[:n])
		l.rest = b.String()
		return nil
	}
	return err
}

// skip goes on to the next line.
func (l *lines) skip() error {
	for {
		end := strings.IndexByte(l.rest, '\n')
		if end >= 0 {
			l.rest = l.rest[end+1:]
			return nil
		}
		l.rest = ""
		if err := l.more(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (l *lines) rawUTF16() (string, error) {
	var units []uint16
	for n := 0; ; n++ {
		var b [2]byte
		if _, err := io.ReadFull(l.r, b[:]); err != nil {
			if n > 0 && (err == io.EOF || err == io.ErrUnexpectedEOF) {
				return string(utf16.Decode(units)), nil
			}
			if err == io.ErrUnexpectedEOF {
				err = io.EOF
			}
			return "", err
		}
		u := uint16(b[0]) | uint16(b[1])<<8
		if l.utf16 == 2 {
			u = u>>8 | u<<8
		}
		if u == '\n' {
			return string(utf16.Decode(units)), nil
		}
		if 2*len(units) < l.maxLine {
			units = append(units, u)
		}
	}
}

// A limitReader fails, rather than ends, where more is read than allowed: a file cut in silence would look complete.
type limitReader struct {
	r    io.Reader
	left *int64 // which others may share
}

func (l *limitReader) Read(p []byte) (int, error) {
	if *l.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > *l.left+1 {
		p = p[:*l.left+1]
	}
	n, err := l.r.Read(p)
	if *l.left -= int64(n); *l.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}
