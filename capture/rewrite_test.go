package capture

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func TestWithPayload(t *testing.T) {
	msg, clear, packet := ike(100), ike(60), esp(0x1001, 1, 90)
	for _, c := range []struct {
		name     string
		ip, want []byte
		payload  []byte
	}{
		{"IKE", ip4(protoUDP, udp(500, 500, msg)), ip4(protoUDP, udp(500, 500, clear)), clear},
		{"IKE, longer", ip4(protoUDP, udp(500, 500, clear)), ip4(protoUDP, udp(500, 500, msg)), msg},
		{"with checksum", checksummed(ip4(protoUDP, udp(500, 500, msg)), 20), checksummed(ip4(protoUDP, udp(500, 500, clear)), 20), clear},
		{"odd length", checksummed(ip4(protoUDP, udp(500, 500, msg)), 20), checksummed(ip4(protoUDP, udp(500, 500, clear[:59])), 20), clear[:59]},
		{"marker", ip4(protoUDP, udp(4500, 4500, marked(msg))), ip4(protoUDP, udp(4500, 4500, marked(clear))), clear},
		{"IPv6", checksummed(ip6(protoUDP, udp(500, 500, msg)), 40), checksummed(ip6(protoUDP, udp(500, 500, clear)), 40), clear},
		{"IPv6 without checksum", ip6(protoUDP, udp(4500, 4500, marked(msg))), checksummed(ip6(protoUDP, udp(4500, 4500, marked(clear))), 40), clear},
		{"options", ip4(protoUDP, udp(500, 500, msg), 7, 3, 4, 0), ip4(protoUDP, udp(500, 500, clear), 7, 3, 4, 0), clear},
		{"ESP", ip4(protoESP, packet), ip4(protoESP, clear), clear},
		{"nothing", ip4(protoESP, packet), ip4(protoESP, nil), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := bytes.Clone(c.ip)
			d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, c.ip))[0]
			if got := d.WithPayload(c.payload); !bytes.Equal(got, c.want) {
				t.Errorf("\n got %x\nwant %x", got, c.want)
			}
			if !bytes.Equal(c.ip, before) {
				t.Error("the packet itself was changed")
			}
		})
	}
}

// TestWithPayloadTooLong has payloads that exceed what a length field holds: 0 stands there, and the packet is read back.
func TestWithPayloadTooLong(t *testing.T) {
	long := bytes.Repeat([]byte{0xaa}, 70000)
	for _, ip := range [][]byte{
		ip4(protoUDP, udp(4500, 4500, esp(0x1001, 1, 90))), checksummed(ip6(protoUDP, udp(4500, 4500, esp(0x1001, 1, 90))), 40),
		ip4(protoESP, esp(0x1001, 1, 90)), ip6(protoESP, esp(0x1001, 1, 90)),
	} {
		d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, ip))[0]
		again := NewSplitter(SplitOptions{}).Split(pkt(1, 0, d.WithPayload(long)))[0]
		if again.Kind != ESP || again.Cut || !bytes.Equal(again.Payload, long) {
			t.Errorf("got %v of %d bytes", again.Kind, len(again.Payload))
		}
	}
}

func TestTransport(t *testing.T) {
	inner := tcp(80, 1234, 1, 1, flagACK, []byte("hello"))
	fragmentField := func(ip []byte, v uint16) []byte {
		binary.BigEndian.PutUint16(ip[6:], v)
		setIPLength(ip, 20)
		return ip
	}
	for _, c := range []struct {
		name     string
		ip, want []byte
	}{
		{"ESP", ip4(protoESP, esp(0x1001, 1, 90)), ip4(protoTCP, inner)},
		{"AH", ip4(protoAH, make([]byte, 64)), ip4(protoTCP, inner)},
		{"options", ip4(protoESP, esp(0x1001, 1, 90), 7, 3, 4, 0), ip4(protoTCP, inner, 7, 3, 4, 0)},
		{"DF", fragmentField(ip4(protoESP, esp(0x1001, 1, 90)), 0x4000), fragmentField(ip4(protoTCP, inner), 0x4000)},
		{"UDP", ip4(protoUDP, udp(4500, 4500, esp(0x1001, 1, 90))), ip4(protoTCP, inner)},
		{"IPv6", ip6(protoESP, esp(0x1001, 1, 90)), ip6(protoTCP, inner)},
	} {
		d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, c.ip))[0]
		if got := d.Transport(protoTCP, inner); !bytes.Equal(got, c.want) {
			t.Errorf("%s:\n got %x\nwant %x", c.name, got, c.want)
		}
	}
}

// TestNoPacket has a datagram of no packet: nothing to be rewritten, and no panic.
func TestNoPacket(t *testing.T) {
	d := &Datagram{}
	if d.WithPayload([]byte{1}) != nil || d.Transport(6, []byte{1}) != nil {
		t.Error("a packet out of nothing")
	}
}

// TestChecksums holds the sum against the example of RFC 1071, section 3, and a known IPv4 header, and UDP's against the
// rule that a sum over a right checksum is all ones.
func TestChecksums(t *testing.T) {
	if got := sum16(0, []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}); got>>16+got&0xffff != 0xddf2 {
		t.Errorf("RFC 1071: %#x", got)
	}
	header := []byte{0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0, 0xc7}
	if fold(sum16(0, header)) != 0 {
		t.Error("a right header checksum does not sum up to 0")
	}
	for _, ip := range [][]byte{checksummed(ip4(protoUDP, udp(500, 500, ike(61))), 20), checksummed(ip6(protoUDP, udp(500, 500, ike(61))), 40)} {
		hdr := len(ip) - 69
		if got := udpChecksum(ip, hdr); got != 0xffff {
			t.Errorf("%#x", got)
		}
	}
}
