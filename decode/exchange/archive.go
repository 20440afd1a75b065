package exchange

import (
	"encoding/binary"
	"hash/maphash"
	"iter"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
)

// A Store is a file of an Archive's own, as capture.Scratch is.
type Store interface {
	Append(b []byte) (at int64, err error)
	ReadAt(b []byte, at int64) (int, error)
}

// An Archive keeps conversations in a file for which there is no room in memory, where a row of some eighty bytes stays of each. The messages are
// there as they came, so that a conversation that is taken out is what it was. One with more messages than a Tracker's MaxMessages
// comes out in parts. It is for one goroutine at a time.
type Archive struct {
	file    Store
	max     int   // messages that are in memory at once, of one conversation
	maxSize int64 // and their bytes
	maxRows int
	rows    []row
	bySPIs  map[uint32]uint32 // rows by the sum of their SPIs, or the next free one behind it; and of the initiator's alone, the first
	seed    maphash.Seed
	buf     []byte // what is not in the file yet
	written int64  // where buf goes
	taken   int    // rows that are in memory again
}

// A row is what stays in memory of a conversation.
type row struct {
	spis
	last    int64 // where its newest chunk is
	first   int   // frame of its first message
	size    int64 // of its messages in the file
	n       uint32
	version uint8
	taken   bool // it is in memory again
}

// RowBytes is about what a conversation in an Archive takes in memory, with the SPIs of what it negotiated.
const RowBytes = 112

// A chunk is messages of one conversation that stand together in the file, in order of their frames, behind a header: where the chunk before
// it is, its first and last frame, the number of messages and their length.
type chunk struct {
	at, before  int64 // before: noChunk where there is none
	first, last int64
	n, size     uint32
}

const (
	chunkHeader  = 32
	noChunk      = -1
	archiveBlock = 256 << 10 // what is written at once
)

// NewArchive returns an empty archive, whose bounds are those of its Tracker.
func NewArchive(file Store) *Archive {
	return &Archive{file: file, bySPIs: make(map[uint32]uint32), seed: maphash.MakeSeed()}
}

// Len is the number of conversations that are in the archive alone.
func (a *Archive) Len() int {
	if a == nil {
		return 0
	}
	return len(a.rows) - a.taken
}

func (a *Archive) sum(k spis) uint32 {
	return uint32(maphash.Comparable(a.seed, k))
}

// find is the row of an IKE SA; with a responder of zero any of that initiator.
func (a *Archive) find(k spis) (i int, ok bool) {
	if a == nil {
		return 0, false
	}
	for h := a.sum(k); ; h++ {
		n, ok := a.bySPIs[h]
		if !ok {
			return 0, false
		}
		if r := &a.rows[n]; r.spis == k || k.responder.IsZero() && r.initiator == k.initiator {
			return int(n), true
		}
	}
}

// enter enters a row by SPIs.
func (a *Archive) enter(k spis, i int) {
	h := a.sum(k)
	for _, ok := a.bySPIs[h]; ok; _, ok = a.bySPIs[h] {
		h++
	}
	a.bySPIs[h] = uint32(i)
}

// answered notes the responder of a conversation that had none.
func (a *Archive) answered(i int, responder decode.SPI) {
	a.rows[i].responder = responder
	a.enter(a.rows[i].spis, i)
}

