package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"time"
)

// Block types of pcapng (draft-ietf-opsawg-pcapng, section 4).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockStats     = 5
	blockEnhanced  = 6
	blockSecrets   = 10

	byteOrderMagic = 0x1a2b3c4d
)

// Option codes of pcapng.
const (
	optEnd      = 0
	optComment  = 1
	optShbApp   = 4
	optIfName   = 2
	optIfDescr  = 3
	optTSResol  = 9
	optTSOffset = 14
	optLocal    = 0x8000 // the first of those that mean nothing to other programs
)

// MaxSecrets bounds what is read of the Decryption Secrets Blocks of a file, in bytes.
const MaxSecrets = 64 << 20

// An ngInterface is what an Interface Description Block says about times and lengths.
type ngInterface struct {
	link    LinkType
	snapLen uint32
	perSec  uint64 // time units a second; 0: finer than 64 bits can say
	offset  int64  // seconds
}

// An ngFramer reads a pcapng file.
type ngFramer struct {
	s       *stream
	order   binary.ByteOrder
	ifaces  []ngInterface
	last    time.Time                                   // of the packet before, for Simple Packet Blocks: they have no time
	secrets func(typ uint32, secret []byte, whole bool) // takes Decryption Secrets Blocks, whole false and nothing of too large ones; may be nil
}

func newNgFramer(s *stream) *ngFramer {
	return &ngFramer{s: s, order: binary.LittleEndian}
}

func (f *ngFramer) input() *stream { return f.s }

func (f *ngFramer) ready() bool {
	for have := f.s.buffered(); len(have) >= 8; {
		typ, n := f.order.Uint32(have), int64(f.order.Uint32(have[4:]))
		switch {
		case typ == blockSection: // tells how to go on
			return false
		case n < 12:
			return true
		case n > int64(len(have)):
			return false
		case typ == blockEnhanced || typ == blockSimple || typ == blockPacket:
			return true
		}
		have = have[n:]
	}
	return false
}

// A block is a block's place in the file; its body is still unread.
type block struct {
	typ   uint32
	start int64
	body  int64 // bytes of the body
}

func (f *ngFramer) next(p *Packet) error {
	for {
		b, err := f.blockHeader()
		if err != nil {
			return err
		}
		done, err := f.readBlock(b, p)
		if err == nil {
			err = f.trailer(b)
		}
		if err != nil {
			return &cutError{b.start, err}
		}
		if done {
			f.last, f.s.record = p.Time, b.start
			return nil
		}
		f.s.bound = f.s.bound || f.s.record > 0 && (b.typ == blockSection || b.typ == blockInterface)
	}
}

// blockHeader reads type and length of the next block; a section header sets the byte order first.
func (f *ngFramer) blockHeader() (block, error) {
	b := block{start: f.s.off}
	h, err := f.s.peek(8)
	if err == io.EOF {
		return b, io.EOF
	}
	if err != nil {
		return b, &cutError{b.start, fmt.Errorf("block header: %w", err)}
	}
	if b.typ = f.order.Uint32(h); b.typ == blockSection { // the same in either order
		if h, err = f.s.peek(12); err != nil {
			return b, &cutError{b.start, fmt.Errorf("section header: %w", err)}
		}
		if !f.setOrder(h[8:]) {
			return b, &cutError{b.start, fmt.Errorf("section header has byte order magic %x", h[8:12])}
		}
	}
	length := int64(f.order.Uint32(h[4:]))
	if length < 12 || length%4 != 0 {
		return b, &cutError{b.start, fmt.Errorf("block of type %#x claims a length of %d bytes", b.typ, length)}
	}
	b.body = length - 12
	f.s.take(8)
	return b, nil
}

func (f *ngFramer) setOrder(magic []byte) bool {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if order.Uint32(magic) == byteOrderMagic {
			f.order = order
			return true
		}
	}
	return false
}

