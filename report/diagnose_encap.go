package report

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// Headers that a switch or router puts before mirrored packets, which are not looked into.

const vxlanPort = 4789 // RFC 7348, section 5

// Protocol types of GRE (RFC 2784, section 2.1) that a mirror port of another switch uses.
const (
	greERSPAN2 = 0x88be
	greERSPAN3 = 0x22eb
)

// An encapsulation is one way of carrying mirrored packets.
type encapsulation uint8

const (
	inGRE encapsulation = iota
	inERSPAN
	inVXLAN
	encapsulations // how many there are
)

var encapsulationNames = [encapsulations]string{"GRE (IP protocol 47)", "ERSPAN, a kind of GRE (IP protocol 47)", "VXLAN (UDP port 4789)"}

// An encapWatch counts packets that carry others, during the second pass. The zero value is ready.
type encapWatch struct {
	packets [encapsulations]int
}

// datagram takes in one that holds no IPsec.
func (w *encapWatch) datagram(d *capture.Datagram) {
	h, _ := ip.Parse(d.IP)
	protocol, rest, ok := h.Upper(d.IP)
	if !ok || len(rest) < 4 {
		return
	}
	switch second := binary.BigEndian.Uint16(rest[2:]); {
	case protocol == ip.ProtoGRE && (second == greERSPAN2 || second == greERSPAN3):
		w.packets[inERSPAN]++
	case protocol == ip.ProtoGRE:
		w.packets[inGRE]++
	case protocol == ip.ProtoUDP && second == vxlanPort:
		w.packets[inVXLAN]++
	}
}

// most is the encapsulation that most packets have, and how many do.
func (w *encapWatch) most() (n int, name string) {
	most := inGRE
	for i, n := range w.packets {
		if n > w.packets[most] {
			most = encapsulation(i)
		}
	}
	return w.packets[most], encapsulationNames[most]
}
