package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// strays finds packets inside Child SAs that these are not for: the receiver is to drop them (RFC 4301, section 5.2).
func (d *diagnosis) strays() {
	const some = 3
	found, order := make(map[traffic.Flow]*Stray), []traffic.Flow(nil)
	for _, p := range d.watch.Pairs.All() {
		if !d.strayPairs()[[2]netip.Addr{p.Src, p.Dst}] {
			continue
		}
		x := found[p.Flow]
		if x == nil {
			from, to, known := selectorsOf(d.Child(childKeyOf(p.Flow)))
			if !known {
				continue
			}
			x = &Stray{Flow: p.Flow, Src: p.Src, Dst: p.Dst, Local: from, Remote: to, first: p.First}
			found[p.Flow], order = x, append(order, p.Flow)
		}
		x.Packets, x.Pairs, x.last = x.Packets+p.Packets, x.Pairs+1, max(x.last, p.Last)
	}
	var list []Finding
	for _, of := range order {
		if x := found[of]; x.Packets >= some {
			f := Finding{Code: CodeOutsideSelectors, Severity: Warning, Grade: Wire, Frames: Frames(x.first, x.last), Span: true, Facts: *x}
			d.ofSender(&f, of)
			list = append(list, f)
		}
	}
	d.addBounded(list)
}

// strayPairs are hosts that speak inside Child SAs that are not for them, and get nothing back: many gateways that route into tunnels take what comes, whatever
// the selectors.
func (d *diagnosis) strayPairs() map[[2]netip.Addr]bool {
	if d.stray != nil {
		return d.stray
	}
	d.stray = make(map[[2]netip.Addr]bool)
	back := make(map[[2]netip.Addr]bool)
	for _, p := range d.watch.Pairs.All() {
		back[[2]netip.Addr{p.Dst, p.Src}] = true
	}
	for _, p := range d.watch.Pairs.All() {
		pair := [2]netip.Addr{p.Src, p.Dst}
		from, to, known := selectorsOf(d.Child(childKeyOf(p.Flow)))
		if known && !back[pair] && !isLocal(p.Dst) && !(contains(from, p.Src) && contains(to, p.Dst)) {
			d.stray[pair] = true
		}
	}
	return d.stray
}

// isLocal reports whether packets for an address are for all hosts of a link, or for a group.
func isLocal(a netip.Addr) bool {
	return a.IsMulticast() || a.IsLinkLocalUnicast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// selectorsOf are those of the sender and of the receiver of one direction of a Child SA in tunnel mode.
func selectorsOf(ref negotiation.ChildRef) (from, to ike.Selectors, known bool) {
	c := ref.Child
	if c == nil || c.Mode == ike.Transport {
		return nil, nil, false
	}
	t, known := c.Carries()
	if from, to = t.Initiator, t.Responder; !ref.Dir.FromInitiator {
		from, to = to, from
	}
	ranges := func(list ike.Selectors) bool {
		return !slices.ContainsFunc(list, func(s ike.Selector) bool { return !s.IsRange() })
	}
	return from, to, known && ranges(from) && ranges(to)
}

func contains(list ike.Selectors, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(s ike.Selector) bool { return s.Contains(a) })
}
