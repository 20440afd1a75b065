package capture

import (
	"container/list"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// Defaults of SplitOptions.
const (
	defaultFragmentBytes   = 16 << 20
	defaultFragmentTimeout = 30 * time.Second // what Linux waits
)

const (
	pieceOverhead = 96  // memory of a piece beside its bytes, roughly
	setOverhead   = 512 // of a set
	maxDatagram   = 65535
)

// A setKey names the datagram that a fragment is a part of (RFC 791, 3.2; RFC 8200, 4.5). A mirror port shows each
// fragment twice: the second ones are put together on their own.
type setKey struct {
	src, dst netip.Addr
	id       uint32
	proto    uint8 // IPv4 only
	copy     uint8
}

// A piece is a fragment, or what of it no earlier one had.
type piece struct {
	off  int
	data []byte
}

// A fragmentSet is a datagram whose fragments are still coming in.
type fragmentSet struct {
	key    setKey
	start  time.Time
	head   []byte // the first fragment's headers, without a fragment header
	proto  uint8  // IPv6: of the fragmentable part
	protAt int    // offset in head of the field for it
	pieces []piece
	have   int // bytes in pieces
	size   int // memory
	total  int // -1: the last fragment is missing
	frames []int
	hashes []uint64 // of the fragments
	cut    bool     // the snap length cut one of them
	order  *list.Element
}

// A defragmenter puts IP fragments together. Its memory is bounded: the sets that wait longest go first.
type defragmenter struct {
	maxBytes int
	timeout  time.Duration
	sets     map[setKey]*fragmentSet
	order    *list.List // of *fragmentSet, oldest first
	known    *fragmentMemory
	bytes    int
	later    bool // a fragment came that is not the first of its datagram
	lost     func(Incomplete)
}

func newDefragmenter(maxBytes int, timeout time.Duration, lost func(Incomplete)) *defragmenter {
	if maxBytes <= 0 {
		maxBytes = defaultFragmentBytes
	}
	if timeout <= 0 {
		timeout = defaultFragmentTimeout
	}
	return &defragmenter{maxBytes: maxBytes, timeout: timeout, sets: map[setKey]*fragmentSet{}, order: list.New(),
		known: newFragmentMemory(timeout), lost: lost}
}

// add takes a fragment, the copies-th of its kind just now. When it completes a datagram, that is returned, with all frames
// that it came in.
func (d *defragmenter) add(pk *ipPacket, p *Packet, copies int) (whole []byte, frames []int) {
	d.expire(p.Time)
	d.later = d.later || pk.FragOff > 0
	key := setKey{src: pk.Src, dst: pk.Dst, id: pk.ID, copy: uint8(min(copies, againCopy-1))}
	if pk.Version == 4 {
		key.proto = pk.Proto
	}
	hash := d.known.hash(pk)
	if d.sets[key] == nil && d.known.seen(hash, p.Time) {
		key.copy = againCopy
	}
	s, ok := d.sets[key]
	if !ok {
		s = &fragmentSet{key: key, start: p.Time, total: -1, size: setOverhead}
		s.order = d.order.PushBack(s)
		d.sets[key] = s
		d.bytes += s.size
	}
	before := s.size
	s.add(pk, p.Number)
	s.hashes = append(s.hashes, hash)
	s.cut = s.cut || pk.missing > 0
	d.bytes += s.size - before
	if s.complete() {
		d.drop(s)
		d.known.add(s.hashes, p.Time)
		return s.assemble(), s.frames
	}
	for d.bytes > d.maxBytes {
		d.abandon(d.order.Front().Value.(*fragmentSet))
	}
	return nil, nil
}

// expire gives up the sets that began too long before now.
func (d *defragmenter) expire(now time.Time) {
	for e := d.order.Front(); e != nil; e = d.order.Front() {
		s := e.Value.(*fragmentSet)
		if now.Sub(s.start) <= d.timeout {
			return
		}
		d.abandon(s)
	}
}

// flush gives up all sets.
func (d *defragmenter) flush() {
	for e := d.order.Front(); e != nil; e = d.order.Front() {
		d.abandon(e.Value.(*fragmentSet))
	}
}

func (d *defragmenter) drop(s *fragmentSet) {
	d.order.Remove(s.order)
	delete(d.sets, s.key)
	d.bytes -= s.size
}

func (d *defragmenter) abandon(s *fragmentSet) {
	d.drop(s)
	if s.key.copy > 0 {
		return // the first copies tell
	}
	i := Incomplete{
		Frames: s.frames, Src: s.key.src, Dst: s.key.dst, Protocol: s.protocol(),
		Have: s.have, Want: max(s.total, 0), Cut: s.cut,
	}
	if s.head != nil {
		i.Front = s.front()
	}
	d.lost(i)
}

// maxFront bounds what is kept of a datagram that stays incomplete.
const maxFront = 4096

// front is the packet as far as it goes without a hole.
func (s *fragmentSet) front() []byte {
	n := 0
	for _, p := range s.pieces {
		if p.off != n {
			break
		}
		n += len(p.data)
	}
	return s.packet(min(n, maxFront))
}

func (s *fragmentSet) protocol() uint8 {
	if s.key.src.Is4() {
		return s.key.proto
	}
	return s.proto
}

func (s *fragmentSet) add(pk *ipPacket, frame int) {
	s.frames = append(s.frames, frame)
	s.size += 16 // frame and hash
	start := pk.Len
	if pk.Version == 6 {
		start += 8 // the fragment header, which skipExtensions has seen whole
	}
	data := pk.b[start:]
	end := pk.FragOff + len(data)
	if end > maxDatagram {
		return // no datagram is that long: not a fragment, an attack
	}
	if pk.Version == 6 && (pk.FragOff == 0 || s.protAt == 0) {
		s.proto = pk.b[pk.Len]
	}
	if pk.FragOff == 0 && s.head == nil {
		s.head = slices.Clone(pk.b[:pk.Len])
		s.protAt = pk.ProtoAt
		s.size += len(s.head)
	}
	if !pk.More && pk.missing == 0 && s.total < 0 && end >= s.end() {
		s.total = end
	}
	if s.total >= 0 && end > s.total {
		return
	}
	s.fill(pk.FragOff, data)
}

// end is where the last piece ends.
func (s *fragmentSet) end() int {
	if len(s.pieces) == 0 {
		return 0
	}
	last := s.pieces[len(s.pieces)-1]
	return last.off + len(last.data)
}

// fill puts data at off wherever nothing is yet. Receivers differ in what they make of fragments that overlap; here the
// first one counts, and the ICV says whether that was correct.
func (s *fragmentSet) fill(off int, data []byte) {
	i, _ := slices.BinarySearchFunc(s.pieces, off, func(p piece, off int) int { return p.off + len(p.data) - off - 1 })
	for len(data) > 0 {
		gap := len(data) // up to the next piece
		if i < len(s.pieces) {
			gap = min(gap, max(s.pieces[i].off-off, 0))
		}
		if gap > 0 {
			s.pieces = slices.Insert(s.pieces, i, piece{off, slices.Clone(data[:gap])})
			s.have += gap
			s.size += gap + pieceOverhead
			off, data = off+gap, data[gap:]
			i++
			continue
		}
		skip := min(s.pieces[i].off+len(s.pieces[i].data)-off, len(data))
		off, data = off+skip, data[skip:]
		i++
	}
}

func (s *fragmentSet) complete() bool {
	return s.head != nil && s.total >= 0 && s.have == s.total
}

// assemble returns the datagram as one packet, with lengths and checksums corrected.
func (s *fragmentSet) assemble() []byte { return s.packet(s.total) }

// packet returns a packet of the first n bytes, which are there.
func (s *fragmentSet) packet(n int) []byte {
	whole := make([]byte, 0, len(s.head)+n)
	whole = append(whole, s.head...)
	for _, p := range s.pieces {
		whole = append(whole, p.data[:min(len(p.data), max(n-p.off, 0))]...)
	}
	if ip.Version(whole) == 6 {
		whole[s.protAt] = s.proto
	} else {
		binary.BigEndian.PutUint16(whole[6:], 0)
	}
	ip.SetLength(whole, len(s.head), len(whole))
	return whole
}
