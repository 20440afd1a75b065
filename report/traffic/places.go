package traffic

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// Places tell which of two capture files have the packets of a flow: they were made at two places between the same hosts. Of more files that have something of
// two hosts those two count that had it first.
type Places struct {
	flows map[Flow]*Placed
	order []*Placed
	pairs map[[2]netip.Addr]*placedPair // the lower address first
}

// Placed is a flow by the capture files.
type Placed struct {
	Flow        Flow
	Packets     int    // each once
	Copied      int    // of them, that another file has as well
	Files       [2]int // its packets in each of both files
	First, Last esp.Point
	third       time.Time // when there were few of them

	copies  [2]int // the packets of a file that the other one had first
	numbers [2]span
	all     span // of both files
}

// A span counts packets by their sequence numbers.
type span struct {
	low, high uint32
	packets   int
}

func (s *span) add(seq uint32) {
	if s.packets++; s.packets == 1 {
		s.low, s.high = seq, seq
	}
	s.low, s.high = min(s.low, seq), max(s.high, seq)
}

// size is how many there would be with none missing.
func (s *span) size() int { return int(min(int64(s.high)-int64(s.low)+1, math.MaxInt32)) }

func (s *span) missing() int { return max(s.size()-s.packets, 0) }

type placedPair struct {
	files  []int   // at most two, in the order in which they had something of the two hosts
	copied int     // IKE messages that both files have
	ipsec  [2]bool // a file has ESP or AH
	// first and last are the times of what a file has of the two hosts.
	first, last [2]time.Time
}

// item takes a datagram of a file in.
func (w *Places) item(it *ikedecode.Item, file int) {
	d := it.Datagram
	f, ok := FlowOf(it)
	if !ok && d.Kind != capture.IKE || f.Protocol == esp.IPComp {
		return
	}
	pair := w.pair(d.Src.Addr(), d.Dst.Addr())
	if pair == nil {
		return
	}
	place, known := pair.place(file)
	if !known {
		return
	}
	if pair.last[place] = d.Time; pair.first[place].IsZero() {
		pair.first[place] = d.Time
	}
	switch {
	case !ok && d.Elsewhere:
		pair.copied++
	case ok:
		pair.ipsec[place] = true
		w.packet(f, d, place)
	}
}

// place is which of both files a file is; known is false for a further one.
func (p *placedPair) place(file int) (place int, known bool) {
	if i := slices.Index(p.files, file); i >= 0 {
		return i, true
	}
	if len(p.files) == cap(p.files) {
		return 0, false
	}
	p.files = append(p.files, file)
	return len(p.files) - 1, true
}

// FilesOf are the indexes of the two files that a flow is looked for in.
func (w *Places) FilesOf(f Flow) (files [2]int) {
	if p := w.pair(f.Src, f.Dst); p != nil {
		copy(files[:], p.files)
	}
	return files
}

func (w *Places) pair(a, b netip.Addr) *placedPair {
	if b.Less(a) {
		a, b = b, a
	}
	p := w.pairs[[2]netip.Addr{a, b}]
	if p == nil && len(w.pairs) < maxPairs {
		if w.pairs == nil {
			w.pairs, w.flows = make(map[[2]netip.Addr]*placedPair), make(map[Flow]*Placed)
		}
		p = &placedPair{files: make([]int, 0, 2)}
		w.pairs[[2]netip.Addr{a, b}] = p
	}
	return p
}

func (w *Places) packet(f Flow, d *capture.Datagram, place int) {
	p := w.flows[f]
	now := esp.Point{Frame: d.Frame, Time: d.Time}
	switch {
	case p == nil && len(w.flows) >= maxCounters:
		return
	case p == nil:
		p = &Placed{Flow: f, First: now}
		w.flows[f], w.order = p, append(w.order, p)
	}
	p.Files[place]++
	p.number(d, place)
	switch {
	case d.Elsewhere:
		p.Copied++
	case !d.Repeat:
		if p.Packets++; p.Packets == fewPackets {
			p.third = d.Time
		}
		p.Last = now
	}
}

// number takes the sequence number of a packet in.
func (p *Placed) number(d *capture.Datagram, file int) {
	seq, _, ok := wireNumber(p.Flow.Protocol, d.Payload)
	if !ok || d.Repeat && !d.Elsewhere {
		return
	}
	if p.numbers[file].add(seq); d.Elsewhere {
		p.copies[file]++
		return
	}
	p.all.add(seq)
}

// Lacking is how many packets of the flow, of so many, a file lacks between its first one and its last one that the other file has, at the least. far is true where the
// other one had the packets first.
func (p *Placed) Lacking(file int) (lost, of int, far bool) {
	own := &p.numbers[file]
	return max(own.missing()-p.all.missing(), 0), own.size(), p.copies[file] > p.copies[1-file]
}

// Both are the flows of which two files have packets.
func (w *Places) Both() (list []*Placed) {
	for _, p := range w.order {
		if p.Copied > 0 {
			list = append(list, p)
		}
	}
	return list
}

// fewPackets are enough to say that none of a flow arrived.
const fewPackets = 3

// Lost are the flows that one of two files has and the other, though it has the IKE of the same hosts, and other ESP or AH of them, at that time, has not.
func (w *Places) Lost() (list []*Placed) {
	for _, p := range w.order {
		pair := w.pair(p.Flow.Src, p.Flow.Dst)
		lack := 1
		if p.Files[0] == 0 {
			lack = 0
		}
		alone := p.Copied == 0 && p.Files[lack] == 0 && p.Packets >= fewPackets
		if alone && pair.copied >= 2 && pair.ipsec[lack] && !pair.first[lack].After(p.First.Time) && pair.last[lack].After(p.third) {
			list = append(list, p)
		}
	}
	return list
}
