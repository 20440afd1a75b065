package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Tunnels and hosts that send nothing, or whose packets do not arrive.

// What is said of UDP and the like, of which nobody knows whether an application answers it.
const (
	mayNeedNone  = "nothing was sent that is known to need a reply"
	lookForDrops = "if a reply was expected, look for ESP dropped on the path"
)

func oneWay(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.OneWay:
		t := Text{Headline: fmt.Sprintf("one-way traffic: %s on %s, none on %v %s back", Count(x.Packets, "packet"), Flow(x.Flow), x.BackProtocol, SPI(x.BackProtocol, x.BackSPI)),
			Hint: hint(inThisOrder(host(x.Flow.Dst), x.Flow.Protocol), "; or the capture is one-way")}
		if x.Unseen > 0 {
			t.Headline = fmt.Sprintf("the capture lacks what %s sends: %s on %s, none on %v %s back, although TCP inside got responses",
				host(x.Flow.Dst), Count(x.Packets, "packet"), Flow(x.Flow), x.BackProtocol, SPI(x.BackProtocol, x.BackSPI))
			t.Hint = fmt.Sprintf("capture both directions: ESP from %s takes another path or interface", host(x.Flow.Dst))
		}
		if x.Silent {
			t.Details, t.Hint = []string{mayNeedNone}, lookForDrops
		}
		if x.Why != diagnose.WayUnknown {
			return explained(x.Why, x.Flow.Protocol, fmt.Sprintf("%s on %s", Count(x.Packets, "packet"), Flow(x.Flow)), host(x.Flow.Src), host(x.Flow.Dst))
		}
		if x.Control > 0 {
			t.Details = append(t.Details, Count(x.Control, "L2TP control message")+" without a response")
			t.Hint = fmt.Sprintf("check on %s, in order: ESP or UDP 4500 arrives, the L2TP server runs, UDP 1701 from IPsec is let through", host(x.Flow.Dst))
		}
		return t
	case diagnose.ClosedOneWay:
		t := Text{Headline: fmt.Sprintf("one-way traffic: %s from %v to %v, no ESP or AH from %v", Count(x.Packets, "packet"), x.Src, x.Dst, x.Dst),
			Details: []string{"IKE works in both directions"}, Hint: inThisOrder(x.Dst.String(), 0)}
		if !x.Opened {
			t.Details = append([]string{"the packets are not decrypted: they may need no reply"}, t.Details...)
		}
		if x.Silent {
			t.Details, t.Hint = append([]string{mayNeedNone}, t.Details...), lookForDrops
		}
		if x.Why != diagnose.WayUnknown {
			return explained(x.Why, 0, fmt.Sprintf("%s from %v to %v", Count(x.Packets, "packet"), x.Src, x.Dst), x.Src.String(), x.Dst.String())
		}
		return t
	case diagnose.CountedOneWay:
		return countedOneWay(f, x)
	case diagnose.FallenSilent:
		return fallenSilent(x)
	}
	return Text{}
}

