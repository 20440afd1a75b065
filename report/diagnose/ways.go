package diagnose

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// oneWay finds pairs of SAs of which one carries packets and the other none, whether they were decrypted or not.
func (d *diagnosis) oneWay(flows []flowFacts) (list []Finding) {
	x := d.newWays(flows)
	for _, s := range d.Stories() {
		if _, ok := negotiation.OnlyOneSide(s.SA); ok {
			continue // the capture has one direction alone, which is said already
		}
		for _, c := range s.SA.Children {
			if f, ok := x.oneWay(c); ok {
				d.withContent(&f)
				d.explain(&f)
				f.Subject = subjectOf(s.SA)
				list = append(list, f)
			}
		}
	}
	return list
}

// withContent adds to packets that go one way what is known of those inside. Where they show that others came back, it is the capture that lacks them.
func (d *diagnosis) withContent(f *Finding) {
	facts, ok := f.Facts.(OneWay)
	if !ok {
		return
	}
	h := d.hearingOf(facts.Flow)
	if h == nil {
		return
	}
	if facts.Unseen = h.c.Unseen; facts.Unseen > 0 {
		f.Compared = nil
	}
	for _, s := range h.unread {
		if s.Ask == traffic.AskControl {
			facts.Control += s.Sent
		}
	}
	f.Facts = facts
}

// A way is the packets that one SPI carried.
type way struct {
	traffic.Flow
	from, to    ike.SelectorsKey
	packets     int
	first, last int  // frames
	silent      bool // its content, which is known, asks for no answer
}

// ways are all packets of the capture by SPI.
type ways struct {
	byKey  map[negotiation.ChildKey]*way
	byHost map[[2]netip.Addr][]*way
}

// inOrder are the ways as they begin.
func (x *ways) inOrder() []*way {
	return slices.SortedFunc(maps.Values(x.byKey), func(a, b *way) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.SPI, b.SPI)) })
}

func (d *diagnosis) newWays(flows []flowFacts) *ways {
	x := &ways{make(map[negotiation.ChildKey]*way), make(map[[2]netip.Addr][]*way)}
	for i := range flows {
		f := &flows[i]
		x.add(way{Flow: f.About, packets: f.Stats.Packets - f.Stats.Repeats, first: f.Stats.First.Frame, last: f.Stats.Last.Frame, silent: d.asksNothing(f)}, f.Child)
	}
	for _, u := range d.ClosedFlows() {
		x.add(way{Flow: traffic.OfClosed(u), packets: u.Sent(), first: u.First, last: u.Last}, d.Child(negotiation.ChildKey{Protocol: u.Protocol, SPI: u.SPI}))
	}
	return x
}

// add takes packets in; those that some SA counts are in Unknown too if they were not decrypted.
func (x *ways) add(w way, ref negotiation.ChildRef) {
	k := negotiation.ChildKey{Protocol: w.Protocol, SPI: w.SPI}
	if old := x.byKey[k]; old != nil {
		old.packets = max(old.packets, w.packets)
		return
	}
	if ref.Child != nil {
		w.from, w.to = negotiation.Networks(ref.Child, ref.Dir.FromInitiator)
	}
	x.byKey[k] = &w
	hosts := [2]netip.Addr{w.Src, w.Dst}
	x.byHost[hosts] = append(x.byHost[hosts], &w)
}

// asksNothing reports whether all that an SA carried gets by without a response.
func (d *diagnosis) asksNothing(f *flowFacts) bool {
	for _, t := range f.Stats.Inner {
		switch t.Protocol {
		case ip.ProtoICMP, ip.ProtoTCP, ip.ProtoICMPv6, ip.ProtoSCTP:
			return false
		}
	}
	return len(f.Stats.Inner) > 0 && d.hearingOf(f.About) == nil // as requests have
}

// oneWay looks at the two directions of a child.
func (x *ways) oneWay(c *ikesa.Child) (_ Finding, ok bool) {
	for i := range c.SAs {
		a := &c.SAs[i]
		w := x.byKey[negotiation.ChildKey{Protocol: a.Protocol, SPI: a.SPI}]
		if a.Protocol == esp.IPComp || w == nil || w.packets < oneWayAfter {
			continue
		}
		for j := range c.SAs {
			b := &c.SAs[j]
			if b.Protocol != a.Protocol || b.FromInitiator == a.FromInitiator || x.byKey[negotiation.ChildKey{Protocol: b.Protocol, SPI: b.SPI}] != nil || x.answered(w) {
				continue
			}
			severity := Warning
			if w.silent {
				severity = Noteworthy
			}
			return oneWayFinding(SideOf(a.FromInitiator == c.FromInitiator), a, b, w, severity), true
		}
	}
	return Finding{}, false
}

// oneWayFinding is for packets of a side on w, of a, and none on b, the way back.
func oneWayFinding(from Side, a, b *ikesa.ChildSA, w *way, severity Severity) Finding {
	v := Compared{Name: "packets sent", Initiator: fmt.Sprint(w.packets), Responder: "0", Differs: true}
	if from == Responder {
		v.Initiator, v.Responder = v.Responder, v.Initiator
	}
	flow := w.Flow
	flow.Protocol, flow.SPI = a.Protocol, a.SPI
	return Finding{Code: CodeESPOneWay, Severity: severity, Grade: Wire, From: from, Frames: Frames(w.first, w.last), Span: true,
		Facts: OneWay{Flow: flow, Packets: w.packets, BackProtocol: b.Protocol, BackSPI: b.SPI, Silent: w.silent}, Compared: []Compared{v}}
}

// answered reports whether packets came back in the time of w on any other SA that is for the same traffic, or of which
// nothing is known: SAs are replaced at different moments in either direction.
func (x *ways) answered(w *way) bool {
	for i, o := range x.byHost[[2]netip.Addr{w.Dst, w.Src}] {
		if i == maxWays {
			return true // too many to be looked at for each SA
		}
		same := o.from == w.to && o.to == w.from || o.from == ike.SelectorsKey{} && o.to == ike.SelectorsKey{}
		if same && o.first <= w.last && o.last >= w.first {
			return true
		}
	}
	return false
}
