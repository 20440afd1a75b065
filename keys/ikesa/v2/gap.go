package v2

import (
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// identities reads the identities of IKE_AUTH.
func (s *solver) identities() {
	for _, m := range s.sa.Messages {
		if m.Message.Exchange != ikev2.ExchangeAuth || m.State != ikesa.Opened {
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

// gaps says what was not decrypted and what would decrypt it.
func (s *solver) gaps(m *material) {
	closed, opened, cut := 0, 0, 0
	for _, msg := range s.sa.Messages {
		switch {
		case msg.State == ikesa.Closed && msg.Cut:
			cut++
		case msg.State == ikesa.Closed:
			closed++
		case msg.State == ikesa.Opened:
			opened++
		}
	}
	if cut > 0 && opened > 0 {
		s.sa.AddGap(ikesa.Gap{Code: ikesa.GapLost, Cause: ikesa.CauseSomeCut, Count: cut})
	}
	if closed+cut > 0 && opened == 0 {
		s.sa.Shut(s.whyClosed(m))
	} else if closed > 0 {
		s.sa.AddGap(s.whySome(closed, opened))
	}
	s.lostFragments()
	s.sa.AddChildGaps()
}

// whySome explains why messages were not decrypted although others were.
func (s *solver) whySome(closed, opened int) ikesa.Gap {
	var sides [2]int
	later := false
	for _, m := range s.sa.Messages {
		if m.State == ikesa.Closed && !m.Cut {
			sides[sideOf(m.FromInitiator)]++
		}
		later = later || m.Message.Exchange == ikev2.ExchangeIntermediate
	}
	f := fault{sides: sides}
	first := &s.sa.Generations[0]
	key, initiator := first.ER, sides[sideOf(true)] > 0
	if initiator {
		key = first.EI
	}
	oneSide := !initiator || sides[sideOf(false)] == 0
	g := ikesa.Gap{Code: ikesa.GapWrongKey, Cause: ikesa.CauseSomeStay}
	switch {
	case oneSide && first.Refuted[sideOf(initiator)]:
		g = f.gap(ikesa.CauseCipherKey)
	case oneSide && key == nil:
		g = f.gap(ikesa.CauseOneSide)
		g.Code = ikesa.GapNoSecret
	case later:
		g.Needs = ikesa.SetOf(secret.DHPrivate, secret.DHSecret, secret.PPK)
	}
	g.Count, g.Opened, g.Version = closed, opened, 2
	if g.Cause != ikesa.CauseSomeStay {
		s.sa.Explain(g)
	}
	return g
}

// directKeys are the keys that decrypt an SA without its key exchange; allKeys are all that do.
var (
	directKeys = ikesa.SetOf(secret.SKei, secret.SKer, secret.SKai, secret.SKar)
	allKeys    = directKeys | ikesa.SetOf(secret.DHSecret, secret.DHPrivate)
)

// whyClosed explains why nothing of an IKEv2 SA was decrypted.
func (s *solver) whyClosed(m *material) ikesa.Gap {
	p := s.sa.Policy
	direct := len(s.Of(secret.SKei)) + len(s.Of(secret.SKer)) + len(s.Of(secret.SKEYSEED))
	dh, priv := len(s.Of(secret.DHSecret)), len(s.Of(secret.DHPrivate))
	lost := m.lost()
	if g, ok := s.sa.AllCut(); ok {
		return g
	}
	needs := allKeys
	if lost != ikesa.LostNone || m.chosen != nil && len(additional(m.chosen)) > 0 {
		needs = directKeys // what a DH secret would make keys of is not there, or it is one secret of several
	}
	wrong := func(cause ikesa.Cause) ikesa.Gap {
		return ikesa.Gap{Code: ikesa.GapWrongKey, Cause: cause, Needs: needs}
	}
	switch {
	case p.Choice != nil && (p.Cipher == nil || m.chosen != nil) && p.Unsupported != "":
		return ikesa.Gap{Code: ikesa.GapUnsupported, Cause: ikesa.CauseAlgorithm, Unsupported: p.Unsupported}
	case len(s.Matched) > 0 && lost != ikesa.LostNone:
		return ikesa.Gap{Code: ikesa.GapLost, Cause: ikesa.CauseHalfExchange, Lost: lost, Proof: s.Matched[0], Needs: directKeys}
	case len(s.Matched) > 0:
		g := wrong(ikesa.CauseNothingOpens)
		g.Proof = s.Matched[0]
		return g
	case s.refuted.found():
		return s.refuted.gap(ikesa.CauseCipherKey)
	case s.unlike.found():
		return s.unlike.gap(ikesa.CauseICVKey)
	case s.unsearched != nil:
		return ikesa.Gap{Code: ikesa.GapNeedSalt, Cause: ikesa.CauseSalt, Needs: needs, Unsupported: s.unsearched.Name}
	case direct > 0:
		g := wrong(ikesa.CauseNoKeyFits)
		g.SPI = s.sa.Initiator
		return g
	case dh+priv > 0 && lost != ikesa.LostNone:
		return ikesa.Gap{Code: ikesa.GapLost, Cause: ikesa.CauseHalfExchange, Lost: lost, Needs: directKeys}
	case dh > 0:
		return wrong(ikesa.CauseSecrets)
	case priv > 0:
		return wrong(ikesa.CausePrivate)
	}
	if other, ok := s.Elsewhere(secret.DHSecret, secret.SKEYSEED, secret.SKd, secret.SKei, secret.SKer); ok {
		g := wrong(ikesa.CauseOtherSA)
		g.Proof, g.SPI = ikesa.ProofOf(other, ikesa.Unproven, 0), other.Where.Initiator
		return g
	}
	if len(s.Of(secret.PSK)) > 0 {
		g := ikesa.Gap{Code: ikesa.GapNeedDH, Cause: ikesa.CausePSKAlone, Needs: needs}
		if lost != ikesa.LostNone {
			g.Code = ikesa.GapNoSecret
		}
		return g
	}
	return ikesa.Gap{Code: ikesa.GapNoSecret, Cause: ikesa.CauseNothingGiven, Needs: needs}
}

// lost is what the capture lacks of the exchange that the keys come from.
func (m *material) lost() ikesa.Lost {
	switch {
	case m.ni == nil && m.nr == nil:
		return ikesa.LostInit
	case m.ni == nil:
		return ikesa.LostRequest
	case m.nr == nil:
		return ikesa.LostResponse
	}
	return ikesa.LostNone
}
