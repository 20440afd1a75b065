package traffic

import (
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// maxCarried bounds how deep packets are looked for inside packets.
const maxCarried = 2

// carried is the IP packet that the content of another one holds: GRE (RFC 2784, RFC 2890), as routers put into ESP in transport mode, or IP.
func carried(proto uint8, content []byte) (packet []byte, ok bool) {
	switch proto {
	case ip.ProtoIPv4, ip.ProtoIPv6:
		return content, true
	case ip.ProtoGRE:
	default:
		return nil, false
	}
	const typeIPv4, typeIPv6 = 0x0800, 0x86dd
	h, ok := ip.ParseGRE(content)
	if !ok || h.Flags&ip.GRERouting != 0 || h.Protocol != typeIPv4 && h.Protocol != typeIPv6 || len(content) < h.Len {
		return nil, false
	}
	return content[h.Len:], true
}

// A carriage is the IP packet inside what an SA carried that no other one is inside of. Of most packets several want to know it.
type carriage struct {
	packet []byte // nil: there is none
	header ip.Header
	proto  uint8 // of what follows the headers
	upper  []byte
	ok     bool // proto and upper are there
}

// read reads what an SA carried.
func (c *carriage) read(o *esp.Opened) {
	packet := o.IP
	if packet == nil {
		packet, _ = carried(o.NextHeader, o.Payload)
	}
	for range maxCarried + 1 {
		var h ip.Header
		if ip.Version(packet) == 0 || !h.Read(packet) {
			return
		}
		c.packet, c.header = packet, h
		c.proto, c.upper, c.ok = h.Upper(packet)
		in, is := carried(c.proto, c.upper)
		if h.Fragment || !c.ok || !is {
			return
		}
		packet = in
	}
}
