package report

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Rules about ICMP errors that IKE, ESP and AH met with.

// An icmpError is an ICMP or ICMPv6 error about a packet of somebody else's.
type icmpError struct {
	frame    int
	from     netip.Addr
	src, dst netip.AddrPort // of the packet that it is about; port 0 without UDP
	proto    uint8          // of that packet
	typ      byte
	code     byte
	reason   *icmpReason
	mtu      int // of the next hop; 0: the error says none
}

// An icmpReason is one row of the table of errors that tell why packets do not arrive.
type icmpReason struct {
	version   int // of IP
	typ, code byte
	text      string
	kind      diagnose.ICMPKind
}

// icmpReasons are the types and codes of RFC 792, RFC 1812 (section 5.2.7.1) and RFC 4443. Code 0 of type 2 is all of Packet Too
// Big, whatever its code (RFC 4443, section 3.2).
var icmpReasons = []icmpReason{
	{4, 3, 0, "network unreachable", diagnose.ICMPNoRoute}, {4, 3, 1, "host unreachable", diagnose.ICMPNoRoute},
	{4, 3, 2, "protocol unreachable", diagnose.ICMPNoProtocol}, {4, 3, 3, "port unreachable", diagnose.ICMPNoPort},
	{4, 3, 4, "fragmentation needed", diagnose.ICMPTooBig}, {4, 3, 6, "network unknown", diagnose.ICMPNoRoute}, {4, 3, 7, "host unknown", diagnose.ICMPNoRoute},
	{4, 3, 9, "network administratively prohibited", diagnose.ICMPFiltered}, {4, 3, 10, "host administratively prohibited", diagnose.ICMPFiltered},
	{4, 3, 13, "communication administratively prohibited", diagnose.ICMPFiltered},
	{4, 11, 0, "time to live exceeded", diagnose.ICMPLoop}, {4, 11, 1, "fragment reassembly time exceeded", diagnose.ICMPReassembly},
	{6, 1, 0, "no route to destination", diagnose.ICMPNoRoute}, {6, 1, 1, "communication administratively prohibited", diagnose.ICMPFiltered},
	{6, 1, 3, "address unreachable", diagnose.ICMPNoRoute}, {6, 1, 4, "port unreachable", diagnose.ICMPNoPort},
	{6, 1, 5, "source address failed policy", diagnose.ICMPFiltered}, {6, 1, 6, "route rejected", diagnose.ICMPNoRoute},
	{6, 2, 0, "packet too big", diagnose.ICMPTooBig},
	{6, 3, 0, "hop limit exceeded", diagnose.ICMPLoop}, {6, 3, 1, "fragment reassembly time exceeded", diagnose.ICMPReassembly},
}

// parseICMP reads an ICMP error and the headers of the packet that it is about. ok is false where it is none that tells why a
// packet does not arrive.
func parseICMP(b []byte) (e icmpError, ok bool) {
	m, ok := ip.ParseICMP(b)
	if !ok {
		return e, false
	}
	h, packet, ok := ip.Quoted(b)
	if !ok {
		return e, false
	}
	e.typ, e.code, e.reason = m.Type, m.Code, findReason(h.Version, m.Type, m.Code)
	if e.reason == nil {
		return e, false
	}
	if e.reason.kind == diagnose.ICMPTooBig {
		e.mtu = m.NextHopMTU(h.Version)
	}
	proto, rest, _ := h.Upper(packet)
	e.proto = proto
	var src, dst uint16
	if proto == ip.ProtoUDP && len(rest) >= 4 { // as much as RFC 792 has a router quote at the least
		src, dst = ip.Ports(rest)
	}
	e.src, e.dst = netip.AddrPortFrom(h.Src, src), netip.AddrPortFrom(h.Dst, dst)
	return e, true
}

func findReason(version int, typ, code byte) *icmpReason {
	for i := range icmpReasons {
		r := &icmpReasons[i]
		if r.version == version && r.typ == typ && (r.code == code || r.kind == diagnose.ICMPTooBig && version == 6) {
			return r
		}
	}
	return nil
}

