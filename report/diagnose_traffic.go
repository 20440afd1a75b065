package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Rules about the traffic of each SA.

const (
	maxTrafficFindings = 20              // of one code
	deleteGrace        = 2 * time.Second // for packets that were on the way when the Delete was sent
	lifetimeGrace      = 5 * time.Second // each side counts from another moment
	oneWayAfter        = 3               // packets that nobody answers
	maxWays            = 4096            // SAs between two hosts
)

// A flowFacts is what the rules need of one SA.
type flowFacts struct {
	sa    *esp.SA
	st    esp.Stats
	began time.Time // when it was negotiated
	ref   childRef  // ref.child is nil where nothing in the capture negotiates it
	about string    // "ESP 0xc0ffee01 192.0.2.1 > 192.0.2.2"
}

func (f *flowFacts) finding(code diagnose.Code, severity Severity, text string) Finding {
	r := Finding{Code: code, Severity: severity, Text: text, Frames: frames(f.st.First.Frame, f.st.Last.Frame), span: true}
	r.sa = f.ref.sa
	return r
}

// traffic finds what the sequence numbers and times of each SA's packets tell.
func (d *diagnosis) traffic() {
	flows := d.flows()
	deletes := deleteMessages(d.session.SAs)
	var list []Finding
	for i := range flows {
		f := &flows[i]
		list = append(list, sequenceFindings(f)...)
		if after, ok := afterDelete(f, deletes); ok {
			list = append(list, after)
		} else if after, ok := afterLifetime(f); ok {
			list = append(list, after)
		}
	}
	d.addBounded(append(list, d.oneWay(flows)...))
}

// flows are the SAs with packets.
func (d *diagnosis) flows() []flowFacts {
	if d.used == nil {
		d.used = d.usedSAs()
	}
	return d.used
}

func (d *diagnosis) usedSAs() []flowFacts {
	list := []flowFacts{}
	children, times := childrenOf(d.session), messageTimes(d.session.SAs)
	for _, group := range groupSAs(d.session.Table.SAs()) {
		sa := group[0]
		st := sa.Stats()
		if st.Packets == 0 {
			continue
		}
		ref := children[childKey{sa.Protocol, sa.SPI}]
		list = append(list, flowFacts{sa: sa, st: st, ref: ref, began: negotiatedAt(ref.child, times),
			about: fmt.Sprintf("%v %s %s > %s", sa.Protocol, spiString(sa.Protocol, sa.SPI),
				addrName(sa.Src.IsValid(), sa.Src.String()), addrName(sa.Dst.IsValid(), sa.Dst.String()))})
	}
	return list
}

// addBounded adds findings, of each code the worst ones and how many more there are.
func (d *diagnosis) addBounded(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int { return a.Severity.Rank() - b.Severity.Rank() })
	n, more := make(map[diagnose.Code]int), []Finding{}
	for _, f := range list {
		if n[f.Code]++; n[f.Code] <= maxTrafficFindings {
			d.add(f)
		} else if n[f.Code] == maxTrafficFindings+1 {
			more = append(more, Finding{Code: f.Code, Severity: f.Severity})
		}
	}
	for _, f := range more {
		f.Text = fmt.Sprintf("the same on %d more SAs", n[f.Code]-maxTrafficFindings)
		d.add(f)
	}
}

