package capture

import (
	"bytes"
	"cmp"
	"container/heap"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Reader is one pass over all packets of a Source.
type Reader struct {
	src     *Source
	heads   headHeap // the inputs that have packets left, the earliest first
	started int      // of them that are being read
	number  int
	read    atomic.Int64
	taken   []byte // a buffer for the next Read of ReadBatch
	err     error  // that ends the pass: of the copy of a pipe, of Interrupt, or why the next live input cannot be read

	secrets   bool                // MetSecrets
	met       map[int]*secretList // by input; nil: they are known
	stop      chan struct{}
	interrupt func() // closes stop
}

// A head is an input and its next packet.
type head struct {
	file   int
	rank   int       // of the input
	before bool      // likewise
	time   time.Time // of the next packet; where that was taken already, of the one before
	frames int       // read so far
	framer framer    // nil: its turn has not come
	// secrets takes Decryption Secrets Blocks, and what packets have of the kind
	secrets func(b SecretBlock, whole bool)
	closer  io.Closer
	pipe    *follower     // what the framer reads, if it is a pipe
	remote  *remoteReader // likewise, if it is remote
	packet  Packet
	empty   bool // packet was taken already: by ReadBatch, which reads none ahead
}

// Reader starts a pass over all packets.
func (s *Source) Reader() (*Reader, error) {
	if s.live != nil {
		r := newReader(s)
		return r, r.openLive()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("the source is closed")
	}
	r := newReader(s)
	if !s.scanned {
		r.met = make(map[int]*secretList)
	}
	s.readers[r] = true
	r.number = -s.before
	for i, in := range s.inputs {
		if !in.empty {
			r.heads = append(r.heads, &head{file: i, rank: in.rank, time: in.first, before: in.before})
		}
	}
	heap.Init(&r.heads)
	return r, nil
}

func newReader(s *Source) *Reader {
	stop := make(chan struct{})
	return &Reader{src: s, stop: stop, interrupt: sync.OnceFunc(func() { close(stop) })}
}

// Interrupt makes a call that waits for a pipe, in another goroutine, return with an error.
func (r *Reader) Interrupt() { r.interrupt() }

// Where so many inputs are read at once that their buffers count, each has a small one.
const (
	fewStreams  = 32
	smallBuffer = 16 << 10
)

// start starts to read the input of a head, and reads its first packet. It reports false if there is none.
func (r *Reader) start(h *head) bool {
	in := r.src.inputs[h.file]
	src := in.source(r.stop)
	h.pipe, _ = src.(*follower)
	h.remote, _ = src.(*remoteReader)
	rc, err := in.unpacked(countingReader{src, &r.read})
	if err != nil {
		r.ended(h, err)
		if h.remote != nil {
			h.remote.Close()
		}
		return false
	}
	if h.remote != nil {
		rc = closing{rc, h.remote}
	}
	buffer := streamBuffer
	if r.started >= fewStreams {
		buffer = smallBuffer
	}
	h.secrets = func(b SecretBlock, whole bool) {
		r.secrets = r.secrets || h.frames > 0
		if r.met == nil {
			return
		}
		if r.met[h.file] == nil {
			r.met[h.file] = &secretList{}
		}
		r.met[h.file].add(b, whole)
	}
	f, err := in.framer(rc, buffer, func(typ uint32, data []byte, whole bool) { h.secrets(SecretBlock{in.name(), typ, data, 0}, whole) })
	if err != nil {
		r.ended(h, err)
		rc.Close()
		return false
	}
	h.framer, h.closer = f, rc
	r.started++
	return true
}

// ended notes why an input cannot be read on: as its Cut, or, where that is no fault of the capture, as the error of the pass. A pipe is copied to
// its end in any case: who writes it need not know what is wrong with it.
func (r *Reader) ended(h *head, err error) {
	if errors.Is(err, errStopped) { // though the copy may have ended since
		r.err = errStopped
		return
	}
	if h.pipe != nil {
		if r.err = h.pipe.in.pipe.await(r.stop); r.err != nil {
			return
		}
	}
	if h.remote != nil && h.remote.err != nil {
		r.err = &InputError{h.remote.Path, cause(h.remote.err), ""}
		return
	}
	if err != io.EOF {
		r.src.addCut(h.file, err)
	}
}

// first returns the head that has the next packet of all, which is read; nil at the end.
func (r *Reader) first() *head {
	for {
		if len(r.heads) == 0 && r.src.live != nil {
			r.err = r.openLive()
		}
		if len(r.heads) == 0 && r.err == nil {
			r.src.passed(r.met)
		}
		if len(r.heads) == 0 || r.err != nil {
			return nil
		}
		h := r.heads[0]
		switch {
		case h.framer == nil:
			if !r.start(h) {
				heap.Pop(&r.heads)
				continue
			}
		case !h.empty:
			return h
		}
		r.advance(h)
	}
}

// advance reads the next packet of h, the first of the heads, and puts h where it belongs by it, or away at its end.
func (r *Reader) advance(h *head) {
	own := h.packet.Data
	if !r.next(h, &h.packet) {
		return
	}
	h.packet.Data, h.empty = append(own[:0], h.packet.Data...), false
	heap.Fix(&r.heads, 0)
}

// next reads the next packet of h, the first of the heads, into p, whose Data stays in the buffer of the input. At the end it takes h away and
// reports false.
func (r *Reader) next(h *head, p *Packet) bool {
	err := h.framer.next(p)
	if err == nil {
		h.frames++
		if skew := r.src.inputs[h.file].skew; skew != 0 {
			p.Time = p.Time.Add(-skew)
		}
		h.time, p.File, p.FileFrame = p.Time, h.file, h.frames
		if m := xfrmMessages(p); m != nil {
			h.secrets(r.src.inputs[h.file].toldBy(h.frames, m), true)
		}
		in := h.framer.input()
		p.Place = Place{in.record, in.off, in.bound}
		return true
	}
	if r.src.live == nil || r.src.live.ctx.Err() == nil { // else a packet may be on its way
		r.ended(h, err)
	}
	h.closer.Close()
	r.started--
	heap.Pop(&r.heads)
	return false
}

// Next returns the next packet, io.EOF at the end. The packet is the caller's. A file that is truncated ends early;
// Source.Cuts says where.
func (r *Reader) Next() (*Packet, error) {
	p := new(Packet)
	if err := r.Read(p); err != nil {
		return nil, err
	}
	return p, nil
}

// Read is Next into a packet that the caller has: p.Data is overwritten if it has room. It is for passes that keep
// nothing of a packet, and allocates nothing.
func (r *Reader) Read(p *Packet) error {
	h := r.first()
	if h == nil {
		r.Close()
		return cmp.Or(r.err, io.EOF)
	}
	*p, h.packet = h.packet, *p // h overwrites the buffer that p brought
	h.empty = true
	r.count(h, p)
	return nil
}

// count numbers a packet.
func (r *Reader) count(h *head, p *Packet) {
	switch {
	case h.before:
		r.number = min(r.number+1, 0)
	case r.number < 0:
		r.number = 1
	default:
		r.number++
	}
	p.Number = r.number
}

// A Batch is packets that were read together. Its buffers are used again.
type Batch struct {
	Packets []Packet // their Data are slices of the Batch's buffers
	buf     []byte
}

const (
	batchPackets = 512 // at most
	batchBytes   = streamBuffer
)

// ReadBatch reads the next packets into b, at least one, and copies none where a single input is being read. What the Batch had is
// gone. At the end the error is io.EOF.
func (r *Reader) ReadBatch(b *Batch) error {
	b.Packets = b.Packets[:0]
	for len(b.Packets) == 0 {
		if r.err == nil && len(r.heads) > 0 && r.heads[0].framer != nil && r.started == 1 {
			r.batchOfOne(b)
			continue
		}
		h := r.first()
		if h == nil {
			r.Close()
			return cmp.Or(r.err, io.EOF)
		}
		if r.started > 1 {
			return r.batchOfMany(b)
		}
	}
	return nil
}

// batchOfMany is ReadBatch of several inputs, whose packets are copied.
func (r *Reader) batchOfMany(b *Batch) error {
	b.buf = slices.Grow(b.buf[:0], batchBytes)
	var p Packet
	for len(b.Packets) < batchPackets {
		h := r.first()
		if h == nil || len(b.Packets) > 0 && cap(b.buf)-len(b.buf) < len(h.packet.Data) {
			break
		}
		p.Data = r.taken
		if err := r.Read(&p); err != nil {
			return err
		}
		r.taken = p.Data
		at := len(b.buf)
		b.buf = append(b.buf, p.Data...)
		p.Data = b.buf[at:len(b.buf):len(b.buf)]
		b.Packets = append(b.Packets, p)
	}
	return nil
}

// batchOfOne is ReadBatch of the only input that is being read, up to the first packet of the next one, or its end.
func (r *Reader) batchOfOne(b *Batch) {
	h := r.heads[0]
	s := h.framer.input()
	s.use(b.buf[:cap(b.buf)])
	if !h.empty { // was read ahead
		h.empty = true
		r.count(h, &h.packet)
		h.packet.Data = bytes.Clone(h.packet.Data)
		b.Packets = append(b.Packets, h.packet)
	}
	for len(b.Packets) < batchPackets && (len(b.Packets) == 0 || !s.used() && !h.waits()) {
		b.Packets = append(b.Packets, Packet{})
		p := &b.Packets[len(b.Packets)-1]
		if !r.next(h, p) {
			b.Packets = b.Packets[:len(b.Packets)-1]
			break
		}
		if !r.isFirst() { // its turn comes later
			h.packet, h.empty = *p, false
			h.packet.Data = bytes.Clone(p.Data)
			b.Packets = b.Packets[:len(b.Packets)-1]
			heap.Fix(&r.heads, 0)
			b.buf = s.buf
			s.leave()
			return
		}
		r.count(h, p)
	}
	b.buf = s.buf
}

// waits reports whether the next packet, or a part of it, may have still to come by a pipe: those before it do not wait for it. What is compressed tells
// only by waiting.
func (h *head) waits() bool {
	return h.pipe != nil && !h.framer.ready() && (h.pipe.in.compression != nil || h.pipe.waits())
}

// isFirst reports whether the first of the heads still is after its time has changed.
func (r *Reader) isFirst() bool {
	for i := 1; i < min(3, len(r.heads)); i++ {
		if r.heads.Less(i, 0) {
			return false
		}
	}
	return true
}

// MetSecrets reports whether the pass has met Decryption Secrets Blocks behind the first packet of their file: those that
// Source.FrontSecretBlocks leaves out.
func (r *Reader) MetSecrets() bool { return r.secrets }

// BytesRead is how much of Source.Size the pass has read; it may be asked for while another goroutine reads.
func (r *Reader) BytesRead() int64 { return r.read.Load() }

// Close ends the pass before its end.
func (r *Reader) Close() error {
	for _, h := range r.heads {
		if h.closer != nil {
			h.closer.Close()
		}
	}
	r.heads = nil
	r.src.mu.Lock()
	delete(r.src.readers, r)
	r.src.mu.Unlock()
	return nil
}

// A headHeap orders inputs by the time of their next packet, those of one time by their rank.
type headHeap []*head

func (h headHeap) Len() int { return len(h) }
func (h headHeap) Less(i, j int) bool {
	if h[i].before != h[j].before {
		return h[i].before
	}
	if a, b := h[i].time, h[j].time; !a.Equal(b) {
		return a.Before(b)
	}
	return h[i].rank < h[j].rank
}
func (h headHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *headHeap) Push(x any)   { *h = append(*h, x.(*head)) }
func (h *headHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
