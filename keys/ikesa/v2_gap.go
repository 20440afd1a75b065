package ikesa

import (
	"fmt"

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
		s.sa.Gaps = append(s.sa.Gaps, Gap{GapLost, fmt.Sprintf("%d encrypted messages are cut by the snap length", cut), "capture whole packets: tcpdump -s 0"})
	}
	if closed+cut > 0 && opened == 0 {
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
	s.sa.Gaps = append(s.sa.Gaps, s.lostFragments()...)
	for _, c := range s.sa.Children {
		if c.Gap != nil {
			s.sa.Gaps = append(s.sa.Gaps, *c.Gap)
		}
		for _, d := range c.SAs {
			if d.Err != nil && d.FromInitiator {
				s.sa.Gaps = append(s.sa.Gaps, Gap{Code: GapUnsupported,
					Text: fmt.Sprintf("the Child SA of message ID %d chose an algorithm without implementation: %v", c.MessageID, d.Err)})
			}
		}
	}
}

const needs2 = "give the DH secret or either side's DH private value; or SK_ei and SK_er (with SK_ai and SK_ar) from a daemon's debug log"

// whyClosed2 explains why nothing of an IKEv2 SA opened.
func (s *solver) whyClosed2(m *material2) Gap {
	p := s.sa.Policy
	direct := len(s.secrets(secret.SKei)) + len(s.secrets(secret.SKer)) + len(s.secrets(secret.SKEYSEED))
	dh, priv := len(s.secrets(secret.DHSecret)), len(s.secrets(secret.DHPrivate))
	lost := m.lost()
	if g, ok := s.allCut(); ok {
		return g
	}
	switch {
	case p.Chosen2 != nil && (p.Cipher == nil || m.chosen != nil) && p.Unsupported != "":
		return Gap{Code: GapUnsupported, Text: fmt.Sprintf("the IKE SA uses %s, which is not supported", p.Unsupported)}
	case len(s.matched) > 0 && lost != "":
		return Gap{GapLost, fmt.Sprintf("%s belongs to this SA (%s), but %s is not in the capture", s.matched[0].Secret, s.matched[0].Text, lost), direct2}
	case len(s.matched) > 0:
		return Gap{GapWrongKey, fmt.Sprintf("%s belongs to this SA (%s), yet nothing opens", s.matched[0].Secret, s.matched[0].Text), needs2}
	case direct > 0:
		return Gap{GapWrongKey, fmt.Sprintf("no key that was given fits: it is wrong, or belongs to another SA than %s", s.sa.Initiator), needs2}
	case dh+priv > 0 && lost != "":
		return Gap{GapLost, fmt.Sprintf("a DH secret is of no use here: %s is not in the capture", lost), direct2}
	case dh > 0:
		return Gap{GapWrongKey, "the DH secret is wrong, or belongs to another SA: with none given does the ICV of a message fit", needs2}
	case priv > 0:
		return Gap{GapWrongKey, "the DH private value is not one of this SA: its public value is in none of the KE payloads", needs2}
	}
	if other, ok := s.boundElsewhere2(); ok {
		return Gap{GapWrongKey, fmt.Sprintf("the keys that were given are those of another SA: %s (initiator's SPI %s)", label(other), other.Where.Initiator), needs2}
	}
	if len(s.secrets(secret.PSK)) > 0 {
		return Gap{GapNeedDH, "a PSK opens nothing in IKEv2: the keys depend on the Diffie-Hellman secret alone", needs2}
	}
	return Gap{GapNoSecret, "no secret for this SA was given", needs2}
}

const direct2 = "SK_ei and SK_er (with SK_ai and SK_ar) from a daemon's debug log open it all the same"

// lost names what the capture lacks of the exchange that the keys come from; "" where it is complete.
func (m *material2) lost() string {
	switch {
	case m.ni == nil && m.nr == nil:
		return "IKE_SA_INIT"
	case m.ni == nil:
		return "the request of IKE_SA_INIT"
	case m.nr == nil:
		return "the answer of IKE_SA_INIT"
	}
	return ""
}

// boundElsewhere2 returns a secret that its source ties to another IKE SA.
func (s *solver) boundElsewhere2() (secret.Secret, bool) {
	for _, x := range s.bag.Secrets {
		switch x.Kind {
		case secret.DHSecret, secret.SKEYSEED, secret.SKd, secret.SKei, secret.SKer:
			if !s.binds(x) {
				return x, true
			}
		}
	}
	return secret.Secret{}, false
}
