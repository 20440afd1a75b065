package capture

import (
	"bytes"
	"testing"
)

// TestWESP finds ESP behind the header of wrapped ESP, over IP and in UDP.
func TestWESP(t *testing.T) {
	body := esp(0x1001, 7, 60)
	inUDP4500 := func(parts ...[]byte) []byte {
		return inUDP(4500, 4500, cat(append([][]byte{{0, 0, 0, 2}}, parts...)...))
	}
	for _, c := range []struct {
		name   string
		packet []byte
		header int
	}{
		{"encrypted", ip4(protoWESP, cat([]byte{0, 0, 0, 0x20}, body)), 4},
		{"in the clear", ip4(protoWESP, cat([]byte{4, 12, 0, 0}, body)), 4},
		{"padded", ip6(protoWESP, cat([]byte{0, 0, 0, 0x30, 0, 0, 0, 0}, body)), 8},
		{"in UDP", inUDP4500([]byte{0, 0, 0, 0x20}, body), 4},
		{"in UDP, in the clear", inUDP4500([]byte{4, 12, 12, 0}, body), 4},
	} {
		s := NewSplitter(SplitOptions{})
		d := s.Split(ether(1, 0, c.packet))[0]
		if d.Kind != ESP || !bytes.Equal(d.Payload, body) || len(d.WESP) != c.header || len(s.Unread()) > 0 {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
	for name, packet := range map[string][]byte{
		"another version": ip4(protoWESP, cat([]byte{0, 0, 0, 0x80}, body)), "reserved bits": ip4(protoWESP, cat([]byte{0, 0, 0, 1}, body)),
		"no SPI": ip4(protoWESP, []byte{0, 0, 0, 0x20, 0, 0, 0, 1}), "cut": ip4(protoWESP, []byte{0, 0, 0}),
	} {
		s := NewSplitter(SplitOptions{})
		if d := s.Split(ether(1, 0, packet))[0]; d.Kind != Other || len(s.Unread()) != 1 || s.Unread()[0].In != WESP {
			t.Errorf("%s: %+v", name, d)
		}
	}
	// An SPI of 2 without the header is ESP as ever.
	if d := NewSplitter(SplitOptions{}).Split(ether(1, 0, inUDP4500([]byte{9, 9, 9, 0xff}, body)))[0]; d.Kind != ESP || d.WESP != nil {
		t.Errorf("%+v", d)
	}
}
