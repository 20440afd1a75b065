package traffic

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/internal/ip"
)

const maxQueries = 1024 // connections with a request that waits for its response

// A service is a protocol over UDP whose requests get a response each.
type service struct {
	name  string
	ports []uint16 // of the server
	size  int      // bytes of a header
	// read is the number that a response has of its request, and which of both a message with a whole header is.
	read func(b []byte) (number uint32, kind messageKind)
}

type messageKind uint8

const (
	otherMessage messageKind = iota
	requestMessage
	responseMessage
)

// services are those that are followed inside the tunnels.
var services = []service{
	{"DNS", []uint16{portDNS}, 12, readDNS},
	{"NTP", []uint16{123}, 48, readNTP},
	{"RADIUS", []uint16{1812, 1813}, 20, readRADIUS},
}

const portDNS = 53

// readDNS reads RFC 1035, section 4.1.1.
func readDNS(b []byte) (number uint32, kind messageKind) {
	const isResponse = 0x80
	number = uint32(binary.BigEndian.Uint16(b))
	if b[2]&isResponse != 0 {
		return number, responseMessage
	}
	return number, requestMessage
}

// readNTP reads RFC 5905, section 7.3: the server sends the client's transmit timestamp back.
func readNTP(b []byte) (number uint32, kind messageKind) {
	const mode, client, server, originate, transmit = 7, 3, 4, 28, 44 // the lower halves of the timestamps
	switch b[0] & mode {
	case client:
		return binary.BigEndian.Uint32(b[transmit:]), requestMessage
	case server:
		return binary.BigEndian.Uint32(b[originate:]), responseMessage
	}
	return 0, otherMessage
}

// readRADIUS reads RFC 2865, section 3, and RFC 2866, section 3.
func readRADIUS(b []byte) (number uint32, kind messageKind) {
	switch b[0] {
	case 1, 4: // Access-Request, Accounting-Request
		return uint32(b[1]), requestMessage
	case 2, 3, 5, 11: // Access-Accept, Access-Reject, Accounting-Response, Access-Challenge
		return uint32(b[1]), responseMessage
	}
	return 0, otherMessage
}

// serviceOf is the service of a port; nil: none is followed.
func serviceOf(port uint16) *service {
	for i := range services {
		for _, p := range services[i].ports {
			if p == port {
				return &services[i]
			}
		}
	}
	return nil
}

// request follows requests and their responses.
func (w *Inside) request(in innerL4, seg *Segment) Ask {
	src, dst := ip.Ports(in.l4)
	x, toServer := serviceOf(dst), true
	if x == nil {
		x, toServer = serviceOf(src), false
	}
	if x == nil || len(in.l4) < ip.UDPLen+x.size {
		return AskUnknown
	}
	number, kind := x.read(in.l4[ip.UDPLen:])
	seg.Connection = Connection{in.src, in.dst, src, dst, in.proto}
	switch asked := w.flows[seg.reverse()][number]; {
	case kind == responseMessage && (!toServer || serviceOf(src) == x):
		if asked != nil {
			w.acknowledge(seg, func(s *Segment) bool { return s == asked })
			w.forget(seg.reverse())
		}
		return AskNothing
	case kind != requestMessage || !toServer:
		return AskUnknown
	}
	isNew := w.flows[seg.Connection] == nil
	if isNew && w.queries >= maxQueries {
		return AskUnknown
	}
	seg.Ask, seg.Service = AskQuery, x.name
	w.wait(number, seg)
	if isNew && w.flows[seg.Connection] != nil {
		w.queries++
	}
	return AskQuery
}

// quotedRequest is the number of the request that an ICMP error quotes.
func quotedRequest(udp []byte) (number uint32, ok bool) {
	src, dst := ip.Ports(udp)
	x := serviceOf(dst)
	if x == nil || src == portL2TP || len(udp) < ip.UDPLen+x.size {
		return 0, false
	}
	number, kind := x.read(udp[ip.UDPLen:])
	return number, kind == requestMessage
}

// forget makes room where no request of a connection waits any more: most have ports of their own.
func (w *Inside) forget(c Connection) {
	if len(w.flows[c]) == 0 {
		delete(w.flows, c)
		w.queries--
	}
}
