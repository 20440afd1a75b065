package diagnose

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// An innerWire makes opened packets of one tunnel, one frame after the other.
type innerWire struct {
	w     traffic.Watch
	frame int
	sas   [2]*esp.SA
}

func newInnerWire() *innerWire { return &innerWire{sas: [2]*esp.SA{{}, {}}} }

// ip is an IPv4 packet from host 0 or 1 to the other one.
func ip4(from int, proto byte, l4 []byte) []byte {
	b := make([]byte, 20, 20+len(l4))
	hosts := [2]netip.Addr{netip.MustParseAddr("10.1.0.10"), netip.MustParseAddr("10.2.0.10")}
	b[0], b[9] = 0x45, proto
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(l4)))
	copy(b[12:], hosts[from].AsSlice())
	copy(b[16:], hosts[1-from].AsSlice())
	return append(b, l4...)
}

func (x *innerWire) show(it *ikedecode.Item) {
	x.w.Frame(&ikedecode.Frame{Packet: &capture.Packet{Number: x.frame}, Items: []ikedecode.Item{*it}})
}

// stuck are the segments from one side that got stuck.
func (x *innerWire) stuck(from int) (list []*traffic.Segment) {
	for _, c := range x.w.Inside.Contents() {
		if c.SA == x.sas[from] {
			list = stuckIn(x.w.Inside.Waiting()[c.SA], c)
		}
	}
	return list
}

func (x *innerWire) send(from int, packet []byte, notes esp.Note) {
	x.frame++
	outer := make([]byte, 20+len(packet)+60)
	outer[0], outer[6] = 0x45, 0x40 // DF
	x.show(&ikedecode.Item{
		Datagram: &capture.Datagram{Frame: x.frame, Time: time.Unix(int64(x.frame), 0), Kind: capture.ESP, IP: outer},
		Opened:   &esp.Opened{SA: x.sas[from], IP: packet, NextHeader: 4, Verified: true, Notes: notes},
	})
}

// tcp sends n bytes of content.
func (x *innerWire) tcp(from int, seq, ack uint32, n int, notes esp.Note) {
	b := make([]byte, 20+n)
	ports := [2]uint16{40000, 80}
	binary.BigEndian.PutUint16(b, ports[from])
	binary.BigEndian.PutUint16(b[2:], ports[1-from])
	binary.BigEndian.PutUint32(b[4:], seq)
	binary.BigEndian.PutUint32(b[8:], ack)
	b[12], b[13] = 5<<4, 16
	x.send(from, ip4(from, ip.ProtoTCP, b), notes)
}

// ping sends an echo request or its reply.
func (x *innerWire) ping(from int, reply bool, seq uint16, n int) {
	b := make([]byte, 8+n)
	if b[0] = 8; reply {
		b[0] = 0
	}
	binary.BigEndian.PutUint16(b[4:], 7)
	binary.BigEndian.PutUint16(b[6:], seq)
	x.send(from, ip4(from, ip.ProtoICMP, b), 0)
}

func TestInside(t *testing.T) {
	const near = 0xffffff00 // sequence numbers wrap in the middle
	for _, c := range []struct {
		name  string
		run   func(x *innerWire)
		stuck int // size of the inner packet; 0 for none
		sent  int
	}{
		{"large segments only", func(x *innerWire) {
			x.tcp(0, near, 1, 100, 0)
			x.tcp(1, 1, near+100, 0, 0)
			for range 4 {
				x.tcp(0, near+100, 1, 1300, 0)
			}
		}, 1340, 4},
		{"acknowledged in the end", func(x *innerWire) {
			x.tcp(0, near, 1, 100, 0)
			x.tcp(1, 1, near+100, 0, 0)
			for range 4 {
				x.tcp(0, near+100, 1, 1300, 0)
			}
			x.tcp(1, 1, near+1400-1<<32, 0, 0)
		}, 0, 0},
		{"nothing is answered", func(x *innerWire) {
			for range 4 {
				x.tcp(0, 1, 1, 1300, 0)
			}
		}, 0, 0},
		{"as large ones are answered", func(x *innerWire) {
			x.tcp(0, 1, 1, 1400, 0)
			x.tcp(1, 1, 1401, 0, 0)
			for range 4 {
				x.tcp(0, 1401, 1, 1300, 0)
			}
		}, 0, 0},
		{"ESP that came twice", func(x *innerWire) {
			x.tcp(0, 1, 1, 100, 0)
			x.tcp(1, 1, 101, 0, 0)
			x.tcp(0, 101, 1, 1300, 0)
			for range 4 {
				x.tcp(0, 101, 1, 1300, esp.NoteDuplicate)
			}
		}, 0, 0},
		{"the sender learns", func(x *innerWire) {
			x.tcp(0, 1, 1, 100, 0)
			x.tcp(1, 1, 101, 0, 0)
			x.tcp(0, 101, 1, 1300, 0)
			x.tcp(0, 101, 1, 1300, 0)
			x.tcp(0, 101, 1, 1000, 0)
		}, 0, 0},
		{"large pings", func(x *innerWire) {
			x.ping(0, false, 1, 56)
			x.ping(1, true, 1, 56)
			x.ping(0, false, 2, 1300)
			x.ping(0, false, 3, 1300)
		}, 1328, 1},
		{"a small ping without an answer", func(x *innerWire) {
			x.ping(0, false, 1, 56)
			x.ping(1, true, 1, 56)
			x.ping(0, false, 2, 56)
			x.ping(0, false, 3, 56)
		}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newInnerWire()
			c.run(x)
			list := x.stuck(0)
			if (len(list) > 0) != (c.stuck > 0) {
				t.Fatalf("%d are stuck", len(list))
			}
			if len(list) > 0 && (list[0].Size != c.stuck || list[0].Sent != c.sent || !list[0].NoFrag) {
				t.Errorf("%+v", list[0])
			}
			if len(x.stuck(1)) > 0 {
				t.Error("the way back is stuck")
			}
		})
	}
}

