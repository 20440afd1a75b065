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
	h, ok := ip.Parse(b)
	if !ok || h.Short && h.Version == 4 {
		return pk, false
	}
	if h.Open {
		h.Total += max(missing, 0)
	}
	return ipPacket{h, b[:min(h.Total, len(b))], max(h.Total-len(b), 0)}, true
}

// payload is what follows the headers.
func (pk *ipPacket) payload() []byte { return pk.b[pk.Len:] }

// IP returns the IP packet of a frame as it is there: not reassembled, cut to its own length. It is nil where there is none.
func IP(p *Packet) []byte {
	at := ipOffset(p.Link, p.Data)
	if at < 0 {
		return nil
	}
	pk, ok := parseIP(p.Data[at:], p.OrigLen-len(p.Data))
	if !ok {
		return nil
	}
	return pk.b
}
