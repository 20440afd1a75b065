package exchange

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// What a record says in its first byte.
const (
	recordMarker = 1 << iota
	recordTCP
	recordOddPort
	recordCut
	recordRepeat
	recordSame   // its payload is that of the record before it
	recordFrames // it came in several frames
)

var errRecord = errors.New("damaged temporary file")

// appendRecords appends datagrams as an Archive keeps them.
func appendRecords(b []byte, list []capture.Datagram) []byte {
	var last []byte
	for i := range list {
		d := &list[i]
		flags := byte(0)
		for _, f := range [...]struct {
			flag byte
			set  bool
		}{
			{recordMarker, d.Marker}, {recordTCP, d.TCP}, {recordOddPort, d.OddPort}, {recordCut, d.Cut}, {recordRepeat, d.Repeat},
			{recordSame, last != nil && bytes.Equal(d.Payload, last)}, {recordFrames, d.Frames != nil},
		} {
			if f.set {
				flags |= f.flag
			}
		}
		b = append(b, flags, d.Hops)
		b = binary.AppendUvarint(b, uint64(d.Frame))
		b = binary.AppendVarint(b, d.Time.Unix())
		b = binary.AppendUvarint(b, uint64(d.Time.Nanosecond()))
		b = appendAddr(appendAddr(b, d.Src), d.Dst)
		if d.Frames != nil {
			b = binary.AppendUvarint(b, uint64(len(d.Frames)))
			for _, n := range d.Frames {
				b = binary.AppendUvarint(b, uint64(n))
			}
		}
		if flags&recordSame == 0 {
			b = binary.AppendUvarint(b, uint64(len(d.Payload)))
			b = append(b, d.Payload...)
		}
		last = d.Payload
	}
	return b
}

func appendAddr(b []byte, a netip.AddrPort) []byte {
	at := len(b)
	b, _ = a.AppendBinary(append(b, 0)) // it knows no error
	b[at] = byte(len(b) - at - 1)
	return b
}

// A recordReader reads records. The first failed read sticks; later ones give zeros.
type recordReader struct {
	b   []byte
	err error
}

func (r *recordReader) take(n uint64) []byte {
	if r.err == nil && n > uint64(len(r.b)) {
		r.err = errRecord
	}
	if r.err != nil {
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *recordReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.err = errRecord
	}
	r.take(uint64(max(n, 0)))
	return v
}

func (r *recordReader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.err = errRecord
	}
	r.take(uint64(max(n, 0)))
	return v
}

func (r *recordReader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *recordReader) addr() (a netip.AddrPort) {
	if err := a.UnmarshalBinary(r.take(uint64(r.byte()))); err != nil {
		r.err = errRecord
	}
	return a
}

// readRecords reads at most so many records. Their payloads point into b.
func readRecords(b []byte, most int) ([]capture.Datagram, error) {
	r := recordReader{b: b}
	var list []capture.Datagram
	var last []byte
	for len(r.b) > 0 && r.err == nil && len(list) < most {
		flags := r.byte()
		d := capture.Datagram{
			Kind:   capture.IKE,
			Marker: flags&recordMarker != 0, TCP: flags&recordTCP != 0, OddPort: flags&recordOddPort != 0, Cut: flags&recordCut != 0,
			Repeat: flags&recordRepeat != 0,
		}
		d.Hops = r.byte()
		d.Frame = int(r.uvarint())
		sec := r.varint()
		d.Time = time.Unix(sec, int64(r.uvarint())).UTC()
		d.Src, d.Dst = r.addr(), r.addr()
		if flags&recordFrames != 0 {
			for n := r.uvarint(); n > 0 && r.err == nil; n-- {
				d.Frames = append(d.Frames, int(r.uvarint()))
			}
		}
		if d.Payload = last; flags&recordSame == 0 {
			d.Payload = r.take(r.uvarint())
		}
		last = d.Payload
		list = append(list, d)
	}
	return list, r.err
}
