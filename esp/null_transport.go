package esp

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"

	"github.com/ikedecode/ikedecode/internal/ip"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// transport weighs a payload by its protocol; src and dst are those of its pseudo-header.
func (j *judge) transport(proto uint8, data []byte, src, dst netip.Addr) {
	switch proto {
	case ip.ProtoTCP:
		j.tcp(data, src, dst)
	case ip.ProtoUDP:
		j.datagram(data, src, dst)
	case ip.ProtoICMP:
		j.icmp(data)
	case ip.ProtoICMPv6:
		if len(data) < 4 {
			j.odd()
			return
		}
		j.pseudo(ip.ProtoICMPv6, data, src, dst)
	case ip.ProtoIGMP, ip.ProtoEIGRP, ip.ProtoPIM:
		j.whole(data, -3)
	case ip.ProtoGRE:
		j.gre(data)
	case ip.ProtoOSPF:
		j.ospf(data)
	case ip.ProtoSCTP:
		j.sctp(data)
	case uint8(IPComp):
		j.compressed(data)
	case ip.ProtoAH:
		j.authenticated(data)
	case ip.ProtoEtherIP:
		if len(data) > 2 && data[0] == 0x30 && data[1] == 0 { // version 3, reserved bits (RFC 3378, section 3)
			j.fits(15)
		}
	case ip.ProtoAGGFRAG:
		j.aggfrag(data)
	}
}

// aggfrag weighs an AGGFRAG payload: its blocks are IP packets one after another, which end at the padding or at the end.
func (j *judge) aggfrag(data []byte) {
	j.now.tunnelled = true
	p := parseAggfrag(data)
	if len(data) < aggfragHeader || p.err != nil && !j.keyed {
		j.fail()
		return
	}
	if data[0] < 2 && data[1]&^3 == 0 { // sub-type, reserved bits (RFC 9347, section 6.1)
		j.fits(13)
	}
	for _, b := range p.whole {
		switch h, ok := ip.ParseWhole(b); {
		case (!ok || !h.Intact(b)) && j.keyed: // a sender's fault refutes no key
			return
		case !ok || !h.Intact(b):
			j.fail()
			return
		case h.Version == 4:
			j.fits(15)
			j.checksums++
			fallthrough
		default:
			j.lengths++
			j.inner(&h, b)
		}
	}
}

// authenticated weighs an AH header (RFC 4302, section 2).
func (j *judge) authenticated(data []byte) {
	if len(data) < ahHeader {
		return
	}
	if n := ahLength(data); n >= ahHeader && n <= len(data) && data[2] == 0 && data[3] == 0 && nextBits[data[0]] > -5 {
		j.fits(19)
	}
}

func (j *judge) tcp(data []byte, src, dst netip.Addr) {
	h, ok := ip.ParseTCP(data)
	if !ok {
		j.odd()
		return
	}
	if h.Reserved&^1 == 0 {
		j.add(3)
	} else {
		j.add(-6)
	}
	if h.Len == 20 || h.Len == 32 { // without options, or with timestamps
		j.add(2)
	} else {
		j.add(-1)
	}
	if h.Flags&ip.SYN != 0 && h.Flags&(ip.FIN|ip.RST) != 0 {
		j.add(-6)
	}
	j.ports(data)
	j.pseudo(ip.ProtoTCP, data, src, dst)
}

func (j *judge) datagram(data []byte, src, dst netip.Addr) {
	h, ok := ip.ParseUDP(data)
	tfc := j.keyed && ok && h.Length < len(data) && h.Length >= ip.UDPLen // padding behind a transport's end (RFC 4303, section 2.7)
	if !ok || h.Length != len(data) && !tfc {
		j.odd()
		return
	}
	if tfc {
		j.ports(data)
		return
	}
	j.fits(15)
	j.lengths++
	j.ports(data)
	if h.Checksum == 0 {
		j.add(11) // none, as the kernel sends it for encapsulations
		return
	}
	j.pseudo(ip.ProtoUDP, data, src, dst)
}

// ports weighs the ports at the front of data: those of the packet before in either direction, or a well-known one.
func (j *judge) ports(data []byte) {
	a, b := ip.Ports(data)
	j.now.ports = uint32(min(a, b))<<16 | uint32(max(a, b))
	switch {
	case a == 0 || b == 0:
		j.add(-6)
	case j.past.ports != 0 && j.now.ports == j.past.ports:
		j.add(8)
	case min(a, b) < 1024:
		j.add(4)
	default:
		j.add(-1)
	}
}

