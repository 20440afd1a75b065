package v2

import (
	"bytes"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// checkNAT compares the NAT detection hashes of IKEv2 with the addresses on the wire (RFC 7296, section 2.23): those of
// IKE_SA_INIT tell of the SA's beginning, those of INFORMATIONAL what changed later.
func (s *solver) checkNAT() {
	for _, m := range s.sa.Messages {
		if isInit(m) {
			s.sa.NAT.Add(s.sa.NATOf(m))
		}
	}
	for _, x := range s.sa.Exchanges {
		if x.Type != ikev2.ExchangeInformational {
			continue
		}
		if p, ok := pathOf(s.sa, x); ok {
			s.sa.Paths = append(s.sa.Paths, p)
			s.sa.NAT.Add(p.NAT)
		}
	}
}

// pathOf reads an INFORMATIONAL exchange; false where it says nothing of addresses.
func pathOf(sa *ikesa.SA, x *ikesa.Exchange) (p ikesa.Path, ok bool) {
	var cookie []byte
	for _, m := range x.Messages {
		p.Frames = append(p.Frames, m.Frame)
		if p.Initiator, p.Responder = m.Src, m.Dst; !m.FromInitiator {
			p.Initiator, p.Responder = m.Dst, m.Src
		}
		nat, c := sa.NATOf(m), notifyData(m, ikev2.NotifyCookie2)
		p.NAT.Add(nat)
		p.Update = p.Update || hasNotify(m, ikev2.NotifyUpdateSAAddresses) && !m.IsResponse()
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
