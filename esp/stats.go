package esp

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// Stats are the traffic of an SA, in the order in which Open saw it.
type Stats struct {
	Packets     int   // that it opened, or that stayed closed and fit it best
	Bytes       int64 // of them, from the SPI (AH: its header) to the end
	Opened      int
	OpenedBytes int64 // of plaintext
	ICVFailures int
	Malformed   int // too short, no whole blocks, bad pad length, damaged deflate data
	Implausible int // SAs without ICV only: nothing sensible came out
	Cut         int // that the capture cut short
	CutOpened   int // of them opened in part
	Dummies     int // next header 59 (RFC 4303, section 2.6)
	First, Last Point

	// Of opened packets, by sequence number; with ESN all 64 bits.
	MinSeq uint64
	MaxSeq uint64
	Lost   uint64 // numbers between MinSeq and MaxSeq that no packet had
	// Gaps are jumps over numbers when a packet came; some are filled later, by Reordered packets.
	Gaps       int
	LargestGap uint64
	// Duplicates have a number seen before. Repeats of them the capture shows twice (Packet.Repeat); Replays are the rest:
	// duplicated on the way, or an attack.
	Duplicates int
	Repeats    int
	Replays    int
	// Reordered packets came after a higher number (RFC 4737, section 3), at most MaxReorder below it.
	Reordered  int
	MaxReorder uint64
	// Late[i] are those of them that a receiver with a window of Windows[i] drops (RFC 4303, section 3.4.3).
	Late [6]int

	// Inner is what was carried, at most maxInner kinds; InnerMore counts packets of other kinds.
	Inner     []Traffic
	InnerMore int

	// Proven says that the keys are right: an ICV fitted, or, on an SA without one, several packets had right padding around a
	// plausible packet.
	Proven    bool
	plausible int
	distinct  uint64 // opened packets without Duplicates
}

// Windows are the sizes of replay windows, in packets, that Stats.Late is counted for.
var Windows = [len(Stats{}.Late)]uint64{32, 64, 128, 256, 512, 1024}

// Traffic is one kind of content of an SA.
type Traffic struct {
	Next     uint8 // next header
	Protocol uint8 // of the IP packet inside where Next is 4 or 41, else Next again
	Packets  int
	Bytes    int64 // of plaintext
}

// maxInner bounds Stats.Inner.
const maxInner = 64

// A Point is a packet's place in the capture.
type Point struct {
	Frame int
	Time  time.Time
}

// provenAfter is how many plausible packets prove an SA that has no ICV.
const provenAfter = 3

// traffic is what an SA keeps of its packets.
type traffic struct {
	Stats
	win window
}

// seen is sa's traffic. Its lock is held.
func (sa *SA) seen() *traffic {
	if sa.traffic == nil {
		sa.traffic = new(traffic)
	}
	return sa.traffic
}

// Stats returns what was counted so far.
func (sa *SA) Stats() Stats {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	if sa.traffic == nil {
		return Stats{}
	}
	s := sa.traffic.Stats
	s.Inner = slices.Clone(s.Inner)
	if span := s.MaxSeq - s.MinSeq + 1; s.distinct > 0 && span > s.distinct {
		s.Lost = span - s.distinct
	}
	return s
}

// Proven reports whether the keys are known to be right (see Stats).
func (sa *SA) Proven() bool {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	return sa.traffic != nil && sa.traffic.Proven
}

// saw counts a packet that was tried with sa first.
func (sa *SA) saw(pkt *Packet, n int) {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	s := sa.seen()
	p := Point{pkt.Frame, pkt.Time}
	if s.Packets == 0 {
		s.First = p
	}
	s.Last = p
	s.Packets++
	s.Bytes += int64(n)
}

// failed counts why sa did not open a packet.
func (sa *SA) failed(err error) {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	s := sa.seen()
	switch err {
	case ErrICV:
		s.ICVFailures++
	case ErrCut:
		s.Cut++
	case ErrImplausible, errPadPattern:
		s.Implausible++
	default:
		s.Malformed++
	}
}

// opened counts a packet that sa opened to data and reports whether its sequence number was seen before.
func (sa *SA) opened(l *Layer, data []byte, pkt *Packet) (duplicate bool) {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	s := sa.seen()
	s.Opened++
	s.OpenedBytes += int64(len(data))
	if l.Next == ip.ProtoNoNext {
		s.Dummies++
	}
	s.carry(l.Next, data)
	switch {
	case pkt.Cut:
		s.Cut++
		s.CutOpened++ // proves nothing
	case sa.bare: // there are no keys to prove
	case l.Verified:
		s.Proven = true
		sa.reached(l)
	default:
		s.plausible++
		s.Proven = s.Proven || s.plausible >= provenAfter
	}
	if sa.Protocol == IPComp {
		return false // has no sequence numbers
	}
	return s.sequence(&s.win, l.Seq, pkt.Repeat)
}

// reached notes the sequence number of a verified packet if it is the highest so far.
func (sa *SA) reached(l *Layer) {
	if l.Seq+1 > sa.top.Load() {
		sa.extended.Store(l.Extended)
		sa.top.Store(l.Seq + 1)
	}
}

// carry counts what a packet carries.
func (s *Stats) carry(next uint8, data []byte) {
	proto := next
	if next == ip.ProtoIPv4 || next == ip.ProtoIPv6 {
		if h, ok := ip.ParseWhole(data); ok {
			proto = h.Proto
		}
	}
	i := 0
	for i < len(s.Inner) && (s.Inner[i].Next != next || s.Inner[i].Protocol != proto) {
		i++
	}
	if i == maxInner {
		s.InnerMore++
		return
	}
	if i == len(s.Inner) {
		s.Inner = append(s.Inner, Traffic{Next: next, Protocol: proto})
	}
	s.Inner[i].Packets++
	s.Inner[i].Bytes += int64(len(data))
}

// usual is the next header that most packets had.
func (s *Stats) usual() (next uint8, ok bool) {
	var sum [256]int
	for _, t := range s.Inner {
		if t.Next != ip.ProtoNoNext {
			sum[t.Next] += t.Packets
		}
	}
	for n, packets := range sum {
		if packets > sum[next] {
			next = uint8(n)
		}
	}
	return next, sum[next] > 0
}

// sequence counts a sequence number and reports whether it was seen before.
func (s *Stats) sequence(w *window, seq uint64, repeat bool) (duplicate bool) {
	var behind uint64
	if w.any && seq < w.top {
		behind = w.top - seq
	}
	if w.any && seq > w.top && seq-w.top > 1 {
		s.Gaps++
		s.LargestGap = max(s.LargestGap, seq-w.top-1)
	}
	if w.seen(seq) || repeat && behind >= windowBits {
		s.Duplicates++
		if repeat {
			s.Repeats++
		} else {
			s.Replays++
		}
		return true
	}
	if s.distinct == 0 || seq < s.MinSeq {
		s.MinSeq = seq
	}
	s.MaxSeq = max(s.MaxSeq, seq)
	s.distinct++
	if behind > 0 {
		s.Reordered++
		s.MaxReorder = max(s.MaxReorder, behind)
		for i, n := range Windows {
			if behind >= n {
				s.Late[i]++
			}
		}
	}
	return false
}
