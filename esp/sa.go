package esp

import (
	"bytes"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// An SA is one security association in a Table: what is known of it, its keys set up, and the traffic seen on it.
type SA struct {
	Params
	Sources []string // all that said the same of it, in the order they came

	core     *core
	learned  bool          // made from an SA that names no SPI, when a packet proved it
	icv      atomic.Int32  // index in core.icvs that fitted last
	top      atomic.Uint64 // highest verified sequence number + 1; 0: none yet
	extended atomic.Bool   // with top: it has 64 bits

	mu    sync.Mutex
	stats Stats
	win   window
}

// Stats are the traffic of an SA.
type Stats struct {
	Packets     int   // that it opened, or that stayed closed and fit it best
	Bytes       int64 // of them, from the SPI (AH: its header) to the end
	Opened      int
	OpenedBytes int64 // of plaintext
	ICVFailures int
	Malformed   int // too short, no whole blocks, bad pad length, damaged deflate data
	Implausible int // SAs without ICV only: nothing sensible came out
	Cut         int
	Duplicates  int // opened, with a sequence number seen before
	Dummies     int // next header 59 (RFC 4303, section 2.6)
	First, Last Point
	MinSeq      uint64 // of opened packets; with ESN all 64 bits
	MaxSeq      uint64
	// Proven says that the keys are right: an ICV fitted, or, on an SA without one, several packets had right padding around a
	// plausible packet.
	Proven    bool
	plausible int
}

// A Point is a packet's place in the capture.
type Point struct {
	Frame int
	Time  time.Time
}

// provenAfter is how many plausible packets prove an SA that has no ICV.
const provenAfter = 3

// Stats returns what was counted so far.
func (sa *SA) Stats() Stats {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	return sa.stats
}

// Proven reports whether the keys are known to be right (see Stats).
func (sa *SA) Proven() bool { return sa.Stats().Proven }

// Learned reports whether sa was made from an SA that names no SPI, for an SPI that it opened.
func (sa *SA) Learned() bool { return sa.learned }

// Checked reports whether the ICV of sa's packets can be verified.
func (sa *SA) Checked() bool { return sa.core.check }

// ICVLength is the length of the ICV on the wire in bytes: the truncation that fitted last.
func (sa *SA) ICVLength() int {
	if len(sa.core.icvs) == 0 {
		return 0
	}
	return sa.core.icvs[sa.icv.Load()]
}

// rank says how well sa fits a packet's addresses; less is better. Those that can prove themselves go first.
func (sa *SA) rank(src, dst netip.Addr) int {
	r := sa.addresses(src, dst)
	if !sa.core.check && sa.Protocol != IPComp {
		r += addressRanks
	}
	return r
}

// addresses says how well sa's addresses fit.
func (sa *SA) addresses(src, dst netip.Addr) int {
	switch {
	case sa.Src == src && sa.Dst == dst:
		return rankExact
	case fits(sa.Src, src) && fits(sa.Dst, dst):
		return rankWild
	case sa.Dst == dst || sa.Src == src:
		return rankHalf
	}
	return rankAway
}

const (
	rankExact = iota
	rankWild
	rankHalf // one side fits: NAT on the other
	rankAway
	addressRanks
	ranks = 2 * addressRanks
)

func fits(want, have netip.Addr) bool { return !want.IsValid() || want == have }

// same reports whether q says the same as sa does; a wildcard says nothing against an address.
func (sa *SA) same(q *Params) bool {
	p := &sa.Params
	return p.Protocol == q.Protocol && p.SPI == q.SPI && p.AnySPI == q.AnySPI &&
		alike(p.Src, q.Src) && alike(p.Dst, q.Dst) &&
		p.Cipher == q.Cipher && bytes.Equal(p.CipherKey, q.CipherKey) &&
		p.MAC == q.MAC && bytes.Equal(p.MACKey, q.MACKey) &&
		p.ICVLen == q.ICVLen && p.NoCheck == q.NoCheck && p.ESN == q.ESN && p.IPCompAlg == q.IPCompAlg
}

func alike(a, b netip.Addr) bool { return a == b || !a.IsValid() || !b.IsValid() }

// merge takes over what q says beyond sa.
func (sa *SA) merge(q *Params) {
	if !sa.Src.IsValid() {
		sa.Src = q.Src
	}
	if !sa.Dst.IsValid() {
		sa.Dst = q.Dst
	}
	sa.Tunnel = sa.Tunnel || q.Tunnel
	sa.Transport = sa.Transport || q.Transport
	sa.UDP = sa.UDP || q.UDP
	if q.Source != "" && !slices.Contains(sa.Sources, q.Source) {
		sa.Sources = append(sa.Sources, q.Source)
	}
}

// saw counts a packet that was tried with sa first.
func (sa *SA) saw(pkt *Packet, n int) {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	s := &sa.stats
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
	switch err {
	case ErrICV:
		sa.stats.ICVFailures++
	case ErrCut:
		sa.stats.Cut++
	case ErrImplausible, errPadPattern:
		sa.stats.Implausible++
	default:
		sa.stats.Malformed++
	}
}

// opened counts a packet that sa opened and reports whether its sequence number was seen before.
func (sa *SA) opened(l *Layer, n int) (duplicate bool) {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	s := &sa.stats
	s.Opened++
	s.OpenedBytes += int64(n)
	if l.Next == protoNone {
		s.Dummies++
	}
	if l.Verified {
		s.Proven = true
		if l.Seq+1 > sa.top.Load() {
			sa.extended.Store(l.Extended)
			sa.top.Store(l.Seq + 1)
		}
	} else if s.plausible++; s.plausible >= provenAfter {
		s.Proven = true
	}
	if sa.Protocol == IPComp {
		return false // has no sequence numbers
	}
	if s.Opened == 1 || l.Seq < s.MinSeq {
		s.MinSeq = l.Seq
	}
	s.MaxSeq = max(s.MaxSeq, l.Seq)
	duplicate = sa.win.seen(l.Seq)
	if duplicate {
		s.Duplicates++
	}
	return duplicate
}
