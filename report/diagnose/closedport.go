package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// What IKE messages tell of the host that reports a port of IKE unreachable.

// ikeSendings are the frames of all IKE messages, retransmissions among them, in order.
type ikeSendings struct {
	byPort map[[2]netip.AddrPort][]int // by source and destination
	byHost map[[2]netip.Addr][]int     // likewise
}

// sendings are those of the capture, made once.
func (d *diagnosis) sendings() *ikeSendings {
	if d.ikeSent != nil {
		return d.ikeSent
	}
	x := &ikeSendings{make(map[[2]netip.AddrPort][]int), make(map[[2]netip.Addr][]int)}
	add := func(src, dst netip.AddrPort, frame int) {
		ports, hosts := [2]netip.AddrPort{src, dst}, [2]netip.Addr{src.Addr(), dst.Addr()}
		x.byPort[ports] = append(x.byPort[ports], frame)
		x.byHost[hosts] = append(x.byHost[hosts], frame)
	}
	for _, sa := range d.Session.SAs {
		for _, m := range sa.Messages {
			add(m.Src, m.Dst, m.Frame)
			for _, r := range m.Repeats {
				add(r.Src, r.Dst, r.Frame)
			}
		}
	}
	for _, list := range x.byPort {
		slices.Sort(list)
	}
	for _, list := range x.byHost {
		slices.Sort(list)
	}
	d.ikeSent = x
	return x
}

// frameBefore is the last of some frames, in order, before another one; 0: none is.
func frameBefore(frames []int, frame int) int {
	i, _ := slices.BinarySearch(frames, frame)
	if i == 0 {
		return 0
	}
	return frames[i-1]
}

// atNAT reports whether host is what a NAT shows of a peer of another host.
func (d *diagnosis) atNAT(host, peer netip.Addr) bool {
	return slices.ContainsFunc(d.Family().Between(negotiation.InOrder(host, peer)), func(sa *ikesa.SA) bool {
		return behindNAT(sa, sa.InitiatorAddr.Addr() == host)
	})
}

// reportedOn fills in which IKE messages the errors es of one sort, which f is for, are about, and whether the host that reports them sent IKE itself before.
func (d *diagnosis) reportedOn(es []traffic.ICMPError, f *Finding, facts *ICMPError) {
	sent := d.sendings()
	for _, e := range es {
		if at := frameBefore(sent.byPort[[2]netip.AddrPort{e.Src, e.Dst}], e.Frame); at > 0 {
			f.About = append(f.About, at)
		}
	}
	e := &es[0]
	own := e.Reason.Kind == traffic.ICMPNoPort && e.From == e.Dst.Addr()
	facts.NoMapping = own && d.atNAT(e.From, e.Src.Addr()) // a NAT reports what it has no mapping for
	if len(f.About) == 0 || !own || facts.NoMapping {
		return
	}
	facts.SentBefore = frameBefore(sent.byPort[[2]netip.AddrPort{e.Dst, e.Src}], e.Frame)
	if facts.SentBefore == 0 {
		facts.OtherPort = frameBefore(sent.byHost[[2]netip.Addr{e.Dst.Addr(), e.Src.Addr()}], e.Frame)
	}
}
