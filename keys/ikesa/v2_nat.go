package ikesa

import (
	"bytes"
	"net/netip"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
)

// Notify types of MOBIKE (RFC 4555, section 4).
const (
	notifyUpdateAddresses = 16400
	notifyCookie2         = 16401
)

// A Path is an INFORMATIONAL exchange of MOBIKE (RFC 4555) about the addresses that an IKEv2 SA and its children use.
type Path struct {
	Frames               []int          // of the messages
	Initiator, Responder netip.AddrPort // of the IKE SA's sides, in this exchange
	Update               bool           // UPDATE_SA_ADDRESSES: from here on both sides use these addresses
	NAT                  NAT            // what its NAT detection hashes tell of the path
	Cookie2              Cookie2
}

// Cookie2 is what became of a COOKIE2, by which a side sees that the other one is where it says (RFC 4555, section 3.7).
type Cookie2 uint8

// The results of a COOKIE2.
const (
	NoCookie2         Cookie2 = iota // none was sent
	Cookie2Unanswered                // the answer is not in the capture, or stayed closed
	Cookie2Returned                  // the answer repeats it
	Cookie2Wrong                     // the answer does not
)

func (c Cookie2) String() string {
	return [...]string{"none", "unanswered", "returned", "wrong"}[c]
}

// checkNAT2 compares the NAT detection hashes of IKEv2 with the addresses on the wire (RFC 7296, section 2.23): those of
// IKE_SA_INIT tell of the SA's beginning, those of INFORMATIONAL what changed later.
func (s *solver) checkNAT2() {
	for _, m := range s.sa.Messages {
		if isInit2(m) {
			s.sa.NAT.add(natOf2(m))
		}
	}
	for _, x := range s.sa.Exchanges {
		if x.Type != ikev2.ExchangeInformational {
			continue
		}
		if p, ok := pathOf(x); ok {
			s.sa.Paths = append(s.sa.Paths, p)
			s.sa.NAT.add(p.NAT)
		}
	}
}

// add sums up: a side is behind NAT if it was so at any time.
func (n *NAT) add(o NAT) {
	n.Seen = n.Seen || o.Seen
	n.BehindNATInitiator = n.BehindNATInitiator || o.BehindNATInitiator
	n.BehindNATResponder = n.BehindNATResponder || o.BehindNATResponder
}

// pathOf reads an INFORMATIONAL exchange; false where it says nothing of addresses.
func pathOf(x *Exchange) (p Path, ok bool) {
	var cookie []byte
	for _, m := range x.Messages {
		p.Frames = append(p.Frames, m.Frame)
		if p.Initiator, p.Responder = m.Src, m.Dst; !m.FromInitiator {
			p.Initiator, p.Responder = m.Dst, m.Src
		}
		nat, c := natOf2(m), notifyData(m, notifyCookie2)
		p.NAT.add(nat)
		p.Update = p.Update || hasNotify(m, notifyUpdateAddresses) && !isAnswer(m)
		ok = ok || nat.Seen || c != nil
		switch {
		case !isAnswer(m):
			cookie = c
		case cookie == nil || m.State != Opened:
		case bytes.Equal(c, cookie):
			p.Cookie2 = Cookie2Returned
		default:
			p.Cookie2 = Cookie2Wrong
		}
	}
	if cookie != nil && p.Cookie2 == NoCookie2 {
		p.Cookie2 = Cookie2Unanswered
	}
	return p, ok || p.Update
}

// natOf2 judges the hashes of one message. There may be several of where it was sent from.
func natOf2(m *Message) (n NAT) {
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
			src = src || bytes.Equal(hash, natHash2(m, m.Src))
		default:
			dsts++
			dst = dst || bytes.Equal(hash, natHash2(m, m.Dst))
		}
	}
	if srcs == 0 || dsts == 0 {
		return n
	}
	n = NAT{Seen: true, BehindNATInitiator: !src, BehindNATResponder: !dst}
	if !m.FromInitiator {
		n.BehindNATInitiator, n.BehindNATResponder = !dst, !src
	}
	return n
}

func natHash2(m *Message, a netip.AddrPort) []byte {
	return keys.NATDetectionHash(m.Initiator, m.Responder, a.Addr().Unmap().AsSlice(), a.Port())
}
