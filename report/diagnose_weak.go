package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// Rules about what is weaker than it should be. What is in use and weak is a warning; what the RFCs merely advise against, and
// what was offered and not taken, is a note.

// A use is one algorithm in one place of one SA.
type use struct {
	row    *algorithmStatus
	who    string // "IKEv1 SA …", "ESP 0x…"
	frame  int
	chosen bool
	// answered says, of what was offered, that the answer is in the capture, and chose something else.
	answered bool
}

// strength judges the algorithms of the capture.
func (d *diagnosis) strength() {
	var uses []use
	for _, s := range d.stories {
		uses = append(uses, ikeUses(s.SA)...)
		for _, c := range s.SA.Children {
			uses = append(uses, childUses(c)...)
		}
	}
	uses = append(uses, d.keyedUses()...)
	d.weakFinding("weak-algorithm", uses, func(u *use) bool { return u.row.weak && u.row.place != keyExchange })
	d.weakFinding("weak-dh", uses, func(u *use) bool { return u.row.weak && u.row.place == keyExchange })
	d.adviceFinding(uses)
}

// ikeUses are the algorithms of an IKE SA that the tables speak of: those chosen, and those that its initiator offered.
func ikeUses(sa *ikesa.SA) (list []use) {
	add := func(p place, name string, frame int, chosen bool) {
		list = append(list, newUse(p, name, nameOf(sa), frame, chosen)...)
	}
	negotiated := false
	for _, m := range sa.Messages {
		o := m.Offer()
		if t := negotiation.TypeOf(m); o == nil || !negotiation.IsPhase1(t) && t != ikev2.ExchangeSAInit {
			continue
		}
		negotiated = true
		for i := range o.Proposals {
			algorithms(&o.Proposals[i], true, func(p place, name string) { add(p, name, m.Frame, !m.FromInitiator) })
		}
	}
	answered := sa.Policy.Source.Kind == ikesa.Chosen
	for i := range list {
		list[i].answered = answered
	}
	if !negotiated && len(sa.Messages) > 0 {
		policyAlgorithms(sa, func(p place, name string) { add(p, name, sa.Messages[0].Frame, true) })
	}
	return list
}

// policyAlgorithms names the algorithms of an IKE SA whose own negotiation is not in the capture: those of the exchange that made
// it in place of another one, or those that the keys that were found are for.
func policyAlgorithms(sa *ikesa.SA, add func(place, string)) {
	p := &sa.Policy
	switch {
	case p.Choice != nil && hasAnswer(sa):
		algorithms(p.Choice, true, add)
	case sa.Keys.Ka != nil || len(sa.Generations) > 0:
		if p.Cipher != nil {
			add(ikeEncryption, p.Cipher.Name)
		}
		if p.Hash != nil {
			add(ikePRF, "HMAC-"+p.Hash.Name)
		}
		if p.Integ != nil {
			add(ikeIntegrity, p.Integ.Name)
		}
	}
}

// newUse is a use of an algorithm that the tables have a row for; none for others.
func newUse(p place, name, who string, frame int, chosen bool) []use {
	row := statusOf(p, name)
	if row == nil || !row.weak && row.status.advised() {
		return nil
	}
	return []use{{row: row, who: who, frame: frame, chosen: chosen}}
}

// placesOf are the places of transforms, in an IKE SA and in a child of one.
var placesOf = map[bool]map[ike.Kind]place{
	true:  {ike.Encryption: ikeEncryption, ike.PRF: ikePRF, ike.HashAlg: ikePRF, ike.Integrity: ikeIntegrity, ike.KeyExchange: keyExchange},
	false: {ike.Encryption: espEncryption, ike.Integrity: espIntegrity, ike.KeyExchange: keyExchange},
}

// algorithms names the algorithms of a proposal.
func algorithms(p *ike.Proposal, ofIKE bool, add func(place, string)) {
	if !ofIKE && p.Protocol != ike.ESP && p.Protocol != ike.AH {
		return
	}
	for _, s := range p.Suites {
		integrity, aead := false, false
		for _, t := range s.Transforms {
			at, ok := placesOf[ofIKE][t.Kind]
			if !ok || t.Space == ike.AHTransform { // the attribute says it, too
				continue
			}
			name := t.Space.AlgorithmName(t.ID)
			if t.Kind == ike.HashAlg {
				name = "HMAC-" + name // which is the PRF (RFC 2409, section 4)
			}
			aead = aead || t.AEAD()
			integrity = integrity || t.Kind == ike.Integrity && t.ID != 0
			add(at, name)
		}
		if !ofIKE && !integrity && !aead && p.Protocol == ike.ESP {
			add(espIntegrity, noIntegrity)
		}
	}
}

