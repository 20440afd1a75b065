package diagnose

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about a capture from both sides of a NAT: its second place has the same packets under other addresses.

// A placedFlow is an SA as the two places have it, the first one first.
type placedFlow struct {
	about [2]traffic.Flow
	count [2]*placedCount // nil: that place has none of its packets
}

// A placedCount is what one place has of an SA, wherever from and to.
type placedCount struct {
	different   int // sequence numbers
	low, high   uint32
	first, last esp.Point
}

// add takes in the packets between two hosts; c may be nil. It is p, which may be nil, too.
func (p *placedCount) add(c *traffic.Counter) *placedCount {
	switch {
	case c == nil:
		return p
	case p == nil:
		return &placedCount{c.Different, c.Low, c.High, c.First, c.Last}
	}
	p.different += c.Different
	p.low, p.high = min(p.low, c.Low), max(p.high, c.High)
	if c.First.Time.Before(p.first.Time) {
		p.first = c.First
	}
	if c.Last.Time.After(p.last.Time) {
		p.last = c.Last
	}
	return p
}

// placedFlows are the flows between hosts that were captured at two places.
func (d *diagnosis) placedFlows() (list []placedFlow) {
	second := make(map[negotiation.Hosts]negotiation.Hosts)
	for _, sa := range d.Session.SAs {
		for _, p := range sa.Places {
			if _, had := second[p.First]; !had {
				second[p.First] = p.Second
			}
		}
	}
	at := make(map[traffic.Flow]int)
	for _, x := range d.watch.Duplex.Flows() {
		here := d.atHome(x)
		first := here
		first.Src, first.Dst = d.FirstPlace(here.Src, here.Dst)
		first = d.atHome(first)
		hosts, placed := second[negotiation.InOrder(first.Src, first.Dst)]
		if !placed {
			continue
		}
		i, ok := at[first]
		if !ok {
			i, at[first] = len(list), len(list)
			list = append(list, placedFlow{about: [2]traffic.Flow{first, atHosts(first, hosts)}})
		}
		place := 0
		if d.AtSecondPlace(here.Src, here.Dst) {
			place = 1
		}
		list[i].count[place] = list[i].count[place].add(d.watch.Numbers.Of(x))
	}
	return list
}

// atHosts is a flow between two hosts, of which it has one.
func atHosts(f traffic.Flow, hosts negotiation.Hosts) traffic.Flow {
	switch {
	case f.Src == hosts[0]:
		f.Dst = hosts[1]
	case f.Src == hosts[1]:
		f.Dst = hosts[0]
	case f.Dst == hosts[0]:
		f.Src = hosts[1]
	default:
		f.Src = hosts[0]
	}
	return f
}

// betweenPlaces finds packets that one place has and the other, which they are sent to, has not: they were lost between.
func (d *diagnosis) betweenPlaces() {
	var list []Finding
	for _, p := range d.placedFlows() {
		for far := range p.count {
			if f, ok := d.lostBetween(p, 1-far, far); ok {
				list = append(list, f)
			}
		}
	}
	d.addBounded(list)
}