// fallenSilent says since when a host is silent, and what it was sent.
func fallenSilent(x diagnose.FallenSilent) Text {
	when := fmt.Sprintf("after frame %d", x.Since)
	if x.Until != 0 {
		when = fmt.Sprintf("between frames %d and %d", x.Since, x.Until)
	}
	nothing := "nothing " + when
	if x.Others {
		nothing = fmt.Sprintf("nothing to %v %s", x.Src, when)
	}
	t := Text{Hint: fmt.Sprintf("check on %v that the IPsec SA exists; if not, restart the tunnel on %v and turn on DPD there", x.Dst, x.Src)}
	switch {
	case x.Since == 0:
		t.Headline = fmt.Sprintf("one-way traffic: %s from %v to %v, none back", Count(x.Packets, "packet"), x.Src, x.Dst)
		t.Hint = hint(inThisOrder(x.Dst.String(), 0), "; or the capture is one-way")
	case x.Instead != nil:
		instead(&x, &t)
	case x.Plain > 0:
		t.Headline = fmt.Sprintf("%v sent %s, most likely because it expects the ESP of %v in UDP", x.Dst, nothing, x.Src)
		t.Details = []string{fmt.Sprintf("the ESP of %v came in UDP before, and without from frame %d on", x.Src, x.Plain), "or plain ESP is dropped on the path"}
		t.Hint = fmt.Sprintf("on %v check NAT traversal, which is UDP encapsulation of the IPsec SA, and restart the tunnel", x.Src)
	case 2*x.Decrypted >= x.Packets:
		t.Headline = fmt.Sprintf("%v sent %s though it decrypts what %v sends; cannot tell: it has no IPsec SA, policy or route back, or hosts behind it are silent", x.Dst, nothing, x.Src)
		if x.Hosts > 1 {
			t.Headline = fmt.Sprintf("%v sent %s though it decrypts what %v sends: most likely it has no IPsec SA, policy or route back", x.Dst, nothing, x.Src)
		}
		t.Details = []string{fmt.Sprintf("the capture has %s of %v again, decrypted", Count(x.Decrypted, "packet"), x.Src)}
		t.Hint = fmt.Sprintf("check on %v, in order: IPsec SA and policy, packet filter, route back, hosts behind it", x.Dst)
	case x.Fresh:
		t.Headline = fmt.Sprintf("one-way traffic: %s on %s, which is new, and nothing from %v %s", Count(x.Packets, "packet"), Flow(x.Flow), x.Dst, when)
		t.Hint = inThisOrder(x.Dst.String(), 0)
	case x.SYN == x.Packets:
		t.Headline = fmt.Sprintf("%v sent %s; cannot tell: the ports asked behind it do not answer, or it lost the IPsec SA", x.Dst, nothing)
		t.Details = []string{"or it is gone, or ESP to it, or from it, is dropped on the path since then"}
		t.Hint = fmt.Sprintf("check whether another host or port behind %v answers; if not, check there that the IPsec SA exists", x.Dst)
	case x.Flow != traffic.Flow{}:
		t.Headline = fmt.Sprintf("%v sent nothing on one of the Child SAs %s; cannot tell: it lost that SA, or hosts behind it are silent", x.Dst, when)
		t.Details = []string{Flow(x.Flow) + " goes on"}
	case x.Until > 0 && x.Alive == 0 && !x.Others:
		t.Headline = fmt.Sprintf("%v sent nothing for %s, until frame %d; cannot tell: the path was interrupted, it restarted, or it lost the IPsec SA", x.Dst, Duration(x.Gone), x.Until)
		t.Details = []string{fmt.Sprintf("its last packet before that is frame %d; then it sends in an IPsec SA that is new", x.Since)}
		t.Hint = fmt.Sprintf("look for what interrupted the path then, and in the log of %v for a restart", x.Dst)
	case x.Alive > 0:
		t.Headline = fmt.Sprintf("%v sent nothing in the tunnel %s; cannot tell: it lost the IPsec SA or policy, ESP is dropped, or hosts behind it are silent", x.Dst, when)
		if x.Hosts > 1 {
			t.Headline = fmt.Sprintf("%v sent nothing in the tunnel %s: most likely it lost the IPsec SA or policy, or ESP is dropped", x.Dst, when)
		}
		t.Details = []string{fmt.Sprintf("it still answers IKE in frame %d", x.Alive)}
	case x.NAT:
		t.Headline = fmt.Sprintf("%v sent %s; cannot tell: its NAT mapping timed out, it is gone or lost the IPsec SA, or ESP is dropped", x.Dst, nothing)
		t.Details = []string{fmt.Sprintf("%v is behind NAT and sent no NAT keepalives: a NAT drops what comes after its mapping timed out", x.Dst)}
		t.Hint = fmt.Sprintf("on %v send NAT keepalives every 20 s, check that the IPsec SA exists, and turn on DPD", x.Dst)
	default:
		t.Headline = fmt.Sprintf("%v sent %s; cannot tell: it is gone, it lost the IPsec SA or policy, or hosts behind it are silent", x.Dst, nothing)
		if x.Hosts > 1 {
			t.Headline = fmt.Sprintf("%v sent %s: most likely it is gone, or lost the IPsec SA or policy", x.Dst, nothing)
		}
		t.Details = []string{"or ESP to it, or from it, is dropped on the path since then"}
	}
	if x.FromNAT && x.Since != 0 && x.Until == 0 && x.Plain == 0 {
		t.Details = append(t.Details, fmt.Sprintf("or the NAT in front of %v changed its mapping, and %v sends to the old one", x.Src, x.Dst))
	}
	line := fmt.Sprintf("%v sent %s in %s", x.Src, Count(x.Packets, "packet"), Duration(x.Over))
	var asks []string
	for _, a := range []struct {
		n    int
		what string
	}{{x.Echo, "echo request"}, {x.Query, "DNS, NTP or RADIUS request"}, {x.Control, "L2TP control message"}, {x.SYN, "SYN"}, {x.Again, "retransmitted segment"}} {
		if a.n > 0 {
			asks = append(asks, Count(a.n, a.what))
		}
	}
	if x.Hosts > 1 {
		asks = append(asks, fmt.Sprintf("what asks %d hosts that answered before", x.Hosts))
	}
	switch {
	case len(asks) > 0:
		line += ", among them " + Enumerate(asks)
	case x.ByLength:
		line += ", as long as those that got a response before"
	}
	t.Details = append([]string{line}, t.Details...)
	return t
}

