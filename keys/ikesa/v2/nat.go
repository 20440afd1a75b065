package v2

import (
	"bytes"
	"net/netip"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Notify types of MOBIKE (RFC 4555, section 4).
const (
	notifyUpdateAddresses = 16400
	notifyCookie2         = 16401
)

// checkNAT compares the NAT detection hashes of IKEv2 with the addresses on the wire (RFC 7296, section 2.23): those of
// IKE_SA_INIT tell of the SA's beginning, those of INFORMATIONAL what changed later.
func (s *solver) checkNAT() {
	for _, m := range s.sa.Messages {
		if isInit(m) {
			s.sa.NAT.Add(natOf(m))
		}
	}
	for _, x := range s.sa.Exchanges {
		if x.Type != ikev2.ExchangeInformational {
			continue
		}
		if p, ok := pathOf(x); ok {
			s.sa.Paths = append(s.sa.Paths, p)
			s.sa.NAT.Add(p.NAT)
		}
	}
}

// pathOf reads an INFORMATIONAL exchange; false where it says nothing of addresses.
func pathOf(x *ikesa.Exchange) (p ikesa.Path, ok bool) {
	var cookie []byte
	for _, m := range x.Messages {
		p.Frames = append(p.Frames, m.Frame)
		if p.Initiator, p.Responder = m.Src, m.Dst; !m.FromInitiator {
			p.Initiator, p.Responder = m.Dst, m.Src
		}
		nat, c := natOf(m), notifyData(m, notifyCookie2)
		p.NAT.Add(nat)
		p.Update = p.Update || hasNotify(m, notifyUpdateAddresses) && !m.IsResponse()
		ok = ok || nat.Seen || c != nil
		switch {
		case !m.IsResponse():
			cookie = c
		case cookie == nil || m.State != ikesa.Opened:
		case bytes.Equal(c, cookie):
			p.Cookie2 = ikesa.Cookie2Returned
		default:
			p.Cookie2 = ikesa.Cookie2Wrong
		}
	}
	if cookie != nil && p.Cookie2 == ikesa.NoCookie2 {
		p.Cookie2 = ikesa.Cookie2Unanswered
	}
	return p, ok || p.Update
}

// natOf judges the hashes of one message. There may be several of where it was sent from.
func natOf(m *ikesa.Message) (n ikesa.NAT) {
	srcs, dsts, src, dst := 0, 0, false, false
	for _, p := range m.Payloads {
		b, ok := p.Body.(*ikev2.Notify)
		if !ok {
			continue
		}
		hash, ok := b.NATHash()
		switch {
		case !ok:
		case b.Type == ikev2.NotifyNATDetectionSource:
			srcs++
			src = src || bytes.Equal(hash, natHash(m, m.Src))
		default:
			dsts++
			dst = dst || bytes.Equal(hash, natHash(m, m.Dst))
		}
	}
	if srcs == 0 || dsts == 0 {
		return n
	}
	n = ikesa.NAT{Seen: true, BehindNATInitiator: !src, BehindNATResponder: !dst}
	if !m.FromInitiator {
		n.BehindNATInitiator, n.BehindNATResponder = !dst, !src
	}
	return n
}

func natHash(m *ikesa.Message, a netip.AddrPort) []byte {
	return keys.NATDetectionHash(m.Initiator, m.Responder, a.Addr().Unmap().AsSlice(), a.Port())
}
