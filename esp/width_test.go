package esp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// TestReadable has what ESP in transport mode and AH leave readable though nothing is known of it: GRE, L2TP, AH without an SA.
func TestReadable(t *testing.T) {
	p, ah := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), ahSA(t, 0x2001, 1)
	gre := append([]byte{0, 0, 8, 0}, inner...)
	l2tp := udp(1701, 1701, append([]byte{0, 2, 0, 1, 0, 1, 0xff, 3, 0, 0x21}, inner...))
	esp := seal(t, p, 1, 4, inner)
	tests := []struct {
		name  string
		pkt   *Packet
		next  uint8
		want  []byte
		notes Note
		depth int
	}{
		{"GRE", packetOf(p, seal(t, p, 1, 47, gre)), 47, gre, 0, 1},
		{"L2TP", packetOf(p, seal(t, p, 1, 17, l2tp)), 17, l2tp, 0, 1},
		{"AH without SA", toPacket(sealAH(t, ah, 1, 4, inner)), 4, inner, NoteNoSA, 1},
		{"AH without SA, transport", toPacket(sealAH(t, ah, 1, 17, l2tp)), 17, l2tp, NoteNoSA, 1},
		{"AH without SA, GRE", toPacket(sealAH(t, ah, 1, 47, gre)), 47, gre, NoteNoSA, 1},
		{"ESP in AH without SA", toPacket(sealAH(t, ah, 1, 50, esp)), 4, inner, NoteNoSA, 2},
		{"AH without SA in ESP", packetOf(p, seal(t, p, 1, 51, sealAH(t, ah, 1, 17, l2tp)[20:])), 17, l2tp, NoteNoSA, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := newTable(t, p).Open(tt.pkt, new(Scratch))
			if err != nil {
				t.Fatal(err)
			}
			if o.NextHeader != tt.next || !bytes.Equal(o.Payload, tt.want) || o.Notes != tt.notes || len(o.Layers) != tt.depth {
				t.Errorf("next header %d, notes %q, %d layers, payload %x", o.NextHeader, o.Notes, len(o.Layers), o.Payload)
			}
			if o.Verified != (tt.notes == 0) {
				t.Errorf("verified %v", o.Verified)
			}
			if outer := tt.pkt.Proto == AH; o.SA == nil || o.SA.Bare() != outer || o.SA != o.Layers[0].SA || o.SA.Stats().Opened != 1 {
				t.Errorf("SA %v", o.SA)
			}
		})
	}
	// Nothing plausible behind it: this is no AH.
	for _, b := range [][]byte{sealAH(t, ah, 1, 4, []byte("no IP packet at all")), sealAH(t, ah, 1, 200, inner)} {
		if _, err := newTable(t, p).Open(toPacket(b), new(Scratch)); !errors.Is(err, ErrNoSA) {
			t.Errorf("%v, want %v", err, ErrNoSA)
		}
	}
	// Keys that name no SPI and do not fit are nothing against it.
	any := ah
	any.SPI, any.MACKey = 0, bytes.Repeat([]byte{9}, 20)
	if o, err := newTable(t, any).Open(toPacket(sealAH(t, ah, 1, 4, inner)), new(Scratch)); err != nil || !o.SA.Bare() || o.Verified {
		t.Errorf("other keys: SA %v, verified %v, %v", o.SA, o.Verified, err)
	}
	table := newTable(t, p)
	var s Scratch
	for seq := range uint64(5) {
		if _, err := table.Open(toPacket(sealAH(t, ah, seq/2, 4, inner)), &s); err != nil {
			t.Fatal(err)
		}
	}
	sas := table.SAs()
	if st := sas[len(sas)-1].Stats(); len(sas) != 2 || st.Opened != 5 || st.Replays != 2 || st.Proven || sas[1].Sources()[0] != BareSource {
		t.Errorf("%d SAs, %+v", len(sas), st)
	}
	// A key that does not fit is told, not stepped over.
	wrong := ah
	wrong.MACKey = bytes.Repeat([]byte{9}, 20)
	if _, err := newTable(t, wrong).Open(toPacket(sealAH(t, ah, 1, 4, inner)), new(Scratch)); !errors.Is(err, ErrICV) {
		t.Errorf("wrong key: %v, want %v", err, ErrICV)
	}
}