// sequenceFindings are loss, replays and reordering.
func sequenceFindings(f *flowFacts) (list []Finding) {
	if lost := missing(&f.st); lost > 0 {
		r := f.finding("esp-loss", lossSeverity(f, lost), fmt.Sprintf("%s: %d of %d packets (%s) are missing by their sequence numbers",
			f.about, lost, numbersOf(&f.st), percent(lost, numbersOf(&f.st))))
		r.Details = []string{gapsText(&f.st)}
		r.Hint = "they were lost before the capture point: look for a full or faulty link and for policing; or the capture itself has dropped them (tcpdump says \"dropped by kernel\" then)"
		if r.Severity == SeverityNote {
			r.Hint = ""
		}
		list = append(list, r)
	}
	if f.st.Replays > 0 {
		list = append(list, replayFinding(f))
	}
	if f.st.Reordered > 0 {
		r := f.finding("esp-reordering", SeverityNote, fmt.Sprintf("%s: %s came after later ones, by up to %s",
			f.about, count(f.st.Reordered, "packet"), countLarge(f.st.MaxReorder, "number")))
		for _, late := range lateCounts(&f.st) {
			r.Details = append(r.Details, fmt.Sprintf("%d too late for a replay window of %d", late.Packets, late.Window))
		}
		if len(r.Details) > 0 {
			r.Hint = "a receiver with a smaller replay window drops them: set it larger (strongSwan replay_window, libreswan replay-window)"
		}
		list = append(list, r)
	}
	return list
}

// gapsText says how the missing numbers are spread. Where packets came out of order, a jump over numbers need not be a gap that stayed.
func gapsText(st *esp.Stats) string {
	if st.Reordered > 0 {
		return fmt.Sprintf("%s over numbers, some of which packets out of order filled later", count(st.Gaps, "jump"))
	}
	return fmt.Sprintf("%s, the largest over %s", count(st.Gaps, "gap"), countLarge(st.LargestGap, "number"))
}

// lossSeverity weighs a loss: a packet or two tell nothing, and without an ICV the numbers are anybody's.
func lossSeverity(f *flowFacts, lost uint64) Severity {
	share := float64(lost) / (float64(f.st.MaxSeq-f.st.MinSeq) + 1)
	switch {
	case lost >= 20 && share >= 0.1 && f.sa.Checked() && f.st.Proven:
		return SeverityProblem
	case lost >= 3 && share >= 0.01:
		return SeverityWarning
	}
	return SeverityNote
}

// replayFinding tells a replay from a capture of two places at once, which shows nearly every packet twice.
func replayFinding(f *flowFacts) Finding {
	distinct := f.st.Opened - f.st.Duplicates
	if f.st.Replays*10 >= distinct*9 && distinct > 2 {
		r := f.finding("esp-replay", SeverityNote, fmt.Sprintf("%s: nearly all packets come twice, some time apart", f.about))
		r.Hint = "the capture shows the traffic at two places, most likely; if not, the packets are replayed"
		return r
	}
	r := f.finding("esp-replay", SeverityWarning, fmt.Sprintf("%s: %s with a sequence number that was there before", f.about, count(f.st.Replays, "packet")))
	r.Hint = "they were duplicated on the way, or replayed by an attacker; a receiver with a replay window drops them (RFC 4303, section 3.4.3)"
	return r
}

