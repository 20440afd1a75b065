package report

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/session"
)

// A Watch notes, during the second pass, what the diagnosis needs and the session does not keep. The zero value is
// ready.
type Watch struct {
	icmp    []icmpError
	dropped int // ICMP errors over the bound
}

// An icmpError is an ICMP error about a packet to an IKE port.
type icmpError struct {
	frame  int
	from   netip.Addr
	about  netip.AddrPort
	reason string
}

const maxICMP = 1000

// Frame takes one packet in.
func (w *Watch) Frame(f *session.Frame) {
	for _, it := range f.Items {
		if it.Datagram.Kind != capture.ICMPError {
			continue
		}
		about, reason, ok := parseICMP(it.Datagram.Payload)
		if !ok {
			continue
		}
		if len(w.icmp) >= maxICMP {
			w.dropped++
			continue
		}
		w.icmp = append(w.icmp, icmpError{it.Datagram.Frame, it.Datagram.Src.Addr(), about, reason})
	}
}

// icmpReasons are codes of ICMP type 3 (RFC 792, RFC 1812) that tell why IKE gets no answer.
var icmpReasons = map[byte]string{
	0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
	4: "packet too large", 9: "network prohibited", 10: "host prohibited", 13: "prohibited by a filter",
}

// icmp6Reasons are codes of ICMPv6 type 1 (RFC 4443).
var icmp6Reasons = map[byte]string{
	0: "no route", 1: "prohibited by a filter", 3: "address unreachable", 4: "port unreachable",
}

// parseICMP reads the reason of an ICMP error and the destination of the packet that it is about.
func parseICMP(b []byte) (about netip.AddrPort, reason string, ok bool) {
	if len(b) < 8+20 {
		return about, "", false
	}
	inner := b[8:]
	switch {
	case inner[0]>>4 == 4 && b[0] == 3:
		reason = icmpReasons[b[1]]
		n := int(inner[0]&15) * 4
		addr, _ := netip.AddrFromSlice(inner[16:20])
		about = netip.AddrPortFrom(addr, portAt(inner, n, inner[9]))
	case inner[0]>>4 == 6 && b[0] == 1 && len(inner) >= 40:
		reason = icmp6Reasons[b[1]]
		addr, _ := netip.AddrFromSlice(inner[24:40])
		about = netip.AddrPortFrom(addr, portAt(inner, 40, inner[6]))
	}
	return about, reason, reason != ""
}

// portAt is the destination port of UDP at offset n; 0 for another protocol.
func portAt(ip []byte, n int, proto byte) uint16 {
	const udp = 17
	if proto != udp || n < 20 || len(ip) < n+4 {
		return 0
	}
	return binary.BigEndian.Uint16(ip[n+2:])
}

// unreachable finds ICMP errors about IKE's packets.
func (d *diagnosis) unreachable() {
	type key struct {
		from   netip.Addr
		about  netip.AddrPort
		reason string
	}
	byKey := make(map[key]int)
	for _, e := range d.watch.icmp {
		if e.about.Port() != 500 && e.about.Port() != 4500 {
			continue
		}
		k := key{e.from, e.about, e.reason}
		if i, ok := byKey[k]; ok {
			d.findings[i].Frames = append(d.findings[i].Frames, e.frame)
			continue
		}
		byKey[k] = len(d.findings)
		f := Finding{Code: "peer-unreachable", Severity: SeverityProblem, Frames: []int{e.frame},
			Text: fmt.Sprintf("%v reports %s for IKE to %v", e.from, e.reason, e.about),
			Hint: "check the peer's address, its daemon and the filters on the way"}
		if e.reason == "packet too large" {
			f.Code, f.Severity, f.Hint = "mtu", SeverityWarning, "let this message through to the sender, or lower its MTU"
		}
		d.add(f)
	}
}

// cutFiles finds capture files that end inside a record.
func (d *diagnosis) cutFiles() {
	for _, c := range d.session.Cuts {
		d.add(Finding{Code: "capture-cut", Severity: SeverityWarning,
			Text: fmt.Sprintf("%s is cut short or damaged at byte %d: %v; what comes before was read", c.Path, c.Offset, c.Err),
			Hint: "copy the capture again, or capture anew"})
	}
}

