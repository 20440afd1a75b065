package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

var (
	errFormat = errors.New("not a pcap or pcapng file")
	errEmpty  = errors.New("the file is empty")
)

// A framer reads the packets of one capture file. It returns io.EOF after the last whole one, and a *cutError where a
// record cannot be read. p.Data is then a slice of the stream's buffer.
type framer interface {
	next(p *Packet) error
	// ready reports whether next needs no more of the stream. Of some blocks that are no packets it says false all the same.
	ready() bool
	input() *stream
}

// A cutError says that the record at Offset cannot be read.
type cutError struct {
	Offset int64
	Err    error
}

func (e *cutError) Error() string { return fmt.Sprintf("offset %d: %v", e.Offset, e.Err) }

func (e *cutError) Unwrap() error { return e.Err }

// The magic numbers of pcap files, as the first four bytes read in the file's own byte order.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // Kuznetzov's patched libpcap: 8 more bytes a record
)

const (
	pcapHeaderLen = 24
	pcapRecordLen = 16
)

// A pcapFramer reads a pcap file (draft-ietf-opsawg-pcap).
type pcapFramer struct {
	s         *stream
	order     binary.ByteOrder
	big       bool
	unit      int64 // nanoseconds
	recordLen int
	link      LinkType
}

// pcapMagic tells byte order and kind by a file's first bytes.
func pcapMagic(b []byte) (order binary.ByteOrder, magic uint32, ok bool) {
	if len(b) < 4 {
		return nil, 0, false
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch magic := order.Uint32(b); magic {
		case magicMicro, magicNano, magicModified:
			return order, magic, true
		}
	}
	return nil, 0, false
}

func newPcapFramer(s *stream) (*pcapFramer, error) {
	h, err := s.peek(pcapHeaderLen)
	if err != nil {
		return nil, &cutError{0, fmt.Errorf("file header: %w", err)}
	}
	order, magic, ok := pcapMagic(h)
	if !ok {
		return nil, &cutError{0, errFormat}
	}
	f := &pcapFramer{s: s, order: order, big: order == binary.BigEndian, unit: 1000, recordLen: pcapRecordLen}
	switch magic {
	case magicNano:
		f.unit = 1
	case magicModified:
		f.recordLen += 8
	}
	// The upper half of the field tells of frame check sequences; the length in the IP header trims those.
	f.link = LinkType(order.Uint32(h[20:]))
	s.take(pcapHeaderLen)
	return f, nil
}

func (f *pcapFramer) input() *stream { return f.s }

func (f *pcapFramer) ready() bool {
	have := f.s.buffered()
	if len(have) < f.recordLen {
		return false
	}
	n := f.u32(have[8:])
	return n > maxPacket || len(have) >= f.recordLen+int(n)
}

func (f *pcapFramer) u32(b []byte) uint32 {
	if f.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (f *pcapFramer) next(p *Packet) error {
	start := f.s.off
	h, err := f.s.peek(f.recordLen)
	if err == io.EOF {
		return io.EOF
	}
	if err != nil {
		return &cutError{start, fmt.Errorf("record header: %w", err)}
	}
	sec, frac := f.u32(h), f.u32(h[4:])
	capLen, origLen := f.u32(h[8:]), f.u32(h[12:])
	if sec|frac|capLen|origLen == 0 {
		return &cutError{start, errors.New("record is all zeros")}
	}
	if capLen > maxPacket {
		return &cutError{start, fmt.Errorf("record claims a packet of %d bytes", capLen)}
	}
	n := f.recordLen + int(capLen)
	rec, err := f.s.peek(n)
	if err != nil {
		return &cutError{start, fmt.Errorf("packet of %d bytes: %w", capLen, err)}
	}
	p.Data = rec[f.recordLen:n:n]
	p.OrigLen = max(int(capLen), int(origLen))
	p.Time = time.Unix(int64(sec), int64(frac)*f.unit).UTC()
	p.Link = f.link
	p.Comments = nil
	f.s.record = start
	f.s.take(n)
	return nil
}
