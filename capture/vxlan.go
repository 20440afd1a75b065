package capture

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// What plainVXLAN takes: headers without options, each at its place.
const (
	vxlanAt     = ip.IPv4Len + ip.UDPLen
	vxlanEther  = vxlanAt + 8 // of the frame inside
	vxlanInside = vxlanEther + etherHeaderLen
)

// plainVXLAN goes at once into an IPv4 packet that carries, in UDP and VXLAN, a frame of Ethernet with IPv4: so are all of many mirrors. It reports
// false for all others, which unwrap may go into, and has changed nothing then.
func (s *Splitter) plainVXLAN(d *Datagram, b []byte) (pk ipPacket, ok bool) {
	const firstByte, idAlone = 0x45, 0x08
	if len(b) < vxlanInside+ip.IPv4Len || b[0] != firstByte || b[9] != ip.ProtoUDP || binary.BigEndian.Uint16(b[22:]) != portVXLAN {
		return pk, false
	}
	total, fragment, src := int(binary.BigEndian.Uint16(b[2:])), binary.BigEndian.Uint16(b[6:])&0x3fff, binary.BigEndian.Uint16(b[20:])
	if fragment != 0 || total > len(b) || total <= vxlanInside || int(binary.BigEndian.Uint16(b[24:])) != total-ip.IPv4Len || src == PortIKE || src == PortNATT {
		return pk, false
	}
	b = b[:total]
	if b[vxlanAt] != idAlone || b[vxlanAt+7] != 0 || !plainEthernet(LinkEthernet, b[vxlanEther:]) {
		return pk, false
	}
	if pk, ok = parseIP(b[vxlanInside:], 0); !ok {
		return pk, false
	}
	w := s.newWrapping(d, b)
	w.at, w.around = vxlanInside, s.aroundVXLAN(binary.BigEndian.Uint32(b[vxlanAt+4:])>>8)
	s.carried[VXLAN]++
	return pk, true
}

// aroundVXLAN is what is around the packets that plainVXLAN takes, in the network of an identifier.
func (s *Splitter) aroundVXLAN(vni uint32) *around {
	if a := s.vxlan; a != nil && a.ids[0] == vni {
		return a
	}
	h := linkHeader{ip: vxlanInside, field: fieldEther, proto: vxlanEther + addressesLen, in: VXLAN}
	s.vxlan = &around{shared: true, depth: 1, known: 1, first: [1]level{{proto: ip.ProtoUDP, base: ip.IPv4Len, len: ip.IPv4Len, header: h}}}
	s.vxlan.in[0], s.vxlan.ids[0] = VXLAN, vni
	return s.vxlan
}
