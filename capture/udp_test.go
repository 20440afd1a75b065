package capture

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

func TestSplitUDP(t *testing.T) {
	msg, msg2, packet := ike(100), ike2(100), esp(0x1001, 1, 80)
	longer := ike(100)
	binary.BigEndian.PutUint32(longer[24:], 101)
	reply := bytes.Clone(msg2)                                                      // an ESP-like start, and yet IKE
	stun := append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...) // a Binding request
	unknownVersion := ike(100)
	unknownVersion[17] = 0x30
	for _, c := range []struct {
		name     string
		src, dst uint16
		data     []byte
		kind     Kind
		payload  []byte
		marker   bool
		odd      bool
	}{
		{"IKE", 500, 500, msg, IKE, msg, false, false},
		{"IKE behind NAT", 31337, 500, msg, IKE, msg, false, false},
		{"malformed IKE", 500, 500, longer, IKE, longer, false, false},
		{"IKE of one byte", 500, 500, []byte{1}, IKE, []byte{1}, false, false},
		{"IKE with marker on 500", 500, 500, marked(msg), IKE, msg, true, false},
		{"keepalive on 500", 500, 500, []byte{0xff}, Keepalive, []byte{0xff}, false, false},
		{"nothing on 500", 500, 500, nil, Other, nil, false, false},
		{"IKE on 4500", 4500, 4500, marked(msg), IKE, msg, true, false},
		{"IKEv2 on 4500", 61234, 4500, marked(msg2), IKE, msg2, true, false},
		{"malformed IKE on 4500", 4500, 4500, marked(longer), IKE, longer, true, false},
		{"marker alone", 4500, 4500, marked(nil), IKE, []byte{}, true, false},
		{"IKE without marker on 4500", 4500, 4500, reply, IKE, reply, false, false},
		{"ESP on 4500", 4500, 4500, packet, ESP, packet, false, false},
		{"ESP to 4500", 61234, 4500, packet, ESP, packet, false, false},
		{"keepalive", 4500, 4500, []byte{0xff}, Keepalive, []byte{0xff}, false, false},
		{"another byte on 4500", 4500, 4500, []byte{0xfe}, Other, nil, false, false},
		{"nothing on 4500", 4500, 4500, nil, Other, nil, false, false},
		{"STUN on 4500", 4500, 3478, stun, Other, nil, false, false},
		{"ESP with the sequence number of STUN's cookie", 4500, 4500, stun[:19], ESP, stun[:19], false, false},
		{"IKE on another port", 10000, 20000, msg, IKE, msg, false, true},
		{"IKEv2 on another port", 10000, 20000, msg2, IKE, msg2, false, true},
		{"IKE with marker on another port", 10000, 20000, marked(msg), IKE, msg, true, true},
		{"GDOI", 848, 848, gdoi(100), IKE, gdoi(100), false, true},
		{"wrong length on another port", 10000, 20000, longer, Other, nil, false, false},
		{"unknown version on another port", 10000, 20000, unknownVersion, Other, nil, false, false},
		{"unknown SPI on another port", 10000, 20000, packet, Other, nil, false, false},
		{"known SPI on another port", 10000, 20000, esp(0x7777, 1, 80), ESP, esp(0x7777, 1, 80), false, false},
		{"zeros on another port", 10000, 20000, make([]byte, 100), Other, nil, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, packet := range [][]byte{ip4(ip.ProtoUDP, udp(c.src, c.dst, c.data)), ip6(ip.ProtoUDP, udp(c.src, c.dst, c.data))} {
				s := NewSplitter(SplitOptions{})
				s.KnownSPI = func(spi uint32, dst netip.Addr) bool { return spi == 0x7777 && (dst == gwB4 || dst == gwB6) }
				d := s.Split(pkt(1, 0, packet))[0]
				if d.Kind != c.kind || !bytes.Equal(d.Payload, c.payload) || d.Marker != c.marker || d.OddPort != c.odd || !d.UDP || d.Cut {
					t.Errorf("got %+v", d)
				}
				if d.Src.Port() != c.src || d.Dst.Port() != c.dst || d.HeaderLen != len(packet)-8-len(c.data) {
					t.Errorf("got %v to %v, header of %d bytes", d.Src, d.Dst, d.HeaderLen)
				}
			}
		})
	}
}

