package capture

import (
	"encoding/binary"
	"net/netip"

	"github.com/ikedecode/ikedecode/internal/ip"
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
	hdr := ip.IPv4Len
	if s.version == 6 {
		hdr = ip.IPv6Len
	}
	packet := make([]byte, hdr+ip.UDPLen, hdr+ip.UDPLen+len(body))
	packet = append(packet, body...)
	if s.version == 6 {
		putIPv6(packet, s.src.Addr(), s.dst.Addr())
	} else {
		putIPv4(packet, s.src.Addr(), s.dst.Addr())
	}
	src, dst := s.src.Port(), s.dst.Port()
	if s.odd() && s.responds {
		src = PortNATT
	} else if s.odd() {
		dst = PortNATT
	}
	udp := packet[hdr:]
	binary.BigEndian.PutUint16(udp, src)
	binary.BigEndian.PutUint16(udp[2:], dst)
	ip.SetUDPLength(packet, hdr, len(packet)-hdr)
	ip.SetLength(packet, hdr, len(packet))
	d.IP, d.HeaderLen = packet, hdr
	return udp[ip.UDPLen:]
}

const madeUpTTL = 64

func putIPv4(packet []byte, src, dst netip.Addr) {
	packet[0], packet[6], packet[8], packet[9] = 0x45, 0x40, madeUpTTL, ip.ProtoUDP
	copy(packet[12:], src.AsSlice())
	copy(packet[16:], dst.AsSlice())
}

func putIPv6(packet []byte, src, dst netip.Addr) {
	packet[0], packet[6], packet[7] = 0x60, ip.ProtoUDP, madeUpTTL
	copy(packet[8:], src.AsSlice())
	copy(packet[24:], dst.AsSlice())
}
