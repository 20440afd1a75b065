package words

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

const wholePackets = "capture whole packets: tcpdump -s 0"

func captureCut(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.CutFile)
	if !ok {
		return Text{}
	}
	if x.Unread {
		return Text{Headline: fmt.Sprintf("%s was not read: %s", x.Path, x.Err)}
	}
	return Text{Headline: fmt.Sprintf("%s is truncated or damaged at byte %d: %s", x.Path, x.Offset, x.Err),
		Details: []string{"everything before that byte was read"}, Hint: "copy the capture again, or capture again"}
}

func snapLength(f *diagnose.Finding) Text {
	t := Text{Hint: wholePackets}
	switch x := f.Facts.(type) {
	case diagnose.CutMessages:
		t.Headline = fmt.Sprintf("%s of %s are truncated by the snap length: their content is lost", Number(x.Cut), Count(x.All, "IKE message"))
		if x.Cut == 1 {
			t.Headline = fmt.Sprintf("1 of %s is truncated by the snap length: its content is lost", Count(x.All, "IKE message"))
		}
		t.Details = []string{"findings do not rely on what these messages seem to lack"}
	case diagnose.CutFragments:
		t.Headline = Count(x.Packets, "fragmented IP packet") + " truncated by the snap length: not decrypted"
	case diagnose.CutPackets:
		t.Headline = Count(x.Closed+x.Decrypted, "packet") + " truncated by the snap length: "
		const partly = "decrypted as far as captured, not verified"
		switch {
		case x.Decrypted == 0:
			t.Headline += "not decrypted"
		case x.Closed == 0:
			t.Headline += partly
		default:
			t.Headline += fmt.Sprintf("%s %s, %s not decrypted", Number(x.Decrypted), partly, Number(x.Closed))
		}
	}
	return t
}

func notIKE(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.NotIKE)
	return Text{Headline: Count(x.Packets, "packet") + " on the IKE ports without an IKE message"}
}

func tooManySAs(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.Evicted)
	return Text{Headline: SAs(x.IKESAs, x.IPsecSAs) + " left out: too many for the memory limit"}
}

// mirrored weighs how many packets were captured twice: with a mirror port nearly all of them are, with a network that duplicates
// packets few are.
func mirrored(f *diagnose.Finding) Text {
	const copies = 4 // more than these no mirror ports and interfaces of one machine make
	x, ok := f.Facts.(diagnose.Repeated)
	if !ok {
		return Text{}
	}
	once, twice := uint64(max(x.Packets-x.Twice, 1)), uint64(x.Twice)
	t := Text{Headline: fmt.Sprintf("%s, %s, captured twice within %s", Count(x.Twice, "packet"), Percent(min(twice, once), once), Duration(x.Within))}
	switch {
	case x.Places:
		t.Headline = Count(x.Twice, "packet") + " captured twice: two of the capture files have them"
	case twice > copies*once:
		t.Headline = fmt.Sprintf("%s repeated within %s of the same packet, each %d times on average, most likely by a sender or a loop that repeats them",
			Count(x.Twice, "packet"), Duration(x.Within), twice/once)
	case twice*10 >= once*8:
		t.Headline += ", most likely by a mirror port of both directions, or at two places"
	case twice*10 <= once*2:
		t.Headline += ", most likely duplicated by the network"
		t.Details = []string{"a mirror port of both directions captures nearly all packets twice"}
	default:
		t.Headline += "; cannot tell: a mirror port, or duplicated by the network"
	}
	return t
}

func gatewayCapture(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.SeenClear)
	return Text{Headline: Count(x.Packets, "inner packet") + " also captured unencrypted: the capture was made on a gateway"}
}

func alreadyDecrypted(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.Decrypted)
	t := Text{Headline: "IKE messages that must be encrypted are not: the capture was made after decryption", Details: []string{Subject(x.IKESA)}}
	if x.From != 0 {
		t.Headline = fmt.Sprintf("IKE messages from number %d on are unencrypted: the capture was made after decryption", x.From)
	}
	return t
}

func startedLate(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.StartedLate)
	return Text{Headline: Subject(x.IKESA) + ": its first message is not in the capture"}
}

