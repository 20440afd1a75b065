package ikedecode

import (
	"encoding/binary"
	"testing"
	"time"
)

// udpPacket is an IPv4 packet with a UDP payload of eight bytes that n makes its own.
func udpPacket(n uint32) []byte {
	b := []byte{0x45, 0, 0, 36, 0, 1, 0, 0, 64, 17, 0, 0, 10, 1, 0, 10, 10, 2, 0, 10, 0x10, 0, 0x20, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(b[32:], n)
	return b
}

// TestCopies pairs a packet out of a tunnel with the one that the gateway passes on: within a second, in either order, once.
func TestCopies(t *testing.T) {
	start := time.Unix(1700000000, 0)
	at := func(d time.Duration) time.Time { return start.Add(d) }
	sum := func(c *copies, n uint32) uint64 {
		h, ok := c.sum(udpPacket(n))
		if !ok {
			t.Fatal("an IPv4 packet has no sum")
		}
		return h
	}
	for _, x := range []struct {
		name string
		gap  time.Duration
		want bool
	}{
		{"at once", 0, true}, {"just within a second", 999 * time.Millisecond, true}, {"a second later", time.Second, false},
		{"the clock went back a little", -999 * time.Millisecond, true}, {"the clock went back a second", -time.Second, false},
	} {
		c := newCopies()
		c.opened(sum(c, 1), 7, at(0))
		if got := c.seen(udpPacket(1), 8, at(x.gap)) == 7; got != x.want {
			t.Errorf("encrypted first, %s: paired %v, want %v", x.name, got, x.want)
		}
		c = newCopies()
		c.seen(udpPacket(1), 8, at(0))
		if got := c.opened(sum(c, 1), 9, at(x.gap)) != 0; got != x.want {
			t.Errorf("clear first, %s: paired %v, want %v", x.name, got, x.want)
		}
	}
	c := newCopies()
	c.seen(udpPacket(1), 1, at(0))
	if c.opened(sum(c, 1), 2, at(0)) != 1 || c.opened(sum(c, 1), 3, at(0)) != 0 {
		t.Error("a packet in the clear is the copy of one packet out of a tunnel, not of two")
	}
	if got := c.seen(udpPacket(1), 4, at(0)); got != 3 {
		t.Errorf("the copy of frame 3 is said to be one of frame %d", got)
	}
	if got := c.seen(udpPacket(1), 5, at(0)); got != 0 {
		t.Errorf("a second copy of frame 3 is said to be one of frame %d", got)
	}
	if got := c.seen(udpPacket(2), 6, at(0)); got != 0 {
		t.Errorf("another packet is said to be a copy of frame %d", got)
	}
}

// TestCopiesAreBounded holds that what waits for its copy is forgotten at maxCopies.
func TestCopiesAreBounded(t *testing.T) {
	c := newCopies()
	for n := range uint32(3 * maxCopies) {
		c.seen(udpPacket(n), int(n)+1, time.Unix(1700000000, 0))
		h, _ := c.sum(udpPacket(n + 1<<20))
		c.opened(h, int(n)+1, time.Unix(1700000000, 0))
	}
	if len(c.clear) > maxCopies || len(c.inner) > maxCopies {
		t.Errorf("%d and %d packets wait for their copies, want at most %d", len(c.clear), len(c.inner), maxCopies)
	}
}

// TestCopySum holds what a router changes out of the sum, and what tells packets apart in it.
func TestCopySum(t *testing.T) {
	c := newCopies()
	v4 := udpPacket(1)
	v6 := append([]byte{0x60, 1, 2, 3, 0, 16, 17, 64}, make([]byte, 32+16)...)
	for _, x := range []struct {
		name   string
		packet []byte
		at     int
		same   bool
	}{
		{"TTL", v4, 8, true}, {"header checksum", v4, 10, true}, {"identification", v4, 5, false}, {"protocol", v4, 9, false},
		{"destination", v4, 19, false}, {"payload", v4, 35, false},
		{"hop limit", v6, 7, true}, {"traffic class", v6, 1, true}, {"next header", v6, 6, false}, {"length", v6, 5, false}, {"source", v6, 8, false},
	} {
		other := append([]byte(nil), x.packet...)
		other[x.at] ^= 0x10
		a, _ := c.sum(x.packet)
		if b, _ := c.sum(other); (a == b) != x.same {
			t.Errorf("two packets that differ in %s: the same sum %v, want %v", x.name, a == b, x.same)
		}
	}
	if _, ok := c.sum(v4[:19]); ok {
		t.Error("half a header has a sum")
	}
	if _, ok := c.sum(v6[:39]); ok {
		t.Error("half a header of IPv6 has a sum")
	}
}
