package ikedecode

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
)

// Clone is a copy of what was found in a packet. It stays valid, and has no Out, no Records, and no bytes of the Packet.
func (f *Frame) Clone() *Frame {
	p := *f.Packet
	p.Data, p.Comments = nil, nil
	c := &Frame{Packet: &p, Items: slices.Clone(f.Items), ClearCopy: f.ClearCopy}
	for i := range c.Items {
		c.Items[i].own()
	}
	return c
}

// own copies what an Item points to and a later batch uses again.
func (it *Item) own() {
	d := *it.Datagram
	d.Frames, d.IP, d.Payload, d.WESP = slices.Clone(d.Frames), bytes.Clone(d.IP), bytes.Clone(d.Payload), bytes.Clone(d.WESP)
	it.Datagram = &d
	if it.esp != nil {
		it.esp = espPacket(&d, new(esp.Packet))
	}
	if it.Opened != nil {
		it.opened = cloned(it.Opened)
		it.Opened = &it.opened
	}
}

// cloned is a copy of what was decrypted that stays valid.
func cloned(o *esp.Opened) esp.Opened {
	c := *o
	c.Layers, c.Payload, c.IP = slices.Clone(o.Layers), bytes.Clone(o.Payload), bytes.Clone(o.IP)
	if o.Aggregate != nil {
		a := *o.Aggregate
		a.Packets = slices.Clone(a.Packets)
		for i := range a.Packets {
			a.Packets[i].IP = bytes.Clone(a.Packets[i].IP)
		}
		c.Aggregate = &a
	}
	return c
}

// Size is about how many bytes a Clone of f takes.
func (f *Frame) Size() (n int) {
	const each = 1024 // beside what the packets hold
	for i := range f.Items {
		it := &f.Items[i]
		n += each + len(it.Datagram.IP) + len(it.Datagram.Payload)
		if it.Opened != nil {
			n += len(it.Opened.Payload) + len(it.Opened.IP)
		}
	}
	return n
}
