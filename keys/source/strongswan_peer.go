package source

import (
	"slices"

	"github.com/ikedecode/ikedecode/keys/logs"
)

// A charonPeer has the IKE SAs with one address in a log that does not name them. Several clients behind a NAT have one address, and each a
// port, which changes once, at message 5 of Main Mode or at IKE_AUTH.
type charonPeer struct {
	latest  logs.Group
	ports   map[uint16]logs.Group
	waiting []logs.Group // those that are at their first port, the oldest first
}

// maxPorts bounds the ports of one address that are told apart.
const maxPorts = 256

// begin begins an IKE SA. One that began at the same port is that of the same client: its ports are free.
func (p *charonPeer) begin(port uint16, g logs.Group) {
	if old, ok := p.ports[port]; ok {
		for other, of := range p.ports {
			if of == old {
				delete(p.ports, other)
			}
		}
		p.ended(old)
	}
	p.latest = g
	if len(p.ports) < maxPorts {
		p.ports[port], p.waiting = g, append(p.waiting, g)
	}
}

// ended tells that an IKE SA comes to no other port.
func (p *charonPeer) ended(g logs.Group) {
	p.waiting = slices.DeleteFunc(p.waiting, func(w logs.Group) bool { return w == g })
}

// restart forgets the ports: this side has begun an IKE SA.
func (p *charonPeer) restart(g logs.Group) {
	clear(p.ports)
	p.latest, p.waiting = g, nil
}

// at is the IKE SA of a port. One that was not seen is the new one of the IKE SA that has waited for longest.
func (p *charonPeer) at(port uint16) logs.Group {
	if g, ok := p.ports[port]; ok {
		return g
	}
	if len(p.waiting) > 0 {
		return p.waiting[0]
	}
	return p.latest
}

// moved tells that a message of an IKE SA, not its first, came from a port.
func (p *charonPeer) moved(port uint16, g logs.Group) {
	if _, ok := p.ports[port]; ok {
		return
	}
	p.ended(g)
	if len(p.ports) < maxPorts {
		p.ports[port] = g
	}
}
