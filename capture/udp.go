package capture

import (
	"encoding/binary"
	"net/netip"
)

// The UDP ports of IKE (RFC 7296, section 2): the second is for IKE and ESP in UDP (RFC 3948).
const (
	PortIKE  = 500
	PortNATT = 4500
)

const (
	markerLen    = 4  // non-ESP marker (RFC 3948, 2.2)
	ikeHeaderLen = 28 // ISAKMP header (RFC 2408, 3.1; RFC 7296, 3.1)
	minESP       = 4  // bytes of ESP that let it be told: the SPI
	firstSPI     = 256
)

// set makes d one of kind k.
func (d *Datagram) set(k Kind, payload []byte) { d.Kind, d.Payload = k, payload }

// setMarked makes d an IKE message behind a non-ESP marker.
func (d *Datagram) setMarked(payload []byte) {
	d.Marker = true
	d.set(IKE, payload[markerLen:])
}

func isKeepalive(payload []byte, size int) bool {
	return size == 1 && len(payload) == 1 && payload[0] == 0xff
}

func hasMarker(b []byte) bool { return len(b) >= markerLen && binary.BigEndian.Uint32(b) == 0 }

// splitNATT takes a datagram of port 4500 apart. IKE without a marker, which some implementations send there, is told from
// ESP by its header.
func (d *Datagram) splitNATT(payload []byte, size int) {
	switch {
	case isKeepalive(payload, size):
		d.set(Keepalive, payload)
	case hasMarker(payload):
		d.setMarked(payload)
	case ikeFits(payload, size):
		d.set(IKE, payload)
	case len(payload) >= wespIDLen && binary.BigEndian.Uint32(payload) == wespInUDP && d.setWESP(payload[wespIDLen:]):
	case isSTUN(payload, size):
	case len(payload) >= minESP:
		d.set(ESP, payload)
	}
}

// isSTUN says whether b, of size bytes on the wire, is a message of STUN (RFC 8489, section 5): some clients send it from port 4500 too. It has a fixed
// magic cookie where ESP has the sequence number, and a length that must fit.
func isSTUN(b []byte, size int) bool {
	const header, cookie = 20, 0x2112a442
	if len(b) < header || binary.BigEndian.Uint32(b[4:]) != cookie {
		return false
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	return b[0]&0xc0 == 0 && length%4 == 0 && header+length == size
}

// splitPort500 takes all of port 500 for IKE: what does not fit is a malformed message, and said to be one.
func (d *Datagram) splitPort500(payload []byte, size int) {
	switch {
	case isKeepalive(payload, size):
		d.set(Keepalive, payload)
	case hasMarker(payload) && ikeFits(payload[markerLen:], size-markerLen):
		d.setMarked(payload)
	case len(payload) > 0:
		d.set(IKE, payload)
	}
}

// ikeFits says whether b, of size bytes on the wire, is an ISAKMP message as far as its header goes: initiator's SPI, known
// version, exchange type, first payload and flags, and the length. That is strict enough to be asked of any
// datagram: of random bytes, one in 2^60 passes.
func ikeFits(b []byte, size int) bool {
	if len(b) < ikeHeaderLen || int64(binary.BigEndian.Uint32(b[24:])) != int64(size) {
		return false
	}
	if binary.BigEndian.Uint64(b) == 0 {
		return false
	}
	next, version, exchange, flags := b[16], b[17], b[18], b[19]
	switch version {
	case 0x10:
		return fitsIKEv1(next, exchange) && flags&^7 == 0
	case 0x20, 0x21:
		return fitsIKEv2(next, exchange) && flags&^0x38 == 0
	}
	return false
}

// fitsIKEv1 knows the exchanges of RFC 2408, RFC 2409, GDOI (RFC 6407) and Mode Config, and the payloads of these, of the
// NAT-T drafts and of fragmentation.
func fitsIKEv1(next, exchange uint8) bool {
	if next == 0 || next > 23 && (next < 128 || next > 135) {
		return false
	}
	return exchange >= 1 && exchange <= 6 || exchange >= 32 && exchange <= 35
}

// fitsIKEv2 knows the exchanges from IKE_SA_INIT (34) to IKE_FOLLOWUP_KE (44), and the payloads from SA (33) to those of
// group key management.
func fitsIKEv2(next, exchange uint8) bool {
	return next >= 33 && next <= 60 && exchange >= 34 && exchange <= 44
}

// maxPeers bounds the pairs of endpoints remembered.
const maxPeers = 1 << 14

type endpoints struct{ a, b netip.AddrPort }

// peers are the pairs of endpoints that spoke IKE with a marker on odd ports: ESP goes between the same two.
type peers map[endpoints]struct{}

// pair is the same for both directions.
func pair(src, dst netip.AddrPort) endpoints {
	if dst.Compare(src) < 0 {
		src, dst = dst, src
	}
	return endpoints{src, dst}
}

func (p peers) learn(src, dst netip.AddrPort) {
	if len(p) >= maxPeers {
		for k := range p { // any: this is no attack to be stopped, only memory to be bounded
			delete(p, k)
			break
		}
	}
	p[pair(src, dst)] = struct{}{}
}

func (p peers) known(src, dst netip.AddrPort) bool {
	if len(p) == 0 {
		return false
	}
	_, ok := p[pair(src, dst)]
	return ok
}
