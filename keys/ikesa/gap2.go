package ikesa

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// identities2 reads the identities of IKE_AUTH.
func (s *solver) identities2() {
	for _, m := range s.sa.Messages {
		if m.Message.Exchange != decode.ExchangeAuth || m.State != Opened {
			continue
		}
		for _, p := range m.Payloads {
			id, ok := p.Body.(*decode.ID2)
			if !ok || p.Err != nil {
				continue
			}
			switch {
			case p.Type == decode.Payload2IDi && s.sa.InitiatorID2 == nil:
				s.sa.InitiatorID2 = id
			case p.Type == decode.Payload2IDr && !m.FromInitiator:
				s.sa.ResponderID2 = id
			}
		}
	}
}

// gaps2 says what stayed closed and what would open it.
func (s *solver) gaps2(m *material2) {
	closed, opened := 0, 0
	for _, msg := range s.sa.Messages {
		switch msg.State {
		case Closed:
			closed++
		case Opened:
			opened++
		}
	}
	if closed > 0 && opened == 0 {
		g := s.whyClosed2(m)
		s.sa.Gaps = append(s.sa.Gaps, g)
		for _, msg := range s.sa.Messages {
			if msg.State == Closed {
				msg.Why = g.Text
			}
		}
	} else if closed > 0 {
		s.sa.Gaps = append(s.sa.Gaps, Gap{Code: GapWrongKey,
			Text: fmt.Sprintf("%d messages open, %d do not: their keys are of a later key exchange, or the messages are damaged", opened, closed),
			Hint: "give the secrets of every IKE_INTERMEDIATE, too"})
	}
	for _, c := range s.sa.Children {
		if c.Gap != nil {
			s.sa.Gaps = append(s.sa.Gaps, *c.Gap)
		}
	}
}

const needs2 = "give the DH secret or either side's DH private value; or SK_ei and SK_er (with SK_ai and SK_ar) from a daemon's debug log"

// whyClosed2 explains why nothing of an IKEv2 SA opened.
func (s *solver) whyClosed2(m *material2) Gap {
	p := s.sa.Policy
	switch {
	case p.Chosen2 != nil && p.Cipher == nil && p.Unsupported != "":
		return Gap{Code: GapUnsupported, Text: fmt.Sprintf("the IKE SA uses %s, which is not supported", p.Unsupported)}
	case len(s.matched) > 0:
		return Gap{GapWrongKey, fmt.Sprintf("%s belongs to this SA (%s), yet nothing opens", s.matched[0].Secret, s.matched[0].Text), needs2}
	case len(s.secrets(secret.SKei))+len(s.secrets(secret.SKer))+len(s.secrets(secret.DHSecret))+len(s.secrets(secret.SKEYSEED)) > 0:
		return Gap{GapWrongKey, fmt.Sprintf("no key that was given fits: it is wrong, or belongs to another SA than %s", s.sa.Initiator), needs2}
	case len(s.secrets(secret.DHPrivate)) > 0:
		return Gap{GapWrongKey, "the DH private value is not one of this SA: its public value is in none of the KE payloads", needs2}
	case len(s.secrets(secret.PSK)) > 0:
		return Gap{GapNeedDH, "a PSK opens nothing in IKEv2: the keys depend on the Diffie-Hellman secret alone", needs2}
	}
	return Gap{GapNoSecret, "no secret for this SA was given", needs2}
}
