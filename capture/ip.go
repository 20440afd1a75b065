package capture

import "github.com/ikedecode/ikedecode/internal/ip"

// An ipPacket is an IP packet of a frame with its headers read.
type ipPacket struct {
	ip.Header
	b       []byte // cut to the packet's length
	missing int    // bytes that belong to the packet and were not captured
}

// parseIP reads the IP packet that b starts with. What is behind its end is left out: Ethernet pads short packets.
// missing is what the snap length cut off the frame. It reports false where there is no readable IP header.
func parseIP(b []byte, missing int) (pk ipPacket, ok bool) {
	if !pk.Read(b) || pk.Short && pk.Version == 4 {
		return pk, false
	}
	if pk.Open {
		pk.Total += max(missing, 0)
	}
	pk.b, pk.missing = b[:min(pk.Total, len(b))], max(pk.Total-len(b), 0)
	return pk, true
}

// payload is what follows the headers.
func (pk *ipPacket) payload() []byte { return pk.b[pk.Len:] }

// IP returns the IP packet of a frame as it is there: not reassembled, cut to its own length, and the innermost packet that it carries, which
// is the same where it carries none. They are nil where there is none.
func IP(p *Packet) (outer, inner []byte) {
	h := findIP(p.Link, p.Data)
	if h.ip < 0 {
		return nil, nil
	}
	pk, ok := parseIP(p.Data[h.ip:], p.OrigLen-len(p.Data))
	if !ok {
		return nil, nil
	}
	in := pk.innermost()
	return pk.b, in.b
}
