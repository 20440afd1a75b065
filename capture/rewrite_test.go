package capture

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

func TestWithPayload(t *testing.T) {
	msg, clear, packet := ike(100), ike(60), esp(0x1001, 1, 90)
	for _, c := range []struct {
		name         string
		packet, want []byte
		payload      []byte
	}{
		{"IKE", ip4(ip.ProtoUDP, udp(500, 500, msg)), ip4(ip.ProtoUDP, udp(500, 500, clear)), clear},
		{"IKE, longer", ip4(ip.ProtoUDP, udp(500, 500, clear)), ip4(ip.ProtoUDP, udp(500, 500, msg)), msg},
		{"with checksum", checksummed(ip4(ip.ProtoUDP, udp(500, 500, msg)), 20), checksummed(ip4(ip.ProtoUDP, udp(500, 500, clear)), 20), clear},
		{"odd length", checksummed(ip4(ip.ProtoUDP, udp(500, 500, msg)), 20), checksummed(ip4(ip.ProtoUDP, udp(500, 500, clear[:59])), 20), clear[:59]},
		{"marker", ip4(ip.ProtoUDP, udp(4500, 4500, marked(msg))), ip4(ip.ProtoUDP, udp(4500, 4500, marked(clear))), clear},
		{"IPv6", checksummed(ip6(ip.ProtoUDP, udp(500, 500, msg)), 40), checksummed(ip6(ip.ProtoUDP, udp(500, 500, clear)), 40), clear},
		{"IPv6 without checksum", ip6(ip.ProtoUDP, udp(4500, 4500, marked(msg))), checksummed(ip6(ip.ProtoUDP, udp(4500, 4500, marked(clear))), 40), clear},
		{"options", ip4(ip.ProtoUDP, udp(500, 500, msg), 7, 3, 4, 0), ip4(ip.ProtoUDP, udp(500, 500, clear), 7, 3, 4, 0), clear},
		{"ESP", ip4(ip.ProtoESP, packet), ip4(ip.ProtoESP, clear), clear},
		{"nothing", ip4(ip.ProtoESP, packet), ip4(ip.ProtoESP, nil), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := bytes.Clone(c.packet)
			d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, c.packet))[0]
			if got := d.WithPayload(c.payload); !bytes.Equal(got, c.want) {
				t.Errorf("\n got %x\nwant %x", got, c.want)
			}
			if !bytes.Equal(c.packet, before) {
				t.Error("the packet itself was changed")
			}
		})
	}
}

// TestWithPayloadTooLong has payloads that exceed what a length field holds: 0 stands there, and the packet is read back.
func TestWithPayloadTooLong(t *testing.T) {
	long := bytes.Repeat([]byte{0xaa}, 70000)
	for _, packet := range [][]byte{
		ip4(ip.ProtoUDP, udp(4500, 4500, esp(0x1001, 1, 90))), checksummed(ip6(ip.ProtoUDP, udp(4500, 4500, esp(0x1001, 1, 90))), 40),
		ip4(ip.ProtoESP, esp(0x1001, 1, 90)), ip6(ip.ProtoESP, esp(0x1001, 1, 90)),
	} {
		d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, packet))[0]
		again := NewSplitter(SplitOptions{}).Split(pkt(1, 0, d.WithPayload(long)))[0]
		if again.Kind != ESP || again.Cut || !bytes.Equal(again.Payload, long) {
			t.Errorf("got %v of %d bytes", again.Kind, len(again.Payload))
		}
	}
}

func TestTransport(t *testing.T) {
	inner := tcp(80, 1234, 1, 1, ip.ACK, []byte("hello"))
	inner[16], inner[17] = 0xe2, 0xd5 // right over IPv4: nothing to be set right
	fragmentField := func(packet []byte, v uint16) []byte {
		binary.BigEndian.PutUint16(packet[6:], v)
		ip.SetLength(packet, 20, len(packet))
		return packet
	}
	for _, c := range []struct {
		name         string
		packet, want []byte
	}{
		{"ESP", ip4(ip.ProtoESP, esp(0x1001, 1, 90)), ip4(ip.ProtoTCP, inner)},
		{"AH", ip4(ip.ProtoAH, make([]byte, 64)), ip4(ip.ProtoTCP, inner)},
		{"options", ip4(ip.ProtoESP, esp(0x1001, 1, 90), 7, 3, 4, 0), ip4(ip.ProtoTCP, inner, 7, 3, 4, 0)},
		{"DF", fragmentField(ip4(ip.ProtoESP, esp(0x1001, 1, 90)), 0x4000), fragmentField(ip4(ip.ProtoTCP, inner), 0x4000)},
		{"UDP", ip4(ip.ProtoUDP, udp(4500, 4500, esp(0x1001, 1, 90))), ip4(ip.ProtoTCP, inner)},
		{"IPv6", ip6(ip.ProtoESP, esp(0x1001, 1, 90)), ip6(ip.ProtoTCP, inner)},
	} {
		d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, c.packet))[0]
		if got := d.Transport(ip.ProtoTCP, inner); !bytes.Equal(got, c.want) {
			t.Errorf("%s:\n got %x\nwant %x", c.name, got, c.want)
		}
	}
}

