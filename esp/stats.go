package esp

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// Stats are the traffic of an SA, in the order in which Open saw it.
type Stats struct {
	Packets      int   // that it was decrypted, or that was not decrypted and matched it best
	Bytes        int64 // of them, from the SPI (AH: its header) to the end
	Opened       int
	OpenedBytes  int64 // of plaintext
	ICVFailures  int
	Undeciphered int // ICV correct, but the encryption key decrypts it to nothing sensible
	Malformed    int // too short, no whole blocks, bad pad length, damaged compressed data
	Implausible  int // SAs without ICV only: nothing sensible came out
	Cut          int // that the capture truncated
	CutOpened    int // of them decrypted in part
	Dummies      int // next header 59 (RFC 4303, section 2.6), and AGGFRAG payloads of padding
	First, Last  Point

	// Of decrypted packets, by sequence number; with ESN all 64 bits.
	MinSeq uint64
	MaxSeq uint64
	Lost   uint64 // numbers between MinSeq and MaxSeq that no packet had
	// Gaps are jumps over numbers when a packet came; some are filled later, by Reordered packets.
	Gaps       int
	LargestGap uint64
	// Duplicates have a number seen before. Repeats of them the capture shows twice (Packet.Repeat); Replays are the rest:
	// duplicated on the path, or an attack.
	Duplicates int
	Repeats    int
	Replays    int
	// Reordered packets came after a higher number (RFC 4737, section 3), at most MaxReorder below it.
	Reordered  int
	MaxReorder uint64
	// Late[i] are those of them that a receiver with a window of Windows[i] drops (RFC 4303, section 3.4.3).
	Late [6]int

	// Inner is what was carried, at most MaxInner kinds; InnerMore counts packets of other kinds.
	Inner     []Traffic
	InnerMore int

	// Aggregate is what AGGFRAG payloads held; nil where there was none.
	Aggregate *AggregateStats

	// Proven says that the keys are correct: an ICV matched, and what the encryption key decrypts does not speak against it; or, where
	// there is no ICV to check, several packets had correct padding around a plausible packet.
	Proven bool
}

// Windows are the sizes of replay windows, in packets, that Stats.Late is counted for.
var Windows = [len(Stats{}.Late)]uint64{32, 64, 128, 256, 512, 1024}

// Traffic is one kind of content of an SA.
type Traffic struct {
	Next     uint8 // next header
	Protocol uint8 // of the IP packet inside where Next is 4, 41 or 144, else Next again
	Packets  int   // inner packets, where Next is 144
	Bytes    int64 // of plaintext
}

// MaxInner bounds Stats.Inner.
const MaxInner = 64

// A Point is a packet's place in the capture.
type Point struct {
	Frame int
	Time  time.Time
}

// traffic is what an SA keeps of its packets. There may be a million SAs: what few have is behind pointers.
type traffic struct {
	packets, opened    int
	bytes, openedBytes int64
	first, last        Point
	minSeq, maxSeq     uint64
	distinct           uint64 // decrypted packets without duplicates
	inner              []Traffic
	proven             bool
	plausible          uint8 // packets, as far as they are counted
	win                window
	rare               *Stats      // the rest of Stats; nil as long as it is zero
	doubt              *doubt      // nil: there is none, or none any more
	agg                *reassembly // nil before the first AGGFRAG payload
}

// few are the Stats that are zero for most SAs.
func (s *traffic) few() *Stats {
	if s.rare == nil {
		s.rare = new(Stats)
	}
	return s.rare
}

// stats puts together what was counted.
func (s *traffic) stats() (sum Stats) {
	if s.rare != nil {
		sum = *s.rare
	}
	sum.Packets, sum.Bytes, sum.Opened, sum.OpenedBytes = s.packets, s.bytes, s.opened, s.openedBytes
	sum.First, sum.Last, sum.MinSeq, sum.MaxSeq = s.first, s.last, s.minSeq, s.maxSeq
	sum.Inner, sum.Proven = slices.Clone(s.inner), s.proven
	if s.agg != nil {
		sum.Aggregate = s.agg.result()
	}
	if span := s.maxSeq - s.minSeq + 1; s.distinct > 0 && span > s.distinct {
		sum.Lost = span - s.distinct
	}
	return sum
}

// upper is the protocol of the IP packet that data is where next says that it is one, else next.
func upper(next uint8, data []byte) uint8 {
	if next == ip.ProtoIPv4 || next == ip.ProtoIPv6 || next == ip.ProtoAGGFRAG {
		if h, ok := ip.ParseWhole(data); ok {
			return h.Proto
		}
	}
	return next
}

// carry counts what a packet carries: so many bytes of a protocol.
func (s *traffic) carry(next, proto uint8, n int) {
	i := 0
	for i < len(s.inner) && (s.inner[i].Next != next || s.inner[i].Protocol != proto) {
		i++
	}
	if i == MaxInner {
		s.few().InnerMore++
		return
	}
	if i == len(s.inner) {
		s.inner = append(s.inner, Traffic{Next: next, Protocol: proto})
	}
	s.inner[i].Packets++
	s.inner[i].Bytes += int64(n)
}

// usual is the next header that most packets had.
func (s *traffic) usual() (next uint8, ok bool) {
	var sum [256]int
	for _, t := range s.inner {
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
func (s *traffic) sequence(seq uint64, repeat bool) (duplicate bool) {
	w := &s.win
	var behind uint64
	if w.any && seq < w.top {
		behind = w.top - seq
	}
	if w.any && seq > w.top && seq-w.top > 1 {
		f := s.few()
		f.Gaps++
		f.LargestGap = max(f.LargestGap, seq-w.top-1)
	}
	if w.seen(seq) || repeat && behind >= windowBits {
		f := s.few()
		f.Duplicates++
		if repeat {
			f.Repeats++
		} else {
			f.Replays++
		}
		return true
	}
	if s.distinct == 0 || seq < s.minSeq {
		s.minSeq = seq
	}
	s.maxSeq = max(s.maxSeq, seq)
	s.distinct++
	if behind > 0 {
		s.few().late(behind)
	}
	return false
}

// late counts a packet that came after a number so much higher.
func (s *Stats) late(behind uint64) {
	s.Reordered++
	s.MaxReorder = max(s.MaxReorder, behind)
	for i, n := range Windows {
		if behind >= n {
			s.Late[i]++
		}
	}
}
