package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/traffic"
)

var icmpHints = map[traffic.ICMPKind]string{
	traffic.ICMPNoRoute:    "check the address of the peer, that it is up, and the routes to it",
	traffic.ICMPNoProtocol: "check the address of the peer, and that its IPsec SAs exist: this host accepts no ESP or AH",
	traffic.ICMPNoPort:     "check that this is the right peer address, and that its IKE daemon runs on this address and port",
	traffic.ICMPFiltered:   "allow UDP 500, UDP 4500 and ESP (IP protocol 50) in both directions: a packet filter rejects them",
	traffic.ICMPLoop:       "check the routes to the peer, and that the tunnel's own packets are not routed into the tunnel: a routing loop",
}

// What to do about dropped IP fragments. IKE fragmentation (RFC 7383) does not help ESP and AH.
const (
	ikeFragmentHint = "allow IKE fragmentation on both peers: IP fragments may be dropped on the path"
	// The first message of IKEv2 is not covered by IKE fragmentation (RFC 7383, section 2.2).
	firstFragmentHint = "let IP fragments pass, or make it smaller: fewer proposals, or ML-KEM as an additional key exchange"
	// hostFilterHint is for tcpdump, which takes no fragment by a port that the fragment does not have.
	hostFilterHint  = "capture with a filter by address, \"host %v\", not by port; if fragments are missing then, too: "
	fragmentHint    = "allow IKE fragmentation on both peers, and lower the MTU inside the tunnel: IP fragments are dropped on the path"
	espFragmentHint = "lower the MTU inside the tunnel and clamp the TCP MSS to avoid fragments, or allow IP fragments on the path"
)

// icmpAbout are the packets that ICMP errors are about. Where the ports are none of IKE's, the capture has IKE between them.
var icmpAbout = map[traffic.Subject]string{
	traffic.AboutOther: "IKE", traffic.AboutIKE: "IKE", traffic.AboutUDP: "IKE or ESP in UDP", traffic.AboutESP: "ESP", traffic.AboutAH: "AH",
}

// icmpReport says which error was reported about which packet.
func icmpReport(x *diagnose.ICMPError) string {
	dst := x.Dst.Addr().String()
	if x.Dst.Port() != 0 {
		dst = x.Dst.String()
	}
	return fmt.Sprintf("%v reported %s for %s from %v to %s", x.From, x.Reason, icmpAbout[x.About()], x.Src.Addr(), dst)
}

// icmpDetail is the type and code of an ICMP error.
func icmpDetail(x *diagnose.ICMPError) []string {
	return []string{fmt.Sprintf("ICMP type %d, code %d", x.Reason.Type, x.Code)}
}

func icmpUnreachable(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.ICMPError)
	if !ok {
		return Text{}
	}
	t := Text{Headline: icmpReport(&x), Details: icmpDetail(&x), Hint: icmpHints[x.Reason.Kind]}
	if x.Reason.Kind == traffic.ICMPNoPort && icmpAbout[x.About()] != "IKE" {
		t.Hint = "check that the IKE daemon runs there, and whether a NAT mapping to it timed out"
	}
	switch {
	case x.NoMapping:
		t.Headline += ": most likely its NAT has no mapping for it"
		t.Hint = fmt.Sprintf("behind %v send NAT keepalives every 20 s, and check why the NAT dropped the mapping; if it has none, check its port forwarding", x.From)
	case x.MovedTo.IsValid():
		t.Headline += fmt.Sprintf("; it moved to %v", x.MovedTo)
		t.Hint = ""
	case x.Answered > 0:
		t.Headline += fmt.Sprintf("; it responded in frame %d", x.Answered)
		t.Hint = ""
	case x.SentBefore > 0:
		t.Details = append(t.Details, fmt.Sprintf("%v sent frame %d from this port: its IKE daemon has ended since, or a packet filter rejects", x.From, x.SentBefore))
		t.Hint = fmt.Sprintf("look in the log of %v why its IKE daemon ended; if it runs, check the packet filter of %v", x.From, x.From)
	case x.OtherPort > 0:
		t.Details = append(t.Details, fmt.Sprintf("its IKE daemon ran at frame %d, which it sent from another port", x.OtherPort))
		t.Hint = fmt.Sprintf("let UDP %d through in the packet filter of %v; check that its IKE daemon still runs and listens on that port", x.Dst.Port(), x.From)
	}
	return t
}

