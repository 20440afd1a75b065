package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// payloadAt is where in d.IP the payload starts.
func (d *Datagram) payloadAt() int {
	at := d.HeaderLen
	if d.UDP || d.TCP {
		at += ip.UDPLen
	}
	if d.Marker {
		at += markerLen
	}
	if at += len(d.WESP); d.WESP != nil && d.UDP {
		at += wespIDLen
	}
	return min(at, len(d.IP))
}

// WithPayload returns the outer IP packet of d with another payload in place of its Payload (UDP header and marker
// kept), lengths and checksums corrected: it is not a fragment, a UDP checksum of 0 stays 0 over IPv4. A length that exceeds
// its field is 0 there, as in packets still to be segmented. A datagram without an IP packet gives nil.
func (d *Datagram) WithPayload(payload []byte) []byte {
	at := d.payloadAt()
	if at < ip.IPv4Len {
		return nil
	}
	packet := make([]byte, 0, at+len(payload))
	packet = append(append(packet, d.IP[:at]...), payload...)
	unfragment(packet)
	if (d.UDP || d.TCP) && at >= d.HeaderLen+ip.UDPLen {
		ip.SetUDPLength(packet, d.HeaderLen, len(packet)-d.HeaderLen)
	}
	ip.SetLength(packet, d.HeaderLen, len(packet))
	return packet
}

// unfragment clears the fragment fields of IPv4, DF aside.
func unfragment(packet []byte) {
	if ip.Version(packet) == 4 {
		packet[6], packet[7] = packet[6]&0x40, 0
	}
}

// Transport returns the outer IP packet of d with protocol proto and payload in place of everything after the IP
// header (transport mode), lengths and checksums corrected.
func (d *Datagram) Transport(proto uint8, payload []byte) []byte {
	return d.AppendTransport(nil, proto, payload)
}

// AppendTransport is Transport that appends to dst. Through NAT the sender has put the addresses before it into the checksum of
// TCP or UDP, which the receiver sets right (RFC 3948, section 3.1.2); so is it here, for the addresses as captured. Of a datagram
// that is cut, IP has the length that its payload claims, if that says so.
func (d *Datagram) AppendTransport(dst []byte, proto uint8, payload []byte) []byte {
	if d.HeaderLen < ip.IPv4Len || d.HeaderLen > len(d.IP) {
		return dst
	}
	start := len(dst)
	dst = slices.Grow(dst, d.HeaderLen+len(payload))
	dst = append(append(dst, d.IP[:d.HeaderLen]...), payload...)
	packet := dst[start:]
	unfragment(packet)
	packet[ip.ProtoAt(d.IP[:d.HeaderLen])] = proto
	ip.SetLength(packet, d.HeaderLen, len(packet))
	switch {
	case d.Cut:
		claimLength(packet, d.HeaderLen, proto)
	case d.UDP || d.TCP:
		ip.SetChecksum(packet, d.HeaderLen, proto)
	}
	return dst
}

// claimLength gives an IP packet that ends early the length of the UDP datagram in it: no other protocol of transport mode
// tells its own.
func claimLength(packet []byte, hdr int, proto uint8) {
	if proto != ip.ProtoUDP {
		return
	}
	if u, ok := ip.ParseUDP(packet[hdr:]); ok && hdr+u.Length > len(packet) {
		ip.SetLength(packet, hdr, hdr+u.Length)
	}
}

// Missing is how many bytes an IP packet claims beyond those that are there: the capture has cut them off. 0 for what is no IP
// packet.
func Missing(packet []byte) int { return max(0, ip.Claimed(packet)-len(packet)) }

// ErrNoIP says that a frame has no IP packet to be replaced.
var ErrNoIP = errors.New("no IP packet in the frame")

// Relink returns the frame of p with packet in place of the IP packet that d is: link header and what carries IP packets are kept, with
// lengths, checksums and what names IP's version set right. MPLS labels are taken off where the version changes: they may stand for it.
// Frames of LINKTYPE_IPV4 and LINKTYPE_IPV6 have no header to be set, and that of a wireless network, which goes with a trailer, is left
// out; Writer writes them as LINKTYPE_RAW. A zero Datagram is the IP packet of the frame itself.
func (d *Datagram) Relink(p *Packet, packet []byte) ([]byte, error) {
	return d.AppendRelink(nil, p, packet)
}