// countLarge is count for numbers that fit no int.
func countLarge(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// deleteMessages finds the messages whose Delete payloads name each SPI, in order.
func deleteMessages(sas []*ikesa.SA) map[childKey][]*ikesa.Message {
	at := make(map[childKey][]*ikesa.Message)
	for _, sa := range sas {
		for _, m := range sa.Messages {
			for _, p := range m.Payloads {
				protocol, spis := deleted(p.Body)
				for _, b := range spis {
					if spi, ok := spiNumber(b); ok {
						k := childKey{espProtocols[protocol], spi}
						at[k] = append(at[k], m)
					}
				}
			}
		}
	}
	return at
}

// deleted are the SPIs of ESP, AH and IPComp that a Delete payload names.
func deleted(b decode.Body) (protocol decode.ProtocolID, spis [][]byte) {
	switch d := b.(type) {
	case *ikev1.Delete:
		protocol, spis = d.Protocol, d.SPIs
	case *ikev2.Delete:
		protocol, spis = d.Protocol, d.SPIs
	}
	if _, ok := espProtocols[protocol]; !ok {
		return protocol, nil
	}
	return protocol, spis
}

// afterDelete finds an SA that is used after it was deleted.
func afterDelete(f *flowFacts, deletes map[childKey][]*ikesa.Message) (Finding, bool) {
	if f.ref.child == nil {
		return Finding{}, false
	}
	for _, m := range deletes[childKey{f.sa.Protocol, f.sa.SPI}] {
		late := f.st.Last.Time.Sub(m.Time)
		if m.Time.Before(f.began) || late <= deleteGrace {
			continue
		}
		r := f.finding("esp-after-delete", SeverityWarning, fmt.Sprintf(
			"%s is still used %s after the %s deleted it", f.about, seconds(late), side(m.FromInitiator)))
		r.Frames, r.span = frames(m.Frame, f.st.Last.Frame), false
		r.Hint = "the receiver drops such packets: the sender has missed the Delete, or goes on with the old SA after a rekeying"
		return r, true
	}
	return Finding{}, false
}

// afterLifetime finds an SA of IKEv1 that is used after the lifetime that was negotiated for it. IKEv2 negotiates none.
func afterLifetime(f *flowFacts) (Finding, bool) {
	if f.ref.child == nil || f.ref.child.Version == 2 {
		return Finding{}, false
	}
	for _, t := range f.ref.dir.Proposal.Transforms {
		const most = 100 * 365 * 24 * 3600 // what is more is no lifetime
		life := t.Phase2Lifetime().Seconds
		if life == 0 || life > most || f.began.IsZero() {
			continue
		}
		late := f.st.Last.Time.Sub(f.began.Add(time.Duration(life) * time.Second))
		if late <= lifetimeGrace {
			return Finding{}, false
		}
		r := f.finding("esp-after-delete", SeverityWarning, fmt.Sprintf(
			"%s is still used %s after the end of its lifetime of %d s", f.about, seconds(late), life))
		r.Frames, r.span = frames(f.st.Last.Frame), false
		r.Hint = "the peers have not rekeyed in time: compare the lifetimes on both sides, and look for a rekeying that failed"
		return r, true
	}
	return Finding{}, false
}

// messageTimes are the times of all IKE messages by frame.
func messageTimes(sas []*ikesa.SA) map[int]time.Time {
	at := make(map[int]time.Time)
	for _, sa := range sas {
		for _, m := range sa.Messages {
			at[m.Frame] = m.Time
		}
	}
	return at
}

// negotiatedAt is when the last message of the exchange that made a child was seen.
func negotiatedAt(c *ikesa.Child, times map[int]time.Time) (at time.Time) {
	if c == nil {
		return at
	}
	for _, n := range c.Frames {
		if t := times[n]; t.After(at) {
			at = t
		}
	}
	return at
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// oneWay finds pairs of SAs of which one carries packets and the other none, whether they opened or not.
func (d *diagnosis) oneWay(flows []flowFacts) (list []Finding) {
	x := d.newWays(flows)
	for _, s := range d.stories {
		if _, ok := onlyOneSide(s.sa); ok {
			continue // the capture has one direction alone, which is said already
		}
		for _, c := range s.sa.Children {
			if f, ok := x.oneWay(c); ok {
				f.sa = s.sa
				list = append(list, f)
			}
		}
	}
	return list
}

// A way is the packets that one SPI carried.
type way struct {
	proto       esp.Protocol
	spi         uint32
	src, dst    string // addresses
	from, to    string // selectors
	packets     int
	first, last int  // frames
	silent      bool // its content, which is known, asks for no answer
}

// ways are all packets of the capture by SPI.
type ways struct {
	byKey  map[childKey]*way
	byHost map[[2]string][]*way
}

func (d *diagnosis) newWays(flows []flowFacts) *ways {
	x := &ways{make(map[childKey]*way), make(map[[2]string][]*way)}
	refs := childrenOf(d.session)
	for i := range flows {
		f := &flows[i]
		x.add(way{f.sa.Protocol, f.sa.SPI, f.sa.Src.String(), f.sa.Dst.String(), "", "", f.st.Packets, f.st.First.Frame, f.st.Last.Frame, asksNothing(&f.st)}, f.ref)
	}
	for _, u := range d.session.Unknown {
		x.add(way{u.Protocol, u.SPI, u.Src.String(), u.Dst.String(), "", "", u.Packets, u.First, u.Last, false}, refs[childKey{u.Protocol, u.SPI}])
	}
	return x
}

// add takes packets in; those that some SA counts are in Unknown too if they stayed closed.
func (x *ways) add(w way, ref childRef) {
	k := childKey{w.proto, w.spi}
	if old := x.byKey[k]; old != nil {
		old.packets = max(old.packets, w.packets)
		return
	}
	if ref.child != nil {
		w.from, w.to = selectorsOf(ref.child, ref.dir.FromInitiator)
	}
	x.byKey[k] = &w
	hosts := [2]string{w.src, w.dst}
	x.byHost[hosts] = append(x.byHost[hosts], &w)
}

// selectorsOf are source and destination of what a direction of a child is for; "" where that is the hosts themselves.
func selectorsOf(c *ikesa.Child, fromInitiator bool) (from, to string) {
	switch {
	case c.TSi != nil && c.TSr != nil:
		from, to = c.TSi.String(), c.TSr.String()
	case c.IDci != nil && c.IDcr != nil:
		from, to = c.IDci.String(), c.IDcr.String()
	}
	if !fromInitiator {
		from, to = to, from
	}
	return from, to
}

// asksNothing reports whether all that an SA carried gets by without an answer.
func asksNothing(st *esp.Stats) bool {
	for _, t := range st.Inner {
		switch t.Protocol {
		case 1, 6, 58, 132: // ICMP, TCP, ICMPv6, SCTP
			return false
		}
	}
	return len(st.Inner) > 0
}

// oneWay looks at the two directions of a child.
func (x *ways) oneWay(c *ikesa.Child) (Finding, bool) {
	for i := range c.SAs {
		a := &c.SAs[i]
		w := x.byKey[childKey{a.Protocol, a.SPI}]
		if a.Protocol == esp.IPComp || w == nil || w.packets < oneWayAfter {
			continue
		}
		for j := range c.SAs {
			b := &c.SAs[j]
			if b.Protocol != a.Protocol || b.FromInitiator == a.FromInitiator || x.byKey[childKey{b.Protocol, b.SPI}] != nil || x.answered(w) {
				continue
			}
			severity := SeverityWarning
			if w.silent {
				severity = SeverityNote
			}
			return oneWayFinding(a, b, w, severity), true
		}
	}
	return Finding{}, false
}

// oneWayFinding is for packets on w, of a, and none on b, the way back.
func oneWayFinding(a, b *ikesa.ChildSA, w *way, severity Severity) Finding {
	f := Finding{Code: "esp-one-way", Severity: severity, Frames: frames(w.first, w.last), span: true,
		Text: fmt.Sprintf("%s on %v %s %s > %s, and none comes back on %v %s", count(w.packets, "packet"),
			a.Protocol, spiString(a.Protocol, a.SPI), w.src, w.dst, b.Protocol, spiString(b.Protocol, b.SPI))}
	switch {
	case w.silent:
		f.Hint = "what was sent asks for no answer; if one was expected, look for ESP that is dropped on the way"
	default:
		f.Hint = fmt.Sprintf("in this order: see on the gateway %s whether packets come in (a filter or NAT may drop ESP or UDP 4500), whether it sends the answers into the tunnel "+
			"(its policy and routes), and whether the hosts behind it answer; or the capture misses a direction", w.dst)
	}
	v := Compared{Name: "packets sent", Initiator: fmt.Sprint(w.packets), Responder: "0", Differs: true}
	if !a.FromInitiator {
		v.Initiator, v.Responder = v.Responder, v.Initiator
	}
	f.Values = []Compared{v}
	return f
}

// answered reports whether packets came back in the time of w on any other SA that is for the same traffic, or of which
// nothing is known: SAs are replaced at different moments in either direction.
func (x *ways) answered(w *way) bool {
	for i, o := range x.byHost[[2]string{w.dst, w.src}] {
		if i == maxWays {
			return true // too many to be looked at for each SA
		}
		same := o.from == w.to && o.to == w.from || o.from == "" && o.to == ""
		if same && o.first <= w.last && o.last >= w.first {
			return true
		}
	}
	return false
}
