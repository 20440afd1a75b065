package diagnose

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Tunnels whose SAs are replaced again and again.

const (
	stormSAs   = 8                // one after another
	stormLasts = 20 * time.Second // at the least, from the first to the last
	stormEach  = 30 * time.Second // on average, at the most, that one lives
	stormBoth  = 2 * time.Second  // that an SA goes on when the next one has begun
)

// RekeyedOften is a tunnel whose SAs one host sends on for a short time each.
type RekeyedOften struct {
	Src, Dst netip.Addr
	SAs      int           // of ESP or AH from Src to Dst, one after another
	Every    time.Duration // on average
	IKESAs   int           // that came up in that time: most SAs have one of their own; 0: they do not
}

// A stint is the time in which a flow has packets.
type stint struct {
	flow        traffic.Flow
	from, to    time.Time
	first, last int     // frames
	sa          Subject // the zero value: not known
}

// storms finds hosts that send on one SA after another, for some seconds each. SAs that are there at once, as those of several tunnels or those for each
// queue or CPU (RFC 9611), are something else.
func (d *diagnosis) storms() {
	runs := make(map[negotiation.Hosts][]stint) // the longer one of both directions
	for hosts, ways := range d.stints() {
		slices.SortStableFunc(ways, func(a, b stint) int { return cmp.Or(a.from.Compare(b.from), a.first-b.first) })
		run, k := oneByOne(ways), negotiation.InOrder(hosts[0], hosts[1])
		if had := runs[k]; len(run) > len(had) || len(run) > 0 && len(run) == len(had) && run[0].first < had[0].first {
			runs[k] = run
		}
	}
	var list []Finding
	shown := make(map[negotiation.Hosts]bool)
	for hosts, run := range runs {
		if len(run) >= stormSAs {
			list, shown[hosts] = append(list, d.storm(run)), true
		}
	}
	list = append(list, d.rekeyings(shown)...)
	slices.SortFunc(list, func(a, b Finding) int { return a.Frames[0] - b.Frames[0] })
	d.addBounded(list)
}

// every is the average time from one stint to the next.
func every(run []stint) time.Duration {
	return run[len(run)-1].from.Sub(run[0].from) / time.Duration(len(run)-1)
}

// stints are those of the flows of ESP and AH by source and destination.
func (d *diagnosis) stints() map[[2]netip.Addr][]stint {
	all := make(map[[2]netip.Addr][]stint)
	add := func(s stint) {
		if s.flow.Protocol != esp.IPComp && !s.flow.Dst.IsMulticast() && !d.AtSecondPlace(s.flow.Src, s.flow.Dst) {
			k := [2]netip.Addr{s.flow.Src, s.flow.Dst}
			all[k] = append(all[k], s)
		}
	}
	for _, f := range d.flows() {
		s := stint{flow: d.watch.Duplex.Seen(f.About), from: f.Stats.First.Time, to: d.lastSent(&f).Time, first: f.Stats.First.Frame, last: f.Stats.Last.Frame}
		if f.Child.SA != nil {
			s.sa = subjectOf(f.Child.SA)
		}
		add(s)
	}
	for _, u := range d.ClosedFlows() {
		if !u.Inside {
			add(stint{flow: traffic.OfClosed(u), from: u.Start, to: u.End, first: u.First, last: u.Last})
		}
	}
	return all
}

// oneByOne is the longest run of stints of which each begins when the one before it is about to end, and soon after that began; nil: none lasts long enough.
func oneByOne(list []stint) (longest []stint) {
	begin := 0
	for i := range list {
		if i > 0 && (list[i-1].to.Sub(list[i].from) > stormBoth || list[i].from.Sub(list[i-1].from) > 2*stormEach) {
			begin = i
		}
		run := list[begin : i+1]
		lasts := list[i].from.Sub(list[begin].from)
		if len(run) > len(longest) && lasts >= stormLasts && lasts/time.Duration(len(run)) <= stormEach {
			longest = run
		}
	}
	return longest
}

func (d *diagnosis) storm(run []stint) Finding {
	first, last := &run[0], &run[len(run)-1]
	facts := RekeyedOften{Src: first.flow.Src, Dst: first.flow.Dst, SAs: len(run), Every: every(run)}
	came := 0
	for _, sa := range d.Family().Met(negotiation.InOrder(facts.Src, facts.Dst)) {
		if m := negotiation.Authenticated(sa); m != nil && m.Time.After(first.from) && !m.Time.After(last.from) {
			came++
		}
	}
	if came*2 >= len(run) {
		facts.IKESAs = came
	}
	return Finding{Code: CodeRekeyedOften, Severity: Warning, Grade: Wire, Subject: first.sa, Frames: Frames(first.first, last.last), Span: true, Facts: facts}
}
