package traffic

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// ICMPKind is what an ICMP error calls for.
type ICMPKind uint8

// The kinds of ICMP errors.
const (
	ICMPNoRoute ICMPKind = iota
	ICMPNoProtocol
	ICMPNoPort
	ICMPFiltered
	ICMPTooBig
	ICMPLoop
	ICMPReassembly
)

// An ICMPReason is a type and code of ICMP that tells why a packet did not arrive.
type ICMPReason struct {
	IP         int // version
	Type, Code uint8
	Kind       ICMPKind
	name       string
}

// String is the name of the reason: "port unreachable".
func (r *ICMPReason) String() string { return r.name }

// icmpReasons are the types and codes of RFC 792, RFC 1812 (section 5.2.7.1) and RFC 4443. Code 0 of type 2 is all of Packet Too
// Big, whatever its code (RFC 4443, section 3.2).
var icmpReasons = []ICMPReason{
	{4, 3, 0, ICMPNoRoute, "network unreachable"}, {4, 3, 1, ICMPNoRoute, "host unreachable"},
	{4, 3, 2, ICMPNoProtocol, "protocol unreachable"}, {4, 3, 3, ICMPNoPort, "port unreachable"},
	{4, 3, 4, ICMPTooBig, "fragmentation needed"}, {4, 3, 6, ICMPNoRoute, "network unknown"}, {4, 3, 7, ICMPNoRoute, "host unknown"},
	{4, 3, 9, ICMPFiltered, "network administratively prohibited"}, {4, 3, 10, ICMPFiltered, "host administratively prohibited"},
	{4, 3, 13, ICMPFiltered, "communication administratively prohibited"},
	{4, 11, 0, ICMPLoop, "time to live exceeded"}, {4, 11, 1, ICMPReassembly, "fragment reassembly time exceeded"},
	{6, 1, 0, ICMPNoRoute, "no route to destination"}, {6, 1, 1, ICMPFiltered, "communication administratively prohibited"},
	{6, 1, 3, ICMPNoRoute, "address unreachable"}, {6, 1, 4, ICMPNoPort, "port unreachable"},
	{6, 1, 5, ICMPFiltered, "source address failed policy"}, {6, 1, 6, ICMPNoRoute, "route rejected"},
	{6, 2, 0, ICMPTooBig, "packet too big"},
	{6, 4, 1, ICMPNoProtocol, "unrecognized next header"},
	{6, 3, 0, ICMPLoop, "hop limit exceeded"}, {6, 3, 1, ICMPReassembly, "fragment reassembly time exceeded"},
}

func findReason(version int, typ, code uint8) *ICMPReason {
	for i := range icmpReasons {
		r := &icmpReasons[i]
		if r.IP == version && r.Type == typ && (r.Code == code || r.Kind == ICMPTooBig && version == 6) {
			return r
		}
	}
	return nil
}

// An ICMPError is an ICMP or ICMPv6 error about a packet of somebody else's.
type ICMPError struct {
	Frame    int
	From     netip.Addr
	Src, Dst netip.AddrPort // of the packet that it is about; port 0 without UDP
	Protocol uint8          // of that packet
	Code     uint8          // as it came
	MTU      int            // of the next hop; 0: the error says none
	Reason   *ICMPReason
}

// A Subject is what an ICMP error is about, by protocol and ports alone.
type Subject uint8

// The subjects. AboutOther may still be IKE, on ports of its own.
const (
	AboutOther Subject = iota
	AboutIKE
	AboutUDP // IKE or ESP in UDP
	AboutESP
	AboutAH
)

// IsTraffic reports whether it is ESP or AH.
func (s Subject) IsTraffic() bool { return s == AboutESP || s == AboutAH }

// About is what e is about.
func (e *ICMPError) About() Subject {
	switch {
	case e.Protocol == ip.ProtoESP:
		return AboutESP
	case e.Protocol == ip.ProtoAH:
		return AboutAH
	case e.Protocol != ip.ProtoUDP:
		return AboutOther
	case e.Src.Port() == capture.PortNATT || e.Dst.Port() == capture.PortNATT:
		return AboutUDP
	case e.Src.Port() == capture.PortIKE || e.Dst.Port() == capture.PortIKE:
		return AboutIKE
	}
	return AboutOther
}

// UDP reports whether e is about a packet of UDP.
func (e *ICMPError) UDP() bool { return e.Protocol == ip.ProtoUDP }

// ParseICMP reads an ICMP error, without the IP header in front, and the headers of the packet that it is about. ok is false where it
// is none that tells why a packet does not arrive.
func ParseICMP(b []byte) (e ICMPError, ok bool) {
	m, ok := ip.ParseICMP(b)
	if !ok {
		return e, false
	}
	h, packet, ok := ip.Quoted(b)
	if !ok {
		return e, false
	}
	e.Code, e.Reason = m.Code, findReason(h.Version, m.Type, m.Code)
	if e.Reason == nil {
		return e, false
	}
	if e.Reason.Kind == ICMPTooBig {
		e.MTU = m.NextHopMTU(h.Version)
	}
	proto, rest, _ := h.Upper(packet)
	e.Protocol = proto
	var src, dst uint16
	if proto == ip.ProtoUDP && len(rest) >= 4 { // as much as RFC 792 has a router quote at the least
		src, dst = ip.Ports(rest)
	}
	e.Src, e.Dst = netip.AddrPortFrom(h.Src, src), netip.AddrPortFrom(h.Dst, dst)
	return e, true
}

const maxICMP = 1000

// ICMP keeps the errors of a capture, the first of them.
type ICMP struct {
	Errors []ICMPError
}

func (w *ICMP) datagram(d *capture.Datagram) {
	if len(w.Errors) >= maxICMP || d.Repeat {
		return
	}
	if e, ok := ParseICMP(d.Payload); ok {
		e.Frame, e.From = d.Frame, d.Src.Addr()
		w.Errors = append(w.Errors, e)
	}
}