// integrity finds SAs whose keys are right or wrong by their ICVs.
func (d *diagnosis) integrity() {
	for _, group := range groupSAs(d.session.Table.SAs()) {
		t := newTrafficSA(group)
		about := fmt.Sprintf("%s %s %s > %s", t.Protocol, t.SPI, t.Src, t.Dst)
		switch {
		case t.Packets == 0:
		case t.Proved && t.ICVFailures+t.Malformed > 0:
			d.add(Finding{Code: "icv-failures", Severity: SeverityProblem, Frames: frames(t.FirstFrame, t.LastFrame), span: true,
				Text: fmt.Sprintf("%d of %s on %s fail the check, with keys that opened %d", t.ICVFailures+t.Malformed, count(t.Packets, "packet"), about, t.Opened),
				Hint: "packets were changed or damaged on the way, or cut by the capture"})
		case t.Opened == 0 && t.ICVFailures+t.Malformed > 0:
			d.add(Finding{Code: "wrong-esp-key", Severity: SeverityProblem, Frames: frames(t.FirstFrame, t.LastFrame), span: true,
				Text: fmt.Sprintf("the keys for %s fit none of its %s", about, count(t.Packets, "packet")),
				Hint: "the keys are of another SA with the same SPI, of another time, or of another algorithm; from " + join(t.Sources, ", ")})
		}
	}
}

// secrets tells what stayed closed in the IKE SAs, and why.
func (d *diagnosis) secrets() {
	codes := map[ikesa.GapCode]string{ikesa.GapWrongPSK: "wrong-psk"} // psk-mismatch is what the peers have between them
	for _, s := range d.stories {
		for _, g := range Gaps(s.sa) {
			code := g.Code
			if c, ok := codes[ikesa.GapCode(code)]; ok {
				code = c
			}
			d.addSA(s.sa, Finding{Code: code, Severity: SeverityWarning, Text: nameOf(s.sa) + ": " + g.Text, Hint: g.Hint})
		}
	}
}

// unknownSPIs finds flows that no key was given for.
func (d *diagnosis) unknownSPIs() {
	const most = 20
	children, null := childrenOf(d.session), newNullIndex(d.session)
	negotiated := 0
	for i, u := range d.session.Unknown {
		r := newUnknownSA(u, children)
		if r.Negotiated != "" {
			negotiated++
			continue // its IKE SA's gap says it
		}
		if i >= most {
			d.add(Finding{Code: "unknown-spi", Severity: SeverityWarning, Text: fmt.Sprintf("%d more flows stayed closed", len(d.session.Unknown)-i)})
			break
		}
		hint := "no Quick Mode or Child SA in the capture negotiates this SPI: give the SA's keys (ip xfrm state, setkey -D, a key log), or a capture that has its negotiation"
		if sa := d.closedBetween(u); sa != nil {
			hint = "most likely " + nameOf(sa) + " negotiates it, which stayed closed: open that first, or give the SA's own keys"
		}
		f := Finding{Code: "unknown-spi", Severity: SeverityWarning, Frames: frames(r.FirstFrame, r.LastFrame), span: true, Hint: hint,
			Text: fmt.Sprintf("%s on %s %s %s > %s stayed closed: %s", count(r.Packets, "packet"), r.Protocol, r.SPI, r.Src, r.Dst, r.Reason)}
		if text := null.closed(u).closedText(); text != "" {
			f.Text += "; " + text
		}
		d.add(f)
	}
}

// closedBetween is an IKE SA between the hosts of u with messages that stayed closed.
func (d *diagnosis) closedBetween(u *session.UnknownSPI) *ikesa.SA {
	for _, s := range d.stories {
		a, b := s.sa.InitiatorAddr.Addr(), s.sa.ResponderAddr.Addr()
		if (a != u.Src || b != u.Dst) && (a != u.Dst || b != u.Src) {
			continue
		}
		for _, m := range s.sa.Messages {
			if m.State == ikesa.Closed || m.Version>>4 > 1 {
				return s.sa
			}
		}
	}
	return nil
}

