package report

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A Scope finds, in the second pass, which packets and flows a filter selects. It makes the reports of the selection.
type Scope struct {
	filter   *Filter
	session  *ikedecode.Session
	before   *negotiation.Reading // of the session after the first pass
	reading  func() *Reading      // of the session after Run
	captured captured
	timeline *Timeline                     // all IKE SAs
	keep     [][]Exchange                  // of each IKE SA, what the filter selects
	peer     map[*ikesa.SA]bool            // whether one of the peers takes part
	wanted   map[string]bool               // cookies of the IKE SAs that the filter selects whatever is in them; time aside
	spis     map[negotiation.ChildKey]bool // SAs that are asked for by the SPI of their other direction
	hosts    map[[2]netip.Addr]bool        // pairs of hosts with selected packets

	inTime, fits frameSet              // frames in the time that is asked for; frames with packets of what is asked for
	opened       map[*esp.SA]bool      // with packets in the selection
	flows        map[traffic.Flow]bool // flows with packets in the selection
	closed       int                   // packets in the selection that were not decrypted

	shut         map[traffic.Flow]int // of them, by flow
	counts, last ikedecode.Counts     // of the packets in the selection; of all so far

	learned *learned // of Live; else nil
}

// Scope readies the filter for the second pass over s.
func (f *Filter) Scope(s *ikedecode.Session) *Scope {
	before := Read(s)
	sc := &Scope{filter: f, session: s, before: before.Reading}
	sc.reading = sync.OnceValue(func() *Reading { return newReading(sc.before.Settle()) })
	if !f.Active() {
		return sc
	}
	sc.captured, sc.timeline = capturedBy(s), before.Timeline()
	sc.peer, sc.wanted = make(map[*ikesa.SA]bool), make(map[string]bool)
	sc.spis, sc.hosts = make(map[negotiation.ChildKey]bool), make(map[[2]netip.Addr]bool)
	sc.opened, sc.flows, sc.shut = make(map[*esp.SA]bool), make(map[traffic.Flow]bool), make(map[traffic.Flow]int)
	for i, sa := range s.SAs {
		sc.addIKE(sa, &sc.timeline.SAs[i])
	}
	return sc
}

// addIKE notes what the filter selects of an IKE SA. Its exchanges in another time are of the scope, too.
func (sc *Scope) addIKE(sa *ikesa.SA, t *TimelineSA) {
	sc.keep = append(sc.keep, sc.filter.exchanges(sa, t, sc.captured))
	if sc.peer[sa] = sc.filter.fitsPeer(sa, &t.IKESA); !sc.peer[sa] {
		return
	}
	whole, spis := sc.filter.fitsSA(sa)
	if whole {
		sc.wanted[cookies(sa)] = true
	}
	for _, c := range sa.Children {
		for _, one := range c.SAs {
			if spis[spiOf(one)] {
				sc.spis[negotiation.ChildKey{Protocol: one.Protocol, SPI: one.SPI}] = true
			}
		}
	}
	for k := range t.Exchanges {
		if x := &t.Exchanges[k]; whole || x.names(spis) {
			sc.addExchange(x)
		}
	}
}

func (sc *Scope) addExchange(x *Exchange) {
	for i := range x.Messages {
		m := &x.Messages[i]
		sc.fits.add(m.Frame)
		sc.fits.add(m.Frames...)
		for _, r := range m.Repeats {
			sc.fits.add(r.Frame)
		}
		sc.addHosts(addrOf(m.Src), addrOf(m.Dst))
	}
}

func cookies(sa *ikesa.SA) string { return sa.Initiator.String() + ":" + sa.Responder.String() }

func addrOf(endpoint string) netip.Addr {
	a, err := netip.ParseAddrPort(endpoint)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap()
}

// addHosts notes hosts with packets in the scope, so that ICMP errors and fragments of theirs are in it.
func (sc *Scope) addHosts(a, b netip.Addr) {
	if len(sc.hosts) < maxFlows {
		sc.hosts[[2]netip.Addr{a, b}], sc.hosts[[2]netip.Addr{b, a}] = true, true
	}
}

// maxFlows bounds the flows, and the pairs of hosts, of a selection.
const maxFlows = 1 << 16

// Frame takes one packet of the second pass in.
func (sc *Scope) Frame(f *ikedecode.Frame) { sc.Selects(f) }

// Selects is Frame that reports whether the packet is in the selection. Where a peer or an SA is asked for, those are the packets of IKE, ESP, AH
// and IPComp, their fragments and keepalives, and ICMP errors about them.
func (sc *Scope) Selects(f *ikedecode.Frame) bool {
	if !sc.filter.Active() {
		return true
	}
	sc.take(f)
	selected := sc.inTime.has(f.Packet.Number) && sc.fitsPacket(f)
	now := sc.session.Counts
	if selected {
		sc.counts = sc.counts.Plus(now.Since(sc.last))
	}
	sc.last = now
	return selected
}

// fitsPacket reports whether a packet that was taken in is of the peers and SAs that are asked for.
func (sc *Scope) fitsPacket(f *ikedecode.Frame) bool {
	if len(sc.filter.peers)+len(sc.filter.sas) == 0 || sc.fits.has(f.Packet.Number) {
		return true
	}
	if len(f.Items) == 0 { // a fragment that waits for others
		outer, _ := capture.IP(f.Packet)
		h, ok := ip.Parse(outer)
		return ok && h.Fragment && sc.fitsHosts(h.Src, h.Dst)
	}
	return slices.ContainsFunc(f.Items, func(it ikedecode.Item) bool {
		d := it.Datagram
		return d.Kind == capture.Keepalive && sc.fitsHosts(d.Src.Addr(), d.Dst.Addr())
	})
}

