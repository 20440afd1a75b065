package v2

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// find collects the candidates for SK_d and for the shared secrets.
func (k *childKeys) find(ker *ikev2.KE, c childExchange) {
	k.ds = k.s.ds()
	if k.first || ker == nil {
		k.secrets = [][][]byte{nil}
	} else {
		k.exchangeSecrets(c)
	}
	switch {
	case k.ni == nil || k.nr == nil:
		g := ikesa.Gap{Code: ikesa.GapLost, Cause: ikesa.CauseChildNonces, Lost: ikesa.LostRequest}
		if k.first {
			g.Lost = ikesa.LostInit
		}
		k.gap(g)
	case len(k.ds) == 0: // all children that lack it have one gap
		k.child.Gap = &ikesa.Gap{Code: ikesa.GapNeedSKEYIDd, Cause: ikesa.CauseChildKey, Version: 2, Needs: ikesa.SetOf(secret.SKd)}
		if k.rootKnown {
			k.child.Gap.Needs |= ikesa.SetOf(secret.DHSecret)
		}
	case len(k.secrets) == 0:
		k.gap(ikesa.Gap{Code: ikesa.GapPFS, Cause: ikesa.CausePFS, Group: k.child.PFS.Group, Needs: ikesa.SetOf(secret.ChildDHSecret, secret.DHSecret, secret.DHPrivate)})
	}
}

// gap notes why there are no keys.
func (k *childKeys) gap(g ikesa.Gap) {
	g.Version, g.Exchange, g.MessageID = 2, ikev2.ExchangeCreateChild, k.child.MessageID
	if k.first {
		g.Exchange, g.MessageID = ikev2.ExchangeAuth, 0
	}
	k.child.Gap = &g
}