func clockJump(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.NoTimes:
		return Text{Headline: fmt.Sprintf("all %s have the same time: what depends on time cannot be told", Count(x.Packets, "packet")),
			Details: []string{"the packets are taken in the order of the file; nothing is concluded from pauses and from the dates of certificates"},
			Hint:    "give the capture with its times, as the program that made it wrote them"}
	case diagnose.ClockBack:
		return Text{Headline: fmt.Sprintf("timestamps jump back %s, by up to %s", Times(x.Times), Duration(x.By)),
			Details: []string{"the clock was set, or captures of several machines were merged", "lifetimes, pauses and the order of packets may be wrong"},
			Hint:    "synchronise the clocks of the capturing machines (NTP)"}
	case diagnose.ClockAhead:
		return Text{Headline: fmt.Sprintf("timestamps jump ahead %s, by up to %s", Times(x.Times), Duration(x.By)),
			Details: []string{"the clock was set, or captures were merged"}}
	case diagnose.EarlyAnswer:
		return Text{Headline: fmt.Sprintf("%s: the response in frame %d is %s older than its request in frame %d", x.Exchange, x.Answer, Duration(x.By), x.Question),
			Details: []string{"two clocks that differ captured the two directions"}, Hint: "synchronise the clocks, or shift the times of one file: editcap -t"}
	}
	return Text{}
}

// Unread says that packets are not decoded: of a link type, or in an encapsulation.
func Unread(packets int, link, encapsulation string) string {
	if encapsulation != "" {
		return fmt.Sprintf("%s in %s could not be decoded", Count(packets, "packet"), encapsulation)
	}
	return fmt.Sprintf("%s captured as %s could not be decoded", Count(packets, "packet"), link)
}

// overlooked is for packets whose link header or encapsulation is not read.
func overlooked(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Overlooked)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("%s of %s not decoded: ", Number(x.Packets), Count(x.All, "packet"))}
	link := x.Link.String()
	if x.Link.Named() {
		link = fmt.Sprintf("link type %s, LINKTYPE %d,", x.Link, uint16(x.Link))
	}
	switch {
	case x.Wireless():
		t.Headline += fmt.Sprintf("wireless frames (%s) that are encrypted, fragmented, aggregated or damaged are unsupported", x.Link)
		t.Hint = "decrypt the frames in Wireshark with the key of the network, or capture on the wired side of the access point"
	case x.In == capture.MACsec:
		t.Headline += "encrypted MACsec is unsupported"
		t.Hint = "capture where MACsec ends, or on the interface above it (macsec0)"
	case x.In != capture.NoEncapsulation:
		t.Headline += fmt.Sprintf("encapsulation %s is unsupported in this form", x.In)
		t.Hint = "capture without the outer headers, or remove them: editcap -C LENGTH"
	case !x.Link.Supported():
		t.Headline += link + " is unsupported"
		t.Hint = "capture on an Ethernet interface, or remove an unknown header: editcap -C LENGTH -T ether"
	default:
		t.Headline += link + " is unsupported in this form"
		t.Hint = "remove the link header: editcap -C LENGTH -T ether, or -T rawip"
	}
	t.Details = []string{"cannot tell whether these packets hold IPsec"}
	if x.DecoderPanics > 0 {
		t.Details = append(t.Details, fmt.Sprintf("the decoder failed on %s", Count(x.DecoderPanics, "damaged frame")))
	}
	return t
}

func noIPsec(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.NoIPsecSeen)
	t := Text{Headline: fmt.Sprintf("no IKE message and no ESP or AH packet in %s", Count(x.Packets, "packet")),
		Hint: "capture outside the tunnel, where UDP 500, UDP 4500 and ESP pass, not on the inner interface"}
	if x.To.IsValid() {
		t.Headline += fmt.Sprintf("; %v sent IKE messages to %v without a response", x.From, x.To)
		t.Hint = hint(fmt.Sprintf("check that %v is the address of the peer, and the route to it", x.To), "; or capture where its packets pass")
	}
	for _, in := range slices.Sorted(maps.Keys(x.Carried)) {
		t.Details = append(t.Details, fmt.Sprintf("%s in %s, decoded, without IPsec", Count(x.Carried[in], "packet"), in))
	}
	return t
}

// healthy is the one finding about a capture in which nothing is wrong.
func healthy(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.Health)
	t := Text{Headline: healthyHeadline(&x)}
	if x.Weak {
		t.Headline += ", but it uses weak algorithms"
	}
	var parts []string
	switch {
	case x.IKESAs > 0 && x.IKEClosed > 0:
		parts = append(parts, fmt.Sprintf("%s (%s of them not seen to be established)", Count(x.IKESAs+x.IKEClosed, "IKE SA"), Number(x.IKEClosed)))
	case x.IKESAs > 0:
		parts = append(parts, Count(x.IKESAs, "IKE SA"))
	}
	if x.QuickModes > 0 {
		parts = append(parts, Count(x.QuickModes, "IPsec SA pair"))
	}
	if x.ChildSAs > 0 {
		parts = append(parts, Count(x.ChildSAs, "Child SA"))
	}
	if x.Given > 0 {
		parts = append(parts, Count(x.Given, "IPsec SA")+" from the keys given")
	}
	if x.Keyless > 0 {
		parts = append(parts, Count(x.Keyless, "IPsec SA")+" decoded without a key")
	}
	if x.IKEClosed > 0 && x.IKESAs == 0 {
		parts = append(parts, Count(x.IKEClosed, "IKE SA")+" not decrypted")
	}
	if len(parts) > 0 {
		t.Details = append(t.Details, Enumerate(parts))
	}
	t.Details = append(t.Details, healthyPackets(&x))
	return t
}

