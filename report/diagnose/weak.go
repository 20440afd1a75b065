package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about what is weaker than it should be. What is in use and weak is a warning; what the RFCs merely advise against, and
// what was offered and not accepted, is a note.

// A use is one algorithm in one place of one SA.
type use struct {
	row    *algorithmStatus
	who    User
	frame  int
	chosen bool
	// answered says, of what was offered, that the response is in the capture, and chose something else.
	answered bool
}

// strength judges the algorithms of the capture.
func (d *diagnosis) strength() {
	var uses []use
	for _, s := range d.Stories() {
		uses = append(uses, ikeUses(s.SA)...)
		for _, c := range s.SA.Children {
			uses = append(uses, childUses(c)...)
		}
	}
	uses = append(uses, d.keyedUses()...)
	d.weakFinding(CodeWeakAlgorithm, uses, func(u *use) bool { return u.row.weak && u.row.place != keyExchange })
	d.weakFinding(CodeWeakDH, uses, func(u *use) bool { return u.row.weak && u.row.place == keyExchange })
	d.adviceFinding(uses)
}

// ikeUses are the algorithms of an IKE SA that the tables speak of: those chosen, and those that its initiator offered.
func ikeUses(sa *ikesa.SA) (list []use) {
	who := User{IKESA: Subject{Version: sa.Version, SPIs: [2]decode.SPI{sa.Initiator, sa.Responder}}}
	negotiated := false
	for _, m := range sa.Messages {
		o := m.Offer()
		if t := negotiation.TypeOf(m); o == nil || !negotiation.IsPhase1(t) && t != ikev2.ExchangeSAInit {
			continue
		}
		negotiated = true
		chosen := m.IsResponse() || sa.Version != 2 && !m.FromInitiator
		for i := range o.Proposals {
			list = append(list, proposalUses(&o.Proposals[i], who, m.Frame, chosen)...)
		}
	}
	answered := sa.Policy.Source.Kind == ikesa.Chosen
	for i := range list {
		list[i].answered = answered
	}
	if !negotiated && len(sa.Messages) > 0 {
		list = append(list, policyUses(sa, who)...)
	}
	return list
}

// policyUses are the algorithms of an IKE SA whose own negotiation is not in the capture: those of the exchange that made it in place
// of another one, or those that the keys that were found are for.
func policyUses(sa *ikesa.SA, who User) (list []use) {
	p, frame := &sa.Policy, sa.Messages[0].Frame
	switch {
	case p.Choice != nil && p.Source.Kind == ikesa.Chosen:
		return proposalUses(p.Choice, who, frame, true)
	case sa.Keys.Ka != nil || len(sa.Generations) > 0:
		if p.Cipher != nil {
			list = append(list, newUse(ikeEncryption, p.Cipher.Name, who, frame, true)...)
		}
		if p.Hash != nil {
			list = append(list, newUse(ikePRF, "HMAC-"+p.Hash.Name, who, frame, true)...)
		}
		if p.Integ != nil {
			list = append(list, newUse(ikeIntegrity, p.Integ.Name, who, frame, true)...)
		}
	}
	return list
}

// newUse is a use of an algorithm that the tables have a row for; none for others.
func newUse(p place, name string, who User, frame int, chosen bool) []use {
	row := statusOf(p, name)
	if row == nil || !row.weak && row.status.advised() {
		return nil
	}
	return []use{{row: row, who: who, frame: frame, chosen: chosen}}
}

// statusName is an algorithm as the tables name it.
func statusName(t ike.Transform) string {
	name := t.Space.AlgorithmName(t.ID)
	if t.Space == ike.Phase1Hash {
		name = "HMAC-" + name // which is the PRF (RFC 2409, section 4)
	}
	return name
}