// childUses are the algorithms of a child.
func childUses(c *ikesa.Child) (list []use) {
	who := "the Child SA of frame"
	if c.Version != 2 {
		who = "the Quick Mode of frame"
	}
	frame := 0
	if len(c.Frames) > 0 {
		frame = c.Frames[0]
	}
	who = fmt.Sprintf("%s %d", who, frame)
	for _, o := range []*ike.Offer{c.Offer, c.Choice} {
		if o == nil {
			continue
		}
		for i := range o.Proposals {
			algorithms(&o.Proposals[i], false, func(at place, name string) { list = append(list, newUse(at, name, who, frame, o == c.Choice)...) })
		}
	}
	for i := range list {
		list[i].answered = c.Complete
	}
	return list
}

// keyedUses are the algorithms of SAs whose keys were given and whose negotiation is not in the capture.
func (d *diagnosis) keyedUses() (list []use) {
	for _, f := range d.flows() {
		if f.ref.Child != nil || f.sa.Cipher == nil && f.sa.MAC == nil || f.st.Opened == 0 {
			continue
		}
		if c := f.sa.Cipher; c != nil {
			list = append(list, newUse(espEncryption, c.Name, words.Flow(f.about), f.st.First.Frame, true)...)
		}
		switch c, m := f.sa.Cipher, f.sa.MAC; {
		case m != nil:
			list = append(list, newUse(espIntegrity, m.Name, words.Flow(f.about), f.st.First.Frame, true)...)
		case f.sa.Protocol == esp.ESP && c != nil && !c.AEAD && f.sa.ICVLen == 0 && !f.sa.NoCheck:
			list = append(list, newUse(espIntegrity, noIntegrity, words.Flow(f.about), f.st.First.Frame, true)...)
		}
	}
	return list
}

// weakFinding is one warning about all weak algorithms of one sort that are in use.
func (d *diagnosis) weakFinding(code diagnose.Code, uses []use, want func(*use) bool) {
	rows, byRow, list := sortUses(uses, func(u *use) bool { return u.chosen && want(u) })
	if len(rows) == 0 {
		return
	}
	f := diagnose.Finding{Code: code, Severity: SeverityWarning, Grade: diagnose.Wire, Frames: list, RFC: rfcOf(rows), Facts: weakFacts(diagnose.WeakInUse, rows, byRow)}
	if code == diagnose.CodeWeakAlgorithm && !slices.ContainsFunc(rows, func(r *algorithmStatus) bool { return r.place != espEncryption && r.place != espIntegrity }) {
		f.Setting = diagnose.SettingPhase2
	}
	d.found = append(d.found, f)
}

// weakFacts are the rows of the tables, with the SAs that use them.
func weakFacts(how diagnose.WeakUse, rows []*algorithmStatus, byRow map[*algorithmStatus][]use) diagnose.Weak {
	w := diagnose.Weak{Use: how}
	for _, r := range rows {
		a := diagnose.WeakAlgorithm{Name: r.name, Status: string(r.status), RFC: r.rfc, Why: r.why}
		if r.place != keyExchange && r.name != noIntegrity {
			a.For = placeNames[r.place]
		}
		a.Who, a.Others = whose(byRow[r])
		w.Rows = append(w.Rows, a)
	}
	return w
}

// sortUses groups the uses that want wants by their row, in the order of the tables, and collects their frames.
func sortUses(uses []use, want func(*use) bool) (rows []*algorithmStatus, byRow map[*algorithmStatus][]use, list []int) {
	byRow = make(map[*algorithmStatus][]use)
	for _, u := range uses {
		if !want(&u) {
			continue
		}
		if byRow[u.row] == nil {
			rows = append(rows, u.row)
		}
		byRow[u.row] = append(byRow[u.row], u)
		list = append(list, u.frame)
	}
	slices.SortFunc(rows, func(a, b *algorithmStatus) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.name, b.name))
	})
	return rows, byRow, frames(list...)
}

// whose names the first of some uses, and counts the others.
func whose(list []use) (first string, others int) {
	var names []string
	for _, u := range list {
		if !slices.Contains(names, u.who) {
			names = append(names, u.who)
		}
	}
	return names[0], len(names) - 1
}

// rfcOf lists the RFCs of some rows, each once.
func rfcOf(rows []*algorithmStatus) string {
	var list []string
	for _, r := range rows {
		if !slices.Contains(list, r.rfc) {
			list = append(list, r.rfc)
		}
	}
	return join(list, "; ")
}

