package diagnose

import (
	"errors"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about the traffic of each SA.

const (
	deleteGrace   = 2 * time.Second // for packets that were on the path when the Delete was sent
	lifetimeGrace = 5 * time.Second // each side counts from another moment
	oneWayAfter   = 3               // packets that got no response
	maxWays       = 4096            // SAs between two hosts
)

// A flowFacts is an SA with packets.
type flowFacts struct{ negotiation.Flow }

func (f *flowFacts) finding(code Code, severity Severity, facts Facts) Finding {
	r := Finding{Code: code, Severity: severity, Grade: Wire, Facts: facts, Frames: Frames(f.Stats.First.Frame, f.Stats.Last.Frame), Span: true}
	if f.Child.SA != nil {
		r.Subject = subjectOf(f.Child.SA)
	}
	return r
}

// traffic finds what the sequence numbers and times of each SA's packets tell.
func (d *diagnosis) traffic() {
	flows := d.flows()
	twice := make(map[negotiation.Hosts]bool) // hosts with an SA that was captured at two places
	for i := range flows {
		if f := &flows[i]; nearlyAllTwice(&f.Stats) {
			twice[negotiation.InOrder(f.About.Src, f.About.Dst)] = true
		}
	}
	var list []Finding
	for i := range flows {
		f := &flows[i]
		list = append(list, d.sequenceFindings(f, twice[negotiation.InOrder(f.About.Src, f.About.Dst)])...)
		if after, ok := d.afterDelete(f); ok {
			list = append(list, after)
		} else if after, ok := d.afterLifetime(f); ok {
			list = append(list, after)
		}
	}
	d.addBounded(append(list, d.oneWay(flows)...))
}

// flows are the SAs with packets.
func (d *diagnosis) flows() (list []flowFacts) {
	for _, f := range d.Flows() {
		list = append(list, flowFacts{f})
	}
	return list
}

// addBounded adds findings about flows, of each code the worst ones and how many more there are.
func (d *diagnosis) addBounded(list []Finding) {
	d.found = append(d.found, Bounded(list)...)
}

// sequenceFindings are loss, replays and reordering; twice tells that an SA of the same hosts was captured at two places.
func (d *diagnosis) sequenceFindings(f *flowFacts, twice bool) (list []Finding) {
	if d.miscounted(f.About) {
		return nil
	}
	if lost := d.missingOf(f.About, missing(&f.Stats)); lost > 0 {
		list = append(list, d.atOutage(f.finding(CodeESPLoss, lossSeverity(f, lost), Loss{Flow: f.About, Lost: lost, Of: numbersOf(&f.Stats),
			Gaps: f.Stats.Gaps, Largest: f.Stats.LargestGap, Reordered: f.Stats.Reordered > 0})))
	}
	if f.Stats.Replays > 0 && !seenTwice(f) && !d.copiedAtPlaces(f.About) {
		list = append(list, replayFinding(f, twice))
	}
	if f.Stats.Reordered > 0 {
		facts := Reordering{Flow: f.About, Packets: f.Stats.Reordered, By: f.Stats.MaxReorder}
		for i, n := range f.Stats.Late {
			if n > 0 {
				facts.Late = append(facts.Late, Late{Packets: n, Window: esp.Windows[i]})
			}
		}
		list = append(list, f.finding(CodeESPReordering, Noteworthy, facts))
	}
	return list
}

// missing is how many packets of st were lost: those of its sequence numbers that neither a decrypted packet had nor one that
// was not decrypted may have had.
func missing(st *esp.Stats) uint64 {
	closed := uint64(st.Packets - st.Opened)
	if st.Lost <= closed {
		return 0
	}
	return st.Lost - closed
}

// numbersOf is how many sequence numbers st goes over.
func numbersOf(st *esp.Stats) uint64 { return st.MaxSeq - st.MinSeq + 1 }

// lossSeverity weighs a loss: a packet or two tell nothing, and without an ICV the numbers are anybody's.
func lossSeverity(f *flowFacts, lost uint64) Severity {
	share := float64(lost) / (float64(f.Stats.MaxSeq-f.Stats.MinSeq) + 1)
	switch {
	case lost >= 20 && share >= 0.1 && f.SA.Checked() && f.Stats.Proven:
		return Problem
	case lost >= 3 && share >= 0.01:
		return Warning
	}
	return Noteworthy
}

// seenTwice reports whether the capture is from both sides of a NAT and has nearly all packets of an SA twice for that.
func seenTwice(f *flowFacts) bool {
	return f.Child.SA != nil && len(f.Child.SA.Places) > 0 && nearlyAllTwice(&f.Stats)
}

// nearlyAllTwice reports whether st has nearly every packet twice.
func nearlyAllTwice(st *esp.Stats) bool {
	distinct := st.Opened - st.Duplicates
	return st.Replays*10 >= distinct*9 && distinct > 2
}

// replayFinding tells a replay from a capture of two places at once, which shows nearly every packet twice, or of an SA many, where the opposite one shows it:
// what is lost between the places is there once.
func replayFinding(f *flowFacts, twice bool) Finding {
	const many = 4 // one in so many
	distinct := f.Stats.Opened - f.Stats.Duplicates
	if nearlyAllTwice(&f.Stats) || twice && f.Stats.Replays*many >= distinct {
		return f.finding(CodeESPReplay, Noteworthy, Replays{Flow: f.About, Packets: f.Stats.Replays, AllTwice: true})
	}
	return f.finding(CodeESPReplay, Warning, Replays{Flow: f.About, Packets: f.Stats.Replays, Altered: alteredBetween(&f.Stats)})
}

// alteredBetween reports whether the capture has nearly every packet twice, and what it has twice with other content but once more: they are the copies of a second
// place.
func alteredBetween(st *esp.Stats) bool {
	distinct := st.Opened - st.Duplicates
	return st.Repeats*10 >= distinct*8 && st.Repeats+st.Replays <= distinct
}

// lastSent is the last packet of an SA that is no copy of one before: what is replayed later was not sent then.
func (d *diagnosis) lastSent(f *flowFacts) (last esp.Point) {
	for _, x := range d.watch.Duplex.Alike(f.About) {
		if c := d.watch.Numbers.Of(x); c != nil && c.Sent.Time.After(last.Time) && (x.Dst == f.About.Dst || x.Src == f.About.Src || x == d.watch.Duplex.Seen(f.About)) {
			last = c.Sent
		}
	}
	if last.Frame == 0 || f.Stats.Last.Time.Before(last.Time) {
		return f.Stats.Last
	}
	return last
}

// afterDelete finds an SA that is used after a Delete: of its pair, since one SA never goes without the other, or, in IKEv2, of the IKE SA
// that it belongs to (RFC 7296, section 1.4.1).
func (d *diagnosis) afterDelete(f *flowFacts) (_ Finding, ok bool) {
	if f.Child.Child == nil {
		return Finding{}, false
	}
	deletes := d.Deletes(negotiation.KeyOf(f.SA))
	if f.Child.Child.Version == 2 {
		for _, dir := range f.Child.Child.SAs {
			deletes = append(slices.Clip(deletes), d.Deletes(negotiation.ChildKey{Protocol: dir.Protocol, SPI: dir.SPI})...)
		}
	}
	facts := Outlived{Flow: f.About}
	if m := d.endOf(f.Child.SA); m != nil && f.Child.Child.Version == 2 {
		deletes, facts.IKE = append(slices.Clip(deletes), m), m
	}
	slices.SortStableFunc(deletes, func(a, b *ikesa.Message) int { return a.Time.Compare(b.Time) })
	last := d.lastSent(f)
	for _, m := range deletes {
		late := last.Time.Sub(deletedAt(m))
		if m.Time.Before(f.Began) || late <= deleteGrace {
			continue
		}
		facts.By, facts.Deleted = late, senderIn(f.Child.SA, m)
		if facts.IKE != m {
			facts.IKE = nil
		}
		r := f.finding(CodeESPAfterDelete, Warning, facts)
		r.Frames, r.Span = Frames(m.Frame, last.Frame), false
		return r, true
	}
	return Finding{}, false
}

// deletedAt is when both peers knew of a Delete: a request of IKEv2 may be lost and sent again, and until its response the SAs stay.
func deletedAt(m *ikesa.Message) time.Time {
	at := m.Time
	if m.Major() == 2 && m.Exchange != nil {
		for _, o := range m.Exchange.Messages {
			if o.IsResponse() && o.MessageID == m.MessageID && o.Time.After(at) {
				at = o.Time
			}
		}
	}
	return at
}

// endOf is the Delete of an IKE SA, or of the last one that took its Child SAs over by rekeying; nil: it is not in the capture.
func (d *diagnosis) endOf(sa *ikesa.SA) *ikesa.Message {
	for range maxBetween {
		next := d.Family().Heir(sa)
		if next == nil {
			break
		}
		sa = next
	}
	m := negotiation.IKEDelete(sa)
	if m == nil || mayHaveHeir(sa) {
		return nil
	}
	return m
}

// mayHaveHeir reports whether an IKE SA may have been rekeyed, as only IKEv2 does, though nothing of the new one is known: it was, or a message that would tell is
// not in the capture or was not read.
func mayHaveHeir(sa *ikesa.SA) bool {
	if sa.Version != 2 {
		return false
	}
	var ids [2][]uint32 // of requests of the initiator, the responder
	for _, x := range sa.Exchanges {
		if _, _, _, ok := negotiation.NewSPIs(x); ok {
			return true
		}
		asked, answered := false, false
		for _, m := range x.Messages {
			asked, answered = asked || !m.IsResponse(), answered || m.IsResponse()
			side := 0
			if m.FromInitiator == m.IsResponse() {
				side = 1
			}
			ids[side] = append(ids[side], m.MessageID)
			if x.Type == ikev2.ExchangeCreateChild && m.State == ikesa.Closed {
				return true
			}
		}
		if x.Type == ikev2.ExchangeCreateChild && !(asked && answered) {
			return true
		}
	}
	return slices.ContainsFunc(ids[:], func(list []uint32) bool {
		slices.Sort(list)
		list = slices.Compact(list)
		return len(list) > 0 && int(list[len(list)-1]-list[0]) >= len(list)
	})
}

// afterLifetime finds an SA of IKEv1 that is used after the lifetime that was negotiated for it. IKEv2 negotiates none.
func (d *diagnosis) afterLifetime(f *flowFacts) (_ Finding, ok bool) {
	if f.Child.Child == nil || f.Child.Child.Version == 2 || f.Child.Dir.Choice == nil {
		return Finding{}, false
	}
	for _, suite := range f.Child.Dir.Choice.Suites {
		const most = 100 * 365 * 24 * 3600 // what is more is no lifetime
		life := suite.Life.Seconds
		if life == 0 || life > most || f.Began.IsZero() {
			continue
		}
		last := d.lastSent(f)
		late := last.Time.Sub(f.Began.Add(time.Duration(life) * time.Second))
		if late <= lifetimeGrace {
			return Finding{}, false
		}
		r := f.finding(CodeESPAfterDelete, Warning, Outlived{Flow: f.About, By: late, Lifetime: life})
		r.Frames, r.Span = Frames(last.Frame), false
		return r, true
	}
	return Finding{}, false
}

// closedLoss finds packets that are missing from ESP flows without a key, by their sequence numbers. What has too few packets, or more
// numbers missing than there, may be no ESP at all.
func (d *diagnosis) closedLoss() {
	const enough, few, times = 16, 5, 4
	var list []Finding
	for _, u := range d.ClosedFlows() {
		if _, _, altered := d.alteredSPI(u); altered {
			continue
		}
		lost, came := d.missingAlone(traffic.OfClosed(u), u.Sequence.Missing()), uint64(u.Sequence.Numbers)
		counted := u.Sequence.Low == 1 && came >= few && lost <= times*came // from its first packet on
		if !errors.Is(u.Err, esp.ErrNoSA) || lost == 0 || !counted && (came < enough || lost > came) {
			continue
		}
		severity := Noteworthy
		if lost >= 3 && lost*100 >= lost+came {
			severity = Warning
		}
		list = append(list, d.atOutage(Finding{Code: CodeESPLoss, Severity: severity, Grade: Wire, Frames: Frames(u.First, u.Last), Span: true,
			Facts: Loss{Flow: traffic.Flow{Protocol: esp.ESP, SPI: u.SPI, Src: u.Src, Dst: u.Dst}, Closed: true, Lost: lost, Of: lost + came}}))
	}
	d.addBounded(list)
}

// nullEncryption finds flows that are not encrypted and were decrypted without keys.
func (d *diagnosis) nullEncryption() {
	const most = 20
	flows, n := d.Session.NullFlows(), 0
	for i := range flows {
		f := &flows[i]
		if f.SA == nil {
			continue
		}
		if n++; n > most {
			continue
		}
		st := f.SA.Stats()
		d.found = append(d.found, Finding{Code: CodeNullEncryption, Severity: Noteworthy, Frames: Frames(st.First.Frame, st.Last.Frame), Span: true,
			Facts: NullFlow{Flow: traffic.Flow{Protocol: esp.ESP, SPI: f.SPI, Src: f.Src, Dst: f.Dst}, Opened: st.Opened, Evidence: f.Evidence()}})
	}
	if n > most {
		d.found = append(d.found, Finding{Code: CodeNullEncryption, Severity: Noteworthy, Facts: MoreNull{Flows: n - most}})
	}
}