// proposalUses are the algorithms of a proposal.
func proposalUses(p *ike.Proposal, who User, frame int, chosen bool) (list []use) {
	if p.Protocol == ike.IPComp {
		return nil
	}
	add := func(at place, name string) { list = append(list, newUse(at, name, who, frame, chosen)...) }
	for i := range p.Suites {
		integrity := false
		for _, t := range p.Suites[i].Transforms {
			integrity = integrity || t.AEAD() || t.Kind == ike.Integrity && t.ID != 0
			at, ok := places[p.Protocol == ike.IKE][t.Space]
			if !ok || t.Kind.IsAdditional() {
				continue
			}
			add(at, statusName(t))
		}
		if p.Protocol == ike.ESP && !integrity {
			add(espIntegrity, noIntegrity)
		}
	}
	return list
}

// childUses are the algorithms of a child.
func childUses(c *ikesa.Child) (list []use) {
	who := User{Child: max(c.Version, 1)}
	if len(c.Frames) > 0 {
		who.Frame = c.Frames[0]
	}
	for _, o := range []*ike.Offer{c.Offer, c.Choice} {
		for i := 0; o != nil && i < len(o.Proposals); i++ {
			list = append(list, proposalUses(&o.Proposals[i], who, who.Frame, o == c.Choice)...)
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
		if f.Child.Child != nil || f.SA.Cipher == nil && f.SA.MAC == nil || f.Stats.Opened == 0 {
			continue
		}
		who := User{Flow: f.About, IMS: d.Session.IMSOf(f.SA.SPI, f.SA.Dst) != nil}
		if c := f.SA.Cipher; c != nil {
			list = append(list, newUse(espEncryption, c.Name, who, f.Stats.First.Frame, true)...)
		}
		switch c, m := f.SA.Cipher, f.SA.MAC; {
		case m != nil:
			list = append(list, newUse(espIntegrity, m.Name, who, f.Stats.First.Frame, true)...)
		case f.SA.Protocol == esp.ESP && c != nil && !c.AEAD && f.SA.ICVLen == 0 && !f.SA.NoCheck:
			list = append(list, newUse(espIntegrity, noIntegrity, who, f.Stats.First.Frame, true)...)
		}
	}
	return list
}

// weakFinding is one warning about all weak algorithms of one sort that are in use.
func (d *diagnosis) weakFinding(code Code, uses []use, want func(*use) bool) {
	rows, byRow, list := sortUses(uses, func(u *use) bool { return u.chosen && want(u) })
	if len(rows) == 0 {
		return
	}
	facts := weakFacts(WeakInUse, rows, byRow)
	facts.IMS = !slices.ContainsFunc(uses, func(u use) bool { return u.chosen && want(&u) && !u.who.IMS })
	f := Finding{Code: code, Severity: Warning, Grade: Wire, Frames: list, RFC: rfcOf(rows), Facts: facts}
	if facts.IMS {
		f.Setting = SettingSIPAgreement
	} else if code == CodeWeakAlgorithm && !slices.ContainsFunc(rows, func(r *algorithmStatus) bool { return r.place != espEncryption && r.place != espIntegrity }) {
		f.Setting = SettingPhase2
	}
	d.found = append(d.found, f)
}

// weakFacts are the rows of the tables, with the SAs that use them.
func weakFacts(how WeakUse, rows []*algorithmStatus, byRow map[*algorithmStatus][]use) Weak {
	w := Weak{Use: how}
	for _, r := range rows {
		a := WeakAlgorithm{Name: r.name, Status: string(r.status), RFC: r.rfc, Why: r.why}
		if r.place != keyExchange && r.name != noIntegrity {
			a.For = placeNames[r.place]
		}
		a.Who, a.Others = whose(byRow[r])
		w.Rows = append(w.Rows, a)
	}
	return w
}

// sortUses groups the uses that want selects by their row, in the order of the tables, and collects their frames.
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
	return rows, byRow, Frames(list...)
}

// whose is who has the first of some uses, and counts the others.
func whose(list []use) (first User, others int) {
	all := make(map[User]bool)
	for _, u := range list {
		all[u.who] = true
	}
	return list[0].who, len(all) - 1
}

// rfcOf lists the RFCs of some rows, each once.
func rfcOf(rows []*algorithmStatus) string {
	var list []string
	for _, r := range rows {
		if !slices.Contains(list, r.rfc) {
			list = append(list, r.rfc)
		}
	}
	return strings.Join(list, "; ")
}

