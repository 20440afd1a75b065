package esp

import (
	"github.com/ikedecode/ikedecode/internal/ip"
)

// provenAfter is how many plausible packets verify an SA that has no ICV.
const provenAfter = 3

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
	return sa.traffic.stats()
}

// Proven reports whether the keys are known to be correct (see Stats).
func (sa *SA) Proven() bool {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	return sa.traffic != nil && sa.traffic.proven
}

// saw counts a packet of n bytes that was tried with sa first.
func (sa *SA) saw(pkt *Packet, n int) {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	sa.seen().saw(pkt, n)
}

func (s *traffic) saw(pkt *Packet, n int) {
	p := Point{pkt.Frame, pkt.Time}
	if s.packets == 0 {
		s.first = p
	}
	s.last = p
	s.packets++
	s.bytes += int64(n)
}

// failed counts why sa did not decrypt a packet.
func (sa *SA) failed(err error) {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	s := sa.seen().few()
	switch err {
	case ErrSalt: // says nothing of the packet
	case ErrICV, errNoSalt:
		s.ICVFailures++
	case ErrCipherKey:
		s.Undeciphered++
	case ErrCut:
		s.Cut++
	case ErrImplausible, errPadPattern:
		s.Implausible++
	default:
		s.Malformed++
	}
}

// opened counts a packet of n bytes that sa decrypted to data and reports whether its sequence number was seen before.
func (sa *SA) opened(l *Layer, data []byte, pkt *Packet, n int) (duplicate bool) {
	return sa.decrypted(l, upper(l.Next, data), len(data), pkt, n)
}

// decrypted counts a packet of n bytes that sa decrypted to so many, of the protocol proto, and reports whether its sequence number was
// seen before.
func (sa *SA) decrypted(l *Layer, proto uint8, plain int, pkt *Packet, n int) (duplicate bool) {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	s := sa.seen()
	s.saw(pkt, n)
	s.opened++
	s.openedBytes += int64(plain)
	if l.Next == ip.ProtoNoNext {
		s.few().Dummies++
	}
	if l.Next != ip.ProtoAGGFRAG { // counts by its packets
		s.carry(l.Next, proto, plain)
	}
	switch {
	case pkt.Cut:
		s.few().Cut++
		s.rare.CutOpened++ // verifies nothing
	case sa.bare: // there are no keys to verify
	case l.Verified:
		s.proven = true
		sa.reached(l)
	default:
		s.plausible = min(s.plausible+1, provenAfter)
		s.proven = s.proven || s.plausible == provenAfter
	}
	if sa.Protocol == IPComp {
		return false // has no sequence numbers
	}
	return s.sequence(l.Seq, pkt.Repeat)
}

// reached notes the sequence number of a verified packet if it is the highest so far. Without ESN nobody asks for more than the first.
func (sa *SA) reached(l *Layer) {
	top := sa.top.Load()
	if top != 0 && !l.Extended && !sa.extended.Load() {
		return
	}
	if l.Seq+1 > top {
		sa.extended.Store(l.Extended)
		sa.top.Store(l.Seq + 1)
	}
}

func (sa *SA) firstFrame() int {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	return sa.seen().first.Frame
}
