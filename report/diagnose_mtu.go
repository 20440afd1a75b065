package report

import (
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about packets that are too large for the way.

// tooBig is for errors that name the MTU of a hop (RFC 1191, RFC 8201).
func (d *diagnosis) tooBig(es []icmpError) diagnose.Finding {
	e := &es[0]
	facts := e.facts()
	if e.mtu > 0 {
		facts.Room = d.roomIn(e)
	}
	f := diagnose.Finding{Code: diagnose.CodeMTUSuspect, Severity: SeverityWarning, Grade: diagnose.Wire, Frames: icmpFrames(es), RFC: "RFC 1191, 4", Facts: facts}
	if e.reason.version == 6 {
		f.RFC = "RFC 8201, 4"
	}
	return f
}

// roomIn is the largest inner packet that fits the MTU that e names, by the tunnel mode SA that e is about; 0 where none is known.
func (d *diagnosis) roomIn(e *icmpError) int {
	for _, f := range d.flows() {
		if f.sa.Protocol == esp.ESP && f.sa.Src == e.src.Addr() && f.sa.Dst == e.dst.Addr() && f.sa.Cipher != nil && !f.sa.Transport {
			return innerRoom(f.sa, e.mtu, e.proto == ip.ProtoUDP, e.src.Addr().Is6())
		}
	}
	return 0
}

// innerRoom is the most bytes that a packet in tunnel mode may have for its ESP packet to have at most mtu (RFC 4303, section 2).
func innerRoom(sa *esp.SA, mtu int, udp, ip6 bool) int {
	room := mtu - 20
	if ip6 {
		room = mtu - 40
	}
	if udp {
		room -= 8
	}
	room -= 8 + sa.Cipher.IVLen + sa.ICVLength() // SPI and sequence number
	if align := max(sa.Cipher.BlockLen, 4); room > 0 {
		room -= room % align
	}
	return max(room-2, 0) // pad length and next header
}

// largeMessage is the size of a message of IKE from which on a way with a small MTU may lose it: what IPv6 lets every link carry,
// without the headers of IPv6, UDP and the marker.
const largeMessage = 1280 - 40 - 8 - 4

// largeUnanswered finds large messages of IKE without an answer where smaller ones were answered.
func (d *diagnosis) largeUnanswered() {
	for _, s := range d.stories {
		for _, x := range s.Exchanges() {
			if o := s.Outcome(x); o == nil || o.Code != negotiation.NoAnswer || len(x.Messages) == 0 {
				continue
			}
			if f, ok := largeLost(s.SA, x.Messages[len(x.Messages)-1]); ok {
				d.found = append(d.found, f)
			}
		}
	}
}

// largeLost looks at the last message of an exchange, which nobody answered.
func largeLost(sa *ikesa.SA, last *ikesa.Message) (_ diagnose.Finding, ok bool) {
	const resent = 2
	small := 0 // the largest message of this side that was answered
	for i, m := range sa.Messages {
		answered := i+1 < len(sa.Messages) && sa.Messages[i+1].FromInitiator != m.FromInitiator
		if m.FromInitiator == last.FromInitiator && m != last && answered {
			small = max(small, wireSize(m))
		}
	}
	size := wireSize(last)
	if size < largeMessage || small == 0 || small >= size || last.Sent() < resent {
		return diagnose.Finding{}, false
	}
	facts := diagnose.LargeIKE{Exchange: negotiation.TypeOf(last).String(), From: diagnose.SideOf(last.FromInitiator), Size: size, Small: small}
	if n := len(last.Frames); n > 1 && last.Fragments == 0 {
		facts.Fragments = n
	}
	return diagnose.Finding{Code: diagnose.CodeMTUSuspect, Severity: SeverityWarning, Subject: subjectOf(sa), From: facts.From, Frames: messageFrames(last),
		Setting: diagnose.SettingFragmentation, Facts: facts}, true
}

// wireSize is the most bytes that one packet of m has, IP and UDP headers left out: of a message in IKE fragments a fragment's.
func wireSize(m *ikesa.Message) int {
	if m.Fragments > 0 {
		return len(m.Raw)/m.Fragments + 1
	}
	return len(m.Raw)
}
