package traffic

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
)

const vxlanPort = 4789 // RFC 7348, section 5

// Protocol types of GRE (RFC 2784, section 2.1) that a mirror port of another switch uses.
const (
	greERSPAN2 = 0x88be
	greERSPAN3 = 0x22eb
)

// An Encapsulation is a way of carrying whole packets, as a switch or router does that mirrors them. They are not looked into.
type Encapsulation uint8

// The encapsulations.
const (
	GRE Encapsulation = iota
	ERSPAN
	VXLAN
	encapsulations // how many there are
)

// Wrapped counts packets that carry others.
type Wrapped struct {
	packets [encapsulations]int
}

// Most is the encapsulation that most packets have, and how many do.
func (w *Wrapped) Most() (n int, in Encapsulation) {
	for i, n := range w.packets {
		if n > w.packets[in] {
			in = Encapsulation(i)
		}
	}
	return w.packets[in], in
}

// datagram takes in one that holds no IPsec.
func (w *Wrapped) datagram(d *capture.Datagram) {
	h, _ := ip.Parse(d.IP)
	protocol, rest, ok := h.Upper(d.IP)
	if !ok || len(rest) < 4 {
		return
	}
	switch protocol {
	case ip.ProtoGRE:
		switch binary.BigEndian.Uint16(rest[2:]) {
		case greERSPAN2, greERSPAN3:
			w.packets[ERSPAN]++
		default:
			w.packets[GRE]++
		}
	case ip.ProtoUDP:
		if _, dst := ip.Ports(rest); dst == vxlanPort {
			w.packets[VXLAN]++
		}
	}
}
