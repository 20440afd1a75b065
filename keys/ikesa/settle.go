package ikesa

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// AllCut is the gap of an IKE SA all of whose encrypted messages are cut; ok is false where one is whole.
func (sa *SA) AllCut() (g Gap, ok bool) {
	n := 0
	for _, m := range sa.Messages {
		switch {
		case m.State == Clear:
		case !m.Cut:
			return g, false
		default:
			n++
		}
	}
	return Gap{Code: GapLost, Cause: CauseAllCut, Count: n}, n > 0
}

// AddGap adds what else is not decrypted.
func (sa *SA) AddGap(g Gap) {
	g.Version = sa.Version
	sa.Gaps = append(sa.Gaps, g)
}

// Shut adds why nothing of the SA was decrypted, and says it of each message.
func (sa *SA) Shut(g Gap) {
	sa.AddGap(g)
	sa.Explain(g)
}

// Explain says of each message that is not decrypted why.
func (sa *SA) Explain(g Gap) {
	g.Version = sa.Version
	for _, m := range sa.Messages {
		if m.State == Closed {
			m.Why = &g
		}
	}
}

// AddChildGaps adds those of the children.
func (sa *SA) AddChildGaps() {
	for _, c := range sa.Children {
		if c.Gap != nil {
			sa.Gaps = append(sa.Gaps, *c.Gap)
		}
		for _, d := range c.SAs {
			if d.Unsupported != "" && d.FromInitiator {
				sa.AddGap(Gap{Code: GapUnsupported, Cause: CauseChildAlgorithm, Exchange: c.exchange(), MessageID: c.MessageID, Unsupported: d.Unsupported})
			}
		}
	}
}

// CloseGaps drops the gaps of children whose traffic is decrypted all the same, by keys from another source.
func (sa *SA) CloseGaps(opens func(*Child) bool) {
	for _, c := range sa.Children {
		if c.Gap == nil || !opens(c) {
			continue
		}
		sa.Gaps = slices.DeleteFunc(sa.Gaps, func(g Gap) bool { return g == *c.Gap })
		c.Gap = nil
	}
}

// Disown forgets keys that are of another IKE SA and decrypted messages of that one: they were not given for this one.
func (sa *SA) Disown(decrypted func(initiator decode.SPI) bool) {
	disown := func(g *Gap) {
		if g.Cause == CauseOtherSA && decrypted(g.SPI) {
			g.Code, g.Cause, g.Proof, g.SPI = GapNoSecret, CauseNothingGiven, Proof{}, decode.SPI{}
		}
	}
	for i := range sa.Gaps {
		disown(&sa.Gaps[i])
	}
	for _, m := range sa.Messages {
		if m.Why != nil {
			disown(m.Why)
		}
	}
}

// TellPFS adds the gap of a child with PFS whose traffic is not decrypted although secrets were tried: none of them is that of its key
// exchange.
func (sa *SA) TellPFS(closed func(*Child) bool) {
	for _, c := range sa.Children {
		if c.Gap != nil || c.PFS.Group == 0 || !closed(c) {
			continue
		}
		c.Gap = &Gap{Code: GapPFS, Cause: CausePFSTried, Version: sa.Version, Needs: SetOf(secret.DHPrivate, secret.DHSecret),
			Exchange: c.exchange(), MessageID: c.MessageID, Group: c.PFS.Group}
		sa.Gaps = append(sa.Gaps, *c.Gap)
	}
}

// ProveD notes that traffic, from a frame on, has verified a candidate for SKEYID_d.
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

// Keyring is the SA without its messages: what of it is worth keeping where memory is short. It is nil where there are no keys, not
// even candidates.
func (sa *SA) Keyring() *SA {
	if len(sa.Generations) == 0 && sa.Keys.E == nil && sa.Keys.Ka == nil && len(sa.Params()) == 0 {
		return nil
	}
	for _, c := range sa.Children {
		c.Nonces = [2]*Message{}
	}
	c := sa.Conversation
	return &SA{
		Conversation: &exchange.Conversation{
			Initiator: c.Initiator, Responder: c.Responder, Version: c.Version, InitiatorAddr: c.InitiatorAddr, ResponderAddr: c.ResponderAddr,
		},
		Policy: sa.Policy, Keys: sa.Keys, IVs: sa.IVs, Generations: sa.Generations, Proofs: sa.Proofs, Children: sa.Children, Mixed: sa.Mixed,
	}
}

// NoteMixed remembers what an SK_d was made from.
func (sa *SA) NoteMixed(d []byte, x MixedPPK) {
	if sa.Mixed == nil {
		sa.Mixed = make(map[string]MixedPPK)
	}
	sa.Mixed[string(d)] = x
}

// ProvePPK notes what verifies a PPK, once.
func (sa *SA) ProvePPK(x secret.Secret, by Evidence, frame int) {
	if sa.Keys.PPK != nil {
		return
	}
	sa.Keys.PPK = x.Value
	sa.Proofs = append(sa.Proofs, ProofOf(x, by, frame))
}

// proveMixed notes that traffic has verified an SK_d, and with it the PPK inside.
func (sa *SA) proveMixed(d []byte, frame int) {
	if x, ok := sa.Mixed[string(d)]; ok {
		sa.ProvePPK(x.PPK, ByTraffic, frame)
	}
}

// Params are the parameters of every candidate of an SA's children.
func (sa *SA) Params() []esp.Params {
	var out []esp.Params
	for _, c := range sa.Children {
		for _, d := range c.SAs {
			out = append(out, d.Candidates...)
		}
	}
	return out
}