// icmpError takes an ICMP error in.
func (w *Watch) icmpError(d *capture.Datagram) {
	e, ok := parseICMP(d.Payload)
	switch {
	case !ok || d.Repeat:
	case len(w.icmp) >= maxICMP:
		w.dropped++
	default:
		e.frame, e.from = d.Frame, d.Src.Addr()
		w.icmp = append(w.icmp, e)
	}
}

// ipsecErrors are the ICMP errors about IKE, ESP or AH, and of each what the packet was that it is about.
func (d *diagnosis) ipsecErrors() (list []icmpError) {
	endpoints := make(map[netip.AddrPort]bool)
	for _, sa := range d.session.SAs {
		for _, m := range sa.Messages {
			endpoints[m.Src], endpoints[m.Dst] = true, true
		}
	}
	for _, e := range d.watch.icmp {
		if e.what() != "" || e.proto == ip.ProtoUDP && endpoints[e.src] && endpoints[e.dst] {
			list = append(list, e)
		}
	}
	return list
}

// what names the packet that e is about: "IKE", "ESP"; "" if it is nothing of IPsec by its numbers alone.
func (e *icmpError) what() string {
	switch {
	case e.proto == ip.ProtoESP:
		return "ESP"
	case e.proto == ip.ProtoAH:
		return "AH"
	case e.proto != ip.ProtoUDP:
		return ""
	case e.src.Port() == nattPort || e.dst.Port() == nattPort:
		return "IKE or ESP in UDP"
	case e.src.Port() == ikePort || e.dst.Port() == ikePort:
		return "IKE"
	}
	return ""
}

// facts are what a finding about e says.
func (e *icmpError) facts() diagnose.ICMPError {
	what := e.what()
	if what == "" {
		what = "IKE"
	}
	return diagnose.ICMPError{From: e.from, Kind: e.reason.kind, Text: e.reason.text, Type: e.typ, Num: e.code, Packet: what, Src: e.src.Addr(), Dst: e.dst, MTU: e.mtu,
		Traffic: e.proto == ip.ProtoESP || e.proto == ip.ProtoAH}
}

// unreachable finds ICMP errors about the packets of IKE, ESP and AH.
func (d *diagnosis) unreachable() {
	type key struct {
		from     netip.Addr
		dst      netip.AddrPort
		proto    uint8
		typ, mtu int
		code     byte
	}
	groups := make(map[key][]icmpError)
	var order []key
	for _, e := range d.ipsecErrors() {
		k := key{e.from, e.dst, e.proto, int(e.typ), e.mtu, e.code}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], e)
	}
	var list []diagnose.Finding
	for _, k := range order {
		switch es := groups[k]; es[0].reason.kind {
		case diagnose.ICMPTooBig:
			list = append(list, d.tooBig(es))
		case diagnose.ICMPReassembly:
			list = append(list, reassemblyFailed(es))
		default:
			list = append(list, d.icmpFinding(es))
		}
	}
	d.addBounded(list)
}

func icmpFrames(es []icmpError) (list []int) {
	for _, e := range es {
		list = append(list, e.frame)
	}
	return frames(list...)
}

// icmpFinding is for errors of one sort. Those that a tunnel outlives, because a daemon was started or stopped, are a warning.
func (d *diagnosis) icmpFinding(es []icmpError) diagnose.Finding {
	f := diagnose.Finding{Code: diagnose.CodeICMPUnreachable, Severity: SeverityProblem, Grade: diagnose.Wire, Frames: icmpFrames(es), Facts: es[0].facts()}
	if d.outlived(es) {
		f.Severity = SeverityWarning
	}
	return f
}

// outlived reports whether there were but a few errors, and, of those about IKE, an IKE SA with the host came up all the same.
func (d *diagnosis) outlived(es []icmpError) bool {
	const few = 2
	if len(es) > few || es[0].proto != ip.ProtoUDP {
		return len(es) <= few
	}
	return slices.ContainsFunc(d.session.SAs, func(sa *ikesa.SA) bool {
		a, b := sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()
		src, dst := es[0].src.Addr(), es[0].dst.Addr()
		return established(sa) && (a == src && b == dst || a == dst && b == src)
	})
}
