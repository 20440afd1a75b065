package report

import (
	"bytes"
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What the hashes of NAT detection tell.

func natText(n ikesa.NAT) string {
	switch {
	case !n.Seen:
		return ""
	case n.BehindNATInitiator && n.BehindNATResponder:
		return "both sides are behind NAT"
	case n.BehindNATInitiator:
		return "the initiator is behind NAT"
	case n.BehindNATResponder:
		return "the responder is behind NAT"
	}
	return "no NAT between the peers"
}

// natHashes reports whether the hashes of m fit the addresses that it came with. There may be several of the source.
func natHashes(m *ikesa.Message) (src, dst, seen bool) {
	sources, dests := 0, 0
	for _, n := range negotiation.NotifiesOf(m) {
		hash, ok := n.NATHash()
		if !ok {
			continue
		}
		if n.Type == ikev2.NotifyNATDetectionSource {
			sources++
			src = src || natFits(m, hash, m.Src)
		} else {
			dests++
			dst = dst || natFits(m, hash, m.Dst)
		}
	}
	return src, dst, sources > 0 && dests > 0
}

func natFits(m *ikesa.Message, hash []byte, a netip.AddrPort) bool {
	want := keys.NATDetectionHash(m.Initiator, m.Responder, a.Addr().Unmap().AsSlice(), a.Port())
	return bytes.Equal(hash, want)
}

// noteNAT says of a NAT detection hash of IKEv2 whether it fits the address that m came with.
func (r *Payload) noteNAT(m *ikesa.Message, body decode.Body) {
	n, ok := body.(*ikev2.Notify)
	if !ok {
		return
	}
	hash, ok := n.NATHash()
	addr := m.Src
	if n.Type == ikev2.NotifyNATDetectionDest {
		addr = m.Dst
	}
	switch {
	case !ok:
	case natFits(m, hash, addr):
		r.Text += " fits"
	default:
		r.Text += " differs"
		r.differs = true
	}
}
