package v1

import (
	"bytes"
	"net/netip"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// checkNAT compares the NAT-D payloads with the addresses on the wire (RFC 3947, section 3.2). The first payload is the hash
// of where the message was sent to, the others are of where it was sent from; what differs was changed on the way.
func (s *solver) checkNAT() {
	h := s.sa.Policy.Hash
	if h == nil {
		return
	}
	for _, m := range s.sa.Messages {
		if !m.IsPhase1() || m.State == ikesa.Closed {
			continue
		}
		var ds [][]byte
		for _, p := range m.Payloads {
			if d, ok := p.Body.(*ikev1.NATD); ok && len(d.Data) == h.Size {
				ds = append(ds, d.Data)
			}
		}
		if len(ds) < 2 {
			continue
		}
		sum := func(a netip.AddrPort) []byte {
			return keys.NATDHash(h, s.sa.Initiator, s.sa.Responder, a.Addr().Unmap().AsSlice(), a.Port())
		}
		dst, src := bytes.Equal(ds[0], sum(m.Dst)), false
		for _, d := range ds[1:] {
			src = src || bytes.Equal(d, sum(m.Src))
		}
		s.noteNAT(m.FromInitiator, !src, !dst)
	}
}

// noteNAT notes which side's address was not the one that its peer, or itself, knows.
func (s *solver) noteNAT(fromInitiator, srcChanged, dstChanged bool) {
	n := &s.sa.NAT
	n.Seen = true
	if !fromInitiator {
		srcChanged, dstChanged = dstChanged, srcChanged
	}
	n.BehindNATInitiator = n.BehindNATInitiator || srcChanged
	n.BehindNATResponder = n.BehindNATResponder || dstChanged
}