func (sc *Scope) take(f *ikedecode.Frame) {
	if sc.learned != nil {
		sc.captured = capturedBy(sc.session)
	}
	now := sc.filter.covers(f.Packet.Time, sc.captured)
	if now {
		sc.inTime.add(f.Packet.Number)
	}
	for i := range f.Items {
		sc.item(&f.Items[i], now)
	}
}

func (sc *Scope) item(it *ikedecode.Item, now bool) {
	d := it.Datagram
	if flow, ok := traffic.FlowOf(it); ok {
		sc.packet(it, unmapped(flow), now)
	} else if d.Kind == capture.ICMPError {
		if e, ok := traffic.ParseICMP(d.Payload); ok && sc.fitsHosts(e.Src.Addr(), e.Dst.Addr()) {
			sc.fits.add(d.Frame)
		}
	} else if sc.fitsIKE(it) {
		sc.fits.add(d.Frame)
		sc.fits.add(d.Frames...)
	}
}

// unmapped is f with IPv4 addresses as such.
func unmapped(f traffic.Flow) traffic.Flow {
	f.Src, f.Dst = f.Src.Unmap(), f.Dst.Unmap()
	return f
}

// packet takes a packet of ESP, AH or IPComp in. What is inside of it counts as well.
func (sc *Scope) packet(it *ikedecode.Item, outer traffic.Flow, now bool) {
	d := it.Datagram
	fits := sc.fitsFlow(outer)
	if fits {
		sc.addFlow(outer, it.Closest(), now)
		if now && it.Opened == nil {
			sc.closed++
			if sc.shut[outer] > 0 || len(sc.shut) < maxFlows {
				sc.shut[outer]++
			}
		}
	}
	if it.Opened != nil {
		for i := range it.Opened.Layers {
			l := &it.Opened.Layers[i]
			if inner := unmapped(traffic.Flow{Protocol: l.Protocol, SPI: l.SPI, Src: l.Src, Dst: l.Dst}); sc.fitsFlow(inner) {
				sc.addFlow(inner, l.SA, now)
				fits = true
			}
		}
	}
	if fits {
		sc.fits.add(d.Frame)
		sc.fits.add(d.Frames...)
	}
}

func (sc *Scope) addFlow(k traffic.Flow, sa *esp.SA, now bool) {
	sc.addHosts(k.Src, k.Dst)
	if !now {
		return
	}
	if sa != nil {
		sc.opened[sa] = true
	}
	if len(sc.flows) < maxFlows {
		sc.flows[k] = true
	}
}

// fitsFlow reports whether peer and SA of the filter fit a flow, or the IKE SA that negotiated it.
func (sc *Scope) fitsFlow(k traffic.Flow) bool {
	child := negotiation.ChildKey{Protocol: k.Protocol, SPI: k.SPI}
	o := sc.owner(child)
	return sc.fitsSPI(child, o) && (o.peer || sc.fitsPeers(k.Src, k.Dst))
}

// fitsSPI reports whether an SA is one that is asked for. o negotiated it.
func (sc *Scope) fitsSPI(k negotiation.ChildKey, o owner) bool {
	if len(sc.filter.sas) == 0 || sc.spis[k] {
		return true
	}
	for _, s := range sc.filter.sas {
		if s.isSPI && s.spi == k.SPI || !s.isSPI && o.known && s.fitsCookies(o.initiator.String(), o.responder.String()) {
			return true
		}
	}
	return false
}

// fitsPeers reports whether one of the hosts is a peer that is asked for.
func (sc *Scope) fitsPeers(hosts ...netip.Addr) bool {
	for i := range sc.filter.peers {
		for _, a := range hosts {
			if sc.filter.peers[i].holds(a) {
				return true
			}
		}
	}
	return len(sc.filter.peers) == 0
}

// fitsHosts is for packets of which only the hosts are known.
func (sc *Scope) fitsHosts(a, b netip.Addr) bool {
	if len(sc.filter.sas) == 0 && sc.fitsPeers(a, b) {
		return true
	}
	return sc.hosts[[2]netip.Addr{a.Unmap(), b.Unmap()}]
}

// fitsIdle reports whether an SA without a packet is in the selection: by when it was negotiated, where a time is asked for.
func (sc *Scope) fitsIdle(sa *esp.SA) bool {
	if sa.AnySPI || !sc.fitsFlow(unmapped(traffic.OfSA(sa))) {
		return false
	}
	if sc.filter.since == nil && sc.filter.until == nil {
		return true
	}
	c := sc.before.Child(negotiation.KeyOf(sa)).Child
	return c != nil && slices.ContainsFunc(c.Frames, func(frame int) bool {
		m := sc.before.Message(frame)
		return m != nil && sc.covers(m.Time)
	})
}

func (sc *Scope) covers(t time.Time) bool { return sc.filter.covers(t, sc.captured) }

// A frameSet is a set of frame numbers, a bit each.
type frameSet []uint64

func (s *frameSet) add(list ...int) {
	for _, n := range list {
		for n/64 >= len(*s) {
			*s = append(*s, 0)
		}
		(*s)[n/64] |= 1 << (n % 64)
	}
}

func (s frameSet) has(n int) bool { return n >= 0 && n/64 < len(s) && s[n/64]&(1<<(n%64)) != 0 }

// hasOne reports whether one of the frames is in the set.
func (s frameSet) hasOne(list []int) bool { return slices.ContainsFunc(list, s.has) }

// hasBetween reports whether a frame from first to last is in the set.
func (s frameSet) hasBetween(first, last int) bool {
	for n := first; n <= last && n/64 < len(s); n++ {
		if s.has(n) {
			return true
		}
	}
	return false
}