// damage finds what the capture lacks.
func (d *diagnosis) damage() {
	c := d.session.Counts
	peers := d.peers()
	for i, in := range d.session.Incomplete {
		const most = 10
		if i == most {
			d.add(Finding{Code: "incomplete-fragments", Severity: SeverityWarning, Text: fmt.Sprintf("%d more sets of fragments are incomplete", len(d.session.Incomplete)-i)})
			break
		}
		want := "the last fragment is missing"
		if in.Want > 0 {
			want = fmt.Sprintf("%d of %d bytes", in.Have, in.Want)
		}
		severity := SeverityWarning
		if !peers[in.Src] && !peers[in.Dst] {
			severity = SeverityNote // not IPsec's
		}
		d.add(Finding{Code: "incomplete-fragments", Severity: severity, Frames: in.Frames,
			Text: fmt.Sprintf("a packet from %v to %v lacks fragments: %s", in.Src, in.Dst, want),
			Hint: "fragments are dropped on the way, or the capture filter does not match them"})
	}
	for _, s := range d.stories {
		if side, ok := onlyOneSide(s.sa); ok {
			d.addSA(s.sa, Finding{Code: "one-direction", Severity: SeverityWarning, Text: fmt.Sprintf(
				"%s: the capture has the messages of the %s alone, although it was answered", nameOf(s.sa), side),
				Hint: "capture both directions"})
		}
	}
	if c.CutESP+c.CutOpened > 0 {
		d.add(snapLength(c))
	}
	if c.IKEBad > 0 {
		d.add(Finding{Code: "not-ike", Severity: SeverityNote, Text: count(c.IKEBad, "packet") + " on IKE's ports hold no IKE message"})
	}
	if d.session.Evicted > 0 {
		d.add(Finding{Code: "too-many-sas", Severity: SeverityWarning, Text: count(d.session.Evicted, "IKE conversation") + " left out: there were too many at once"})
	}
}

// snapLength is the finding about ESP and AH packets that the capture cut.
func snapLength(c session.Counts) Finding {
	text := count(c.CutESP+c.CutOpened, "packet") + " cut by the snap length: "
	switch {
	case c.CutOpened == 0:
		text += "closed"
	case c.CutESP == 0:
		text += "opened as far as they go, not verified"
	default:
		text += fmt.Sprintf("%d opened as far as they go, not verified, %d closed", c.CutOpened, c.CutESP)
	}
	return Finding{Code: "snap-length", Severity: SeverityWarning, Text: text, Hint: "capture whole packets: tcpdump -s 0"}
}

// onlyOneSide tells which side's messages the capture has alone: that they go on shows that there were answers.
func onlyOneSide(sa *ikesa.SA) (string, bool) {
	answered := false
	for _, x := range sa.Exchanges {
		if !oneSided(x) || x.Messages[0].FromInitiator != sa.Exchanges[0].Messages[0].FromInitiator {
			return "", false
		}
		answered = answered || (len(x.Messages) > 1 && sa.Version == 1)
	}
	if !answered {
		return "", false
	}
	return side(sa.Messages[0].FromInitiator), true
}

// peers are the addresses between which IKE, ESP and AH run.
func (d *diagnosis) peers() map[netip.Addr]bool {
	peers := make(map[netip.Addr]bool)
	for _, sa := range d.session.SAs {
		peers[sa.InitiatorAddr.Addr()], peers[sa.ResponderAddr.Addr()] = true, true
	}
	for _, sa := range d.session.Table.SAs() {
		if sa.Stats().Packets > 0 {
			peers[sa.Src], peers[sa.Dst] = true, true
		}
	}
	for _, u := range d.session.Unknown {
		peers[u.Src], peers[u.Dst] = true, true
	}
	return peers
}

// circumstances are facts about how the capture was made.
func (d *diagnosis) circumstances() {
	c := d.session.Counts
	note := func(code, text string, frames ...int) {
		d.add(Finding{Code: code, Severity: SeverityNote, Text: text, Frames: frames})
	}
	if c.Mirrored > 0 {
		note("mirrored", count(c.Mirrored, "packet")+" captured twice, as on a mirror port of both directions")
	}
	if c.ClearCopy > 0 {
		note("gateway-capture", count(c.ClearCopy, "inner packet")+" seen again in the clear: the capture was made on a gateway")
	}
	for _, s := range d.stories {
		if n, f := alreadyDecrypted(s.sa); n > 0 {
			note("already-decrypted", fmt.Sprintf("messages %d and later of %s are in the clear: the capture was made after decryption", n, nameOf(s.sa)), f)
		}
		if nat := natOf(s.sa); nat.BehindNATInitiator || nat.BehindNATResponder {
			note("nat", nameOf(s.sa)+": "+natText(nat))
		}
		if !s.sa.RolesKnown {
			note("started-late", nameOf(s.sa)+": its first message is not in the capture")
		}
		if n := resent(s.sa); n > 0 {
			note("retransmissions", fmt.Sprintf("%s: %s resent", nameOf(s.sa), count(n, "message")))
		}
	}
}

func resent(sa *ikesa.SA) (n int) {
	for _, m := range sa.Messages {
		if m.Sent() > 1 {
			n++
		}
	}
	return n
}

// Func is Frame for session.Run; nil for a nil Watch.
func (w *Watch) Func() func(*session.Frame) error {
	if w == nil {
		return nil
	}
	return func(f *session.Frame) error {
		w.Frame(f)
		return nil
	}
}
