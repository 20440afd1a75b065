package ikesa

import (
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// identities2 reads the identities of IKE_AUTH.
func (s *solver) identities2() {
	for _, m := range s.sa.Messages {
		if m.Message.Exchange != ikev2.ExchangeAuth || m.State != Opened {
			continue
		}
		for _, p := range m.Payloads {
			id, ok := p.Body.(*ikev2.ID)
			if !ok || p.Err != nil {
				continue
			}
			value := id.Identity()
			switch {
			case p.Type == ikev2.PayloadIDi && s.sa.IDi == nil:
				s.sa.IDi = &value
			case p.Type == ikev2.PayloadIDr && !m.FromInitiator:
				s.sa.IDr = &value
			}
		}
	}
}

// gaps2 says what stayed closed and what would open it.
func (s *solver) gaps2(m *material2) {
	closed, opened, cut := 0, 0, 0
	for _, msg := range s.sa.Messages {
		switch {
		case msg.State == Closed && msg.Cut:
			cut++
		case msg.State == Closed:
			closed++
		case msg.State == Opened:
			opened++
		}
	}
	if cut > 0 && opened > 0 {
		s.gap(Gap{Code: GapLost, Cause: CauseSomeCut, Count: cut})
	}
	if closed+cut > 0 && opened == 0 {
		s.closed(s.whyClosed2(m))
	} else if closed > 0 {
		s.gap(Gap{Code: GapWrongKey, Cause: CauseSomeStay, Count: closed, Opened: opened, Needs: setOf(secret.DHPrivate, secret.DHSecret, secret.PPK)})
	}
	s.lostFragments()
	s.childGaps()
}

// direct2 are the keys that open an SA without its key exchange; needs2 are all that do.
var (
	direct2 = setOf(secret.SKei, secret.SKer, secret.SKai, secret.SKar)
	needs2  = direct2 | setOf(secret.DHSecret, secret.DHPrivate)
)

// whyClosed2 explains why nothing of an IKEv2 SA opened.
func (s *solver) whyClosed2(m *material2) Gap {
	p := s.sa.Policy
	direct := len(s.secrets(secret.SKei)) + len(s.secrets(secret.SKer)) + len(s.secrets(secret.SKEYSEED))
	dh, priv := len(s.secrets(secret.DHSecret)), len(s.secrets(secret.DHPrivate))
	lost := m.lost()
	if g, ok := s.allCut(); ok {
		return g
	}
	wrong := func(cause Cause) Gap { return Gap{Code: GapWrongKey, Cause: cause, Needs: needs2} }
	switch {
	case p.Choice != nil && (p.Cipher == nil || m.chosen != nil) && p.Unsupported != "":
		return Gap{Code: GapUnsupported, Cause: CauseAlgorithm, Unsupported: p.Unsupported}
	case len(s.matched) > 0 && lost != LostNone:
		return Gap{Code: GapLost, Cause: CauseHalfExchange, Lost: lost, Proof: s.matched[0], Needs: direct2}
	case len(s.matched) > 0:
		g := wrong(CauseNothingOpens)
		g.Proof = s.matched[0]
		return g
	case direct > 0:
		g := wrong(CauseNoKeyFits)
		g.SPI = s.sa.Initiator
		return g
	case dh+priv > 0 && lost != LostNone:
		return Gap{Code: GapLost, Cause: CauseHalfExchange, Lost: lost, Needs: direct2}
	case dh > 0:
		return wrong(CauseSecrets)
	case priv > 0:
		return wrong(CausePrivate)
	}
	if other, ok := s.boundElsewhere(secret.DHSecret, secret.SKEYSEED, secret.SKd, secret.SKei, secret.SKer); ok {
		g := wrong(CauseOtherSA)
		g.Proof, g.SPI = proofOf(other, Unproven, 0), other.Where.Initiator
		return g
	}
	if len(s.secrets(secret.PSK)) > 0 {
		return Gap{Code: GapNeedDH, Cause: CausePSKAlone, Needs: needs2}
	}
	return Gap{Code: GapNoSecret, Cause: CauseNothingGiven, Needs: needs2}
}

// lost is what the capture lacks of the exchange that the keys come from.
func (m *material2) lost() Lost {
	switch {
	case m.ni == nil && m.nr == nil:
		return LostInit
	case m.ni == nil:
		return LostRequest
	case m.nr == nil:
		return LostResponse
	}
	return LostNone
}