// What a capture claims does not fill the memory, and what is cut short is no reason to fall over.
func TestInsideBounds(t *testing.T) {
	const maxConnections, maxSegments = 4096, 32
	x := newInnerWire()
	for i := range 3 * maxConnections {
		packet := ip4(0, ip.ProtoTCP, make([]byte, 20+10))
		binary.BigEndian.PutUint16(packet[20:], uint16(i))
		binary.BigEndian.PutUint32(packet[12:], uint32(i))
		packet[32] = 5 << 4
		x.send(0, packet, 0)
	}
	if n := len(x.w.Inside.Waiting()[x.sas[0]]); n > maxConnections || n == 0 {
		t.Errorf("%d connections", n)
	}
	for i := range 3 * maxSegments {
		x.tcp(0, uint32(i*10), 1, 10, 0)
	}
	whole := ip4(0, ip.ProtoTCP, make([]byte, 40))
	for n := range whole {
		x.send(0, whole[:n], 0)
	}
	for _, waiting := range x.w.Inside.Waiting()[x.sas[0]] {
		if len(waiting) > maxSegments {
			t.Errorf("%d segments", len(waiting))
		}
	}
}

// The room in a tunnel is the most that, padded and wrapped up (RFC 4303, section 2), fits the MTU.
func TestInnerRoom(t *testing.T) {
	for _, c := range []struct {
		cipher string
		mac    string
		mtu    int
		udp    bool
		ip6    bool
		want   int
	}{
		{"AES-CBC", "HMAC-SHA2-256-128", 1500, true, false, 1422},
		{"AES-CBC", "HMAC-SHA1-96", 1500, false, false, 1438},
		{"AES-GCM-16", "", 1500, false, false, 1446},
		{"3DES-CBC", "HMAC-MD5-96", 1500, false, true, 1430},
		{"AES-CBC", "HMAC-SHA1-96", 40, false, false, 0},
	} {
		sa := testSA(t, c.cipher, c.mac)
		got := innerRoom(sa, c.mtu, c.udp, c.ip6)
		if got != c.want {
			t.Errorf("%s %s in %d bytes: %d, want %d", c.cipher, c.mac, c.mtu, got, c.want)
		}
		if got > 0 && outerLen(sa, got, c.udp, c.ip6) > c.mtu || outerLen(sa, got+1, c.udp, c.ip6) <= c.mtu {
			t.Errorf("%s %s in %d bytes: %d is not the most", c.cipher, c.mac, c.mtu, got)
		}
	}
}

// testSA is an SA in tunnel mode with keys of zeros.
func testSA(t *testing.T, cipher, mac string) *esp.SA {
	t.Helper()
	p := esp.Params{Protocol: esp.ESP, SPI: 0x1000, Tunnel: true}
	for _, c := range alg.Ciphers() {
		if c.Name == cipher {
			p.Cipher, p.CipherKey = c, make([]byte, c.KeyBits[0]/8+c.SaltLen)
		}
	}
	for _, m := range alg.MACs() {
		if m.Name == mac {
			p.MAC, p.MACKey = m, make([]byte, m.KeyLen)
		}
	}
	sa, err := esp.NewTable().Add(p)
	if err != nil {
		t.Fatal(err)
	}
	return sa
}

// outerLen is the length of the packet that carries n bytes in tunnel mode.
func outerLen(sa *esp.SA, n int, udp, ip6 bool) int {
	block := max(sa.Cipher.BlockLen, 4)
	padded := (n + 2 + block - 1) / block * block
	size := 20 + 8 + sa.Cipher.IVLen + padded + sa.ICVLength()
	if ip6 {
		size += 20
	}
	if udp {
		size += 8
	}
	return size
}

func FuzzInside(f *testing.F) {
	f.Add(ip4(0, ip.ProtoTCP, make([]byte, 30)), ip4(1, ip.ProtoTCP, make([]byte, 20)), uint8(4))
	f.Add(ip4(0, ip.ProtoICMP, []byte{8, 0, 0, 0, 0, 7, 0, 1}), ip4(1, ip.ProtoICMP, []byte{0, 0, 0, 0, 0, 7, 0, 1}), uint8(4))
	f.Add(append([]byte{0x60, 0, 0, 0, 0, 20, 6, 64}, make([]byte, 32+20)...), []byte{}, uint8(41))
	f.Fuzz(func(t *testing.T, a, b []byte, next uint8) {
		x := newInnerWire()
		for i, packet := range [][]byte{a, b, a, a, b} {
			x.send(i%2, packet, 0)
			x.show(&ikedecode.Item{ // transport mode
				Datagram: &capture.Datagram{Frame: i + 1, Kind: capture.ESP},
				Opened:   &esp.Opened{SA: x.sas[i%2], NextHeader: next, Payload: packet},
			})
		}
		for from := range x.sas {
			for _, s := range x.stuck(from) {
				if s.Sent < 1 || len(s.Frames) == 0 || len(s.Frames) > 9 {
					t.Errorf("%+v", s)
				}
			}
		}
	})
}
