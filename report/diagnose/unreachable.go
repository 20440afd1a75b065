package diagnose

import (
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// unreachableHosts finds ICMP errors that come through the tunnel: what they are about had arrived behind it. Errors about ports of UDP,
// sizes and hops are part of how hosts find such things out; a port of TCP that nobody listens on answers with RST, without a packet
// filter. An IP protocol that a host does not speak is most often that of a tunnel inside the tunnel.
func (d *diagnosis) unreachableHosts() {
	const often = 4
	var list []Finding
	for _, r := range d.watch.Inside.Refusals() {
		filtered := r.Reason.Kind == traffic.ICMPFiltered || r.Reason.Kind == traffic.ICMPNoPort && r.Protocol == ip.ProtoTCP
		// Who traces a route asks for a port a few times, or for another one each time.
		closed := r.Reason.Kind == traffic.ICMPNoPort && r.Protocol == ip.ProtoUDP && r.ToPort >= often
		// Linux has no tunnel for a packet of GRE: port unreachable.
		noProtocol := r.Reason.Kind == traffic.ICMPNoProtocol || r.Reason.Kind == traffic.ICMPNoPort && !ip.HasPorts(r.Protocol)
		if r.Reason.Kind != traffic.ICMPNoRoute && !filtered && !closed && !noProtocol {
			continue
		}
		facts := UnreachableHost{Filtered: filtered, Flow: traffic.OfSA(r.SA), From: r.From, Src: r.Src, Dst: r.Dst, Reason: r.Reason, Count: r.Count, Answered: d.watch.Inside.Answers(r)}
		if closed {
			facts.Port, facts.Count = r.Port, r.ToPort
		}
		if noProtocol {
			facts.Protocol = r.Protocol
		}
		f := Finding{Code: CodeHostUnreachable, Severity: Warning, Grade: Wire, Frames: Frames(r.First.Frame, r.Last.Frame), Span: true, Facts: facts}
		if facts.Answered || closed {
			f.Severity = Noteworthy
		}
		d.ofSender(&f, traffic.OfSA(r.SA))
		list = append(list, f)
	}
	d.addBounded(list)
}

// refusedPorts notes the ports of TCP behind the tunnel that refuse each connection: no program listens there.
func (d *diagnosis) refusedPorts() {
	const often = 2
	var list []Finding
	for _, r := range d.watch.Inside.Resets() {
		if r.Count < often || r.Open {
			continue
		}
		f := Finding{Code: CodeHostUnreachable, Severity: Noteworthy, Grade: Wire, Frames: Frames(r.First.Frame, r.Last.Frame), Span: true,
			Facts: RefusedPort{Flow: traffic.OfSA(r.SA), Port: r.Port, Src: r.Src, Count: r.Count}}
		d.ofSender(&f, traffic.OfSA(r.SA))
		list = append(list, f)
	}
	d.addBounded(list)
}
