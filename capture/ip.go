package capture

import (
	"encoding/binary"
	"net/netip"
)

// Protocol numbers of IP.
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoTCP      = 6
	protoUDP      = 17
	protoRouting  = 43
	protoFragment = 44
	protoESP      = 50
	protoAH       = 51
	protoICMPv6   = 58
	protoNoNext   = 59
	protoDestOpts = 60
	protoIPComp   = 108
	protoMobility = 135
	protoUDPLite  = 136
	protoHIP      = 139
	protoShim6    = 140
)

const (
	ipv4HeaderLen = 20
	ipv6HeaderLen = 40
	udpHeaderLen  = 8
)

// An ipPacket is an IP packet with its header read.
type ipPacket struct {
	b        []byte // cut to the packet's length
	version  int
	src, dst netip.Addr
	proto    uint8 // of what follows the headers; protoNoNext where they are cut short
	hdr      int   // length of the headers: where proto starts
	protoAt  int   // offset of the field that names proto
	missing  int   // bytes that belong to the packet and were not captured

	fragment bool // it is one of several
	fragOff  int  // bytes
	more     bool
	id       uint32
}

// parseIP reads the IP packet that b starts with. What is behind its end is left out: Ethernet pads short packets.
// missing is what the snap length cut off the frame. It reports false where there is no readable IP header.
func parseIP(b []byte, missing int) (ip ipPacket, ok bool) {
	switch ipVersionAt(b, 0) {
	case 4:
		return parseIPv4(b, missing)
	case 6:
		return parseIPv6(b, missing)
	}
	return ip, false
}

// parseIPv4 reads a header as described in RFC 791, 3.1.
func parseIPv4(b []byte, missing int) (ip ipPacket, ok bool) {
	if len(b) < ipv4HeaderLen {
		return ip, false
	}
	hdr, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 { // the kernel has it still to be segmented (TSO)
		total = len(b) + max(missing, 0)
	}
	if hdr < ipv4HeaderLen || hdr > len(b) || total < hdr {
		return ip, false
	}
	frag := binary.BigEndian.Uint16(b[6:])
	ip = ipPacket{
		b:       b[:min(total, len(b))],
		version: 4,
		src:     netip.AddrFrom4([4]byte(b[12:16])),
		dst:     netip.AddrFrom4([4]byte(b[16:20])),
		proto:   b[9],
		hdr:     hdr,
		protoAt: 9,
		missing: max(total-len(b), 0),
		fragOff: int(frag&0x1fff) * 8,
		more:    frag&0x2000 != 0,
		id:      uint32(binary.BigEndian.Uint16(b[4:])),
	}
	ip.fragment = ip.more || ip.fragOff != 0
	return ip, true
}

// parseIPv6 reads a header and its extension headers (RFC 8200, 3 and 4).
func parseIPv6(b []byte, missing int) (ip ipPacket, ok bool) {
	if len(b) < ipv6HeaderLen {
		return ip, false
	}
	total := ipv6HeaderLen + int(binary.BigEndian.Uint16(b[4:]))
	if total == ipv6HeaderLen { // a jumbogram, or still to be segmented
		total = len(b) + max(missing, 0)
	}
	ip = ipPacket{
		b:       b[:min(total, len(b))],
		version: 6,
		src:     netip.AddrFrom16([16]byte(b[8:24])),
		dst:     netip.AddrFrom16([16]byte(b[24:40])),
		proto:   b[6],
		hdr:     ipv6HeaderLen,
		protoAt: 6,
		missing: max(total-len(b), 0),
	}
	ip.skipExtensions()
	return ip, true
}

// skipExtensions walks the extension headers up to the upper layer, or to a fragment header that does not stand alone.
func (ip *ipPacket) skipExtensions() {
	for {
		switch ip.proto {
		case protoHopByHop, protoRouting, protoDestOpts, protoMobility, protoHIP, protoShim6:
			if len(ip.b) < ip.hdr+8 {
				ip.proto = protoNoNext
				return
			}
			size := (int(ip.b[ip.hdr+1]) + 1) * 8
			if len(ip.b) < ip.hdr+size {
				ip.proto = protoNoNext
				return
			}
			ip.extension(size)
		case protoFragment:
			if len(ip.b) < ip.hdr+8 {
				ip.proto = protoNoNext
				return
			}
			if ip.readFragment(); ip.fragment {
				return
			}
			ip.extension(8) // an atomic fragment (RFC 6946) is whole
		default:
			return
		}
	}
}

// extension steps over an extension header of size bytes. Each is at least 8 bytes long, so the walk ends.
func (ip *ipPacket) extension(size int) {
	ip.proto, ip.protoAt = ip.b[ip.hdr], ip.hdr
	ip.hdr += size
}

// readFragment reads the fragment header at hdr (RFC 8200, 4.5).
func (ip *ipPacket) readFragment() {
	h := ip.b[ip.hdr:]
	off := binary.BigEndian.Uint16(h[2:])
	ip.fragOff, ip.more = int(off&^7), off&1 != 0
	ip.id = binary.BigEndian.Uint32(h[4:])
	ip.fragment = ip.more || ip.fragOff != 0
}

// payload is what follows the headers.
func (ip *ipPacket) payload() []byte { return ip.b[ip.hdr:] }

// IP returns the IP packet of a frame as it is there: not reassembled, cut to its own length. It is nil where there is none.
func IP(p *Packet) []byte {
	at := ipOffset(p.Link, p.Data)
	if at < 0 {
		return nil
	}
	ip, ok := parseIP(p.Data[at:], p.OrigLen-len(p.Data))
	if !ok {
		return nil
	}
	return ip.b
}