// icmp weighs type, code and checksum (RFC 792).
func (j *judge) icmp(data []byte) {
	m, ok := ip.ParseICMP(data)
	if !ok {
		j.odd()
		return
	}
	switch m.Type {
	case ip.ICMPEchoReply, ip.ICMPUnreachable, ip.ICMPEcho, ip.ICMPTimeExceeded:
		j.add(5)
	case ip.ICMPSourceQuench, ip.ICMPRedirect, ip.ICMPParameter, ip.ICMPTimestamp, ip.ICMPTimestampReply:
		j.add(1)
	default:
		j.add(-4)
	}
	if m.Code < 16 {
		j.add(3)
	} else {
		j.add(-4)
	}
	j.whole(data, misfitBits-10)
}

// whole weighs an Internet checksum over all of data; wrong are the bits for one that does not match.
func (j *judge) whole(data []byte, wrong int) {
	switch {
	case j.light || len(data) < 4:
	case ip.Sum(data) == 0xffff:
		j.fits(15)
		j.checksums++
	default:
		j.add(wrong)
	}
}

// pseudo weighs a checksum over data and a pseudo-header. Where a NAT, or BEET mode, changes the addresses of transport mode,
// it is wrong by the same number in every packet.
func (j *judge) pseudo(proto uint8, data []byte, src, dst netip.Addr) {
	if j.light {
		return
	}
	off := ip.UpperChecksum(src, dst, proto, data)
	switch {
	case off == 0:
		j.fits(15)
		j.checksums++
	case j.now.delta != 0 && off == j.now.delta:
		j.fits(13)
		j.checksums++
	case j.now.tunnelled:
		j.add(-4)
	default:
		j.now.delta = off
		if j.udp {
			j.add(-1)
		} else {
			j.add(-4)
		}
	}
}

// gre weighs a GRE header (RFC 2784, RFC 2890; version 1 of RFC 2637).
func (j *judge) gre(data []byte) {
	if len(data) < 4 || data[0]&0x0f != 0 || data[1]&0x78 != 0 || data[1]&7 > 1 {
		j.odd()
		return
	}
	j.add(8)
	switch proto := binary.BigEndian.Uint16(data[2:]); proto {
	case 0x0800, 0x86dd:
		n := 4
		for _, flag := range []byte{0x80, 0x20, 0x10} {
			if data[0]&flag != 0 {
				n += 4
			}
		}
		if len(data) < n+20 {
			j.odd()
			return
		}
		j.fits(12)
		if h, ok := ip.ParseWhole(data[n:]); ok && h.Total == len(data)-n {
			j.fits(15)
			j.lengths++
		}
	case 0x6558, 0x880b, 0x88be, 0x22eb, 0x8847:
		j.fits(12)
	default:
		j.add(-4)
	}
}

// ospf weighs version, type and length (RFC 2328, section A.3.1; RFC 5340, section A.3.1).
func (j *judge) ospf(data []byte) {
	if len(data) < 16 || data[0] != 2 && data[0] != 3 || data[1] < 1 || data[1] > 5 || int(binary.BigEndian.Uint16(data[2:])) > len(data) {
		j.odd()
		return
	}
	j.fits(17)
	j.lengths++
}

// sctp weighs the CRC32c of SCTP (RFC 9260, section 6.8).
func (j *judge) sctp(data []byte) {
	if len(data) < 16 {
		j.odd()
		return
	}
	j.ports(data)
	if j.light {
		return
	}
	var zero [4]byte
	sum := crc32.Update(0, castagnoli, data[:8])
	sum = crc32.Update(sum, castagnoli, zero[:])
	if crc32.Update(sum, castagnoli, data[12:]) != binary.LittleEndian.Uint32(data[8:]) {
		j.add(-6)
		return
	}
	j.fits(28)
	j.checksums++
}

// compressed weighs an IPComp header (RFC 3173, section 3.3). It is not unpacked: Open does so.
func (j *judge) compressed(data []byte) {
	if len(data) < 5 || data[1] != 0 || nextBits[data[0]] <= -5 {
		j.odd()
		return
	}
	j.add(9) // flags are 0, the next header is known
	j.now.cpi = binary.BigEndian.Uint16(data[2:])
	switch {
	case j.past.cpi != 0 && j.past.cpi == j.now.cpi:
		j.fits(12)
	case j.now.cpi == CompressDeflate || j.now.cpi == CompressLZS:
		j.fits(10)
	}
}
