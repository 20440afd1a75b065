package capture

import (
	"encoding/binary"
	"net/netip"
)

// message makes a datagram of a frame's body, which ends at end in the buffer.
func (s *tcpStream) message(body []byte, end int) (Datagram, bool) {
	d := Datagram{Src: s.src, Dst: s.dst, TCP: true}
	frames, last := s.frames(end)
	d.Time, d.Frame = last, frames[len(frames)-1]
	if len(frames) > 1 {
		d.Frames = frames
	}
	payload := s.asUDP(&d, body)
	switch {
	case isKeepalive(payload, len(payload)):
		d.set(Keepalive, payload)
	case hasMarker(payload):
		d.setMarked(payload)
	case len(payload) >= minESP:
		d.set(ESP, payload)
	default:
		return d, false
	}
	return d, true
}

// asUDP makes up the IP packet that would have brought body in UDP, with the connection's addresses and ports; where
// neither port is 4500 the responder's becomes it. It returns body's copy in the packet.
func (s *tcpStream) asUDP(d *Datagram, body []byte) []byte {
	hdr := ipv4HeaderLen
	if s.version == 6 {
		hdr = ipv6HeaderLen
	}
	ip := make([]byte, hdr+udpHeaderLen, hdr+udpHeaderLen+len(body))
	ip = append(ip, body...)
	if s.version == 6 {
		putIPv6(ip, s.src.Addr(), s.dst.Addr())
	} else {
		putIPv4(ip, s.src.Addr(), s.dst.Addr())
	}
	src, dst := s.src.Port(), s.dst.Port()
	if s.odd() && s.responds {
		src = portNATT
	} else if s.odd() {
		dst = portNATT
	}
	udp := ip[hdr:]
	binary.BigEndian.PutUint16(udp, src)
	binary.BigEndian.PutUint16(udp[2:], dst)
	setUDPLength(ip, hdr)
	setIPLength(ip, hdr)
	d.IP, d.HeaderLen = ip, hdr
	return udp[udpHeaderLen:]
}

const madeUpTTL = 64

func putIPv4(ip []byte, src, dst netip.Addr) {
	ip[0], ip[6], ip[8], ip[9] = 0x45, 0x40, madeUpTTL, protoUDP
	copy(ip[12:], src.AsSlice())
	copy(ip[16:], dst.AsSlice())
}

func putIPv6(ip []byte, src, dst netip.Addr) {
	ip[0], ip[6], ip[7] = 0x60, protoUDP, madeUpTTL
	copy(ip[8:], src.AsSlice())
	copy(ip[24:], dst.AsSlice())
}
