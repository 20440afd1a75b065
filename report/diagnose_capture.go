package report

import (
	"fmt"
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// A Watch notes, during the second pass, what the diagnosis needs and the session does not keep. The zero value is
// ready.
type Watch struct {
	icmp    []icmpError
	dropped int // ICMP errors over the bound
	clear   int // IP packets with nothing of IPsec
	path    pathWatch
	nat     natWatch
	quirk   quirkWatch
	clock   clockWatch
	encap   encapWatch
	icv     map[icvKey]*icvWatch
}

const maxICMP = 1000

// Frame takes one packet in.
func (w *Watch) Frame(f *ikedecode.Frame) {
	w.clock.packet(f.Packet)
	for i := range f.Items {
		it := &f.Items[i]
		switch d := it.Datagram; {
		case d.Kind == capture.ICMPError:
			w.icmpError(d)
		case d.Kind == capture.Other && d.IP != nil:
			w.clear++
			w.encap.datagram(d)
		}
		w.path.inner(it)
		w.nat.datagram(it.Datagram)
		w.quirk.item(it)
		w.checked(it)
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

// secrets tells what stayed closed in the IKE SAs, and why.
func (d *diagnosis) secrets() {
	codes := map[ikesa.GapCode]diagnose.Code{ikesa.GapWrongPSK: diagnose.CodeWrongPSK} // psk-mismatch is what the peers have between them
	for _, s := range d.stories {
		if readAfterDecryption(s.sa) {
			continue // who made the capture had the keys
		}
		for _, g := range Gaps(s.sa) {
			code := diagnose.Code(g.Code)
			if c, ok := codes[ikesa.GapCode(g.Code)]; ok {
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
func (d *diagnosis) closedBetween(u *ikedecode.UnknownSPI) *ikesa.SA {
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
	for _, s := range d.stories {
		if side, ok := onlyOneSide(s.sa); ok {
			d.addSA(s.sa, Finding{Code: "one-way-ike", Severity: SeverityWarning, Text: fmt.Sprintf(
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
func snapLength(c ikedecode.Counts) Finding {
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
	// With another request before it was answered, a sender of IKEv2 would leave its window of one (RFC 7296, section 2.3).
	answered = answered || sa.Version == 2 && len(sa.Exchanges) > 1 && !sa.Responder.IsZero()
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
	note := func(code diagnose.Code, text string, frames ...int) {
		d.add(Finding{Code: code, Severity: SeverityNote, Text: text, Frames: frames})
	}
	if c.Mirrored > 0 {
		note("mirrored", mirroredText(c))
	}
	if c.ClearCopy > 0 {
		note("gateway-capture", count(c.ClearCopy, "inner packet")+" seen again in the clear: the capture was made on a gateway")
	}
	for _, s := range d.stories {
		if n, f := alreadyDecrypted(s.sa); n > 0 {
			note("already-decrypted", fmt.Sprintf("messages %d and later of %s are in the clear: the capture was made after decryption", n, nameOf(s.sa)), f)
		} else if f := clearFrame2(s.sa); f > 0 {
			note("already-decrypted", fmt.Sprintf("messages of %s that go out encrypted are in the clear: the capture was made after decryption", nameOf(s.sa)), f)
		}
		if !s.sa.RolesKnown {
			note("started-late", nameOf(s.sa)+": its first message is not in the capture")
		}
	}
}

// mirroredText weighs how many packets were seen twice: a mirror port shows nearly all of them so, a network few.
func mirroredText(c ikedecode.Counts) string {
	once := uint64(max(c.Packets-c.Mirrored, 1))
	twice := uint64(c.Mirrored)
	text := fmt.Sprintf("%s (%s) seen twice within %s", count(c.Mirrored, "packet"), percent(min(twice, once), once), brief(capture.DefaultRepeatWindow))
	switch {
	case twice*10 >= once*8:
		return text + ", as a mirror port of both directions shows them"
	case twice*10 <= once*2:
		return text + ": duplicated on the way, most likely, for a mirror port shows nearly all packets twice"
	}
	return text + ", as a mirror port for a part of the traffic or a network that duplicates packets makes them"
}

// Func is Frame for ikedecode.Run; nil for a nil Watch.
func (w *Watch) Func() func(*ikedecode.Frame) error {
	if w == nil {
		return nil
	}
	return func(f *ikedecode.Frame) error {
		w.Frame(f)
		return nil
	}
}
