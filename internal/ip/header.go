package ip

import (
	"encoding/binary"
	"net/netip"
)

// Lengths in bytes of the fixed part of each header.
const (
	IPv4Len = 20
	IPv6Len = 40
	TCPLen  = 20
	UDPLen  = 8
	ICMPLen = 8
)

// A Header is an IPv4 header with its options (RFC 791, section 3.1), or an IPv6 header with its extension headers (RFC 8200,
// sections 3 and 4). All lengths and offsets are in bytes, from the start of the IPv6 or IPv4 header.
type Header struct {
	Src, Dst netip.Addr
	Version  int
	ProtoAt  int    // offset of the byte that names Proto
	Base     int    // length of the IPv4 header with options, of the IPv6 header without extension headers
	Len      int    // of all headers: where Proto starts. An IPv6 fragment's end before its fragment header
	Total    int    // length of the packet as it claims, which may be more than there is
	FragOff  int    // where the bytes of a fragment go in its packet
	ID       uint32 // of IPv4; of IPv6 where there is a fragment header
	Proto    uint8  // of what follows the headers; ProtoNoNext where they are Short; ProtoFragment for a fragment of IPv6
	Fragment bool   // a part of a packet. An atomic fragment (RFC 6946) is whole and none
	More     bool   // others come behind it
	Open     bool   // it claims no length, as a kernel leaves it where a card cuts the segments, and jumbograms do: Total is all bytes
	Short    bool   // the headers do not end inside the packet
}

// Version is the version of the IP packet that b starts with; 0 where that is neither 4 nor 6.
func Version(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch v := b[0] >> 4; v {
	case 4, 6:
		return int(v)
	}
	return 0
}

// Parse reads the headers at the front of b, which may end before the packet does, or after it. It reports false where there is no
// whole IPv4 header with its options, or no IPv6 header.
func Parse(b []byte) (h Header, ok bool) {
	ok = h.Read(b)
	return h, ok
}

// ParseWhole is Parse that reports false, too, where the headers are Short. What it has read comes all the same.
func ParseWhole(b []byte) (h Header, ok bool) {
	ok = h.Read(b)
	return h, ok && !h.Short
}

// Read is Parse into h, which is a zero Header, for the paths that every packet takes.
func (h *Header) Read(b []byte) bool {
	switch Version(b) {
	case 4:
		return h.read4(b)
	case 6:
		return h.read6(b)
	}
	return false
}

func (h *Header) read4(b []byte) bool {
	if len(b) < IPv4Len {
		return false
	}
	n := int(b[0]&15) * 4
	if n < IPv4Len || n > len(b) {
		return false
	}
	h.Version, h.Proto, h.ProtoAt = 4, b[9], 9
	h.Src, h.Dst = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	h.Base, h.Len, h.Total = n, n, int(binary.BigEndian.Uint16(b[2:]))
	frag := binary.BigEndian.Uint16(b[6:])
	h.FragOff, h.More = int(frag&0x1fff)*8, frag&0x2000 != 0
	h.Fragment = frag&0x3fff != 0
	h.ID = uint32(binary.BigEndian.Uint16(b[4:]))
	if h.Total == 0 {
		h.Total, h.Open = len(b), true
	}
	if h.Total < n {
		h.Proto, h.Short = ProtoNoNext, true
	}
	return true
}

func (h *Header) read6(b []byte) bool {
	if len(b) < IPv6Len {
		return false
	}
	h.Version, h.Proto, h.ProtoAt = 6, b[6], 6
	h.Src, h.Dst = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	h.Base, h.Len, h.Total = IPv6Len, IPv6Len, IPv6Len+int(binary.BigEndian.Uint16(b[4:]))
	if h.Total == IPv6Len && h.Proto != ProtoNoNext {
		h.Total, h.Open = len(b), true
	}
	if IsExtension(h.Proto) {
		h.extensions(b[:min(h.Total, len(b))])
	}
	return true
}

// extensions walks the extension headers up to the upper layer, or to a fragment header that does not stand alone. Each is at least
// 8 bytes long, so the walk ends.
func (h *Header) extensions(b []byte) {
	for IsExtension(h.Proto) {
		if len(b) < h.Len+8 {
			h.Proto, h.Short = ProtoNoNext, true
			return
		}
		if h.Proto == ProtoFragment && h.fragment(b[h.Len:]) || isSignalling(h.Proto) && b[h.Len] == ProtoNoNext {
			return
		}
		n := ExtensionLen(h.Proto, b[h.Len+1])
		if len(b) < h.Len+n {
			h.Proto, h.Short = ProtoNoNext, true
			return
		}
		h.Proto, h.ProtoAt, h.Len = b[h.Len], h.Len, h.Len+n
	}
}

// fragment reads a fragment header (RFC 8200, section 4.5) and reports whether it does not stand alone.
func (h *Header) fragment(b []byte) bool {
	off := binary.BigEndian.Uint16(b[2:])
	h.FragOff, h.More = int(off&^7), off&1 != 0
	h.ID = binary.BigEndian.Uint32(b[4:])
	h.Fragment = h.More || h.FragOff != 0
	return h.Fragment
}

// Intact reports whether the header checksum of IPv4 is correct; b is what h was read from. IPv6 has none.
func (h *Header) Intact(b []byte) bool { return h.Version == 6 || Sum(b[:h.Base]) == 0xffff }

// Upper is the protocol above IP, with what b has of it; b is what h was read from, and what is behind the end of the packet is left
// out. Of a fragment that is not the first there is but the protocol, and false.
func (h *Header) Upper(b []byte) (proto uint8, payload []byte, ok bool) {
	proto, at := h.Proto, h.Len
	if h.Version == 6 && h.Fragment {
		proto, at = b[at], at+8
	}
	if h.Short || h.FragOff > 0 {
		return proto, nil, false
	}
	return proto, b[at:max(at, min(h.Total, len(b)))], true
}

// Claimed is how long the packet is that b starts with, as its header says; 0 where that says nothing, or is not whole.
func Claimed(b []byte) int {
	var n int
	switch v := Version(b); {
	case v == 4 && len(b) >= IPv4Len:
		n = int(binary.BigEndian.Uint16(b[2:]))
	case v == 6 && len(b) >= IPv6Len:
		if n = int(binary.BigEndian.Uint16(b[4:])); n > 0 {
			n += IPv6Len
		}
	}
	return n
}

// ProtoAt is the offset of the byte that names the protocol behind the headers, which are all there is of b.
func ProtoAt(headers []byte) int {
	if Version(headers) == 4 {
		return 9
	}
	h, _ := Parse(headers)
	return h.ProtoAt
}

// DontFragment reports whether no router on the path may fragment the packet: DF of IPv4, and all of IPv6.
func DontFragment(b []byte) bool {
	return len(b) >= IPv4Len && (Version(b) == 6 || b[6]&0x40 != 0)
}

// TrafficClass is the traffic class of IPv6, the type of service of IPv4 (DSCP and ECN), of a whole header.
func TrafficClass(b []byte) uint8 {
	if Version(b) == 6 {
		return b[0]<<4 | b[1]>>4
	}
	return b[1]
}

// HopLimit is the hop limit of IPv6, the time to live of IPv4, of a whole header.
func HopLimit(b []byte) uint8 {
	if Version(b) == 6 {
		return b[7]
	}
	return b[8]
}

// FlowLabel is that of a whole IPv6 header, 0 for IPv4.
func FlowLabel(b []byte) uint32 {
	if Version(b) != 6 {
		return 0
	}
	return binary.BigEndian.Uint32(b) & 0xfffff
}
