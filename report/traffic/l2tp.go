package traffic

import (
	"encoding/binary"
	"net/netip"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	portL2TP    = 1701
	maxRejected = 256 // pairs of hosts between which PPP rejected a user
)

// l2tp follows the control messages of L2TP, each of which is to be acknowledged (RFC 2661, section 5.8), and PPP inside it.
func (w *Inside) l2tp(in innerL4, seg *Segment) Ask {
	b := in.l4[ip.UDPLen:]
	m, ok := ip.ParseL2TP(b)
	if !ok {
		return AskUnknown
	}
	content := b[m.Len:] // AVPs, or a frame of PPP
	if !m.Control {
		w.ppp.frame(content, in, seg)
		return AskUnknown
	}
	if len(content) > 0 && !isMessageType(content) {
		return AskUnknown
	}
	src, dst := ip.Ports(in.l4)
	seg.Connection = Connection{in.src, in.dst, src, dst, in.proto}
	w.acknowledge(seg, func(s *Segment) bool { return int16(m.Nr-uint16(s.end)) >= 0 })
	if len(content) == 0 {
		return AskNothing // an acknowledgement alone
	}
	seg.Ask, seg.end = AskControl, uint32(m.Ns)+1
	w.wait(uint32(m.Ns), seg)
	return AskControl
}

// isMessageType reports whether AVPs begin with the Message Type, as those of each message do (RFC 2661, section 4.4.1).
func isMessageType(avps []byte) bool {
	const size, lengthBits = 8, 0x03ff
	return len(avps) >= size && binary.BigEndian.Uint16(avps)&lengthBits == size && binary.BigEndian.Uint32(avps[2:]) == 0
}

// A PPPRejection is the users that PPP rejected, from one host to another, inside L2TP.
type PPPRejection struct {
	SA          *esp.SA // that carried the first one
	From, To    netip.Addr
	Protocol    string // "CHAP"
	Count       int
	Accepted    bool // one was accepted, too, before or after
	First, Last esp.Point
}

// ppp follows who is let in.
type ppp struct {
	at    map[[2]netip.Addr]*PPPRejection
	order []*PPPRejection
}

// Rejections are the pairs of hosts between which PPP let users in or rejected them, in the order of the first verdicts.
func (w *Inside) Rejections() []*PPPRejection { return w.ppp.order }

// frame takes a frame of PPP in: the verdicts of PAP (RFC 1334, section 2.2), CHAP (RFC 1994, section 4) and EAP (RFC 3748, section 4).
func (w *ppp) frame(b []byte, in innerL4, seg *Segment) {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 3 { // address and control, which may be left out
		b = b[2:]
	}
	if len(b) < 6 {
		return
	}
	var name string
	var accepts, rejects byte
	switch binary.BigEndian.Uint16(b) {
	case 0xc023:
		name, accepts, rejects = "PAP", 2, 3
	case 0xc223:
		name, accepts, rejects = "CHAP", 3, 4
	case 0xc227:
		name, accepts, rejects = "EAP", 3, 4
	}
	if name == "" || b[2] != accepts && b[2] != rejects {
		return
	}
	k := [2]netip.Addr{in.src, in.dst}
	r := w.at[k]
	if r == nil {
		if len(w.order) >= maxRejected {
			return
		}
		if w.at == nil {
			w.at = make(map[[2]netip.Addr]*PPPRejection)
		}
		r = &PPPRejection{SA: seg.sa, From: in.src, To: in.dst}
		w.at[k], w.order = r, append(w.order, r)
	}
	if b[2] == accepts {
		r.Accepted = true
		return
	}
	if r.Count++; r.Count == 1 {
		r.Protocol, r.First = name, seg.First
	}
	r.Last = seg.First
}