// adviceFinding is one note about all else that the RFCs advise against: in use, or offered alone.
func (d *diagnosis) adviceFinding(uses []use) {
	used, byUse, inUse := sortUses(uses, func(u *use) bool { return u.chosen && !u.row.weak })
	chosen := make(map[*algorithmStatus]bool)
	for _, u := range uses {
		chosen[u.row] = chosen[u.row] || u.chosen
	}
	offered, byOffer, inOffers := sortUses(uses, func(u *use) bool { return !chosen[u.row] && u.answered })
	note := func(how diagnose.WeakUse, rows []*algorithmStatus, byRow map[*algorithmStatus][]use, list []int) {
		if len(rows) > 0 {
			d.found = append(d.found, diagnose.Finding{Code: codeOf(rows), Severity: SeverityNote, Grade: diagnose.Wire, Frames: list, RFC: rfcOf(rows),
				Facts: weakFacts(how, rows, byRow)})
		}
	}
	note(diagnose.Advised, used, byUse, inUse)
	note(diagnose.Offered, offered, byOffer, inOffers)
}

func codeOf(rows []*algorithmStatus) diagnose.Code {
	if slices.ContainsFunc(rows, func(r *algorithmStatus) bool { return r.place != keyExchange }) {
		return "weak-algorithm"
	}
	return "weak-dh"
}

// aggressive finds Aggressive Mode with a pre-shared key (RFC 2409, section 5.4): the identities are in the clear, and so is a hash
// of the key that can be tried against word lists.
func (d *diagnosis) aggressive() {
	for _, s := range d.stories {
		x := phase1Of(s.SA)
		if x == nil || s.SA.Version != 1 || x.Type != ikev1.ExchangeAggressive || !usesPSK(s.SA, x) || len(x.Messages) < 2 {
			continue
		}
		d.typedSA(s.SA, diagnose.Finding{Code: diagnose.CodeAggressiveModePSK, Severity: SeverityWarning, Grade: diagnose.Wire, Frames: frames(x.Messages[0].Frame, x.Messages[1].Frame),
			Facts: diagnose.AggressivePSK{}, Compared: identityValues(s.SA)})
	}
}

// identityValues are the identities of both sides that were seen.
func identityValues(sa *ikesa.SA) []Compared {
	v := Compared{Name: "identity"}
	if sa.IDi != nil {
		v.Initiator = sa.IDi.String()
	}
	if sa.IDr != nil {
		v.Responder = sa.IDr.String()
	}
	if v.Initiator == "" && v.Responder == "" {
		return nil
	}
	return []Compared{v}
}

// oldProtocol notes that IKEv1 is used.
func (d *diagnosis) oldProtocol() {
	for _, sa := range d.session.SAs {
		if sa.Version == 1 && established(sa) {
			d.typed(diagnose.Finding{Code: diagnose.CodeIKEv1Deprecated, Severity: SeverityNote, Grade: diagnose.Wire, Facts: diagnose.IKEv1Used{}})
			return
		}
	}
}

// espNull notes SAs that encrypt nothing by agreement. Those that were found out without keys have a finding of their own.
func (d *diagnosis) espNull() {
	first := make(map[diagnose.NegotiatedNull]int) // in list, by what they have instead
	var list []diagnose.Finding
	for _, f := range d.flows() {
		if f.sa.Protocol != esp.ESP || f.sa.Cipher == nil || !f.sa.Cipher.Null() || f.sa.Guessed() {
			continue
		}
		facts := negotiatedNull(f.sa)
		if i, ok := first[facts]; ok {
			had, _ := list[i].Facts.(diagnose.NegotiatedNull)
			had.Others++
			list[i].Facts = had
			continue
		}
		first[facts] = len(list)
		facts.Flow = f.about
		list = append(list, f.finding(diagnose.CodeESPNull, SeverityNote, facts))
	}
	d.found = append(d.found, list...)
}

// negotiatedNull is what an SA has that encrypts nothing.
func negotiatedNull(sa *esp.SA) diagnose.NegotiatedNull {
	switch {
	case sa.MAC == nil && !sa.Cipher.AEAD:
		return diagnose.NegotiatedNull{Bare: true}
	case sa.MAC == nil:
		return diagnose.NegotiatedNull{What: sa.Cipher.Name}
	}
	return diagnose.NegotiatedNull{What: "NULL with " + sa.MAC.Name}
}
