package diagnose

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A tunnel is what was seen of the IKE and the traffic between two hosts.
type tunnel struct {
	hosts negotiation.Hosts
	ike   bool               // they negotiate
	up    bool               // with a Child SA
	open  bool               // some of what they send was decrypted
	sent  map[netip.Addr]int // packets
	alone bool               // what was sent goes to many, who send nothing back
}

// tunnels are those of the capture, in order of their hosts. What a Child SA carries counts for the hosts that negotiated it, wherever it
// goes: NAT and MOBIKE move it.
func (d *diagnosis) tunnels() []*tunnel {
	c := &tunnelCount{d, make(map[negotiation.Hosts]*tunnel), make(map[negotiation.Hosts]negotiation.Hosts)}
	c.negotiated()
	c.opened()
	for _, u := range d.ClosedFlows() {
		if !u.Inside { // of hosts that may be others'
			c.add(traffic.OfClosed(u), u.Sent(), d.Child(negotiation.ChildKey{Protocol: u.Protocol, SPI: u.SPI}))
		}
	}
	return slices.SortedFunc(maps.Values(c.at), func(a, b *tunnel) int {
		return cmp.Or(a.hosts[0].Compare(b.hosts[0]), a.hosts[1].Compare(b.hosts[1]))
	})
}

// A tunnelCount adds tunnels up.
type tunnelCount struct {
	*diagnosis
	at    map[negotiation.Hosts]*tunnel
	moved map[negotiation.Hosts]negotiation.Hosts // addresses of later messages of an IKE SA
}

// between is the tunnel of two hosts.
func (c *tunnelCount) between(h negotiation.Hosts) *tunnel {
	if c.at[h] == nil {
		c.at[h] = &tunnel{hosts: h, sent: make(map[netip.Addr]int)}
	}
	return c.at[h]
}

// negotiated adds the IKE SAs.
func (c *tunnelCount) negotiated() {
	for _, sa := range c.Session.SAs {
		t := c.between(negotiation.HostsOf(sa))
		t.ike = true
		for _, m := range sa.Messages {
			if h := negotiation.InOrder(m.Src.Addr(), m.Dst.Addr()); h != t.hosts {
				c.moved[h] = t.hosts
			}
		}
		for _, child := range sa.Children {
			t.up = t.up || sa.Established && child.Complete
		}
	}
	for _, sa := range c.Session.SAs { // who moved, and began anew from there, is in a tunnel of its own
		delete(c.moved, negotiation.HostsOf(sa))
	}
}

// opened adds the flows that there is a key for. What is behind a NAT as well counts once.
func (c *tunnelCount) opened() {
	near := make(map[negotiation.ChildKey]bool)
	for _, f := range c.flows() {
		if !c.AtSecondPlace(f.About.Src, f.About.Dst) && f.Stats.Packets > 0 {
			near[negotiation.KeyOf(f.SA)] = true
		}
	}
	for _, f := range c.flows() {
		packets := f.Stats.Packets - f.Stats.Repeats
		if c.AtSecondPlace(f.About.Src, f.About.Dst) && near[negotiation.KeyOf(f.SA)] {
			packets = 0 // the same ones, as the other side of a NAT shows them
		}
		if seenTwice(&f) {
			packets = f.Stats.Packets - f.Stats.Duplicates
		}
		t := c.add(f.About, packets, f.Child)
		t.open = t.open || f.Stats.Opened > 0
	}
}

// add counts packets of a flow, which a Child SA carries if its negotiation is known, and returns their tunnel.
func (c *tunnelCount) add(f traffic.Flow, packets int, ref negotiation.ChildRef) *tunnel {
	if f.Protocol == esp.IPComp {
		return &tunnel{}
	}
	hosts, from := c.endsOf(c.atHome(c.watch.Duplex.Seen(f)), ref)
	t := c.between(hosts)
	t.sent[from] += packets
	t.alone = t.alone || f.Dst.IsMulticast()
	return t
}

// endsOf are the hosts whose tunnel a flow is in, and the one of them that sends.
func (c *tunnelCount) endsOf(f traffic.Flow, ref negotiation.ChildRef) (hosts negotiation.Hosts, from netip.Addr) {
	if ref.Child != nil {
		if from = ref.SA.ResponderAddr.Addr(); SideOf(ref.Dir.FromInitiator == ref.Child.FromInitiator) == ike.Initiator {
			from = ref.SA.InitiatorAddr.Addr()
		}
		return negotiation.HostsOf(ref.SA), from
	}
	f.Src, f.Dst = c.FirstPlace(f.Src, f.Dst)
	hosts, from = negotiation.InOrder(f.Src, f.Dst), f.Src
	was, ok := c.moved[hosts]
	switch {
	case !ok:
		return hosts, from
	case slices.Contains(was[:], from):
		return was, from
	case was[0] == f.Dst:
		return was, was[1]
	}
	return was, was[0]
}