// instead says whom a gateway sends to in place of a peer.
func instead(x *diagnose.FallenSilent, t *Text) {
	to := x.Instead
	came := fmt.Sprintf("%v came up in frame %d, and %v sends to it since then", to.Peer, to.Frame, x.Dst)
	t.Hint = fmt.Sprintf("on %v give the tunnels to %v and %v remote subnets that do not overlap: renumber or translate one of them", x.Dst, x.Src, to.Peer)
	switch {
	case to.Replies > 0:
		t.Headline = fmt.Sprintf("%v sends replies for hosts behind %v to %v since frame %d: the networks behind both overlap", x.Dst, x.Src, to.Peer, to.Frame)
		t.Details = []string{fmt.Sprintf("%s to %v answer what came from %v", Count(to.Replies, "packet"), to.Peer, x.Src)}
	case to.Networks != nil:
		t.Headline = fmt.Sprintf("%v sent nothing to %v after frame %d, most likely because the network behind %v is the same", x.Dst, x.Src, x.Since, to.Peer)
		t.Details = []string{came, "both Child SAs are for " + to.Networks.String(), "or it has lost the IPsec SA"}
	default:
		t.Headline = fmt.Sprintf("%v sent nothing to %v after frame %d; cannot tell: it lost the IPsec SA, or %v has the same network", x.Dst, x.Src, x.Since, to.Peer)
		t.Details = []string{came, "or ESP to it, or from it, is dropped on the path since then"}
		t.Hint = fmt.Sprintf("check on %v that the IPsec SA exists and that the networks behind %v and %v do not overlap", x.Dst, x.Src, to.Peer)
	}
	if to.Replies > 0 || to.Networks != nil {
		t.Details = append(t.Details, fmt.Sprintf("or %v and %v are two gateways of one network", x.Src, to.Peer))
	}
}

func lostEchoes(x diagnose.LostEchoes) Text {
	t := Text{Headline: fmt.Sprintf("%s from behind %v got no reply, others did", Count(x.Lost, "echo request"), x.Src),
		Details: []string{fmt.Sprintf("%s in the tunnel ask for an answer", Count(x.Of, "packet")), Flow(x.Flow),
			"no sequence number is missing: they or the replies were lost where the capture does not show it"},
		Hint: fmt.Sprintf("compare the counters of both gateways: check the path to %v, its replay window and packet filter, then the hosts behind it", x.Dst)}
	if x.TCP > 0 {
		t.Details = append(t.Details, fmt.Sprintf("none of %s in the tunnel was retransmitted: most likely a host or filter limits echo replies", Count(x.TCP, "TCP segment")))
		t.Hint = fmt.Sprintf("look for a limit on ICMP at the hosts behind %v and the packet filters before them", x.Dst)
	}
	if x.Size > 0 {
		t.Headline = fmt.Sprintf("%s of %s from behind %v got no reply, larger ones did", Count(x.Lost, "echo request"), Count(x.Size, "byte"), x.Src)
		t.Hint = fmt.Sprintf("look for a filter that drops packets of this size on the path to %v and back, or behind it", x.Dst)
	}
	return t
}

func notArriving(f *diagnose.Finding) Text {
	if t := oneWay(f); t.Headline != "" { // of which a log says so
		return t
	}
	if x, ok := f.Facts.(diagnose.LostEchoes); ok {
		return lostEchoes(x)
	}
	if x, ok := f.Facts.(diagnose.ResentInside); ok {
		return Text{Headline: fmt.Sprintf("%d of %d TCP segments from behind %v were retransmitted, most likely because of packet loss", x.Resent, x.Of, x.Src),
			Details: []string{Flow(x.Flow), "no sequence number is missing: they or the acknowledgements were lost, or late, where the capture does not show it"},
			Hint:    fmt.Sprintf("capture at %v as well, and look for loss, rate limits and full queues on the path, and behind both", x.Dst)}
	}
	if x, ok := f.Facts.(diagnose.FewerBack); ok {
		return Text{Headline: fmt.Sprintf("most likely %d of %d echo requests from behind %v got no reply", x.Sent-x.Back, x.Sent, x.Src),
			Details: []string{fmt.Sprintf("%v sent %s of one length in %s, and %v %d of the same length", x.Src, Count(x.Sent, "packet"), Duration(x.Over), x.Dst, x.Back),
				"they are not decrypted: other traffic may look like that"},
			Hint: fmt.Sprintf("check the hosts behind %v and the path to them, or give keys to see what was lost", x.Dst)}
	}
	x, ok := f.Facts.(diagnose.NotArriving)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("what %v sends does not arrive at %v", x.Src, x.Dst),
		Hint: fmt.Sprintf("check on %v, in order: ESP or UDP 4500 arrives, the IPsec SA exists, packet filter, IPsec policy", x.Dst)}
	if x.Unheard > 0 {
		t.Headline = fmt.Sprintf("nothing that %v sends gets a response, although %v sends packets of its own", x.Src, x.Dst)
		t.Details = []string{Count(x.Unheard, "packet") + " that ask for one",
			fmt.Sprintf("cannot tell: ESP dropped on the path, %v drops it, for want of the SA or the same keys, or silent hosts behind it", x.Dst)}
	}
	if x.Since > 0 {
		t.Headline = fmt.Sprintf("what %v sends gets no response since frame %d: most likely %v lost the IPsec SA, or drops ESP", x.Src, x.Since, x.Dst)
		t.Details[1] = "the hosts behind it answered before; or they are down"
	}
	for _, a := range []struct {
		n    int
		what string
	}{{x.SYNACK, "SYN/ACK"}, {x.Data, "retransmitted segment"}} {
		if a.n > 0 {
			t.Details = append(t.Details, fmt.Sprintf("%s of hosts behind %v not acknowledged", Count(a.n, a.what), x.Src))
		}
	}
	if x.Ignored > 0 {
		t.Details = append(t.Details, fmt.Sprintf("%s of hosts behind %v retransmitted although the response was sent", Count(x.Ignored, "segment"), x.Dst))
	}
	t.Details = append(t.Details, Flow(x.Flow))
	return t
}