// rightChecksum holds the checksum of a protocol against its rule: the 16-bit words of pseudo header and data sum up to all ones.
func rightChecksum(packet []byte, hdr int, proto uint8) bool {
	b, addrs := packet[hdr:], packet[12:20]
	if packet[0]>>4 == 6 {
		addrs = packet[8:40]
	}
	words := append(bytes.Clone(addrs), 0, proto, byte(len(b)>>8), byte(len(b)))
	if words = append(words, b...); len(b)%2 != 0 {
		words = append(words, 0)
	}
	sum := 0
	for i := 0; i < len(words); i += 2 {
		sum += int(words[i])<<8 | int(words[i+1])
	}
	return sum > 0 && sum%0xffff == 0
}

// TestTransportNAT has segments whose checksums are for the addresses before NAT (RFC 3948, section 3.1.2).
func TestTransportNAT(t *testing.T) {
	segment := func(n int) []byte { return tcp(80, 1234, 1, 1, ip.ACK, bytes.Repeat([]byte{0xc3}, n)) }
	datagram := udp(53, 1234, []byte("a name"))
	datagram[6], datagram[7] = 0x12, 0x34
	padded := append(bytes.Clone(datagram), 0, 0, 0, 0, 0, 0, 0) // TFC padding
	lite := bytes.Clone(datagram)
	lite[4], lite[5] = 0, 0 // everything is covered
	message := append([]byte{128, 0, 0, 0, 0, 1, 0, 2}, "echo this"...)
	without := udp(53, 1234, []byte("a name"))
	long := bytes.Clone(datagram)
	long[4] = 1 // claims more than there is
	for _, c := range []struct {
		name   string
		packet []byte // in UDP, or not
		proto  uint8
		inner  []byte
		tail   int  // bytes behind the datagram
		stays  bool // as it is
	}{
		{"TCP", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoTCP, segment(4), 0, false},
		{"TCP, odd length", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoTCP, segment(5), 0, false},
		{"TCP, options", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90)), 7, 3, 4, 0), ip.ProtoTCP, segment(4), 0, false},
		{"TCP, IPv6", ip6(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoTCP, segment(5), 0, false},
		{"TCP, short", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoTCP, segment(0)[:19], 0, true},
		{"TCP, no NAT", ip4(ip.ProtoESP, esp(1, 1, 90)), ip.ProtoTCP, segment(4), 0, true},
		{"UDP", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoUDP, datagram, 0, false},
		{"UDP, padding behind it", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoUDP, padded, 7, false},
		{"UDP without checksum", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoUDP, without, 0, true},
		{"UDP without checksum, IPv6", ip6(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoUDP, without, 0, false},
		{"UDP, bad length", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoUDP, long, 0, true},
		{"UDP, short", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoUDP, datagram[:7], 0, true},
		{"UDP-Lite", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoUDPLite, lite, 0, false},
		{"UDP-Lite, bad coverage", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoUDPLite, long, 0, true},
		{"ICMPv6", ip6(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoICMPv6, message, 0, false},
		{"ICMP", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoICMP, message, 0, true},
		{"nothing", ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip.ProtoTCP, nil, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, c.packet))[0]
			before := bytes.Clone(c.inner)
			got := d.Transport(c.proto, c.inner)
			if !bytes.Equal(c.inner, before) {
				t.Error("the payload itself was changed")
			}
			same := bytes.Equal(got[d.HeaderLen:], c.inner)
			if same != c.stays {
				t.Errorf("stayed as it was: %v, want %v", same, c.stays)
			}
			if !c.stays && !rightChecksum(got[:len(got)-c.tail], d.HeaderLen, c.proto) {
				t.Errorf("checksum wrong: %x", got)
			}
		})
	}
}

// TestTransportCut has payloads that the capture cut: the checksum is the sender's, and the length, of UDP, that of the whole.
func TestTransportCut(t *testing.T) {
	datagram := udp(53, 1234, bytes.Repeat([]byte{1}, 300))
	datagram[6], datagram[7] = 0x12, 0x34
	for _, outer := range [][]byte{ip4(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90))), ip6(ip.ProtoUDP, udp(4500, 4500, esp(1, 1, 90)))} {
		d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, outer))[0]
		d.Cut = true
		packet := d.Transport(ip.ProtoUDP, datagram[:50])
		if !bytes.Equal(packet[d.HeaderLen:], datagram[:50]) {
			t.Error("the payload was changed")
		}
		if got := Missing(packet); got != len(datagram)-50 {
			t.Errorf("%d bytes missing, want %d", got, len(datagram)-50)
		}
		if packet[0]>>4 == 4 && ip.Checksum(packet[:d.HeaderLen]) != 0 {
			t.Error("the header checksum is wrong")
		}
		for _, inner := range [][]byte{datagram, datagram[:7], nil} {
			if got := Missing(d.Transport(ip.ProtoUDP, inner)); got != 0 {
				t.Errorf("%d of %d bytes are there, %d missing", len(inner), len(datagram), got)
			}
		}
		if got := Missing(d.Transport(ip.ProtoTCP, datagram[:50])); got != 0 {
			t.Errorf("TCP: %d bytes missing", got)
		}
	}
}

func TestMissing(t *testing.T) {
	v4, v6 := ip4(ip.ProtoTCP, make([]byte, 60)), ip6(ip.ProtoTCP, make([]byte, 60))
	for _, c := range []struct {
		name   string
		packet []byte
		want   int
	}{
		{"whole", v4, 0}, {"whole, IPv6", v6, 0}, {"cut", v4[:70], 10}, {"cut, IPv6", v6[:60], 40},
		{"inside the header", v4[:19], 0}, {"padded", append(bytes.Clone(v4), 0), 0}, {"nothing", nil, 0}, {"no IP", []byte{0xff}, 0},
	} {
		if got := Missing(c.packet); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
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