// gdoi is a GROUPKEY-PULL message (RFC 6407, 3).
func gdoi(n int) []byte {
	b := ike(n)
	b[16], b[18] = 8, 32
	return b
}

// TestLearnedPeers finds ESP on the ports that an IKE peer uses.
func TestLearnedPeers(t *testing.T) {
	packet := esp(0x1001, 1, 80)
	s := NewSplitter(SplitOptions{})
	ask := ip4(ip.ProtoUDP, udp(10000, 20000, marked(ike(100))))
	back := ip4(ip.ProtoUDP, udp(20000, 10000, packet))
	copy(back[12:], ask[16:20])
	copy(back[16:], ask[12:16])
	other := ip4(ip.ProtoUDP, udp(10000, 20001, packet))
	all := feed(s, back, ask, back, ip4(ip.ProtoUDP, udp(10000, 20000, packet)), other, ip4(ip.ProtoUDP, udp(10000, 20000, []byte{0xff})))
	var kinds []Kind
	for _, d := range all {
		kinds = append(kinds, d.Kind)
	}
	want := []Kind{Other, IKE, ESP, ESP, Other, Keepalive}
	for i := range want {
		if kinds[i] != want[i] {
			t.Fatalf("got %v, want %v", kinds, want)
		}
	}
	for i := range 3 * maxPeers {
		s.peers.learn(netip.AddrPortFrom(gwA4, uint16(i)), netip.AddrPortFrom(gwB4, uint16(i>>8)))
	}
	if len(s.peers) > maxPeers {
		t.Errorf("%d peers remembered", len(s.peers))
	}
}

// TestUDPLengths has UDP lengths that differ from IP's.
func TestUDPLengths(t *testing.T) {
	msg := ike(100)
	with := func(length uint16, trailer int) []byte {
		u := udp(500, 500, msg)
		binary.BigEndian.PutUint16(u[4:], length)
		return ip4(ip.ProtoUDP, append(u, make([]byte, trailer)...))
	}
	for _, c := range []struct {
		name   string
		packet []byte
		kind   Kind
		n      int
		cut    bool
	}{
		{"right", with(108, 0), IKE, 100, false},
		{"bytes behind it", with(108, 9), IKE, 100, false},
		{"more than there is", with(120, 0), IKE, 100, true},
		{"zero", with(0, 0), IKE, 100, false},
		{"less than a header", with(7, 0), Other, 0, false},
	} {
		d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, c.packet))[0]
		if d.Kind != c.kind || len(d.Payload) != c.n || d.Cut != c.cut {
			t.Errorf("%s: got %v of %d bytes, cut %v", c.name, d.Kind, len(d.Payload), d.Cut)
		}
	}
}

// TestCutMarked cuts packets by the snap length.
func TestCutMarked(t *testing.T) {
	for _, packet := range [][]byte{
		ip4(ip.ProtoUDP, udp(500, 500, ike(100))), ip6(ip.ProtoUDP, udp(4500, 4500, esp(0x1001, 1, 100))),
		ip4(ip.ProtoESP, esp(0x1001, 1, 100)), ip6(ip.ProtoAH, make([]byte, 100)), ip4(ip.ProtoUDP, udp(1000, 2000, ike(100))),
	} {
		for _, tso := range []bool{false, true} {
			if tso {
				copy(packet[2:4], []byte{0, 0})
				if packet[0]>>4 == 6 {
					copy(packet[4:6], []byte{0, 0})
				}
			}
			p := pkt(1, 0, packet)
			p.Data = packet[:len(packet)-40]
			if d := NewSplitter(SplitOptions{}).Split(p)[0]; d.Kind == Other || !d.Cut || len(d.IP) != len(p.Data) {
				t.Errorf("got %v, cut %v", d.Kind, d.Cut)
			}
		}
	}
}

