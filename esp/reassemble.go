package esp

import (
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// A block of an AGGFRAG payload that does not end there goes on in the payload with the next sequence number; all-pad payloads may stand in
// between (RFC 9347, section 2.2.3). Payloads come out of order, too: what cannot be used yet waits for its turn, and a packet comes out
// with the frame that completes it.

const (
	maxWaiting         = 1 << 20 // bytes of an SA that wait for others
	maxWaitingTable    = 1 << 28 // of all SAs of a table
	MaxAggregateFrames = 16      // frames that are kept as evidence
)

// A reassembly is what an SA keeps of its AGGFRAG payloads.
type reassembly struct {
	stats   AggregateStats
	any     bool
	top     uint64            // highest sequence number
	low     uint64            // up to the next window's edge all has been looked at: numbers below are done with
	late    uint64            // the last number below the window
	seen    map[uint64]uint64 // payloads in the window, by sequence number, as hashes
	open    map[uint64]*split // packets that lack an end, by the number that goes on
	held    map[uint64]*piece // payloads that go on from one that has not come
	waiting int               // bytes in open and held
	budget  *atomic.Int64     // of the table: bytes that may wait
	past    passed
}

// A split is an inner packet over several payloads as far as it has come.
type split struct {
	buf    []byte
	need   int // length of the packet; 0: its header does not say yet
	frames []int
}

// A piece is what a payload has of a block before it. Of an all-pad one it is nothing.
type piece struct {
	offset int
	size   int // of the payload's blocks
	lead   []byte
	frame  int
	cut    bool
	pad    bool
}

// ends reports whether the block before ends in the payload.
func (p *piece) ends() bool { return p.offset > 0 && p.offset <= p.size }

// newWaiting is how many bytes of AGGFRAG payloads the SAs of a table may keep.
func newWaiting() *atomic.Int64 {
	b := new(atomic.Int64)
	b.Store(maxWaitingTable)
	return b
}

// seed is for hashes that live as long as the program.
var seed = maphash.MakeSeed()

// aggregate takes an AGGFRAG payload of sa in.
func (sa *SA) aggregate(t *Table, a *Aggregate, data []byte, pkt *Packet, l *Layer) {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	s := sa.seen()
	if s.agg == nil {
		s.agg = &reassembly{budget: t.waiting, seen: make(map[uint64]uint64), open: make(map[uint64]*split), held: make(map[uint64]*piece)}
	}
	a.fill(s.agg, data, pkt, l.Seq)
	for i := range a.Packets {
		s.carry(l.Next, upper(l.Next, a.Packets[i].IP), len(a.Packets[i].IP))
	}
	if a.PaddingOnly() {
		s.few().Dummies++
	}
}

// fill reads a payload. r is nil where nothing is kept between payloads.
func (a *Aggregate) fill(r *reassembly, data []byte, pkt *Packet, seq uint64) {
	p := parseAggfrag(data)
	a.Congestion, a.Err = p.congestion, p.err
	if r == nil {
		for _, b := range p.whole {
			a.add(b, nil)
		}
		a.Partial = len(p.lead)+len(p.tail) > 0
		return
	}
	r.stats.Payloads++
	if p.congestion {
		r.stats.Congestion++
	}
	followed, duplicate := r.arrives(seq, data, pkt)
	if a.Duplicate = duplicate; duplicate {
		return
	}
	a.Partial = len(p.lead)+len(p.tail) > 0
	if followed {
		r.goesOn(a, seq, &piece{offset: p.offset, size: p.size, lead: p.lead, frame: pkt.Frame, cut: pkt.Cut, pad: p.padding()})
	}
	for _, b := range p.whole {
		a.add(b, nil)
	}
	if followed && len(p.tail) > 0 {
		if pkt.Cut {
			r.lost(pkt.Frame)
		} else {
			r.begins(a, seq, p.tail, pkt.Frame)
		}
	}
	r.count(a, pkt.Frame)
}

// add takes a whole inner packet in.
func (a *Aggregate) add(packet []byte, frames []int) {
	if _, ok := ip.Parse(packet); !ok {
		a.Err = errAggfragLength
		return
	}
	a.Packets = append(a.Packets, AggregatePacket{IP: packet, Frames: frames})
}

// arrives moves the window to seq. followed is false for a payload below it, which others cannot go on from any more.
func (r *reassembly) arrives(seq uint64, data []byte, pkt *Packet) (followed, duplicate bool) {
	sum := maphash.Bytes(seed, data)
	if pkt.Cut {
		sum = 0 // another copy may have more of it
	}
	had, ok := r.seen[seq]
	switch {
	case !r.any:
		r.start(seq)
	case ok && (had == sum || had == 0 || pkt.Cut):
		return false, true
	case ok:
		r.forget() // the sender has begun anew
		r.start(seq)
	case seq+windowBits <= r.top:
		if again := seq == r.late+1; !again {
			r.late = seq
			return false, false
		}
		r.forget()
		r.start(seq)
	case seq > r.top:
		r.advance(seq)
	}
	r.seen[seq] = sum
	return true, false
}

func (r *reassembly) start(seq uint64) {
	r.any, r.top, r.late = true, seq, 0
	r.low = seq - min(seq, windowBits-1)
	r.past = passed{going: true}
}

// advance makes seq the highest number and gives up what leaves the window.
func (r *reassembly) advance(seq uint64) {
	r.top = seq
	low := seq - min(seq, windowBits-1)
	if low-r.low > windowBits {
		for _, n := range r.numbers() {
			if n < low {
				r.leave(n)
			}
		}
	} else {
		for n := r.low; n < low; n++ {
			r.leave(n)
		}
	}
	r.low = low
}

// numbers are those that something is kept for, in order.
func (r *reassembly) numbers() (list []uint64) {
	for n := range r.seen {
		list = append(list, n)
	}
	for n := range r.open {
		list = append(list, n)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// leave gives up what waits at a number.
func (r *reassembly) leave(n uint64) {
	if frame := r.past.pass(r, n); frame != 0 {
		r.lost(frame)
	}
	delete(r.seen, n)
	if c := r.open[n]; c != nil {
		r.free(len(c.buf))
		delete(r.open, n)
	}
	if p := r.held[n]; p != nil {
		r.free(len(p.lead))
		delete(r.held, n)
	}
}

// forget gives up everything.
func (r *reassembly) forget() {
	for _, n := range r.numbers() {
		r.leave(n)
	}
}

// keep reports whether n more bytes may wait.
func (r *reassembly) keep(n int) bool {
	if r.waiting+n > maxWaiting || r.budget.Load() < int64(n) {
		return false
	}
	r.waiting += n
	r.budget.Add(-int64(n))
	return true
}

func (r *reassembly) free(n int) {
	r.waiting -= n
	r.budget.Add(int64(n))
}

// begins takes the front of a packet in that ends in later payloads, which may be there.
func (r *reassembly) begins(a *Aggregate, seq uint64, tail []byte, frame int) {
	if !r.keep(len(tail)) {
		r.lost(frame)
		return
	}
	c := &split{buf: clone(tail), frames: []int{frame}}
	c.need, _ = blockLength(tail) // was read before
	r.follow(a, seq+1, c)
}

// goesOn takes what a payload has of the block before it.
func (r *reassembly) goesOn(a *Aggregate, seq uint64, p *piece) {
	c := r.open[seq]
	switch {
	case c == nil && p.offset == 0 && !p.pad: // begins with a block of its own
	case c == nil:
		if !r.keep(len(p.lead)) {
			r.lost(p.frame)
			return
		}
		p.lead = clone(p.lead)
		r.held[seq] = p
	default:
		delete(r.open, seq)
		if c, seq = r.join(a, c, p, seq); c != nil {
			r.follow(a, seq, c)
		}
	}
}

// follow adds the payloads that go on from a packet to it, as far as they have come.
func (r *reassembly) follow(a *Aggregate, seq uint64, c *split) {
	for c != nil {
		p := r.held[seq]
		if p == nil {
			if _, here := r.seen[seq]; here {
				r.broken(a, c, errAggfragEnd)
				return
			}
			r.open[seq] = c
			return
		}
		delete(r.held, seq)
		r.free(len(p.lead))
		c, seq = r.join(a, c, p, seq)
	}
}

// join adds a piece to a packet. What is returned is the packet, if it lacks more, and the number that goes on.
func (r *reassembly) join(a *Aggregate, c *split, p *piece, seq uint64) (*split, uint64) {
	switch {
	case p.pad:
		return c, seq + 1
	case p.offset == 0:
		r.broken(a, c, errAggfragEnd)
		return nil, 0
	case p.cut && !p.ends():
		r.broken(a, c, nil)
		return nil, 0
	case !r.keep(len(p.lead)):
		r.broken(a, c, nil)
		return nil, 0
	}
	before := len(c.buf)
	c.buf = append(c.buf, p.lead...)
	if len(p.lead) > 0 {
		c.frames = append(c.frames, p.frame)
	}
	if c.need == 0 {
		var err error
		if c.need, err = blockLength(c.buf); err != nil {
			r.broken(a, c, err)
			return nil, 0
		}
	}
	switch {
	case c.need == 0 && p.ends(), c.need > 0 && c.need-before != p.offset:
		r.broken(a, c, errAggfragOffset)
	case len(c.buf) == c.need:
		r.free(len(c.buf))
		slices.Sort(c.frames)
		a.add(c.buf, slices.Compact(c.frames))
	default:
		return c, seq + 1
	}
	return nil, 0
}

// broken gives a packet up that a later payload contradicts, or lacks an end of.
func (r *reassembly) broken(a *Aggregate, c *split, err error) {
	r.free(len(c.buf))
	r.lost(c.frames[0])
	if a.Err == nil {
		a.Err = err
	}
}
