package report

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about ICMP errors that IKE, ESP and AH met with.

// ipsecErrors are the ICMP errors about IKE, ESP or AH, and of each what the packet was that it is about.
func (d *diagnosis) ipsecErrors() (list []traffic.ICMPError) {
	endpoints := make(map[netip.AddrPort]bool)
	for _, sa := range d.Session.SAs {
		for _, m := range sa.Messages {
			endpoints[m.Src], endpoints[m.Dst] = true, true
		}
	}
	for _, e := range d.watch.ICMP.Errors {
		if e.About() != traffic.AboutOther || e.UDP() && endpoints[e.Src] && endpoints[e.Dst] {
			list = append(list, e)
		}
	}
	return list
}

// unreachable finds ICMP errors about the packets of IKE, ESP and AH.
func (d *diagnosis) unreachable() {
	type key struct {
		from   netip.Addr
		dst    netip.AddrPort
		proto  uint8
		reason *traffic.ICMPReason
		code   uint8
		mtu    int
	}
	groups := make(map[key][]traffic.ICMPError)
	var order []key
	for _, e := range d.ipsecErrors() {
		k := key{e.From, e.Dst, e.Protocol, e.Reason, e.Code, e.MTU}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], e)
	}
	var list []diagnose.Finding
	for _, k := range order {
		switch es := groups[k]; es[0].Reason.Kind {
		case traffic.ICMPTooBig:
			list = append(list, d.tooBig(es))
		case traffic.ICMPReassembly:
			list = append(list, reassemblyFailed(es))
		default:
			list = append(list, d.icmpFinding(es))
		}
	}
	d.addBounded(list)
}

func icmpFrames(es []traffic.ICMPError) (list []int) {
	for _, e := range es {
		list = append(list, e.Frame)
	}
	return frames(list...)
}

// icmpFinding is for errors of one sort. Those that a tunnel outlives, because a daemon was started or stopped, are a warning.
func (d *diagnosis) icmpFinding(es []traffic.ICMPError) diagnose.Finding {
	f := diagnose.Finding{Code: diagnose.CodeICMPUnreachable, Severity: SeverityProblem, Grade: diagnose.Wire, Frames: icmpFrames(es), Facts: diagnose.ICMPError{ICMPError: es[0]}}
	if d.outlived(es) {
		f.Severity = SeverityWarning
	}
	return f
}

// outlived reports whether there were but a few errors, and, of those about IKE, an IKE SA with the host came up all the same.
func (d *diagnosis) outlived(es []traffic.ICMPError) bool {
	const few = 2
	if len(es) > few || !es[0].UDP() {
		return len(es) <= few
	}
	return slices.ContainsFunc(d.Session.SAs, func(sa *ikesa.SA) bool {
		a, b := sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()
		src, dst := es[0].Src.Addr(), es[0].Dst.Addr()
		return sa.Established && (a == src && b == dst || a == dst && b == src)
	})
}