// TestRandomIsNoIKE has random datagrams: none is taken for IKE.
func TestRandomIsNoIKE(t *testing.T) {
	b := make([]byte, 128)
	for i := range 100000 {
		for j := range b {
			b[j] = byte(i*(j+13)>>3 ^ j*i)
		}
		if ikeFits(b, len(b)) {
			t.Fatalf("taken: %x", b)
		}
	}
}

func TestRepeat(t *testing.T) {
	again := func(packet []byte) []byte { // as behind a router
		packet = bytes.Clone(packet)
		if packet[0]>>4 == 6 {
			packet[7]--
			return packet
		}
		packet[8]--
		ip.SetLength(packet, 20, len(packet))
		return packet
	}
	msg4, msg6 := ip4(ip.ProtoUDP, udp(500, 500, ike(100))), ip6(ip.ProtoUDP, udp(500, 500, ike(100)))
	for _, packet := range [][]byte{msg4, msg6} {
		for _, c := range []struct {
			name   string
			packet []byte
			after  time.Duration
			repeat bool
		}{
			{"at once", packet, 0, true},
			{"a little later", packet, time.Millisecond, true},
			{"behind a router", again(packet), time.Millisecond, true},
			{"retransmission", packet, 2 * time.Second, false},
			{"another payload", packet[:len(packet)-1], time.Millisecond, false},
		} {
			s := NewSplitter(SplitOptions{})
			if s.Split(pkt(1, 0, packet))[0].Repeat {
				t.Error("the first is no repeat")
			}
			if got := s.Split(pkt(2, c.after, c.packet))[0].Repeat; got != c.repeat {
				t.Errorf("%s: %v", c.name, got)
			}
		}
	}
	wide := NewSplitter(SplitOptions{RepeatWindow: time.Minute})
	if wide.Split(pkt(1, 0, msg4)); !wide.Split(pkt(2, time.Second, msg4))[0].Repeat {
		t.Error("the window is not taken")
	}
	// Other packets in between. Two of them may take its place, once in thousands of times: never thrice in a row.
	seen := false
	for range 3 {
		s := NewSplitter(SplitOptions{})
		s.Split(pkt(1, 0, msg4))
		for i := range 63 {
			s.Split(pkt(i+2, 0, ip4(ip.ProtoESP, esp(0x1001, uint32(i), 100))))
		}
		seen = seen || s.Split(pkt(65, 5*time.Millisecond, msg4))[0].Repeat
	}
	if !seen {
		t.Error("not seen behind 63 others")
	}
}

// TestReservedSPI has a datagram on any port whose first bytes are a reserved SPI (RFC 4303, section 2.1), which is none of an SA
// whatever is known.
func TestReservedSPI(t *testing.T) {
	for spi, want := range map[uint32]Kind{firstSPI - 1: Other, firstSPI: ESP} {
		s := NewSplitter(SplitOptions{})
		s.KnownSPI = func(uint32, netip.Addr) bool { return true }
		if d := s.Split(pkt(1, 0, ip4(ip.ProtoUDP, udp(1000, 2000, esp(spi, 1, 40)))))[0]; d.Kind != want {
			t.Errorf("SPI %d: %v", spi, d.Kind)
		}
	}
}

// TestRepeatBackwards has a packet again that is older by far: captures that were put one behind the other, not a mirror port.
func TestRepeatBackwards(t *testing.T) {
	for age, want := range map[time.Duration]bool{time.Second: false, time.Millisecond: true} {
		s := NewSplitter(SplitOptions{})
		packet := ip4(ip.ProtoESP, esp(0x1001, 1, 40))
		s.Split(pkt(1, time.Minute, packet))
		if d := s.Split(pkt(2, time.Minute-age, packet))[0]; d.Repeat != want {
			t.Errorf("%v before: %v", age, d.Repeat)
		}
	}
}