// TestGMACIsForAH refuses AES-GMAC as a MAC of ESP.
func TestGMACIsForAH(t *testing.T) {
	p := cbcSA(t, 0x1001, "AES-128-GMAC", 1)
	if _, err := NewTable().Add(p); !errors.Is(err, ErrUnsupported) {
		t.Errorf("%v, want %v", err, ErrUnsupported)
	}
}

// TestSnaplenNested cuts packets with layers inside layers: what is there of the innermost comes out.
func TestSnaplenNested(t *testing.T) {
	outer, deep := gcmSA(t, 0x1001, 1), cbcSA(t, 0x1002, "HMAC-SHA1-96", 2)
	deep.Src, deep.Dst = hostA, hostB
	far := ipv4(mid, hostB, ip.ProtoUDP, udp(1, 2, bytes.Repeat([]byte("nested "), 40)))
	body := seal(t, outer, 1, 4, ipv4(hostA, hostB, 50, seal(t, deep, 1, 4, far)))
	table := newTable(t, outer, deep)
	var s Scratch
	if o, err := table.Open(packetOf(outer, body), &s); err != nil || !bytes.Equal(o.IP, far) {
		t.Fatal(err)
	}
	wire := packetOf(outer, body).IP
	o, err := table.Open(cutPacket(wire, 200, true), &s)
	if err != nil || len(o.Layers) != 2 || !o.Cut || o.Verified || len(o.IP) < 90 || !bytes.HasPrefix(far, o.IP) {
		t.Errorf("%d layers, cut %v, verified %v, %d bytes, %v", len(o.Layers), o.Cut, o.Verified, len(o.IP), err)
	}
	for n := range body {
		table.Open(cutPacket(wire, n, true), &s)
	}
	if st := table.SAs()[0].Stats(); st.CutOpened == 0 || st.Cut != len(body)+1-8 || st.ICVFailures != 0 {
		t.Errorf("%d cut, %d opened, %d ICV failures", st.Cut, st.CutOpened, st.ICVFailures)
	}
}

// TestGuessNext cuts packets of an SA of which nothing is known: only what looks like an IP packet comes out.
func TestGuessNext(t *testing.T) {
	null := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	null.Cipher, null.CipherKey = cipherRow(t, "NULL"), nil
	six := append([]byte{0x60, 0, 0, 0, 0, 60, 17, 64}, make([]byte, 92)...)
	damaged := bytes.Clone(inner)
	damaged[13] ^= 1
	for _, tt := range []struct {
		name string
		next uint8
		data []byte
		ok   bool
	}{
		{"IPv4", 4, inner, true}, {"IPv6", 41, six, true},
		{"IPv4 header damaged", 4, damaged, false}, {"UDP from port 0x4500", 17, udp(0x4500, 20, make([]byte, 60)), false},
	} {
		body := seal(t, null, 1, tt.next, tt.data)
		o, err := newTable(t, null).Open(cutPacket(packetOf(null, body).IP, 70, true), new(Scratch))
		if (err == nil) != tt.ok || tt.ok && (o.NextHeader != tt.next || !bytes.HasPrefix(tt.data, o.IP)) {
			t.Errorf("%s: next header %d, %v", tt.name, o.NextHeader, err)
		}
	}
	// On an SA in transport mode, what most packets had.
	p := cbcSA(t, 0x1002, "HMAC-SHA1-96", 1)
	table := newTable(t, p)
	var s Scratch
	text := udp(0x4500, 20, make([]byte, 60))
	for i, next := range []uint8{17, 59, 59, 6, 17} {
		if _, err := table.Open(packetOf(p, seal(t, p, uint64(i), next, text)), &s); err != nil {
			t.Fatal(err)
		}
	}
	o, err := table.Open(cutPacket(packetOf(p, seal(t, p, 9, 17, text)).IP, 70, true), &s)
	if err != nil || o.NextHeader != 17 || len(o.Payload) != 32 || !bytes.HasPrefix(text, o.Payload) {
		t.Errorf("transport: next header %d, payload %x, %v", o.NextHeader, o.Payload, err)
	}
}

