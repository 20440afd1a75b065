package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/traffic"
)

var icmpHints = map[traffic.ICMPKind]string{
	traffic.ICMPNoRoute:    "check the peer's address, that its host is up, and the routing on the way",
	traffic.ICMPNoProtocol: "that host takes no ESP or AH: check the peer's address, and that its SAs are there",
	traffic.ICMPNoPort:     "no IKE daemon listens there: is it running, on this address and port? Or is this the wrong peer address?",
	traffic.ICMPFiltered:   "a packet filter refuses: allow UDP 500, UDP 4500 and ESP (IP protocol 50) both ways",
	traffic.ICMPLoop:       "packets run in circles: check the routing on the way, and that the tunnel's own packets do not go into the tunnel",
}

// What to do about IP fragments that are lost. Of ESP and AH IKE's own fragments (RFC 7383) are no help.
const (
	fragmentHint = "something on the way drops IP fragments: let IKE make its messages small enough itself (IKE fragmentation), " +
		"and lower the MTU inside the tunnel"
	espFragmentHint = "something on the way drops IP fragments: lower the MTU inside the tunnel and the MSS of TCP, so that ESP packets fit " +
		"into one packet (RFC 4459), or let fragments through"
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
	return fmt.Sprintf("%v reports: %s (ICMP type %d, code %d) for %s from %v to %s", x.From, x.Reason, x.Reason.Type, x.Code, icmpAbout[x.About()], x.Src.Addr(), dst)
}

func icmpUnreachable(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.ICMPError)
	if !ok {
		return Text{}
	}
	t := Text{Headline: icmpReport(&x), Hint: icmpHints[x.Reason.Kind]}
	if x.Reason.Kind == traffic.ICMPNoPort && icmpAbout[x.About()] != "IKE" {
		t.Hint = "nothing listens there: is the IKE daemon running? Or has a NAT there forgotten this port?"
	}
	return t
}

// reassembly is for a host that waited for a fragment in vain.
func reassembly(x *diagnose.ICMPError) Text {
	t := Text{Headline: icmpReport(x), Hint: fragmentHint}
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
		t := Text{Headline: fmt.Sprintf("%s of %d bytes from the %s stays without an answer, while messages of up to %d bytes are answered: large packets may be lost on the way",
			x.Exchange, x.Size, Side(x.From), x.Small),
			Hint: "use IKE fragmentation, which sends several small packets (RFC 7383), or fewer and smaller certificates; look where IP fragments are dropped"}
		if x.Fragments > 0 {
			t.Headline += fmt.Sprintf("; it goes out in %d IP fragments", x.Fragments)
		}
		return t
	case diagnose.LargeInside:
		return largeInside(&x)
	}
	return Text{}
}

func tooBig(x *diagnose.ICMPError) Text {
	const tcpIPv4 = 40 // bytes of both headers
	t := Text{Headline: icmpReport(x), Hint: fmt.Sprintf("let this ICMP message through to %v, or lower the MTU inside the tunnel and the MSS of TCP", x.Src.Addr())}
	if x.MTU == 0 {
		return t
	}
	t.Headline += fmt.Sprintf("; the next hop takes %d bytes", x.MTU)
	if x.Room > tcpIPv4 {
		t.Hint = fmt.Sprintf("let this ICMP message through to %v; or set the MTU inside the tunnel to %d bytes on that side, or the MSS of TCP to %d", x.Src.Addr(), x.Room, x.Room-tcpIPv4)
	}
	return t
}

func largeInside(x *diagnose.LargeInside) Text {
	what := fmt.Sprintf("a TCP segment from %s to %s", x.Src, x.Dst)
	fate := fmt.Sprintf("is sent %d times and never acknowledged", x.Sent)
	if !x.TCP {
		what, fate = fmt.Sprintf("a ping from %v to %v", x.Src.Addr(), x.Dst.Addr()), "is not answered"
	}
	t := Text{
		Headline: fmt.Sprintf("%s in %v %s, %d bytes large, %s, while packets of up to %d bytes are answered: the way may not carry packets of %d bytes",
			what, x.Protocol, SPI(x.Protocol, x.SPI), x.Size, fate, x.Answered, x.Outer),
		Hint: "lower the MTU inside the tunnel and the MSS of TCP (1300 is on the safe side), or let ICMP \"fragmentation needed\" and \"packet too big\" through to the gateways",
	}
	switch {
	case x.Pieces > 1:
		t.Details = []string{fmt.Sprintf("it goes out in %d IP fragments, which something on the way may drop", x.Pieces)}
	case x.NoFrag:
		t.Details = []string{"it must not be fragmented (DF): a router that cannot pass it on sends an ICMP error, which does not come here or is not heeded"}
	}
	return t
}

func mappingChanged(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Remapped)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("ESP from %v comes from port %d after port %d: its NAT has forgotten the old mapping", x.Host, x.After, x.Before)}
	if x.Idle > 0 {
		t.Headline += fmt.Sprintf("; nothing was sent for %s before", Seconds(x.Idle))
	}
	if x.NoKeepalives {
		t.Details = []string{fmt.Sprintf("%v sends no NAT-T keepalives in this capture", x.Host)}
	}
	switch {
	case x.New:
		t.Headline += fmt.Sprintf("; %v follows to the new port", x.Peer)
	case x.Old:
		t.Headline += fmt.Sprintf("; %v goes on sending to port %d, where its packets are lost", x.Peer, x.Before)
		t.Hint = fmt.Sprintf("have %v send NAT-T keepalives more often than the NAT forgets (every 20 s), and use DPD or MOBIKE so that %v learns the new port", x.Host, x.Peer)
	}
	return t
}