// lostBetween judges the packets of a flow that the place near has and the place far has not: those whose numbers are missing between others, and the
// last ones, where far goes on with what is sent in the other direction.
func (d *diagnosis) lostBetween(p placedFlow, near, far int) (f Finding, ok bool) {
	const few, many, most = 3, 20, 10 // packets, packets, a tenth
	const moment = 100 * time.Millisecond
	sent, came := p.count[near], p.count[far]
	if sent == nil || sent.different < few || came != nil && came.different >= sent.different {
		return f, false
	}
	facts := LostBetween{Flow: p.about[near], Src: p.about[far].Src, Dst: p.about[far].Dst, Of: uint64(sent.different),
		Hosts: negotiation.InOrder(p.about[0].Src, p.about[0].Dst)}
	end := uint64(sent.different)
	if came != nil {
		facts.Lost = came.missing()
		facts.Lost -= min(facts.Lost, sent.missing()) // what near lacks as well
		end = uint64(sent.high) - min(uint64(came.high), uint64(sent.high))
	}
	if back := d.watch.Duplex.Way(p.about[far].Dst, p.about[far].Src); end >= few && back != nil && back.Now.Packets >= few &&
		!back.Now.Last.Time.Before(sent.last.Time.Add(-moment)) {
		facts.Lost, facts.End = facts.Lost+end, true
	}
	if facts.Lost < few {
		return f, false
	}
	f = Finding{Code: CodeESPLoss, Severity: Warning, Grade: Wire, Frames: Frames(sent.first.Frame, sent.last.Frame), Span: true, Facts: facts}
	if facts.End || facts.Lost >= many && facts.Lost*most >= facts.Of {
		f.Severity = Problem
	}
	if ref := d.Child(negotiation.ChildKey{Protocol: facts.Flow.Protocol, SPI: facts.Flow.SPI}); ref.SA != nil {
		f.Subject = subjectOf(ref.SA)
	}
	return f, true
}

// lostOnPath finds flows that arrived at one of two capture points alone.
func (d *diagnosis) lostOnPath() {
	var list []Finding
	for _, p := range d.watch.Places.Lost() {
		files, lack := d.watch.Places.FilesOf(p.Flow), 1
		if p.Files[0] == 0 {
			lack = 0
		}
		facts := LostOnPath{Flow: p.Flow, Packets: p.Packets, Has: files[1-lack], Lack: files[lack]}
		list = append(list, d.lostOf(p, Problem, facts))
	}
	d.addBounded(list)
}

// lostInPart finds flows of which one of two capture files lacks some packets.
func (d *diagnosis) lostInPart() {
	const few, most = 3, 100
	var list []Finding
	for _, p := range d.watch.Places.Both() {
		for lack := range p.Files {
			lost, of, far := p.Lacking(lack)
			if lost < few || lost*most < of {
				continue
			}
			severity := Noteworthy
			if far {
				severity = Warning
			}
			files := d.watch.Places.FilesOf(p.Flow)
			list = append(list, d.lostOf(p, severity, LostOnPath{Flow: p.Flow, Packets: lost, Of: of, Near: !far, Has: files[1-lack], Lack: files[lack]}))
		}
	}
	d.addBounded(list)
}

func (d *diagnosis) lostOf(p *traffic.Placed, severity Severity, facts LostOnPath) Finding {
	f := Finding{Code: CodeESPLoss, Severity: severity, Grade: Wire, Frames: Frames(p.First.Frame, p.Last.Frame), Span: true, Facts: facts}
	if ref := d.Child(negotiation.ChildKey{Protocol: p.Flow.Protocol, SPI: p.Flow.SPI}); ref.SA != nil {
		f.Subject = subjectOf(ref.SA)
	}
	return f
}

// missing is how many numbers between the lowest and the highest one did not come.
func (p *placedCount) missing() uint64 {
	span := uint64(p.high) - uint64(p.low) + 1
	return span - min(uint64(p.different), span)
}

// copiedAtPlaces reports whether the packets of an SA that were there before are those of a second place alone: each place has none twice.
func (d *diagnosis) copiedAtPlaces(f traffic.Flow) bool {
	if f.Protocol == esp.IPComp {
		return false
	}
	places := make(map[[2]netip.Addr]bool)
	for _, x := range d.watch.Duplex.Alike(f) {
		c := d.watch.Numbers.Of(x)
		if c == nil || c.Packets != c.Different {
			return false
		}
		src, dst := d.FirstPlace(x.Src, x.Dst)
		places[[2]netip.Addr{src, dst}] = true
		if d.AtSecondPlace(x.Src, x.Dst) {
			places[[2]netip.Addr{x.Src, x.Dst}] = true
		}
	}
	return len(places) > 1
}