// healthyHeadline says what works. What is sent to a multicast group is not answered.
func healthyHeadline(x *diagnose.Health) string {
	tunnels, up, ways := "the tunnels", "came up and carried", "traffic both ways"
	if x.IKESAs == 0 {
		up = "carried"
	}
	if len(x.Tunnels) == 1 {
		a, b := x.Tunnels[0][0], x.Tunnels[0][1]
		if x.Multicast == 1 {
			if a.IsMulticast() {
				a, b = b, a
			}
			return fmt.Sprintf("%v sent ESP or AH to the multicast group %v, nothing wrong seen", a, b)
		}
		tunnels = fmt.Sprintf("the tunnel between %v and %v", a, b)
	}
	if x.Multicast > 0 {
		ways = "traffic, to multicast groups one way as usual"
	}
	return tunnels + " " + up + " " + ways
}

// healthyPackets counts what the tunnels carried.
func healthyPackets(x *diagnose.Health) string {
	if x.Packets == 0 {
		return "no ESP or AH packet in the capture; a log has the bytes of both directions"
	}
	line := Count(x.Packets, "ESP or AH packet")
	if len(x.Tunnels) == 1 && x.Sent[0] > 0 && x.Sent[1] > 0 {
		line = fmt.Sprintf("%s and %s", Number(x.Sent[0]), Count(x.Sent[1], "ESP or AH packet"))
	}
	switch {
	case x.Decrypted == 0:
		line += ", not decrypted"
	case x.Decrypted < x.Packets:
		line += fmt.Sprintf(", %s not decrypted", Number(x.Packets-x.Decrypted))
	case x.Unverified == x.Decrypted:
		line += ", all decoded, no ICV verified"
	case x.Unverified > 0:
		line += fmt.Sprintf(", all decrypted, %s of them without an ICV to verify", Number(x.Unverified))
	default:
		line += ", all decrypted, every ICV correct"
	}
	if x.Lost == 0 {
		line += ", no sequence number missing"
	}
	return line
}

// unproven says what must be seen of a tunnel that works and was not.
func unproven(f *diagnose.Finding) Text {
	const most = 6
	x, _ := f.Facts.(diagnose.Unproven)
	t := Text{Headline: fmt.Sprintf("nothing wrong seen, but not enough seen to call %s healthy", doubted(x))}
	if x.Sound > 0 {
		t.Details = append(t.Details, Count(x.Sound, "other tunnel")+" carried traffic both ways")
	}
	for i, doubt := range x.Doubts {
		if i == most {
			t.Details = append(t.Details, "the same of "+Count(len(x.Doubts)-most, "more pair")+" of hosts")
			break
		}
		t.Details = append(t.Details, lacks(doubt))
	}
	return t
}

// doubted are the tunnels that too little was seen of: beside others, those of two hosts, or how many of all.
func doubted(x diagnose.Unproven) string {
	pairs := make(map[negotiation.Hosts]bool)
	for _, doubt := range x.Doubts {
		pairs[doubt.Hosts] = true
	}
	switch {
	case x.Sound == 0 || len(pairs) == 0:
		return "the tunnel"
	case len(pairs) > 1:
		return fmt.Sprintf("%d of %s", len(pairs), Count(len(pairs)+x.Sound, "tunnel"))
	}
	h := x.Doubts[0].Hosts
	return fmt.Sprintf("the tunnel between %v and %v", h[0], h[1])
}

func lacks(x diagnose.Doubt) string {
	if x.Anew == 0 {
		return lack(x)
	}
	return fmt.Sprintf("%s; %v began another IKE SA in frame %d, right after the IKE_AUTH response: it may have rejected that, or have another connection", lack(x), x.From, x.Anew)
}

