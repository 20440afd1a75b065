package capture

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"time"
)

// A pcapWriter writes a pcap file: with microseconds, as everything reads it, until a packet needs nanoseconds.
type pcapWriter struct {
	w       *bufio.Writer
	file    *os.File // nil: the output cannot be gone back in
	started bool
	nano    bool
	link    LinkType
}

func (f *pcapWriter) write(r *record) error {
	nsec := r.p.Time.Nanosecond()
	if !f.started {
		f.nano = f.nano || nsec%1000 != 0 || !f.seekable()
		if err := f.start(r.link); err != nil {
			return err
		}
	}
	if r.link != f.link {
		return fmt.Errorf("%w: it has %v, the next packet has %v", ErrMixedLinks, f.link, r.link)
	}
	if !f.nano && nsec%1000 != 0 {
		if err := f.toNano(); err != nil {
			return err
		}
	}
	if !f.nano {
		nsec /= 1000
	}
	var h [pcapRecordLen]byte
	binary.LittleEndian.PutUint32(h[0:], seconds32(r.p.Time))
	binary.LittleEndian.PutUint32(h[4:], uint32(nsec))
	binary.LittleEndian.PutUint32(h[8:], uint32(r.length()))
	binary.LittleEndian.PutUint32(h[12:], uint32(r.origLen))
	if _, err := f.w.Write(h[:]); err != nil {
		return err
	}
	if _, err := f.w.Write(r.data); err != nil {
		return err
	}
	_, err := f.w.Write(r.tail)
	return err
}

// seconds32 are the seconds of t as far as pcap has room for them: up to the year 2106.
func seconds32(t time.Time) uint32 {
	return uint32(min(max(t.Unix(), 0), 1<<32-1))
}

func (f *pcapWriter) seekable() bool { return isSeekable(f.file) }

// isSeekable reports whether an output, which may be nil, can be gone back in.
func isSeekable(f *os.File) bool {
	if f == nil {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

func (f *pcapWriter) start(link LinkType) error {
	f.started, f.link = true, link
	var h [pcapHeaderLen]byte
	binary.LittleEndian.PutUint32(h[0:], magicMicro)
	if f.nano {
		binary.LittleEndian.PutUint32(h[0:], magicNano)
	}
	binary.LittleEndian.PutUint16(h[4:], 2) // version 2.4
	binary.LittleEndian.PutUint16(h[6:], 4)
	binary.LittleEndian.PutUint32(h[16:], maxPacket)
	binary.LittleEndian.PutUint32(h[20:], uint32(link))
	_, err := f.w.Write(h[:])
	return err
}

// toNano turns the file written so far into one with nanoseconds, in place: no record changes its length.
func (f *pcapWriter) toNano() error {
	if err := f.w.Flush(); err != nil {
		return err
	}
	f.nano = true
	var b [12]byte
	binary.LittleEndian.PutUint32(b[:], magicNano)
	if _, err := f.file.WriteAt(b[:4], 0); err != nil {
		return err
	}
	for off := int64(pcapHeaderLen); ; {
		_, err := f.file.ReadAt(b[:], off+4) // fraction and captured length
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		size := int64(binary.LittleEndian.Uint32(b[4:]))
		binary.LittleEndian.PutUint32(b[:], binary.LittleEndian.Uint32(b[:])*1000)
		if _, err := f.file.WriteAt(b[:4], off+4); err != nil {
			return err
		}
		off += pcapRecordLen + size
	}
}

// note does nothing: pcap has no comments.
func (f *pcapWriter) note(string) error { return nil }

// reserve does nothing, as note.
func (f *pcapWriter) reserve(int) {}

func (f *pcapWriter) to(w *bufio.Writer, file *os.File) { f.w, f.file = w, file }

// secret refuses: pcap has no place for secrets.
func (f *pcapWriter) secret(SecretBlock) bool { return false }

// finish writes the header of a file without packets.
func (f *pcapWriter) finish() error {
	if f.started {
		return nil
	}
	return f.start(LinkRaw)
}
