package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Rules about packets that are too large for the way.

// tcpIPv4 are the bytes of the headers of TCP and IPv4.
const tcpIPv4 = 40

// tooBig is for errors that name the MTU of a hop (RFC 1191, RFC 8201).
func (d *diagnosis) tooBig(es []icmpError) Finding {
	e := &es[0]
	f := Finding{Code: "mtu-suspect", Severity: SeverityWarning, Frames: icmpFrames(es), RFC: "RFC 1191, 4",
		Text: fmt.Sprintf("%v reports: %s (ICMP type %d, code %d) for %s", e.from, e.reason.text, e.typ, e.code, e.packet()),
		Hint: fmt.Sprintf("let this ICMP message through to %v, or lower the MTU inside the tunnel and the MSS of TCP", e.src.Addr())}
	if e.reason.version == 6 {
		f.RFC = "RFC 8201, 4"
	}
	if e.mtu == 0 {
		return f
	}
	f.Text += fmt.Sprintf("; the next hop takes %d bytes", e.mtu)
	if room := d.roomIn(e); room > tcpIPv4 {
		f.Hint = fmt.Sprintf("let this ICMP message through to %v; or set the MTU inside the tunnel to %d bytes on that side, or the MSS of TCP to %d",
			e.src.Addr(), room, room-tcpIPv4)
	}
	return f
}

// roomIn is the largest inner packet that fits the MTU that e names, by the tunnel mode SA that e is about; 0 where none is known.
func (d *diagnosis) roomIn(e *icmpError) int {
	for _, f := range d.flows() {
		if f.sa.Protocol == esp.ESP && f.sa.Src == e.src.Addr() && f.sa.Dst == e.dst.Addr() && f.sa.Cipher != nil && !f.sa.Transport {
			return innerRoom(f.sa, e.mtu, e.proto == ipUDP, e.src.Addr().Is6())
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
		for _, x := range s.exchanges() {
			if o := s.outcomes[x]; o == nil || o.Code != OutcomeNoAnswer || len(x.Messages) == 0 {
				continue
			}
			if f, ok := largeLost(s.sa, x.Messages[len(x.Messages)-1]); ok {
				d.addSA(s.sa, f)
			}
		}
	}
}

// largeLost looks at the last message of an exchange, which nobody answered.
func largeLost(sa *ikesa.SA, last *ikesa.Message) (Finding, bool) {
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
		return Finding{}, false
	}
	f := Finding{Code: "mtu-suspect", Severity: SeverityWarning, Frames: messageFrames(last), setting: diagnose.SettingFragmentation,
		Text: fmt.Sprintf("%v of %d bytes from the %s stays without an answer, while messages of up to %d bytes are answered: large packets may be lost on the way",
			typeOf(last), size, side(last.FromInitiator), small),
		Hint: "use IKE fragmentation, which sends several small packets (RFC 7383), or fewer and smaller certificates; look where IP fragments are dropped"}
	if n := len(last.Frames); n > 1 && last.Fragments == 0 {
		f.Text += fmt.Sprintf("; it goes out in %d IP fragments", n)
	}
	return f, true
}

// wireSize is the most bytes that one packet of m has, IP and UDP headers left out: of a message in IKE fragments a fragment's.
func wireSize(m *ikesa.Message) int {
	if m.Fragments > 0 {
		return len(m.Raw)/m.Fragments + 1
	}
	return len(m.Raw)
}
