package ikesa

import (
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// gaps says what stayed closed and what would open it.
func (s *solver) gaps() {
	closed, opened := 0, 0
	for _, m := range s.sa.Messages {
		switch m.State {
		case Closed:
			closed++
		case Opened, Partly:
			opened++
		}
	}
	if closed > 0 && opened == 0 {
		g := s.whyClosed()
		s.sa.Gaps = append(s.sa.Gaps, g)
		for _, m := range s.sa.Messages {
			if m.State == Closed {
				m.Why = g.Text
			}
		}
	}
	for _, c := range s.sa.Children {
		if c.Gap != nil {
			s.sa.Gaps = append(s.sa.Gaps, *c.Gap)
		}
		for _, d := range c.SAs {
			if d.Err != nil && d.FromInitiator {
				s.sa.Gaps = append(s.sa.Gaps, Gap{Code: GapUnsupported,
					Text: fmt.Sprintf("Quick Mode %#08x chose an algorithm without implementation: %v", c.MessageID, d.Err)})
			}
		}
	}
}

// CloseGaps drops the gaps of children whose traffic opens all the same, by keys from another source.
func (sa *SA) CloseGaps(opens func(*Child) bool) {
	for _, c := range sa.Children {
		if c.Gap == nil || !opens(c) {
			continue
		}
		sa.Gaps = slices.DeleteFunc(sa.Gaps, func(g Gap) bool { return g == *c.Gap })
		c.Gap = nil
	}
}

// TellPFS adds the gap of a child with PFS whose traffic stays closed although secrets were tried: none of them is that of its key
// exchange.
func (sa *SA) TellPFS(closed func(*Child) bool) {
	for _, c := range sa.Children {
		if c.Gap != nil || c.PFS.Group == 0 || !closed(c) {
			continue
		}
		name := fmt.Sprintf("Quick Mode %#08x", c.MessageID)
		if c.Version == 2 {
			name = fmt.Sprintf("CREATE_CHILD_SA %d", c.MessageID)
		}
		c.Gap = &Gap{Code: GapPFS, Hint: "give its own DH secret, or a DH private value of it",
			Text: fmt.Sprintf("%s uses PFS group %d (%s), and no secret that was given fits its traffic", name, c.PFS.Group, ike.Group.AlgorithmName(c.PFS.Group))}
		sa.Gaps = append(sa.Gaps, *c.Gap)
	}
}

// ProveD notes that traffic, from a frame on, has proved a candidate for SKEYID_d.
func (sa *SA) ProveD(d []byte, frame int) {
	if sa.Version == 1 && sa.Keys.D == nil {
		sa.Keys.D = d
	}
	sa.proveMixed(d, frame)
	for i, p := range sa.Proofs {
		if p.Kind == Unproven {
			sa.Proofs[i].Kind, sa.Proofs[i].Frame = ByICV, frame
			sa.Proofs[i].Text = fmt.Sprintf("ICV of the traffic from frame %d on", frame)
		}
	}
}

// whyClosed explains why nothing of the SA opened.
func (s *solver) whyClosed() Gap {
	ps := s.policies()
	kind := ike.AuthUnknown
	if len(ps) == 1 {
		kind = ps[0].Auth.Kind()
		if ps[0].Unsupported != "" && (ps[0].Cipher == nil || ps[0].Hash == nil) {
			return Gap{Code: GapUnsupported, Text: fmt.Sprintf("phase 1 uses %s, which is not supported", ps[0].Unsupported)}
		}
	}
	if s.sa.Responder.IsZero() {
		return Gap{Code: GapLost, Text: "there is no answer of the responder in the capture"}
	}
	if g, ok := s.allCut(); ok {
		return g
	}
	mat := s.sa.material()
	psk, dh, priv := len(s.secrets(secret.PSK)), len(s.secrets(secret.DHSecret)), len(s.secrets(secret.DHPrivate))
	direct := len(s.secrets(secret.SKEYIDe)) + len(s.secrets(secret.EncKey)) + len(s.secrets(secret.SKEYID))
	needs := s.needs(kind)
	switch {
	case direct > 0:
		return Gap{GapWrongKey, fmt.Sprintf("no key that was given fits: it is wrong, or belongs to another SA than %s", s.sa.Initiator), needs}
	case len(s.matched) > 0 && (mat.gxi == nil || mat.gxr == nil || mat.ni == nil || mat.nr == nil):
		return Gap{GapLost, fmt.Sprintf("%s belongs to this SA (%s), but the other side's key exchange message is not in the capture",
			s.matched[0].Secret, s.matched[0].Text), "SKEYID_e or the encryption key (Ka) opens it all the same"}
	case len(s.matched) > 0 && kind == ike.AuthPSK && psk > 0:
		return Gap{GapWrongPSK, fmt.Sprintf("the pre-shared key is wrong: %s is proved (%s), but with no PSK given do the messages decrypt to valid payloads",
			s.matched[0].Secret, s.matched[0].Text), "give the PSK that the peers use; --psk-file takes one for each peer"}
	case len(s.matched) > 0 && kind != ike.AuthSignature && psk == 0:
		return Gap{GapNeedPSK, fmt.Sprintf("%s belongs to this SA, but the pre-shared key is missing", s.matched[0].Secret), "give it with --psk or --psk-file"}
	case len(s.matched) > 0:
		return Gap{GapWrongKey, fmt.Sprintf("%s belongs to this SA (%s), yet nothing decrypts to valid payloads", s.matched[0].Secret, s.matched[0].Text), needs}
	case dh > 0 && psk == 0 && kind == ike.AuthPSK:
		return Gap{GapNeedPSK, "a DH secret was given, but the SA authenticates with a pre-shared key, which is missing", "give it with --psk or --psk-file"}
	case dh > 0:
		text := "the DH secret or the pre-shared key is wrong, or belongs to another SA: with none of them do the messages decrypt to valid payloads"
		if kind == ike.AuthSignature {
			text = "the DH secret is wrong, or belongs to another SA: the messages do not decrypt to valid payloads"
		}
		return Gap{GapWrongKey, text, needs}
	case priv > 0:
		return Gap{GapWrongKey, "the DH private value is not one of this SA: its public value is in none of the KE payloads", needs}
	case psk > 0 && kind == ike.AuthSignature:
		return Gap{GapNoSecret, "a PSK was given, but the SA authenticates with signatures", needs}
	case psk > 0:
		return Gap{GapNeedDH, "a PSK alone opens nothing: the keys also depend on the Diffie-Hellman secret g^xy", needs}
	}
	if other, ok := s.boundElsewhere(); ok {
		return Gap{GapWrongKey, fmt.Sprintf("the keys that were given are those of another SA: %s (initiator's cookie %s)", label(other), other.Where.Initiator), needs}
	}
	return Gap{GapNoSecret, "no secret for this SA was given", needs}
}

// needs says what would open the SA.
func (s *solver) needs(kind ike.AuthKind) string {
	direct := "SKEYID_e or the encryption key (Ka) from a daemon's debug log"
	switch kind {
	case ike.AuthPSK:
		return "give the PSK with the DH secret or either side's DH private value; or " + direct
	case ike.AuthSignature:
		return "give the DH secret or either side's DH private value; or " + direct
	case ike.AuthPublicKey:
		return "give SKEYID with the DH secret; or " + direct
	}
	return "give the DH secret or a DH private value, with the PSK if one is used; or " + direct
}

// boundElsewhere returns a secret of phase 1 that its source ties to another IKE SA.
func (s *solver) boundElsewhere() (secret.Secret, bool) {
	for _, x := range s.bag.Secrets {
		switch x.Kind {
		case secret.DHSecret, secret.SKEYID, secret.SKEYIDe, secret.SKEYIDa, secret.SKEYIDd, secret.EncKey:
			if !s.binds(x) {
				return x, true
			}
		}
	}
	return secret.Secret{}, false
}
