package ikedecode

import (
	"errors"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// open finds the message in a datagram, or decrypts its packet. Several goroutines do so at once: it changes nothing but it.
func (s *Session) open(it *Item, scratch *esp.Scratch) {
	switch it.Datagram.Kind {
	case capture.IKE:
		s.ike(it)
	case capture.ESP, capture.AH, capture.IPComp:
		if it.Err = s.Table.OpenInto(&it.opened, it.esp, scratch); it.Err != nil {
			return
		}
		it.Opened = &it.opened
		switch a := it.opened.Aggregate; {
		case !s.anyClear:
		case a != nil:
			it.unpacked = &unpacked{make([]uint64, len(a.Packets)), make([]int, len(a.Packets))}
			for i := range a.Packets {
				it.unpacked.sums[i], _ = s.copies.sum(a.Packets[i].IP)
			}
		case len(it.opened.IP) > 0:
			it.inner, it.hasInner = s.copies.sum(it.opened.IP)
		}
	}
}

// ike finds the message that a datagram holds.
func (s *Session) ike(it *Item) {
	if !s.messages.find(it) && s.archived != nil {
		s.archived.find(it)
	}
	if it.IKE != nil && it.IKE.State == ikesa.Closed || it.Fragment != nil && !it.Fragment.Complete {
		it.Err = ErrClosed
	}
}

// ErrClosed says that an IKE message is encrypted and no key decrypts it; the message's Why tells more.
var ErrClosed = errors.New("no key decrypts the message")

// espPacket makes p what package esp takes of d; nil if d is of no concern to it.
func espPacket(d *capture.Datagram, p *esp.Packet) *esp.Packet {
	var proto esp.Protocol
	switch d.Kind {
	case capture.ESP:
		proto = esp.ESP
	case capture.AH:
		proto = esp.AH
	case capture.IPComp:
		proto = esp.IPComp
	default:
		return nil
	}
	*p = esp.Packet{
		Proto: proto, Src: d.Src.Addr(), Dst: d.Dst.Addr(), IP: d.IP, Payload: d.Payload,
		HeaderLen: d.HeaderLen, WESP: d.WESP, UDP: d.UDP || d.TCP, Cut: d.Cut, Repeat: d.Repeat, Frame: d.Frame, Time: d.Time,
	}
	return p
}

// spiOf reads the SPI, or the CPI, of a packet; 0 where it is cut off.
func spiOf(p *esp.Packet) uint32 {
	b := p.Payload
	switch p.Proto {
	case esp.AH:
		if len(b) < 8 {
			return 0
		}
		b = b[4:]
	case esp.IPComp:
		if len(b) < 4 {
			return 0
		}
		return uint32(b[2])<<8 | uint32(b[3])
	}
	if len(b) < 4 {
		return 0
	}
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