// put adds the messages of a conversation to its row, and reports whether there is room. Chunks that are no longer than
// what comes behind them are written anew with it: there are few of each conversation then, and a message is written few times.
func (a *Archive) put(c *Conversation) bool {
	list := c.datagrams()
	if len(list) == 0 {
		return true
	}
	before, total, size := int64(noChunk), len(list), int64(c.bytes)
	if c.row > 0 {
		r := &a.rows[c.row-1]
		before, total = r.last, total+int(r.n)
		for before != noChunk {
			k, err := a.header(before)
			if err != nil || int(k.n) > 2*len(list) || int(k.n)+len(list) > a.max || size+int64(k.size) > a.maxSize {
				break
			}
			size += int64(k.size)
			older, err := a.records(k, int(k.n))
			if err != nil {
				break
			}
			list, before = append(older, list...), k.before
		}
	} else if len(a.rows) >= a.maxRows {
		return false
	}
	at, err := a.write(before, list)
	if err != nil {
		return false
	}
	if c.row == 0 {
		k := spis{c.Initiator, c.Responder}
		a.rows = append(a.rows, row{spis: k, first: list[0].Frame, version: uint8(c.Version)})
		c.row = len(a.rows)
		if _, had := a.find(spis{initiator: c.Initiator}); !had && !c.Responder.IsZero() {
			a.enter(spis{initiator: c.Initiator}, c.row-1)
		}
		a.enter(k, c.row-1)
	}
	r := &a.rows[c.row-1]
	r.last, r.n, r.size = at, uint32(total), r.size+int64(c.bytes)
	return true
}

// write writes a chunk.
func (a *Archive) write(before int64, list []capture.Datagram) (at int64, err error) {
	if len(a.buf) >= archiveBlock {
		if err := a.flush(); err != nil {
			return 0, err
		}
	}
	from := len(a.buf)
	b := binary.BigEndian.AppendUint64(a.buf, uint64(before))
	b = binary.BigEndian.AppendUint64(b, uint64(list[0].Frame))
	b = binary.BigEndian.AppendUint64(b, uint64(list[len(list)-1].Frame))
	b = binary.BigEndian.AppendUint32(b, uint32(len(list)))
	b = binary.BigEndian.AppendUint32(b, 0)
	b = appendRecords(b, list)
	binary.BigEndian.PutUint32(b[from+chunkHeader-4:], uint32(len(b)-from-chunkHeader))
	a.buf = b
	return a.written + int64(from), nil
}

// flush writes to the file what waits for it. Where that fails it goes on waiting.
func (a *Archive) flush() error {
	at, err := a.file.Append(a.buf)
	if err != nil {
		return err
	}
	a.written, a.buf = at+int64(len(a.buf)), a.buf[:0]
	return nil
}

// read reads n bytes.
func (a *Archive) read(at int64, n int) ([]byte, error) {
	b := make([]byte, n)
	if at >= a.written {
		from := at - a.written
		if from > int64(len(a.buf)) || copy(b, a.buf[from:]) < n {
			return nil, errRecord
		}
		return b, nil
	}
	_, err := a.file.ReadAt(b, at)
	return b, err
}

func (a *Archive) header(at int64) (chunk, error) {
	b, err := a.read(at, chunkHeader)
	if err != nil {
		return chunk{}, err
	}
	u := binary.BigEndian
	return chunk{at, int64(u.Uint64(b)), int64(u.Uint64(b[8:])), int64(u.Uint64(b[16:])), u.Uint32(b[24:]), u.Uint32(b[28:])}, nil
}

// records reads at most so many messages of a chunk.
func (a *Archive) records(k chunk, most int) ([]capture.Datagram, error) {
	b, err := a.read(k.at+chunkHeader, int(k.size))
	if err != nil {
		return nil, err
	}
	return readRecords(b, most)
}

// chunks are those of a row, the newest first, up to one that cannot be read.
func (a *Archive) chunks(i int) (list []chunk) {
	for at := a.rows[i].last; at != noChunk; {
		k, err := a.header(at)
		if err != nil {
			break
		}
		list, at = append(list, k), k.before
	}
	return list
}

// head is the beginning of a conversation.
func (a *Archive) head(i int) *Conversation {
	list := a.chunks(i)
	if len(list) == 0 {
		return nil
	}
	r := &a.rows[i]
	front, err := a.records(list[len(list)-1], maxInherited)
	if err != nil || len(front) == 0 {
		return nil
	}
	return again(r.spis, int(r.version), front, a.max)
}

// inOne reports whether all messages of a row may be in memory at once.
func (a *Archive) inOne(i int) bool { return int(a.rows[i].n) <= a.max && a.rows[i].size <= a.maxSize }

