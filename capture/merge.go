package capture

import (
	"bytes"
	"container/heap"
	"errors"
	"io"
	"slices"
	"sync/atomic"
)

// A Reader is one pass over all packets of a Source.
type Reader struct {
	src    *Source
	heads  headHeap // the inputs that have packets left, the earliest first
	number int
	read   atomic.Int64
	taken  []byte // a buffer for the next Read of ReadBatch
}

// A head is an input and its next packet.
type head struct {
	file   int
	frames int // read so far
	framer framer
	closer io.Closer
	packet Packet
	empty  bool // packet was taken already: by ReadBatch, which reads none ahead
}

// Reader starts a pass over all packets.
func (s *Source) Reader() (*Reader, error) {
	r := &Reader{src: s}
	s.mu.Lock()
	s.readers[r] = true
	s.mu.Unlock()
	for i, in := range s.inputs {
		if in.file == nil {
			r.Close()
			return nil, in.fail(errors.New("the source is closed"), "")
		}
		if h := r.head(i); h != nil {
			r.heads = append(r.heads, h)
		}
	}
	heap.Init(&r.heads)
	return r, nil
}

// head starts a pass over input i and reads its first packet; nil if there is none.
func (r *Reader) head(i int) *head {
	s := r.src
	in := s.inputs[i]
	rc, err := in.reader(&r.read)
	if err != nil {
		s.addCut(i, err)
		return nil
	}
	f, err := in.framer(rc, nil)
	if err != nil {
		s.addCut(i, err)
		rc.Close()
		return nil
	}
	h := &head{file: i, framer: f, closer: rc}
	if !h.advance(s) {
		return nil
	}
	return h
}

// advance reads the next packet of the input. It reports false at the end of it.
func (h *head) advance(s *Source) bool {
	own := h.packet.Data
	if !h.next(s, &h.packet) {
		return false
	}
	h.packet.Data = append(own[:0], h.packet.Data...)
	return true
}

// next reads the next packet of the input into p, whose Data stays in the buffer of the input. It reports false at the end.
func (h *head) next(s *Source, p *Packet) bool {
	err := h.framer.next(p)
	if err == nil {
		h.frames++
		p.File, p.FileFrame = h.file, h.frames
		return true
	}
	if err != io.EOF {
		s.addCut(h.file, err)
	}
	h.closer.Close()
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
	if len(r.heads) == 0 {
		r.Close()
		return io.EOF
	}
	h := r.heads[0]
	if h.empty {
		h.empty = false
		if !h.advance(r.src) {
			r.heads = nil
			r.Close()
			return io.EOF
		}
	}
	*p, h.packet = h.packet, *p // h overwrites the buffer that p brought
	r.number++
	p.Number = r.number
	more := h.advance(r.src)
	switch {
	case len(r.heads) == 1 && more:
	case more:
		heap.Fix(&r.heads, 0)
	default:
		heap.Pop(&r.heads)
	}
	return nil
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

// ReadBatch reads the next packets into b, at least one, and copies none where a single input is left. What the Batch had is
// gone. At the end the error is io.EOF.
func (r *Reader) ReadBatch(b *Batch) error {
	b.Packets = b.Packets[:0]
	if len(r.heads) == 1 {
		return r.batchOfOne(b)
	}
	b.buf = slices.Grow(b.buf[:0], batchBytes)
	var p Packet
	for len(b.Packets) < batchPackets && len(r.heads) > 0 && cap(b.buf)-len(b.buf) >= len(r.heads[0].packet.Data) || len(b.Packets) == 0 {
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

// batchOfOne is ReadBatch of the only input that is left.
func (r *Reader) batchOfOne(b *Batch) error {
	h := r.heads[0]
	s := h.framer.input()
	s.use(b.buf[:cap(b.buf)])
	if !h.empty { // was read ahead
		h.empty = true
		r.number++
		h.packet.Number = r.number
		h.packet.Data = bytes.Clone(h.packet.Data)
		b.Packets = append(b.Packets, h.packet)
	}
	for len(b.Packets) < batchPackets && (len(b.Packets) == 0 || !s.used()) {
		b.Packets = append(b.Packets, Packet{})
		p := &b.Packets[len(b.Packets)-1]
		if !h.next(r.src, p) {
			b.Packets = b.Packets[:len(b.Packets)-1]
			r.heads = nil
			r.Close()
			break
		}
		r.number++
		p.Number = r.number
	}
	b.buf = s.buf
	if len(b.Packets) == 0 {
		return io.EOF
	}
	return nil
}

// BytesRead is how much of Source.Size the pass has read; it may be asked for while another goroutine reads.
func (r *Reader) BytesRead() int64 { return r.read.Load() }

// Close ends the pass before its end.
func (r *Reader) Close() error {
	for _, h := range r.heads {
		h.closer.Close()
	}
	r.heads = nil
	r.src.mu.Lock()
	delete(r.src.readers, r)
	r.src.mu.Unlock()
	return nil
}

// A headHeap orders inputs by the time of their next packet, those of one time by the order of the inputs.
type headHeap []*head

func (h headHeap) Len() int { return len(h) }
func (h headHeap) Less(i, j int) bool {
	if a, b := h[i].packet.Time, h[j].packet.Time; !a.Equal(b) {
		return a.Before(b)
	}
	return h[i].file < h[j].file
}
func (h headHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *headHeap) Push(x any)   { *h = append(*h, x.(*head)) }
func (h *headHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
