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
	m, ok := parseL2TP(in.l4[ip.UDPLen:])
	if !ok {
		return AskUnknown
	}
	if !m.control {
		w.ppp.frame(m.payload, in, seg)
		return AskUnknown
	}
	if len(m.payload) > 0 && !isMessageType(m.payload) {
		return AskUnknown
	}
	src, dst := ip.Ports(in.l4)
	seg.Connection = Connection{in.src, in.dst, src, dst, in.proto}
	w.acknowledge(seg, func(s *Segment) bool { return int16(m.nr-uint16(s.end)) >= 0 })
	if len(m.payload) == 0 {
		return AskNothing // an acknowledgement alone
	}
	seg.Ask, seg.end = AskControl, uint32(m.ns)+1
	w.wait(uint32(m.ns), seg)
	return AskControl
}

// isMessageType reports whether AVPs begin with the Message Type, as those of each message do (RFC 2661, section 4.4.1).
func isMessageType(avps []byte) bool {
	const size, lengthBits = 8, 0x03ff
	return len(avps) >= size && binary.BigEndian.Uint16(avps)&lengthBits == size && binary.BigEndian.Uint32(avps[2:]) == 0
}

// An l2tpMessage is one of RFC 2661, section 3.1.
type l2tpMessage struct {
	control bool
	ns, nr  uint16 // of a control message
	payload []byte // AVPs, or the frame of PPP
}

func parseL2TP(b []byte) (m l2tpMessage, ok bool) {
	const control, length, sequence, offset, reserved, version = 0x8000, 0x4000, 0x0800, 0x0200, 0x34f0, 15
	if len(b) < 2 {
		return m, false
	}
	flags := binary.BigEndian.Uint16(b)
	if flags&version != 2 || flags&reserved != 0 {
		return m, false
	}
	n, at := 6, 0 // flags, tunnel and session
	if flags&length != 0 {
		n += 2
	}
	if flags&sequence != 0 {
		at, n = n, n+4
	}
	if flags&offset != 0 {
		if len(b) < n+2 {
			return m, false
		}
		n += 2 + int(binary.BigEndian.Uint16(b[n:]))
	}
	if len(b) < n {
		return m, false
	}
	if m.control = flags&control != 0; m.control {
		if at == 0 {
			return m, false
		}
		m.ns, m.nr = binary.BigEndian.Uint16(b[at:]), binary.BigEndian.Uint16(b[at+2:])
	}
	m.payload = b[n:]
	return m, true
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
