package ikedecode

import (
	"hash/maphash"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// A capture made on a gateway has the inner packets twice: in ESP, and unencrypted as the kernel passes them on. copies
// finds such pairs, which may come in either order, among the packets of the last moments.
type copies struct {
	seed  maphash.Seed
	inner map[uint64]sighting // decrypted packets
	clear map[uint64]sighting // unencrypted packets
}

type sighting struct {
	frame int
	at    time.Time
}

const (
	copyWindow = time.Second
	maxCopies  = 4096 // of each sort; all are dropped when that many are there
)

func newCopies() *copies {
	return &copies{seed: maphash.MakeSeed(), inner: make(map[uint64]sighting), clear: make(map[uint64]sighting)}
}

// opened takes the sum of an inner packet in, and returns the frame that had it unencrypted just before; 0 if none did.
func (c *copies) opened(h uint64, frame int, at time.Time) int {
	if len(c.inner) >= maxCopies {
		clear(c.inner)
	}
	c.inner[h] = sighting{frame, at}
	s, had := c.clear[h]
	delete(c.clear, h)
	if !had || !near(s.at, at) {
		return 0
	}
	return s.frame
}

// seen takes an unencrypted packet in, and returns the frame that held it encrypted just before; 0 if none did.
func (c *copies) seen(packet []byte, frame int, at time.Time) int {
	h, ok := c.sum(packet)
	if !ok {
		return 0
	}
	if s, had := c.inner[h]; had && near(s.at, at) {
		delete(c.inner, h)
		return s.frame
	}
	if len(c.clear) >= maxCopies {
		clear(c.clear)
	}
	c.clear[h] = sighting{frame, at}
	return 0
}

func near(a, b time.Time) bool {
	d := b.Sub(a)
	return d < copyWindow && d > -copyWindow
}

// sum hashes a packet without what a router changes: TTL and checksum, hop limit, traffic class. It may be called by several
// goroutines at once.
func (c *copies) sum(packet []byte) (uint64, bool) {
	if len(packet) < ip.IPv4Len {
		return 0, false
	}
	var h maphash.Hash
	h.SetSeed(c.seed)
	switch ip.Version(packet) {
	case 4:
		h.Write(packet[2:8])
		h.WriteByte(packet[9])
		c.sample(&h, packet[12:])
	case 6:
		if len(packet) < ip.IPv6Len {
			return 0, false
		}
		h.Write(packet[4:7])
		c.sample(&h, packet[8:])
	default:
		return 0, false
	}
	return h.Sum64(), true
}

// sample hashes both ends of a packet: addresses, identification, ports and sequence numbers are at the front, and a copy
// that differs in the middle alone is none that a gateway makes.
func (c *copies) sample(h *maphash.Hash, b []byte) {
	const front, back = 96, 32
	if len(b) > front+back {
		h.Write(b[len(b)-back:])
		b = b[:front]
	}
	h.Write(b)
}