func noTraffic(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.NoTraffic)
	if !ok {
		return Text{}
	}
	port := "IP protocols 50 and 51"
	if x.UDP {
		port = "UDP 4500"
	}
	if x.Counted {
		return Text{Headline: fmt.Sprintf("the capture has no ESP or AH packet between %v and %v, although the %s carried some both ways", x.Hosts[0], x.Hosts[1], childSA(f)),
			Hint: "capture " + port + ", too: the capture filter may leave them out"}
	}
	t := Text{Headline: fmt.Sprintf("the %s came up, but no ESP or AH packet between %v and %v in %s", childSA(f), x.Hosts[0], x.Hosts[1], Duration(x.For)),
		Details: []string{"cannot tell: nothing to send, no route into the tunnel, ESP dropped by a packet filter, or not captured"},
		Hint:    "check routes and IPsec policy, packet filters for IP protocol 50, and that the capture filter lets protocol 50 through"}
	if x.UDP {
		t.Hint = "check routes and IPsec policy, packet filters for UDP 4500, and that the capture filter lets UDP 4500 through"
	}
	if x.Keepalives > 0 {
		t.Details = append(t.Details, Count(x.Keepalives, "NAT keepalive")+" only")
	}
	t.Details = append(t.Details, narrowing(x.Narrowed)...)
	return t
}

// explained says of packets what the log of the host that they are for counted.
func explained(why diagnose.WayWhy, p esp.Protocol, packets, from, to string) Text {
	switch why {
	case diagnose.NotReceived:
		return Text{Headline: fmt.Sprintf("what %s sends does not arrive at %s, whose log counts none of it", from, to),
			Details: []string{packets + "; or they arrive, and the kernel drops them"},
			Hint:    fmt.Sprintf("look for a filter or route that drops %s from %s to %s; if they arrive, see the IPsec error counters of %s (on Linux: ip -s xfrm state, /proc/net/xfrm_stat)", onPath(p), from, to, to)}
	case diagnose.Received:
		return Text{Headline: fmt.Sprintf("one-way traffic: %s received %s, as its log says, and nothing from it is in the capture", to, packets),
			Details: []string{fmt.Sprintf("cannot tell: %s sends nothing back, or that is lost before it reaches the capture", to)},
			Hint:    fmt.Sprintf("check on %s, in order: the packet filter lets the decrypted packets through, the hosts behind it answer, the route back leads into the tunnel", to)}
	}
	return Text{Headline: fmt.Sprintf("%s: %s sent some back, as its log says, which the capture lacks", packets, to),
		Details: []string{"cannot tell: they are lost before they reach the capture, or take another path"},
		Hint:    fmt.Sprintf("capture at %s, too; look for a filter or route that drops %s from %s to %s", to, onPath(p), to, from)}
}

// countedOneWay says which side sent, and what is known of the other one.
func countedOneWay(f *diagnose.Finding, x diagnose.CountedOneWay) Text {
	from, to := peer(f, x.From), peer(f, x.From.Other())
	t := Text{Headline: fmt.Sprintf("one-way traffic: %s sent packets over the %s and received none", from, childSA(f)),
		Details: []string{fmt.Sprintf("cannot tell: they do not arrive at %s, or nothing is sent back", to)}, Hint: inThisOrder(to, 0)}
	if x.Why != diagnose.WayUnknown {
		return explained(x.Why, 0, fmt.Sprintf("packets over the %s of %s and %s", childSA(f), from, to), from, to)
	}
	return t
}