// TestSnaplenSessions cuts the packets of real sessions to 100 bytes of payload, all but the first few of each SA.
func TestSnaplenSessions(t *testing.T) {
	for _, dir := range sessions(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			table := newTable(t, readXFRM(t, filepath.Join(dir, "gwb.xfrm"))...)
			var whole, cut Scratch
			full := newTable(t, readXFRM(t, filepath.Join(dir, "gwb.xfrm"))...)
			seen := map[uint32]int{}
			for _, pkt := range readPackets(t, filepath.Join(dir, "wire.pcap")) {
				want, err := full.Open(pkt, &whole)
				if err != nil {
					t.Fatal(err)
				}
				q := *pkt
				if seen[spiFrom(pkt)]++; seen[spiFrom(pkt)] > provenAfter && len(pkt.Payload) > 100 {
					q.Payload, q.Cut = pkt.Payload[:100:100], true
				}
				got, err := table.Open(&q, &cut)
				if err != nil {
					if len(want.Layers) == 1 {
						t.Errorf("frame %d: %v", pkt.Frame, err)
					}
					continue
				}
				if q.Cut && (got.Verified || !got.Cut) || !bytes.HasPrefix(want.Payload, got.Payload) && got.Inner == nil && len(want.Layers) == 1 {
					t.Errorf("frame %d: cut %v, opened to %x, want %x", pkt.Frame, got.Cut, got.Payload, want.Payload)
				}
			}
		})
	}
}

// TestAddIsFast adds SAs that all have the same SPI, which must not cost a look at each.
func TestAddIsFast(t *testing.T) {
	table := NewTable()
	p := gcmSA(t, 0x1000, 1)
	const n = 20000
	for i := range n {
		p.CipherKey = binary.BigEndian.AppendUint32(make([]byte, 16), uint32(i))
		for range 2 {
			if _, err := table.Add(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(table.SAs()) != n {
		t.Errorf("%d SAs, want %d", len(table.SAs()), n)
	}
}

// BenchmarkOpenManySAs opens the packets of two SAs out of 2 or 100,000, and of 100,000 SAs in turn.
func BenchmarkOpenManySAs(b *testing.B) {
	for _, size := range [][2]int{{2, 2}, {100_000, 2}, {100_000, 100_000}} {
		n, used := size[0], size[1]
		b.Run(fmt.Sprintf("%d of %d", used, n), func(b *testing.B) {
			table := NewTable()
			var packets []*Packet
			for i := range n {
				p := cbcSA(b, uint32(0x10000+i*7919), "HMAC-SHA1-96", byte(i))
				p.MACKey = binary.BigEndian.AppendUint32(make([]byte, 16), uint32(i))
				if _, err := table.Add(p); err != nil {
					b.Fatal(err)
				}
				if i%(n/used) == 0 {
					packets = append(packets, packetOf(p, seal(b, p, 1, 4, inner)))
				}
			}
			var s Scratch
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := table.Open(packets[i%len(packets)], &s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAdd fills a table.
func BenchmarkAdd(b *testing.B) {
	p := cbcSA(b, 1, "HMAC-SHA1-96", 1)
	table := NewTable()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.SPI = uint32(i + 1)
		if _, err := table.Add(p); err != nil {
			b.Fatal(err)
		}
	}
}
