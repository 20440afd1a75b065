package capture

import (
	"bytes"
	"io"
	"os"
)

// A mark is what a file was when it had been read. One that still is has none of that.
type mark struct {
	info os.FileInfo
	size int64
	head []byte // its first bytes: file header and the time of the first packet, at least
}

const markLen = 256

// renewed reports whether another capture is in the place of the one that was read.
func (m *mark) renewed(path string) bool {
	info, err := os.Stat(path)
	switch {
	case m.info == nil || err != nil || !info.Mode().IsRegular():
		return false
	case !os.SameFile(info, m.info) || info.Size() < m.size:
		return true
	case info.Size() == m.size && info.ModTime().Equal(m.info.ModTime()):
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(m.head))
	n, _ := io.ReadFull(f, head)
	return !bytes.Equal(head[:n], m.head)
}

// A marking notes, when the file that it reads ends, what that was.
type marking struct {
	l    *live
	path string
	f    *os.File
	r    io.Reader // of f
	mark mark
}

func (m *marking) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	m.mark.size += int64(n)
	m.mark.head = append(m.mark.head, b[:min(n, markLen-len(m.mark.head))]...)
	if err != nil {
		if info, err := m.f.Stat(); err == nil {
			m.mark.info = info
			m.l.known.Store(m.path, &m.mark)
		}
	}
	return n, err
}

// Close closes the file.
func (m *marking) Close() error { return m.f.Close() }
