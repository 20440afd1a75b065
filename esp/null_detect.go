package esp

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
)

// A NullDetector finds ESP flows with NULL encryption by their content (RFC 5879), where nobody has keys. It may be used in two
// ways. In one pass: a Table that has it as NullDetector decrypts a flow's packets from the one on that makes its verdict sure,
// mostly the first or second. In two passes: Observe takes all packets in, Freeze ends that, and then the Table decrypts the flow
// from its first packet on.
//
// Of each packet the evidence is counted under each geometry, that is place of payload and trailer, in bits: next header, pad
// length and padding; inner lengths; the inner header's checksum, the transport's over the inner or outer pseudo-header; inner
// addresses and ports like those before. The verdict is open again when later packets do not match.
//
// A NullDetector may be used by several goroutines.
type NullDetector struct {
	opt  NullOptions
	seed maphash.Seed

	mu    sync.RWMutex // guards flows, clock, hand, count
	flows map[flowKey]*nullFlow
	clock []*nullFlow
	hand  int
	count int
	cache [cacheSize]atomic.Pointer[nullFlow] // of flows by SPI: most packets follow one of their flow
}

const cacheSize = 256

// NewNullDetector returns a detector that knows no flow.
func NewNullDetector(opt NullOptions) *NullDetector {
	if opt.MaxFlows <= 0 {
		opt.MaxFlows = defaultNullFlows
	}
	return &NullDetector{opt: opt, seed: maphash.MakeSeed(), flows: make(map[flowKey]*nullFlow)}
}

// Observe weighs an ESP packet. Of one that the capture has cut a tunnel's headers can tell.
func (d *NullDetector) Observe(pkt *Packet) {
	if pkt.Proto != ESP || !judgeable(pkt, pkt.Payload) {
		return
	}
	k := flowKey{keyOf(ESP, binary.BigEndian.Uint32(pkt.Payload)), normalAddr(pkt.Src), normalAddr(pkt.Dst)}
	f := d.lock(k)
	defer f.mu.Unlock()
	if !f.fixed {
		f.observe(d.seed, pkt, pkt.Payload)
	}
}

// judgeable reports whether there is anything to weigh: of a packet that was cut only where its length is known.
func judgeable(pkt *Packet, body []byte) bool {
	return len(body) >= espHeader && (!pkt.Cut || wireLength(pkt) >= len(body))
}

// Freeze keeps the verdicts of all flows as they are, for a second pass over the same packets.
func (d *NullDetector) Freeze() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.clock {
		f.mu.Lock()
		f.fixed = true
		f.mu.Unlock()
	}
}

// Flows returns all flows that are remembered, in the order in which they were first seen.
func (d *NullDetector) Flows() []NullFlow {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := append([]*nullFlow(nil), d.clock...)
	slices.SortFunc(list, func(a, b *nullFlow) int { return cmp.Compare(a.order, b.order) })
	out := make([]NullFlow, len(list))
	for i, f := range list {
		f.mu.Lock()
		out[i] = f.report()
		f.mu.Unlock()
	}
	return out
}

// lock returns the flow of k, locked.
func (d *NullDetector) lock(k flowKey) *nullFlow {
	slot := &d.cache[k.spi()%cacheSize]
	f := slot.Load()
	for {
		if f == nil {
			f = d.find(k)
			slot.Store(f)
		}
		f.mu.Lock()
		if f.key == k {
			if !f.used.Load() {
				f.used.Store(true)
			}
			return f
		}
		f.mu.Unlock() // another one in the slot, or forgotten meanwhile
		f = nil
	}
}

// find returns the flow of k, made if need be.
func (d *NullDetector) find(k flowKey) *nullFlow {
	d.mu.RLock()
	f := d.flows[k]
	d.mu.RUnlock()
	if f == nil {
		f = d.enter(k)
	}
	return f
}

// enter makes a flow for k; where there are too many, in place of one that was not used for a while.
func (d *NullDetector) enter(k flowKey) *nullFlow {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.flows[k]; f != nil {
		return f
	}
	var f *nullFlow
	if len(d.clock) < d.opt.MaxFlows {
		f = new(nullFlow)
		d.clock = append(d.clock, f)
	} else {
		f = d.oldest()
	}
	f.mu.Lock()
	if d.flows[f.key] == f {
		delete(d.flows, f.key)
	}
	f.reset(k, d.count)
	f.mu.Unlock()
	d.count++
	d.flows[k] = f
	f.used.Store(true)
	return f
}

// oldest turns the hand of the clock to a flow that was not used since it passed it.
func (d *NullDetector) oldest() *nullFlow {
	for {
		f := d.clock[d.hand]
		d.hand = (d.hand + 1) % len(d.clock)
		if !f.used.Swap(false) {
			return f
		}
	}
}