// adviceFinding is one note about all else that the RFCs advise against: in use, or offered alone.
func (d *diagnosis) adviceFinding(uses []use) {
	used, byUse, inUse := sortUses(uses, func(u *use) bool { return u.chosen && !u.row.weak })
	chosen := make(map[*algorithmStatus]bool)
	for _, u := range uses {
		chosen[u.row] = chosen[u.row] || u.chosen
	}
	offered, byOffer, inOffers := sortUses(uses, func(u *use) bool { return !chosen[u.row] && u.answered })
	note := func(how WeakUse, rows []*algorithmStatus, byRow map[*algorithmStatus][]use, list []int) {
		if len(rows) > 0 {
			d.found = append(d.found, Finding{Code: codeOf(rows), Severity: Noteworthy, Grade: Wire, Frames: list, RFC: rfcOf(rows),
				Facts: weakFacts(how, rows, byRow)})
		}
	}
	note(Advised, used, byUse, inUse)
	note(Offered, offered, byOffer, inOffers)
}

func codeOf(rows []*algorithmStatus) Code {
	if slices.ContainsFunc(rows, func(r *algorithmStatus) bool { return r.place != keyExchange }) {
		return CodeWeakAlgorithm
	}
	return CodeWeakDH
}

// aggressive finds Aggressive Mode with a pre-shared key (RFC 2409, section 5.4): the identities are unencrypted, and so is a hash
// of the key that can be tried against word lists.
func (d *diagnosis) aggressive() {
	for _, s := range d.Stories() {
		x := negotiation.Phase1Of(s.SA)
		if x == nil || s.SA.Version != 1 || x.Type != ikev1.ExchangeAggressive || !usesPSK(s.SA, x) || len(x.Messages) < 2 {
			continue
		}
		d.addSA(s.SA, Finding{Code: CodeAggressiveModePSK, Severity: Warning, Grade: Wire, Frames: Frames(x.Messages[0].Frame, x.Messages[1].Frame),
			Facts: AggressivePSK{}, Compared: identityValues(s.SA)})
	}
}

// identityValues are the identities of both peers that were seen.
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
	for _, sa := range d.Session.SAs {
		if sa.Version == 1 && sa.Established {
			d.add(Finding{Code: CodeIKEv1Deprecated, Severity: Noteworthy, Grade: Wire, Facts: IKEv1Used{}})
			return
		}
	}
}

// espNull notes SAs that encrypt nothing by agreement. Those that were found out without keys have a finding of their own.
func (d *diagnosis) espNull() {
	first := make(map[NegotiatedNull]int) // in list, by what they have instead
	var list []Finding
	for _, f := range d.flows() {
		if f.SA.Protocol != esp.ESP || f.SA.Cipher == nil || !f.SA.Cipher.Null() || f.SA.Guessed() {
			continue
		}
		facts := negotiatedNull(f.SA)
		if i, ok := first[facts]; ok {
			had, _ := list[i].Facts.(NegotiatedNull)
			had.Others++
			list[i].Facts = had
			continue
		}
		first[facts] = len(list)
		facts.Flow = f.About
		list = append(list, f.finding(CodeESPNull, Noteworthy, facts))
	}
	d.found = append(d.found, list...)
}

// negotiatedNull is what an SA has that encrypts nothing.
func negotiatedNull(sa *esp.SA) NegotiatedNull {
	switch {
	case sa.MAC == nil && !sa.Cipher.AEAD && sa.NoCheck && sa.ICVLen > 0:
		return NegotiatedNull{What: fmt.Sprintf("NULL with an ICV of %d bits", 8*sa.ICVLen)}
	case sa.MAC == nil && !sa.Cipher.AEAD:
		return NegotiatedNull{Bare: true}
	case sa.MAC == nil:
		return NegotiatedNull{What: sa.Cipher.Name}
	}
	return NegotiatedNull{What: "NULL with " + sa.MAC.Name}
}