func lack(x diagnose.Doubt) string {
	between := fmt.Sprintf("between %v and %v", x.Hosts[0], x.Hosts[1])
	switch x.Why {
	case diagnose.LacksESP:
		return "no ESP or AH packet " + between
	case diagnose.LacksIKE:
		return fmt.Sprintf("neither a key nor the negotiation of the ESP or AH %s", between)
	case diagnose.LacksAKA:
		return fmt.Sprintf("no key for the ESP %s, which an IMS registration set up", between)
	case diagnose.LacksHandshake:
		return "a host retransmits as if it got no response, " + between
	case diagnose.LacksOwnESP:
		return fmt.Sprintf("no ESP or AH packet of the IKE SA whose IKE_AUTH ended in frame %d, %s; cannot tell: no traffic, a filter, or its Child SA was rejected",
			x.Frame, between)
	case diagnose.LacksQuickESP:
		return fmt.Sprintf("no ESP or AH packet %s after the Quick Mode that ended in frame %d, not decrypted; cannot tell: no traffic, a filter, or its SAs were not set up",
			between, x.Frame)
	case diagnose.LacksCreatedESP:
		return fmt.Sprintf("no ESP or AH packet %s after the CREATE_CHILD_SA that ended in frame %d, not decrypted; cannot tell: no traffic, a filter, or it rekeyed the IKE SA",
			between, x.Frame)
	case diagnose.LacksEnd:
		return fmt.Sprintf("unencrypted packets since frame %d, such as from %v to %v, and no ESP or AH %s: most likely that frame deleted the tunnel",
			x.Frame, x.Src, x.Dst, between)
	case diagnose.LacksCover:
		return fmt.Sprintf("unencrypted packets from %v to %v since frame %d, which ESP or AH carried before", x.Src, x.Dst, x.Frame)
	case diagnose.LacksIPsec:
		return "no whole IKE message, and no ESP or AH packet"
	case diagnose.LacksInside:
		return "ESP or AH inside other packets was not decrypted, " + between
	case diagnose.LacksOnSA:
		return Flow(x.Flow) + ": nothing came back while it had its last packets; cannot tell: nothing need come back, or that SA does not work"
	case diagnose.LacksAnswers, diagnose.LacksReply:
		to := x.Hosts[0]
		if to == x.From {
			to = x.Hosts[1]
		}
		if x.Why == diagnose.LacksAnswers {
			return fmt.Sprintf("at the end %v keeps sending to %v and gets nothing back", x.From, to)
		}
		return fmt.Sprintf("ESP or AH from %v to %v only, none back", x.From, to)
	}
	return "no sign of a Child SA " + between
}

// undecrypted is for what keeps something of an IKE SA, or all between two hosts, from being decrypted.
func undecrypted(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.Undecrypted:
		text, hint := Gap(x.Gap)
		return Text{Headline: Subject(f.Subject) + ": " + text, Hint: hint}
	case diagnose.UndecryptedPair:
		return undecryptedPair(x)
	case diagnose.Unknown: // its key lacks the salt
		return unknownSPI(f)
	}
	return Text{}
}

func undecryptedPair(x diagnose.UndecryptedPair) Text {
	var parts []string
	if x.Messages > 0 {
		parts = append(parts, Count(x.Messages, "IKE message"))
	}
	if x.Packets > 0 {
		parts = append(parts, Count(x.Packets, "ESP or AH packet"))
	}
	t := Text{Headline: fmt.Sprintf("no key: %s between %v and %v not decrypted", Enumerate(parts), x.Hosts[0], x.Hosts[1]),
		Hint: "give `ip xfrm state` of a Linux gateway, taken while the tunnel is up, or another source of the ESP keys"}
	if x.IMS != nil {
		t.Details, t.Hint = []string{"set up by the " + IMS(x.IMS)}, giveAKA
	}
	if x.Gap != nil {
		_, t.Hint = Gap(*x.Gap)
	}
	return t
}

func ikev1Deprecated(*diagnose.Finding) Text {
	return Text{Headline: "IKEv1 is deprecated; use IKEv2"}
}

// mostCarriers bounds the ways of encapsulation that are listed.
const mostCarriers = 6

func encapsulated(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Encapsulated)
	if !ok || len(x.Carriers) == 0 {
		return Text{}
	}
	if len(x.Carriers) == 1 && x.More == 0 {
		return Text{Headline: fmt.Sprintf("%s of IKE, ESP or AH captured in %s", Count(x.Carriers[0].Packets, "packet"), x.Carriers[0].String())}
	}
	return Text{Headline: fmt.Sprintf("IKE, ESP or AH captured in %s", Count(len(x.Carriers), "encapsulation")), Details: Carriers(x.Carriers, x.More)}
}

// Carriers lists ways of encapsulation, a line each: "51 packets in VXLAN, VNI 42".
func Carriers(list []capture.Carrier, more int) (lines []string) {
	for i := range list {
		if i >= mostCarriers {
			more += list[i].Packets
			continue
		}
		lines = append(lines, fmt.Sprintf("%s in %s", Count(list[i].Packets, "packet"), list[i].String()))
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("%s in others", Count(more, "packet")))
	}
	return lines
}