// A Place is a conversation of an Archive, or a part of one.
type Place struct {
	Row  int
	from int64 // of its chunk; noChunk: the whole
}

// Find are the parts of an IKE SA in which the message of a frame may be. Where the message names no responder there may be some: of IKE SAs with
// one initiator's SPI.
func (a *Archive) Find(initiator, responder decode.SPI, frame int) (list []Place) {
	k := spis{initiator, responder}
	for h := a.sum(k); len(list) < maxAlike; h++ {
		i, ok := a.bySPIs[h]
		if !ok {
			break
		}
		if r := &a.rows[i]; r.taken || r.spis != k && (!responder.IsZero() || r.initiator != initiator) {
			continue
		}
		if a.inOne(int(i)) {
			list = append(list, Place{int(i), noChunk})
			continue
		}
		for _, c := range a.chunks(int(i)) {
			if int64(frame) >= c.first {
				list = append(list, Place{int(i), c.at})
				break
			}
		}
	}
	return list
}

// Rows are the numbers of the conversations that are in the archive alone, in the order of their first messages.
func (a *Archive) Rows() []int {
	if a == nil {
		return nil
	}
	rows := make([]int, 0, a.Len())
	for i := range a.rows {
		if !a.rows[i].taken {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(i, j int) int { return a.rows[i].first - a.rows[j].first })
	return rows
}

// First is the frame of the first message of a row.
func (a *Archive) First(row int) int { return a.rows[row].first }

// SPIs are those of a row.
func (a *Archive) SPIs(row int) (initiator, responder decode.SPI) {
	return a.rows[row].initiator, a.rows[row].responder
}

// Places are the parts of a row, in order.
func (a *Archive) Places(row int) iter.Seq[Place] {
	return func(yield func(Place) bool) {
		if a.inOne(row) {
			yield(Place{row, noChunk})
			return
		}
		for _, k := range slices.Backward(a.chunks(row)) {
			if !yield(Place{row, k.at}) {
				return
			}
		}
	}
}

// Load makes a conversation, or a part of it: that has the messages that make the keys and the last ones before it, too. It is nil where the file
// cannot be read.
func (a *Archive) Load(p Place) *Conversation {
	list := a.load(p)
	r := &a.rows[p.Row]
	c := again(r.spis, int(r.version), list, len(list))
	if c != nil {
		c.row = p.Row + 1
	}
	return c
}

func (a *Archive) load(p Place) (list []capture.Datagram) {
	chunks := a.chunks(p.Row)
	slices.Reverse(chunks)
	for i, k := range chunks {
		whole := p.from == noChunk || k.at == p.from
		next := !whole && i+1 < len(chunks) && chunks[i+1].at == p.from
		if !whole && !next && i > 0 {
			continue
		}
		part, err := a.records(k, int(k.n))
		if err != nil {
			return list
		}
		late := 0
		if next {
			late = min(len(part), recentMessages)
		}
		switch early := len(part) - late; {
		case whole:
			list = append(list, part...)
		case i == 0:
			list = append(setup(part[:early]), part[early:]...)
		default:
			list = append(list, part[early:]...)
		}
		if k.at == p.from {
			break
		}
	}
	return list
}

// setup are those of the first messages that make the keys.
func setup(part []capture.Datagram) (list []capture.Datagram) {
	for i := 0; i < len(part) && len(list) < setupMessages; i++ {
		if m, _ := messageOf(&part[i]); m != nil && m.setsUp() {
			list = append(list, part[i])
		}
	}
	return list
}

// take takes a conversation back into memory, with the messages that came since.
func (a *Archive) take(c *Conversation) *Conversation {
	r := &a.rows[c.row-1]
	list := append(a.load(Place{c.row - 1, noChunk}), c.datagrams()...)
	if !r.taken {
		r.taken = true
		a.taken++
	}
	return again(r.spis, int(r.version), list, a.max)
}