// readBlock consumes the body of b. It reports whether p is filled from it.
func (f *ngFramer) readBlock(b block, p *Packet) (bool, error) {
	switch b.typ {
	case blockSection:
		f.ifaces = f.ifaces[:0]
	case blockInterface:
		return false, f.readInterface(b)
	case blockEnhanced, blockPacket:
		return true, f.readPacket(b, p)
	case blockSimple:
		return true, f.readSimple(b, p)
	case blockSecrets:
		return false, f.readSecrets(b)
	}
	return false, f.skip(b.body)
}

func (f *ngFramer) skip(n int64) error {
	if err := f.s.skip(n); err != nil {
		return fmt.Errorf("block: %w", err)
	}
	return nil
}

// trailer reads the length that a block repeats at its end.
func (f *ngFramer) trailer(b block) error {
	t, err := f.s.peek(4)
	if err == io.EOF {
		err = errShort
	}
	if err != nil {
		return fmt.Errorf("block: %w", err)
	}
	if n := int64(f.order.Uint32(t)); n != b.body+12 {
		return fmt.Errorf("block of %d bytes ends in a length of %d", b.body+12, n)
	}
	f.s.take(4)
	return nil
}

// body returns the next n bytes of a block, for a block that must have them.
func (f *ngFramer) peekBody(what string, have int64, n int) ([]byte, error) {
	if have < int64(n) {
		return nil, fmt.Errorf("%s has %d bytes of %d", what, have, n)
	}
	h, err := f.s.peek(n)
	if err == io.EOF {
		err = errShort
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return h, nil
}

func (f *ngFramer) readInterface(b block) error {
	h, err := f.peekBody("interface description", b.body, 8)
	if err != nil {
		return err
	}
	i := ngInterface{link: LinkType(f.order.Uint16(h)), snapLen: f.order.Uint32(h[4:]), perSec: 1e6}
	f.s.take(8)
	err = f.readOptions(b.body-8, func(code uint16, v []byte) {
		switch {
		case code == optTSResol && len(v) >= 1:
			i.perSec = resolution(v[0])
		case code == optTSOffset && len(v) >= 8:
			i.offset = int64(f.order.Uint64(v))
		}
	})
	f.ifaces = append(f.ifaces, i)
	return err
}

// resolution returns the time units a second that an if_tsresol value means; 0 if they exceed 64 bits.
func resolution(v uint8) uint64 {
	exp := int(v & 0x7f)
	if v&0x80 != 0 {
		if exp > 63 {
			return 0
		}
		return 1 << exp
	}
	if exp > 19 {
		return 0
	}
	per := uint64(1)
	for range exp {
		per *= 10
	}
	return per
}

// time converts a timestamp of interface i.
func (i *ngInterface) time(ts uint64) time.Time {
	if i.perSec == 0 {
		return time.Unix(i.offset, 0).UTC()
	}
	sec, frac := ts/i.perSec, ts%i.perSec
	hi, lo := bits.Mul64(frac, 1e9)
	nsec, _ := bits.Div64(hi, lo, i.perSec) // frac < perSec, so hi < perSec
	return time.Unix(int64(sec)+i.offset, int64(nsec)).UTC()
}

func (f *ngFramer) readPacket(b block, p *Packet) error {
	h, err := f.peekBody("packet block", b.body, 20)
	if err != nil {
		return err
	}
	id := f.order.Uint32(h)
	if b.typ == blockPacket {
		id = uint32(f.order.Uint16(h)) // then a count of drops
	}
	ts := uint64(f.order.Uint32(h[4:]))<<32 | uint64(f.order.Uint32(h[8:]))
	capLen, origLen := f.order.Uint32(h[12:]), f.order.Uint32(h[16:])
	if int64(id) >= int64(len(f.ifaces)) {
		return fmt.Errorf("packet block names interface %d, the section has %d", id, len(f.ifaces))
	}
	i := &f.ifaces[id]
	padded := (int64(capLen) + 3) &^ 3
	if capLen > maxPacket || padded > b.body-20 {
		return fmt.Errorf("packet block of %d bytes claims a packet of %d", b.body+12, capLen)
	}
	if p.Data, err = f.packetData(b, 20, int(capLen)); err != nil {
		return err
	}
	p.OrigLen = max(int(capLen), int(origLen))
	p.Time, p.Link, p.Comments = i.time(ts), i.link, nil
	if err := f.skip(20 + padded); err != nil {
		return err
	}
	return f.readOptions(b.body-20-padded, func(code uint16, v []byte) {
		if code == optComment {
			p.Comments = append(p.Comments, string(v))
		}
	})
}

// packetData is the packet of n bytes behind a header of so many. It stays where it is while the rest of its block is read: that
// is in the buffer too, or the packet is copied out of it.
func (f *ngFramer) packetData(b block, header, n int) ([]byte, error) {
	_, lack := f.s.peek(int(min(b.body+4, maxPeek)))
	rec, err := f.peekBody("packet", b.body, header+n)
	if err != nil {
		return nil, err
	}
	if lack != nil || b.body+4 > maxPeek {
		return bytes.Clone(rec[header:]), nil
	}
	return rec[header:len(rec):len(rec)], nil
}

func (f *ngFramer) readSimple(b block, p *Packet) error {
	h, err := f.peekBody("simple packet block", b.body, 4)
	if err != nil {
		return err
	}
	if len(f.ifaces) == 0 {
		return errors.New("packet block in a section without an interface")
	}
	origLen := f.order.Uint32(h)
	capLen := min(int64(origLen), b.body-4)
	if snap := f.ifaces[0].snapLen; snap != 0 {
		capLen = min(capLen, int64(snap))
	}
	if capLen > maxPacket {
		return fmt.Errorf("packet block claims a packet of %d bytes", capLen)
	}
	if p.Data, err = f.packetData(b, 4, int(capLen)); err != nil {
		return err
	}
	p.OrigLen = int(origLen)
	p.Time, p.Link, p.Comments = f.last, f.ifaces[0].link, nil
	return f.skip(b.body)
}

// readOptions consumes n bytes of options and hands each to visit. Options that run past the block end the list, they do
// not make the block unreadable.
func (f *ngFramer) readOptions(n int64, visit func(code uint16, v []byte)) error {
	if n == 0 {
		return nil
	}
	opts, err := f.s.peek(int(min(n, maxPeek)))
	if err == io.EOF {
		err = errShort
	}
	if err != nil {
		return fmt.Errorf("options: %w", err)
	}
	for len(opts) >= 4 {
		code, size := f.order.Uint16(opts), int(f.order.Uint16(opts[2:]))
		opts = opts[4:]
		if code == optEnd || size > len(opts) {
			break
		}
		visit(code, opts[:size])
		opts = opts[min((size+3)&^3, len(opts)):]
	}
	return f.skip(n)
}

func (f *ngFramer) readSecrets(b block) error {
	h, err := f.peekBody("secrets block", b.body, 8)
	if err != nil {
		return err
	}
	typ, size := f.order.Uint32(h), int64(f.order.Uint32(h[4:]))
	if size > b.body-8 {
		return fmt.Errorf("secrets block of %d bytes claims %d bytes of secrets", b.body+12, size)
	}
	f.s.take(8)
	if f.secrets == nil {
		return f.skip(b.body - 8)
	}
	if size > MaxSecrets {
		f.secrets(typ, nil, false)
		return f.skip(b.body - 8)
	}
	secret, err := f.copyBody(size)
	if err != nil {
		return err
	}
	f.secrets(typ, secret, true)
	return f.skip(b.body - 8 - size)
}

// copyBody consumes and returns n bytes. It grows as they come, so that a claim alone takes no memory.
func (f *ngFramer) copyBody(n int64) ([]byte, error) {
	var out []byte
	for n > 0 {
		part, err := f.s.peek(int(min(n, streamBuffer)))
		if err == io.EOF {
			err = errShort
		}
		if err != nil {
			return nil, fmt.Errorf("secrets: %w", err)
		}
		out = append(out, part...)
		n -= int64(len(part))
		f.s.take(len(part))
	}
	return out, nil
}