// AppendRelink is Relink that appends to dst.
func (d *Datagram) AppendRelink(dst []byte, p *Packet, packet []byte) ([]byte, error) {
	dst, err := d.AppendHeaders(dst, p, packet)
	if err != nil {
		return dst, err
	}
	return append(dst, packet...), nil
}

// AppendHeaders appends what Relink puts before packet.
func (d *Datagram) AppendHeaders(dst []byte, p *Packet, packet []byte) ([]byte, error) {
	version := ip.Version(packet)
	if version == 0 {
		return dst, fmt.Errorf("frame %d: the new packet is neither IPv4 nor IPv6", p.Number)
	}
	if d.Wrapping == nil {
		return appendLinkHeader(dst, p, version, len(packet))
	}
	list := d.Wrapping.levels()
	outer := d.Wrapping.size(list, packet)
	if outer > 0 {
		version = ip.Version(d.Wrapping.packet)
	}
	dst, err := appendLinkHeader(dst, p, version, outer+len(packet))
	return d.Wrapping.appendHeaders(dst, list, packet), err
}

// appendLinkHeader appends the link header for an IP packet of size bytes.
func appendLinkHeader(dst []byte, p *Packet, version, size int) ([]byte, error) {
	if version == 4 && plainEthernet(p.Link, p.Data) {
		return append(dst, p.Data[:etherHeaderLen]...), nil
	}
	h := parseLink(p.Link, p.Data)
	if h.ip < 0 {
		return dst, fmt.Errorf("frame %d (%v): %w", p.Number, p.Link, ErrNoIP)
	}
	if h.bare {
		return dst, nil
	}
	end := h.end(ipVersionAt(p.Data, h.ip) != version)
	dst = append(dst, p.Data[:end]...)
	h.fit(dst[len(dst)-end:], ipVersionAt(p.Data, h.ip), version, size, p.Link)
	return dst, nil
}

// end is where the header ends: before its labels if the version of IP changes.
func (h *linkHeader) end(changes bool) int {
	if changes && h.labels > 0 {
		return h.labels
	}
	return h.ip
}

// fit sets the fields of a header for an IP packet of size bytes behind it, whose version was another one.
func (h *linkHeader) fit(header []byte, was, version, size int, link LinkType) {
	if version != was {
		h.setVersion(header, version, link)
	}
	if h.pppoe > 0 {
		binary.BigEndian.PutUint16(header[h.pppoe:], ip.Length16(len(header)-h.pppoe-2+size))
	}
	if h.length > 0 {
		binary.BigEndian.PutUint16(header[h.length:], ip.Length16(len(header)-h.counts+size))
	}
	if h.tlv > 0 {
		order := binary.ByteOrder(binary.LittleEndian)
		if h.swapped {
			order = binary.BigEndian
		}
		order.PutUint16(header[h.tlv:], ip.Length16(4+size))
	}
}

// setVersion sets the field that names the version of the IP packet.
func (h *linkHeader) setVersion(frame []byte, version int, link LinkType) {
	six := version == 6
	either := func(four, with6 uint32) uint32 {
		if six {
			return with6
		}
		return four
	}
	f, family := frame[h.proto:], either(familyIPv4, familyIPv6(link))
	switch h.field {
	case fieldEther:
		binary.BigEndian.PutUint16(f, uint16(either(etherIPv4, etherIPv6)))
	case fieldPPP:
		binary.BigEndian.PutUint16(f, uint16(either(pppIPv4, pppIPv6)))
	case fieldPPPShort:
		f[0] = byte(either(pppIPv4, pppIPv6))
	case fieldFamilyLE:
		binary.LittleEndian.PutUint32(f, family)
	case fieldFamilyBE:
		binary.BigEndian.PutUint32(f, family)
	case fieldFamily8:
		f[0] = byte(family)
	case fieldIPProto:
		f[0] = byte(either(ip.ProtoIPv4, ip.ProtoIPv6))
	case fieldNext:
		f[0] = byte(either(nextIPv4, nextIPv6))
	case fieldNLPID:
		f[0] = byte(either(nlpidIPv4, nlpidIPv6))
	}
}

// familyIPv6 is the address family of IPv6 where frames of the link type come from.
func familyIPv6(link LinkType) uint32 {
	switch link {
	case LinkLoop, LinkEnc, LinkRawBSD, LinkPFLog:
		return familyIPv6BSD
	case LinkNFLOG:
		return familyIPv6Linux
	}
	return familyIPv6Darwin
}
