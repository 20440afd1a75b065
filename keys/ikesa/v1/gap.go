package v1

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// gaps says what was not decrypted and what would decrypt it.
func (s *solver) gaps() {
	closed, opened := 0, 0
	for _, m := range s.sa.Messages {
		switch m.State {
		case ikesa.Closed:
			closed++
		case ikesa.Opened, ikesa.Partly:
			opened++
		}
	}
	if closed > 0 && opened == 0 {
		s.sa.Shut(s.whyClosed())
	}
	s.sa.AddChildGaps()
}

// whyClosed explains why nothing of the SA was decrypted.
func (s *solver) whyClosed() ikesa.Gap {
	ps := s.policies()
	kind := ike.AuthUnknown
	if len(ps) == 1 {
		kind = ps[0].Auth.Kind()
		if ps[0].Unsupported != "" && (ps[0].Cipher == nil || ps[0].Hash == nil) {
			return ikesa.Gap{Code: ikesa.GapUnsupported, Cause: ikesa.CauseAlgorithm, Unsupported: ps[0].Unsupported}
		}
	}
	if s.sa.Responder.IsZero() {
		return ikesa.Gap{Code: ikesa.GapLost, Cause: ikesa.CauseNoAnswer}
	}
	if g, ok := s.sa.AllCut(); ok {
		return g
	}
	mat := s.sa.Phase1()
	psk, dh, priv := len(s.Of(secret.PSK)), len(s.Of(secret.DHSecret)), len(s.Of(secret.DHPrivate))
	direct := len(s.Of(secret.SKEYIDe)) + len(s.Of(secret.EncKey)) + len(s.Of(secret.SKEYID))
	needs := neededKeys(kind)
	lost := mat.GXI == nil || mat.GXR == nil || mat.NI == nil || mat.NR == nil
	if lost {
		needs = directKeys // what a PSK and a DH secret would make keys of is not there
	}
	gap := func(code ikesa.GapCode, cause ikesa.Cause) ikesa.Gap {
		return ikesa.Gap{Code: code, Cause: cause, Needs: needs, Auth: kind}
	}
	switch {
	case direct > 0:
		g := gap(ikesa.GapWrongKey, ikesa.CauseNoKeyFits)
		g.SPI = s.sa.Initiator
		return g
	case len(s.Matched) > 0:
		return s.matchedGap(kind, psk > 0, lost, needs)
	case lost && dh+priv > 0:
		return ikesa.Gap{Code: ikesa.GapLost, Cause: ikesa.CauseHalfExchange, Lost: ikesa.LostKE, Needs: needs, Auth: kind}
	case dh > 0 && psk == 0 && kind == ike.AuthPSK:
		return ikesa.Gap{Code: ikesa.GapNeedPSK, Cause: ikesa.CauseNoPSK, Needs: ikesa.SetOf(secret.PSK), Auth: kind}
	case dh > 0:
		g := gap(ikesa.GapWrongKey, ikesa.CauseSecrets)
		if kind == ike.AuthPSK {
			g.Form, g.FormOf = s.otherForm()
		}
		return g
	case priv > 0:
		return gap(ikesa.GapWrongKey, ikesa.CausePrivate)
	case psk > 0 && kind == ike.AuthSignature:
		return gap(ikesa.GapNoSecret, ikesa.CausePSKUnused)
	case psk > 0 && lost:
		return gap(ikesa.GapNoSecret, ikesa.CausePSKAlone)
	case psk > 0:
		return gap(ikesa.GapNeedDH, ikesa.CausePSKAlone)
	}
	if other, ok := s.Elsewhere(secret.DHSecret, secret.SKEYID, secret.SKEYIDe, secret.SKEYIDa, secret.SKEYIDd, secret.EncKey); ok {
		g := gap(ikesa.GapWrongKey, ikesa.CauseOtherSA)
		g.Proof, g.SPI = ikesa.ProofOf(other, ikesa.Unproven, 0), other.Where.Initiator
		return g
	}
	return gap(ikesa.GapNoSecret, ikesa.CauseNothingGiven)
}

// matchedGap is the gap where a secret given belongs to this SA, and decrypts nothing.
func (s *solver) matchedGap(kind ike.AuthKind, hasPSK, lost bool, needs ikesa.Secrets) ikesa.Gap {
	g := ikesa.Gap{Code: ikesa.GapWrongKey, Cause: ikesa.CauseNothingOpens, Needs: needs, Auth: kind, Proof: s.Matched[0]}
	switch {
	case lost:
		g.Code, g.Cause, g.Lost, g.Needs = ikesa.GapLost, ikesa.CauseHalfExchange, ikesa.LostKE, directKeys
	case kind == ike.AuthPSK && hasPSK:
		g.Code, g.Cause, g.Needs = ikesa.GapWrongPSK, ikesa.CausePSK, ikesa.SetOf(secret.PSK)
		g.Form, g.FormOf = s.otherForm()
	case kind != ike.AuthSignature && !hasPSK:
		g.Code, g.Cause, g.Needs = ikesa.GapNeedPSK, ikesa.CauseNoPSK, ikesa.SetOf(secret.PSK)
	}
	return g
}

// directKeys are the keys that decrypt an SA without its key exchange.
var directKeys = ikesa.SetOf(secret.SKEYIDe, secret.EncKey)

// neededKeys are the secrets that would decrypt the SA.
func neededKeys(kind ike.AuthKind) ikesa.Secrets {
	switch kind {
	case ike.AuthSignature:
		return directKeys | ikesa.SetOf(secret.DHSecret, secret.DHPrivate)
	case ike.AuthPublicKey:
		return directKeys | ikesa.SetOf(secret.DHSecret, secret.SKEYID)
	}
	return directKeys | ikesa.SetOf(secret.PSK, secret.DHSecret, secret.DHPrivate)
}
