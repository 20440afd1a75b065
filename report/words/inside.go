package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// What goes wrong inside tunnels that work.

// refusedPort is for a port of TCP that nobody listens on.
func refusedPort(x diagnose.RefusedPort) Text {
	return Text{Headline: fmt.Sprintf("through the tunnel, %v rejects connections to TCP port %d", x.Port.Addr(), x.Port.Port()),
		Details: []string{fmt.Sprintf("%s in response to SYNs, the first of them from %v", Count(x.Count, "RST"), x.Src), Flow(x.Flow)},
		Hint:    fmt.Sprintf("check that a program listens on TCP port %d of %v; the tunnel carries packets in both directions", x.Port.Port(), x.Port.Addr())}
}

func unreachableHost(f *diagnose.Finding) Text {
	if x, ok := f.Facts.(diagnose.RefusedPort); ok {
		return refusedPort(x)
	}
	x, ok := f.Facts.(diagnose.UnreachableHost)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("through the tunnel, %v reports %s for %v", x.From, x.Reason, x.Dst),
		Details: []string{fmt.Sprintf("%s about packets from %v: they had arrived behind the tunnel", Count(x.Count, "ICMP error"), x.Src), Flow(x.Flow)},
		Hint:    fmt.Sprintf("check that %v is up, and the route to it on %v; the tunnel carries packets in both directions", x.Dst, x.From)}
	if x.Port != 0 {
		t.Headline = fmt.Sprintf("through the tunnel, %v reports %s for %v UDP port %d", x.From, x.Reason, x.Dst, x.Port)
		t.Hint = fmt.Sprintf("check that a program listens on UDP port %d of %v; the tunnel carries packets in both directions", x.Port, x.Dst)
	}
	if x.Protocol != 0 {
		t.Headline = fmt.Sprintf("through the tunnel, %v reports %s for %s to %v", x.From, x.Reason, IPProtocol(x.Protocol), x.Dst)
		t.Hint = fmt.Sprintf("check that %s is set up on %v; the tunnel carries packets in both directions", IPProtocol(x.Protocol), x.Dst)
	}
	if x.Filtered {
		t.Hint = fmt.Sprintf("check the packet filter of %v; the tunnel carries packets in both directions", x.From)
	}
	return t
}

func pppRejected(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.PPPRejected)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("through the tunnel, %v rejected the user of %v in PPP: %s failed", x.From, x.To, x.Protocol),
		Details: []string{Flow(x.Flow)},
		Hint:    fmt.Sprintf("check user name and password on %v, and that %v, or its RADIUS server, has this user", x.To, x.From)}
	if x.Count > 1 {
		t.Details = append([]string{Times(x.Count)}, t.Details...)
	}
	if x.Accepted {
		t.Details = append(t.Details, "another attempt was accepted")
	}
	return t
}

func wrongChecksums(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.WrongChecksums)
	if !ok {
		return Text{}
	}
	return Text{Headline: fmt.Sprintf("%d of %s that %v sends through the tunnel have a wrong checksum: their receivers drop them", x.Wrong, Count(x.Of, "TCP segment"), x.From),
		Details: []string{fmt.Sprintf("the first from %v to %v; it was so before encryption, for the ICV is correct", x.Src, x.Dst), Flow(x.Flow)},
		Hint:    fmt.Sprintf("turn off checksum offload on %v and the hosts behind it, or look for what changes packets before it", x.From)}
}

func stray(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Stray)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("%v sends %s outside the traffic selectors of the %s, such as from %v to %v, and gets nothing back",
		x.Flow.Src, Count(x.Packets, "packet"), childSA(f), x.Src, x.Dst),
		Details: []string{fmt.Sprintf("the %s is for %s to %s: %v has to drop the others", childSA(f), x.Local, x.Remote, x.Flow.Dst), Flow(x.Flow)},
		Hint:    fmt.Sprintf("add these networks to the traffic selectors on both peers, or do not route them into the tunnel on %v", x.Flow.Src)}
	if x.Pairs > 1 {
		t.Details = append(t.Details, fmt.Sprintf("they are between %d pairs of hosts", x.Pairs))
	}
	return t
}

func routingLoop(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.RoutingLoop)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("routing loop: %v sends packets for %v back to %v, up to %d times", x.To, x.Dst, x.From, x.Times),
		Details: []string{fmt.Sprintf("%s, the first from %v; the time to live is less each time", Count(x.Packets, "packet"), x.Src), Flow(x.Flow)},
		Hint:    fmt.Sprintf("check the route to %v on %v, and that its IPsec policy does not take packets for its own network", x.Dst, x.To)}
	if !x.Back {
		t.Headline = fmt.Sprintf("routing loop: packets for %v come back to %v, which sends them to %v again, up to %d times", x.Dst, x.From, x.To, x.Times)
		t.Hint = fmt.Sprintf("check the route to %v on %v and on the routers behind it", x.Dst, x.To)
	}
	return t
}

func silentHosts(f *diagnose.Finding) Text {
	const most = 6
	x, ok := f.Facts.(diagnose.SilentHosts)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("the tunnel works, but %s behind it did not respond", Count(len(x.Hosts), "host or port")),
		Hint: "look at these hosts and their packet filters, not at the tunnel"}
	if len(x.Hosts) == 1 {
		t.Headline = fmt.Sprintf("the tunnel works, but %s behind it did not respond", silentHost(x.Hosts[0]))
	}
	for i, h := range x.Hosts {
		if i == most {
			t.Details = append(t.Details, "and "+Count(len(x.Hosts)-most, "more"))
			break
		}
		what := "SYN"
		switch h.Ask {
		case traffic.AskQuery:
			what = h.Service + " request"
		case traffic.AskControl:
			what = "L2TP control message"
		case traffic.AskEcho:
			what = "echo request"
		}
		t.Details = append(t.Details, fmt.Sprintf("%s: %s without a response", silentHost(h), Count(h.Packets, what)))
	}
	return t
}

func silentHost(h diagnose.SilentHost) string {
	switch h.Ask {
	case traffic.AskQuery:
		return fmt.Sprintf("%s server %v", h.Service, h.Host.Addr())
	case traffic.AskControl:
		return fmt.Sprintf("L2TP on %v", h.Host.Addr())
	case traffic.AskEcho:
		return h.Host.Addr().String()
	}
	return fmt.Sprintf("%v port %d", h.Host.Addr(), h.Host.Port())
}
