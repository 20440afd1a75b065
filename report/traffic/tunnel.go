package traffic

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Tunnel is what Child SAs that replace each other have in common: the hosts, and the networks that they are for.
type Tunnel struct {
	Hosts    [2]netip.Addr // the lower address first
	Networks [2]ike.SelectorsKey
}

// TunnelOf is the tunnel of a child of an IKE SA.
func TunnelOf(sa *ikesa.SA, c *ikesa.Child) (t Tunnel) {
	t.Hosts = [2]netip.Addr{sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()}
	if x, ok := c.Carries(); ok {
		t.Networks = [2]ike.SelectorsKey{x.Initiator.Key(), x.Responder.Key()}
	}
	if !c.FromInitiator {
		t.Networks[0], t.Networks[1] = t.Networks[1], t.Networks[0]
	}
	if t.Hosts[1].Less(t.Hosts[0]) {
		t.Hosts[0], t.Hosts[1] = t.Hosts[1], t.Hosts[0]
		t.Networks[0], t.Networks[1] = t.Networks[1], t.Networks[0]
	}
	return t
}

// Expect takes in what the IKE SAs of a session negotiated, before the first packet: between hosts with several tunnels it shows which flows
// belong together.
func (w *Watch) Expect(sas []*ikesa.SA) {
	numbers, tunnels := make(map[Tunnel]int), make(map[[2]netip.Addr]int)
	each := func(do func(Tunnel, *ikesa.Child)) {
		for _, sa := range sas {
			for _, c := range sa.Children {
				if len(c.SAs) > 0 {
					do(TunnelOf(sa, c), c)
				}
			}
		}
	}
	each(func(t Tunnel, _ *ikesa.Child) {
		if numbers[t] == 0 {
			numbers[t] = len(numbers) + 1
			tunnels[t.Hosts]++
		}
	})
	w.Duplex.elsewhere = make(map[[2]netip.Addr]bool)
	for _, sa := range sas {
		for _, p := range sa.Places {
			w.Duplex.elsewhere[p.Second], w.Duplex.elsewhere[[2]netip.Addr{p.Second[1], p.Second[0]}] = true, true
		}
	}
	w.Duplex.tunnels = make(map[spiKey]int)
	each(func(t Tunnel, c *ikesa.Child) {
		if tunnels[t.Hosts] < 2 {
			return
		}
		for _, dir := range c.SAs {
			w.Duplex.tunnels[spiKey{dir.Protocol, dir.SPI}] = numbers[t]
		}
	})
}