// reassembly is for a host that did not receive all fragments of a packet.
func reassembly(x *diagnose.ICMPError) Text {
	t := Text{Headline: icmpReport(x), Details: icmpDetail(x), Hint: fragmentHint}
	if x.About().IsTraffic() {
		t.Hint = espFragmentHint
	}
	return t
}

func mtuSuspect(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.ICMPError:
		return tooBig(&x)
	case diagnose.LargeIKE:
		return largeIKE(f, &x)
	case diagnose.LargeInside:
		return largeInside(&x)
	}
	return Text{}
}

// largeIKE is for a message that got no response where smaller ones did. The first one on UDP 4500 that is a whole packet may be lost for its
// port as well.
func largeIKE(f *diagnose.Finding, x *diagnose.LargeIKE) Text {
	what := fmt.Sprintf("no response to %s of %s from %s", x.Exchange, Count(x.Size, "byte"), peer(f, x.From))
	if x.InFragments {
		what = fmt.Sprintf("no response to %s from %s in IKE fragments of up to %s", x.Exchange, peer(f, x.From), Count(x.Size, "byte"))
	}
	t := Text{Headline: what + ", most likely because the path drops large packets",
		Details: []string{fmt.Sprintf("messages of up to %s got responses", Count(x.Small, "byte"))}}
	smaller := "allow IKE fragmentation on both peers"
	switch {
	case x.InFragments:
		smaller = "make the IKE fragments smaller"
	case x.Exchange == ikev2.ExchangeAuth || f.Subject.Version == 1:
		smaller += ", or use fewer and smaller certificates"
	}
	t.Hint = smaller + "; look where IP fragments are dropped"
	if x.InFragments {
		t.Hint = smaller + "; look where large packets are dropped"
	}
	if x.Moved && x.Fragments == 0 {
		t.Headline = what + "; cannot tell: the path drops large packets, or UDP 4500"
		t.Details = append(t.Details, "it is the first message on UDP 4500, too")
		t.Hint = "check that UDP 4500 passes; " + smaller
	}
	if x.Fragments > 0 {
		t.Details = append(t.Details, fmt.Sprintf("it was sent in %s", Count(x.Fragments, "IP fragment")))
	}
	if x.Missing.IsValid() {
		t.Details = append(t.Details, fmt.Sprintf("the log of %v has the message before, but not this one: it did not reach the IKE daemon", x.Missing))
	}
	return t
}

func tooBig(x *diagnose.ICMPError) Text {
	const tcpIPv4 = 40 // bytes of both headers
	t := Text{Headline: icmpReport(x), Details: icmpDetail(x), Hint: fmt.Sprintf("let this ICMP error reach %v, or lower the MTU inside the tunnel and clamp the TCP MSS", x.Src.Addr())}
	if x.MTU == 0 {
		return t
	}
	t.Headline += ", path MTU " + Count(x.MTU, "byte")
	if x.Room > tcpIPv4 {
		t.Hint = fmt.Sprintf("let this ICMP error reach %v; or there set the MTU inside the tunnel to %s, or the TCP MSS to %s", x.Src.Addr(), Count(x.Room, "byte"), Number(x.Room-tcpIPv4))
	}
	return t
}

