package traffic

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	portDNS    = 53
	dnsHeader  = 12   // bytes (RFC 1035, section 4.1.1)
	dnsAnswers = 0x80 // QR, in the third byte
	maxQueries = 1024 // that wait for a response
)

// dns follows queries and responses over UDP (RFC 1035, section 4.1.1): the ID is the number.
func (w *Inside) dns(in innerL4, seg *Segment) Ask {
	u, ok := ip.ParseUDP(in.l4)
	if !ok || len(in.l4) < ip.UDPLen+dnsHeader {
		return AskUnknown
	}
	id, isAnswer := dnsNumber(in.l4)
	seg.Connection = Connection{in.src, in.dst, u.Src, u.Dst, in.proto}
	switch asked := w.flows[seg.reverse()][id]; {
	case isAnswer && u.Src == portDNS:
		if asked != nil {
			w.acknowledge(seg, func(s *Segment) bool { return s == asked })
			w.forget(seg.reverse())
		}
		return AskNothing
	case isAnswer || u.Dst != portDNS:
		return AskUnknown
	}
	isNew := w.flows[seg.Connection] == nil
	if isNew && w.queries >= maxQueries {
		return AskUnknown
	}
	seg.Ask = AskQuery
	w.wait(id, seg)
	if isNew && w.flows[seg.Connection] != nil {
		w.queries++
	}
	return AskQuery
}

// dnsNumber is the ID of a message in UDP, and whether it is a response.
func dnsNumber(udp []byte) (id uint32, isAnswer bool) {
	b := udp[ip.UDPLen:]
	return uint32(binary.BigEndian.Uint16(b)), b[2]&dnsAnswers != 0
}

// forget makes room where no query of a connection waits any more: each has ports of its own.
func (w *Inside) forget(c Connection) {
	if len(w.flows[c]) == 0 {
		delete(w.flows, c)
		w.queries--
	}
}