// ds are the candidates for the SK_d that children and rekeyed SAs are derived from, the newest first; with each PPK that was
// given, too, for one that IKE_AUTH agreed upon (RFC 8784).
func (s *solver) ds() [][]byte {
	var out [][]byte
	for i := len(s.sa.Generations) - 1; i >= 0; i-- {
		if d := s.sa.Generations[i].D; d != nil {
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		for _, x := range s.Of(secret.SKd) {
			out = append(out, x.Value)
		}
	}
	return s.withPPKs(out)
}

// exchangeSecrets are the candidates for what the exchange's key exchanges agreed upon: one secret, or as many more as the
// proposal has additional ones, in their order.
func (k *childKeys) exchangeSecrets(c childExchange) {
	xs := k.s.keyExchanges(c)
	var own, any []secret.Secret
	for _, x := range k.s.Of(secret.ChildDHSecret) {
		switch {
		case x.Where.MessageID == 0:
			any = append(any, x)
		case x.Where.MessageID == k.child.MessageID:
			own = append(own, x)
		}
	}
	given := append(own, any...)
	var found [][]candidate.Shared
	if len(xs) > 1 {
		found = k.s.secretSets(xs, append(given, k.s.Of(secret.DHSecret)...))
	} else {
		found = k.s.singles(xs[0], given)
	}
	for _, set := range found {
		k.secrets = append(k.secrets, values(set))
	}
}

// singles are the candidates for what one key exchange agreed upon.
func (s *solver) singles(x candidate.KeyExchange, given []secret.Secret) [][]candidate.Shared {
	out := s.combine([][]candidate.Shared{s.Shared(x)})
	if x.Group == nil {
		out = append(out, s.combine([][]candidate.Shared{s.decapsulated(x)})...)
	}
	for _, sh := range candidate.Given(given) {
		sh.Value = x.Pad(sh.Value)
		out = append(out, []candidate.Shared{sh})
	}
	return out
}

// values are the secrets of a set alone.
func values(set []candidate.Shared) [][]byte {
	out := make([][]byte, len(set))
	for i, sh := range set {
		out[i] = sh.Value
	}
	return out
}

// add adds both directions of a chosen protocol. The SPI that a side sends is that of the SA towards it.
func (k *childKeys) add(chosen *ike.Proposal, offered []ike.Proposal) {
	var toInitiator []byte
	for _, p := range offered {
		if p.Number == chosen.Number && p.Protocol == chosen.Protocol {
			toInitiator = p.SPI
		}
	}
	p, encr, integ, unsupported := k.params(chosen)
	var derived []derivedKeys
	if unsupported == "" {
		derived = k.derive(encr, integ)
	}
	for _, dir := range []struct {
		spi       []byte
		initiator bool
	}{{chosen.SPI, true}, {toInitiator, false}} {
		// With the request lost, the SPI that it named is learned from the traffic: its ICV shows which one it is.
		learn := dir.spi == nil && !k.child.Complete && k.ni != nil && k.nr != nil && (p.MAC != nil || p.Cipher != nil && p.Cipher.AEAD)
		if len(dir.spi) != 4 && !learn {
			continue
		}
		c := ikesa.ChildSA{Protocol: p.Protocol, FromInitiator: dir.initiator, Choice: chosen, Unsupported: unsupported}
		if p.AnySPI = learn; !learn {
			c.SPI = binary.BigEndian.Uint32(dir.spi)
		}
		c.Src, c.Dst = k.ends(dir.initiator)
		k.takeKeys(&c, p, derived)
		k.child.SAs = append(k.child.SAs, c)
	}
}

func (k *childKeys) ends(fromInitiator bool) (src, dst netip.Addr) {
	if fromInitiator {
		return k.child.Initiator, k.child.Responder
	}
	return k.child.Responder, k.child.Initiator
}

// params turns a chosen proposal into the parameters of its SAs and the lengths of their keys, or names what is not supported.
func (k *childKeys) params(chosen *ike.Proposal) (p esp.Params, encr, integ int, unsupported string) {
	p.Tunnel, p.Transport = !k.transport, k.transport
	p.Source = esp.Source{Name: fmt.Sprintf("Child SA of message %d", k.child.MessageID)}
	switch chosen.Protocol {
	case ike.ESP:
		p.Protocol = esp.ESP
	case ike.AH:
		p.Protocol = esp.AH
	default:
		return p, 0, 0, chosen.Protocol.Name(ike.V2)
	}
	for _, t := range chosen.Suites[0].Transforms {
		switch t.Kind {
		case ike.Encryption:
			if p.Cipher = alg.CipherByIKEv2(t.ID); p.Cipher == nil {
				return p, 0, 0, t.Name()
			}
			n, err := alg.CipherKeyLen(p.Cipher, t.Bits)
			if err != nil {
				return p, 0, 0, t.Name()
			}
			encr = n + p.Cipher.SaltLen
		case ike.Integrity:
			if t.ID == 0 {
				continue
			}
			if p.MAC = alg.MACByIKEv2(t.ID); p.MAC == nil {
				return p, 0, 0, t.Name()
			}
			integ = p.MAC.KeyLen
		case ike.ESN:
			p.ESN = t.ID == 1
		}
	}
	if p.Cipher != nil && p.Cipher.AEAD {
		p.MAC, integ = nil, 0
	}
	return p, encr, integ, ""
}

// derive makes the keys of both directions for each candidate.
func (k *childKeys) derive(encr, integ int) (out []derivedKeys) {
	if k.ni == nil || k.nr == nil {
		return nil
	}
	for _, d := range k.ds {
		for _, prf := range k.s.prfs(d) {
			for _, secrets := range k.secrets {
				if len(out) >= candidate.MaxKeys || prf.Sum == nil {
					return out
				}
				from := ikesa.Derivation{D: d}
				if len(secrets) > 0 {
					from.GXY, from.More = secrets[0], secrets[1:]
				}
				out = append(out, derivedKeys{keys.IKEv2Keys{D: d}.ChildKeys(prf, k.ni, k.nr, encr, integ, secrets...), from})
			}
		}
	}
	return out
}

// takeKeys makes the keys of its direction the candidates of an SA.
func (k *childKeys) takeKeys(c *ikesa.ChildSA, p esp.Params, derived []derivedKeys) {
	p.SPI, p.Src, p.Dst, p.Derived, p.Supposed = c.SPI, c.Src, c.Dst, true, k.s.supposing
	for _, d := range derived {
		p.CipherKey, p.MACKey = d.keys.ER, d.keys.AR
		if c.FromInitiator {
			p.CipherKey, p.MACKey = d.keys.EI, d.keys.AI
		}
		c.Candidates = append(c.Candidates, p)
		c.From = append(c.From, d.from)
	}
}

// addIPComp adds the IPComp SAs: each side names its CPI in a notify (RFC 7296, section 2.22).
func (k *childKeys) addIPComp(q, r *ikesa.Message) {
	for _, m := range []*ikesa.Message{q, r} {
		for _, p := range m.Payloads {
			n, ok := p.Body.(*ikev2.Notify)
			if !ok || n.Type != ikev2.NotifyIPCompSupported || len(n.Data) < 3 || !hasNotify(r, ikev2.NotifyIPCompSupported) {
				continue
			}
			x := esp.Params{Protocol: esp.IPComp, SPI: uint32(n.Data[0])<<8 | uint32(n.Data[1]), IPCompAlg: n.Data[2], Source: esp.Source{Name: "IPCOMP_SUPPORTED"}}
			x.Src, x.Dst = k.ends(m == r)
			c := ikesa.ChildSA{Protocol: esp.IPComp, SPI: x.SPI, FromInitiator: m == r, Src: x.Src, Dst: x.Dst, Candidates: []esp.Params{x}}
			k.child.SAs = append(k.child.SAs, c)
		}
	}
}