func largeInside(x *diagnose.LargeInside) Text {
	what := fmt.Sprintf("a TCP segment from %s to %s, sent %s, was never acknowledged", x.Src, x.Dst, Times(x.Sent))
	if !x.TCP {
		what = fmt.Sprintf("a ping from %v to %v got no reply", x.Src.Addr(), x.Dst.Addr())
	}
	t := Text{
		Headline: fmt.Sprintf("the path MTU is most likely below %s: %s", Count(x.Outer, "byte"), what),
		Details: []string{fmt.Sprintf("it has %s inside %v %s; packets of up to %s got replies", Count(x.Size, "byte"), x.Protocol, SPI(x.Protocol, x.SPI),
			Count(x.Answered, "byte"))},
		Hint: fmt.Sprintf("inside the tunnel set an MTU below %s and clamp the TCP MSS, or let ICMP errors about size reach the gateways", Count(x.Size, "byte")),
	}
	if x.Since > 0 {
		t.Headline = fmt.Sprintf("the path MTU is most likely below %s since frame %d: %s", Count(x.Outer, "byte"), x.Since, what)
		t.Details = []string{fmt.Sprintf("it has %s inside %v %s; packets as large got replies before, and what was sent behind it arrived", Count(x.Size, "byte"), x.Protocol,
			SPI(x.Protocol, x.SPI))}
	}
	switch {
	case x.Pieces > 1:
		t.Details = append(t.Details, fmt.Sprintf("it was sent in %s, which may be dropped on the path", Count(x.Pieces, "IP fragment")))
	case x.NoFrag:
		t.Details = append(t.Details, "the DF bit is set, and the capture has no ICMP error for it, fragmentation needed or packet too big")
	}
	return t
}

func mappingChanged(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Remapped)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("the NAT mapping of %v timed out: its ESP moved from port %d to %d", x.Host, x.Before, x.After)}
	switch {
	case x.Update == 0 && x.OrUpdate == 0 && x.Idle == 0:
		t.Headline = fmt.Sprintf("the NAT mapping of %v changed: its ESP moved from port %d to %d", x.Host, x.Before, x.After)
	case x.Update > 0:
		t.Headline = fmt.Sprintf("%v moved with MOBIKE, most likely to another address behind its NAT: its ESP moved from port %d to %d", x.Host, x.Before, x.After)
		t.Details = []string{fmt.Sprintf("it sent UPDATE_SA_ADDRESSES in frame %d", x.Update)}
	case x.OrUpdate > 0:
		t.Headline = fmt.Sprintf("the ESP of %v moved from port %d to %d; cannot tell: its NAT mapping timed out, or it moved behind its NAT", x.Host, x.Before, x.After)
		t.Details = []string{fmt.Sprintf("frame %d, not decrypted, may be UPDATE_SA_ADDRESSES (MOBIKE)", x.OrUpdate)}
	}
	if x.Idle > 0 {
		t.Details = append(t.Details, fmt.Sprintf("%v sent nothing for %s before", x.Host, Duration(x.Idle)))
	}
	if x.Rejected > 0 {
		t.Details = append(t.Details, fmt.Sprintf("%s of %v to port %d got port unreachable from the NAT", Count(x.Rejected, "packet"), x.Peer, x.Before))
		t.Hint = fmt.Sprintf("check why the NAT of %v dropped the mapping: a restart, a short timeout, a change of its address or rules", x.Host)
	}
	if x.NoKeepalives && x.Update == 0 {
		t.Details = append(t.Details, fmt.Sprintf("%v sent no NAT keepalives in this capture", x.Host))
	}
	switch {
	case x.New:
		t.Details = append(t.Details, fmt.Sprintf("%v now sends to the new port", x.Peer))
	case x.Old:
		t.Headline += fmt.Sprintf(", but %v still sends to %d", x.Peer, x.Before)
		t.Hint = fmt.Sprintf("on %v send NAT keepalives every 20 s, and use DPD or MOBIKE so that %v learns the new port", x.Host, x.Peer)
	}
	return t
}
