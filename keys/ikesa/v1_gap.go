package ikesa

import (
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
		s.closed(s.whyClosed())
	}
	s.childGaps()
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
		c.Gap = &Gap{Code: GapPFS, Cause: CausePFSTried, Version: sa.Version, Needs: setOf(secret.DHPrivate, secret.DHSecret),
			Exchange: c.exchange(), MessageID: c.MessageID, Group: c.PFS.Group}
		sa.Gaps = append(sa.Gaps, *c.Gap)
	}
}

// ProveD notes that traffic, from a frame on, has proved a candidate for SKEYID_d.
func (sa *SA) ProveD(d []byte, frame int) {
	if sa.Version == 1 && sa.Keys.D == nil {
		sa.Keys.D = d
	}
	sa.proveMixed(d, frame)
	for i := range sa.Proofs {
		if p := &sa.Proofs[i]; !p.By.Proved() {
			p.By, p.Frame = ByTraffic, frame
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
			return Gap{Code: GapUnsupported, Cause: CauseAlgorithm, Unsupported: ps[0].Unsupported}
		}
	}
	if s.sa.Responder.IsZero() {
		return Gap{Code: GapLost, Cause: CauseNoAnswer}
	}
	if g, ok := s.allCut(); ok {
		return g
	}
	mat := s.sa.material()
	psk, dh, priv := len(s.secrets(secret.PSK)), len(s.secrets(secret.DHSecret)), len(s.secrets(secret.DHPrivate))
	direct := len(s.secrets(secret.SKEYIDe)) + len(s.secrets(secret.EncKey)) + len(s.secrets(secret.SKEYID))
	needs := needs1(kind)
	gap := func(code GapCode, cause Cause) Gap { return Gap{Code: code, Cause: cause, Needs: needs, Auth: kind} }
	switch {
	case direct > 0:
		g := gap(GapWrongKey, CauseNoKeyFits)
		g.SPI = s.sa.Initiator
		return g
	case len(s.matched) > 0:
		g := gap(GapWrongKey, CauseNothingOpens)
		g.Proof = s.matched[0]
		switch {
		case mat.gxi == nil || mat.gxr == nil || mat.ni == nil || mat.nr == nil:
			g.Code, g.Cause, g.Lost, g.Needs = GapLost, CauseHalfExchange, LostKE, direct1
		case kind == ike.AuthPSK && psk > 0:
			g.Code, g.Cause, g.Needs = GapWrongPSK, CausePSK, setOf(secret.PSK)
		case kind != ike.AuthSignature && psk == 0:
			g.Code, g.Cause, g.Needs = GapNeedPSK, CauseNoPSK, setOf(secret.PSK)
		}
		return g
	case dh > 0 && psk == 0 && kind == ike.AuthPSK:
		return Gap{Code: GapNeedPSK, Cause: CauseNoPSK, Needs: setOf(secret.PSK), Auth: kind}
	case dh > 0:
		return gap(GapWrongKey, CauseSecrets)
	case priv > 0:
		return gap(GapWrongKey, CausePrivate)
	case psk > 0 && kind == ike.AuthSignature:
		return gap(GapNoSecret, CausePSKUnused)
	case psk > 0:
		return gap(GapNeedDH, CausePSKAlone)
	}
	if other, ok := s.boundElsewhere(secret.DHSecret, secret.SKEYID, secret.SKEYIDe, secret.SKEYIDa, secret.SKEYIDd, secret.EncKey); ok {
		g := gap(GapWrongKey, CauseOtherSA)
		g.Proof, g.SPI = proofOf(other, Unproven, 0), other.Where.Initiator
		return g
	}
	return gap(GapNoSecret, CauseNothingGiven)
}

// direct1 are the keys that open an SA without its key exchange.
var direct1 = setOf(secret.SKEYIDe, secret.EncKey)

// needs1 are the secrets that would open the SA.
func needs1(kind ike.AuthKind) Secrets {
	switch kind {
	case ike.AuthSignature:
		return direct1 | setOf(secret.DHSecret, secret.DHPrivate)
	case ike.AuthPublicKey:
		return direct1 | setOf(secret.DHSecret, secret.SKEYID)
	}
	return direct1 | setOf(secret.PSK, secret.DHSecret, secret.DHPrivate)
}
