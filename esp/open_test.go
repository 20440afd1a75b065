package esp

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

var inner = ipv4(hostA, hostB, ip.ProtoUDP, udp(5000, 6000, []byte("the quick brown fox jumps over the lazy dog, over and over and over")))

// protocols lists the layers of o.
func protocols(o *Opened) (out []Protocol) {
	for _, l := range o.Layers {
		out = append(out, l.Protocol)
	}
	return out
}

// TestNested opens layers inside layers. want is the innermost IP packet, or the content where all is in transport mode.
func TestNested(t *testing.T) {
	outer, in, gcm, ah := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), cbcSA(t, 0x1002, "HMAC-SHA2-256-128", 2), gcmSA(t, 0x1003, 3), ahSA(t, 0x1004, 4)
	deep := cbcSA(t, 0x1005, "HMAC-MD5-96", 5)
	deep.Src, deep.Dst = hostA, hostB
	deepAH := ahSA(t, 0x1006, 6)
	deepAH.Src, deepAH.Dst = hostA, hostB
	comp := Params{Protocol: IPComp, SPI: 0x8001, IPCompAlg: CompressDeflate}
	lzs := Params{Protocol: IPComp, SPI: 0x8002, IPCompAlg: CompressLZS}
	all := []Params{outer, in, gcm, ah, deep, deepAH, comp, lzs}
	text := udp(5000, 6000, bytes.Repeat([]byte("transport "), 9))
	hostPacket := ipv4(hostA, hostB, ip.ProtoUDP, text)
	esp4 := func(p Params, next uint8, data []byte) *Packet { return packetOf(p, seal(t, p, 7, next, data)) }
	hosts := func(proto uint8, data []byte) []byte { return ipv4(hostA, hostB, proto, data) }

	tests := []struct {
		name   string
		pkt    *Packet
		layers []Protocol
		next   uint8
		want   []byte
		inner  error
	}{
		{"tunnel", esp4(outer, 4, inner), []Protocol{ESP}, 4, inner, nil},
		{"transport", esp4(outer, 17, text), []Protocol{ESP}, 17, text, nil},
		{"ESP in ESP, transport", esp4(outer, 50, seal(t, in, 1, 17, text)), []Protocol{ESP, ESP}, 17, text, nil},
		{"ESP in ESP, tunnel inside", esp4(gcm, 50, seal(t, in, 1, 4, inner)), []Protocol{ESP, ESP}, 4, inner, nil},
		{"ESP in AH", toPacket(sealAH(t, ah, 1, 50, seal(t, in, 1, 17, text))), []Protocol{AH, ESP}, 17, text, nil},
		{"ESP in AH, tunnel inside", toPacket(sealAH(t, ah, 1, 50, seal(t, in, 1, 4, inner))), []Protocol{AH, ESP}, 4, inner, nil},
		{"AH in ESP", esp4(outer, 51, sealAH(t, ah, 1, 17, text)[20:]), []Protocol{ESP, AH}, 17, text, nil},
		{"IPComp in ESP", esp4(outer, 108, ipcomp(t, 0x8001, 4, inner)), []Protocol{ESP, IPComp}, 4, inner, nil},
		{"IPComp in ESP, transport", esp4(outer, 108, ipcomp(t, 0x8001, 17, text)), []Protocol{ESP, IPComp}, 17, text, nil},
		{"IPComp in AH", toPacket(sealAH(t, ah, 1, 108, ipcomp(t, 0x8001, 4, inner))), []Protocol{AH, IPComp}, 4, inner, nil},
		{"IPComp by well-known CPI", esp4(outer, 108, ipcomp(t, 2, 4, inner)), []Protocol{ESP, IPComp}, 4, inner, nil},
		{"IPComp by unknown CPI", esp4(outer, 108, ipcomp(t, 0x9999, 4, inner)), []Protocol{ESP, IPComp}, 4, inner, nil},
		{"IPComp alone", toPacket(ipv4(gwA, gwB, 108, ipcomp(t, 0x8001, 17, text))), []Protocol{IPComp}, 17, text, nil},
		{"LZS", esp4(outer, 108, ipcompLZS(0x8002, 4, inner)), []Protocol{ESP, IPComp}, 4, inner, nil},
		{"LZS by well-known CPI", esp4(outer, 108, ipcompLZS(3, 17, text)), []Protocol{ESP, IPComp}, 17, text, nil},
		{"LZS damaged", esp4(outer, 108, []byte{4, 0, 0, 3, 0x11, 0x11}), []Protocol{ESP}, 108, []byte{4, 0, 0, 3, 0x11, 0x11}, ErrMalformed},
		{"LZJH by well-known CPI", esp4(outer, 108, ipcomp(t, 4, 4, inner)), []Protocol{ESP}, 108, ipcomp(t, 4, 4, inner), ErrUnsupported},
		{"IPComp damaged", esp4(outer, 108, []byte{4, 0, 0x80, 1, 0xff, 0xff}), []Protocol{ESP}, 108, []byte{4, 0, 0x80, 1, 0xff, 0xff}, ErrMalformed},
		{"tunnel in tunnel", esp4(outer, 4, hosts(50, seal(t, deep, 1, 4, inner))), []Protocol{ESP, ESP}, 4, inner, nil},
		{"transport in tunnel", esp4(outer, 4, hosts(50, seal(t, deep, 1, 17, text))), []Protocol{ESP, ESP}, 17, hostPacket, nil},
		{"AH in tunnel", esp4(outer, 4, sealAH(t, deepAH, 1, 17, text)), []Protocol{ESP, AH}, 17, hostPacket, nil},
		{"IPComp in tunnel", esp4(outer, 4, hosts(108, ipcomp(t, 0x8001, 17, text))), []Protocol{ESP, IPComp}, 17, hostPacket, nil},
		{"ESP in UDP in tunnel", esp4(outer, 4, hosts(17, udp(4500, 4500, seal(t, deep, 1, 17, text)))), []Protocol{ESP, ESP}, 17, hostPacket, nil},
		{"stranger in tunnel", esp4(outer, 4, hosts(50, make([]byte, 40))), []Protocol{ESP}, 4, hosts(50, make([]byte, 40)), ErrNoSA},
		{"stranger in UDP in tunnel", esp4(outer, 4, hosts(17, udp(4500, 4500, make([]byte, 40)))), []Protocol{ESP}, 4, hosts(17, udp(4500, 4500, make([]byte, 40))), nil},
		{"three deep", esp4(outer, 4, hosts(50, seal(t, deep, 1, 108, ipcomp(t, 0x8001, 17, text)))), []Protocol{ESP, ESP, IPComp}, 17, hostPacket, nil},
		{"TFC padding", esp4(outer, 4, append(bytes.Clone(inner), make([]byte, 100)...)), []Protocol{ESP}, 4, inner, nil},
		{"dummy", esp4(outer, 59, make([]byte, 33)), []Protocol{ESP}, 59, make([]byte, 33), nil},
		{"next header 41 around IPv4", esp4(outer, 41, inner), []Protocol{ESP}, 41, inner, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := newTable(t, all...)
			before := bytes.Clone(tt.pkt.IP)
			o, err := table.Open(tt.pkt, new(Scratch))
			if err != nil {
				t.Fatal(err)
			}
			got := o.Payload
			if o.IP != nil {
				got = o.IP
			}
			if !bytes.Equal(got, tt.want) {
				t.Errorf("opened to\n%x, want\n%x", got, tt.want)
			}
			if p := protocols(&o); len(p) != len(tt.layers) || string(bytesOf(p)) != string(bytesOf(tt.layers)) {
				t.Errorf("layers %v, want %v", p, tt.layers)
			}
			if o.NextHeader != tt.next || !errors.Is(o.Inner, tt.inner) {
				t.Errorf("next header %d, inner %v; want %d, %v", o.NextHeader, o.Inner, tt.next, tt.inner)
			}
			if want := tt.layers[0] != IPComp; o.Verified != want {
				t.Errorf("verified %v, want %v", o.Verified, want)
			}
			if o.Dummy != (tt.name == "dummy") {
				t.Errorf("dummy %v", o.Dummy)
			}
			if !bytes.Equal(before, tt.pkt.IP) {
				t.Error("the packet was changed")
			}
		})
	}
}

func bytesOf(p []Protocol) (b []byte) {
	for _, v := range p {
		b = append(b, byte(v))
	}
	return b
}

func TestNotes(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	table := newTable(t, p)
	var s Scratch
	open := func(seq uint64, next uint8, data []byte) Note {
		t.Helper()
		o, err := table.Open(packetOf(p, seal(t, p, seq, next, data)), &s)
		if err != nil {
			t.Fatal(err)
		}
		return o.Notes
	}
	if n := open(1, 4, inner); n != 0 {
		t.Errorf("plain: %q", n)
	}
	if n := open(1, 4, inner); n != NoteDuplicate {
		t.Errorf("again: %q", n)
	}
	if n := open(2, 4, append(bytes.Clone(inner), 0)); n != NoteTFC {
		t.Errorf("TFC: %q", n)
	}
	if n := open(3, 41, inner); n != NoteVersion {
		t.Errorf("version: %q", n)
	}
	if n := open(4, 4, inner[:30]); n != NoteInner {
		t.Errorf("inner cut: %q", n)
	}
	if got, want := (NoteTFC | NoteESN | 1<<14).String(), "TFC padding, ESN differs from the source, note 0x4000"; got != want {
		t.Errorf("String is %q, want %q", got, want)
	}
}

// TestPadding has padding that is not 1, 2, 3: a note where an ICV proves the packet or the inner packet speaks for itself,
// a failure where nothing does.
func TestPadding(t *testing.T) {
	p, blind := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), cbcSA(t, 0x1002, "HMAC-SHA1-96", 1)
	blind.NoCheck, blind.ICVLen, blind.MACKey = true, 12, nil
	sealing := blind
	sealing.MACKey = p.MACKey
	table := newTable(t, p, blind)
	odd := func(int) byte { return 0xee }
	tcp := append([]byte{0, 80, 0, 81, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 1, 1, 0xba, 0xad, 0, 0}, "hello"...)
	tests := []struct {
		name string
		p    Params
		next uint8
		data []byte
		pad  func(int) byte
		err  error
		note Note
	}{
		{"verified, odd", p, 4, inner[:len(inner):len(inner)], odd, nil, NotePadding},
		{"blind, odd, tunnel", sealing, 4, inner, odd, nil, NotePadding},
		{"blind, regular, TCP with wrong checksum", sealing, 6, tcp, func(i int) byte { return byte(i + 1) }, nil, 0},
		{"blind, odd, TCP with wrong checksum", sealing, 6, tcp, odd, ErrPadding, 0},
		{"blind, unknown protocol", sealing, 200, tcp, func(i int) byte { return byte(i + 1) }, ErrImplausible, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := table.Open(packetOf(tt.p, sealPadded(t, tt.p, 1, tt.next, tt.data, tt.pad)), new(Scratch))
			if !errors.Is(err, tt.err) || err == nil && o.Notes&^NoteDuplicate != tt.note {
				t.Errorf("notes %q, %v; want %q, %v", o.Notes, err, tt.note, tt.err)
			}
		})
	}
	// A pad length beyond the data is a failure even under a right ICV, with keys that nothing else refutes.
	null := p
	null.Derived = true
	null.SPI, null.Cipher, null.CipherKey = 0x1003, cipherRow(t, "NULL"), nil
	table = newTable(t, null)
	body := be.AppendUint32(be.AppendUint32(nil, null.SPI), 1)
	body = append(body, 1, 2, 9, 4)
	mac := null.MAC.New(null.MACKey)
	mac.Write(body)
	body = append(body, mac.Sum(nil)[:12]...)
	if _, err := table.Open(packetOf(null, body), new(Scratch)); !errors.Is(err, ErrPadding) {
		t.Errorf("pad length beyond the data: %v, want %v", err, ErrPadding)
	}
}

// TestTruncation has peers that cut HMAC-SHA-256 to 96 bits under the number of the 128 bit one, and the other way round.
func TestTruncation(t *testing.T) {
	for _, row := range []string{"HMAC-SHA2-256-128", "HMAC-SHA2-256-96"} {
		p := cbcSA(t, 0x1001, row, 1)
		for _, n := range []int{12, 16} {
			table := newTable(t, p)
			q := p
			q.ICVLen = n
			var s Scratch
			for seq := range uint64(3) {
				o, err := table.Open(packetOf(p, seal(t, q, seq+1, 4, inner)), &s)
				if err != nil || !o.Verified || (o.Notes == NoteTruncation) != (n != p.MAC.ICVLen) {
					t.Errorf("%s cut to %d: notes %q, %v", row, n, o.Notes, err)
				}
			}
			if got := table.SAs()[0].ICVLength(); got != n {
				t.Errorf("%s cut to %d: remembered %d", row, n, got)
			}
			strict := newTable(t, q)
			wrong := q
			wrong.ICVLen = 28 - n
			if _, err := strict.Open(packetOf(p, seal(t, wrong, 1, 4, inner)), &s); err == nil {
				t.Errorf("%s: %d bytes opened though the source says %d", row, wrong.ICVLen, n)
			}
		}
	}
	// AH
	p := ahSA(t, 0x1001, 1)
	p.MAC, p.MACKey = macRow(t, "HMAC-SHA2-256-96"), bytes.Repeat([]byte{1}, 32)
	q := p
	q.MAC = macRow(t, "HMAC-SHA2-256-128")
	o, err := newTable(t, q).Open(toPacket(sealAH(t, p, 1, 4, inner)), new(Scratch))
	if err != nil || !bytes.Equal(o.IP, inner) || o.Notes != NoteTruncation {
		t.Errorf("AH: notes %q, %v", o.Notes, err)
	}
}

// TestESN follows 64-bit sequence numbers over wraps, loss and reordering, with sources that say so and sources that do not.
func TestESN(t *testing.T) {
	numbers := []uint64{5, 6, 1<<32 - 3, 1<<32 + 2, 1<<32 - 2, 1<<32 + 3, 2<<32 - 1, 2 << 32, 3<<32 + 7, 3<<32 + 6}
	for _, p := range []Params{cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), gcmSA(t, 0x1001, 1), ahSA(t, 0x1001, 1)} {
		for _, said := range []bool{true, false} {
			known := p
			known.ESN, p.ESN = said, true
			table := newTable(t, known)
			var s Scratch
			for _, n := range numbers {
				var pkt *Packet
				if p.Protocol == AH {
					pkt = toPacket(sealAH(t, p, n, 4, inner))
				} else {
					pkt = packetOf(p, seal(t, p, n, 4, inner))
				}
				o, err := table.Open(pkt, &s)
				if err != nil || o.Seq != n || !o.Layers[0].Extended || (o.Notes&NoteESN != 0) == said {
					t.Errorf("%v: opened %#x as %#x, notes %q, %v", known, n, o.Seq, o.Notes, err)
				}
			}
			if st := table.SAs()[0].Stats(); st.MinSeq != 5 || st.MaxSeq != 3<<32+7 || st.Duplicates != 0 {
				t.Errorf("%v: %+v", known, st)
			}
		}
	}
	// Said, but not used; and a capture that starts in the middle of an SA's life.
	p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	known := p
	known.ESN = true
	o, err := newTable(t, known).Open(packetOf(p, seal(t, p, 9, 4, inner)), new(Scratch))
	if err != nil || o.Notes&NoteESN == 0 || o.Layers[0].Extended {
		t.Errorf("said, not used: %+v, %v", o, err)
	}
	o, err = newTable(t, known).Open(packetOf(p, seal(t, known, 12<<32+9, 4, inner)), new(Scratch))
	if err != nil || o.Seq != 12<<32+9 || o.Notes&NoteHighHalf == 0 {
		t.Errorf("from the middle: %+v, %v", o, err)
	}
}

func TestWindow(t *testing.T) {
	var w window
	seen := map[uint64]bool{}
	top := uint64(0)
	for i := range 20000 {
		n := uint64(i) + rand.Uint64N(1500)
		if i%5000 == 4999 {
			n += 1 << 33
		}
		want := seen[n]
		if top > n && top-n >= windowBits {
			want = false
		}
		if got := w.seen(n); got != want {
			t.Fatalf("%d seen %v, want %v", n, got, want)
		}
		seen[n], top = true, max(top, n)
	}
}

// TestBomb has compressed data that unpacks to far more than an IP packet holds.
func TestBomb(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	comp := Params{Protocol: IPComp, SPI: 0x8001}
	for _, n := range []int{maxInflated, maxInflated + 1, 16 << 20} {
		for name, packed := range map[string][]byte{"deflate": ipcomp(t, 0x8001, 17, make([]byte, n)), "LZS": ipcompLZS(3, 17, make([]byte, min(n, 1<<20)))} {
			var s Scratch
			o, err := newTable(t, p, comp).Open(packetOf(p, seal(t, p, 1, 108, packed)), &s)
			if err != nil {
				t.Fatal(err)
			}
			if fine := n <= maxInflated; fine != (o.Inner == nil) || fine && len(o.Payload) != n {
				t.Errorf("%s, %d bytes: inner %v, %d bytes of payload", name, n, o.Inner, len(o.Payload))
			}
			for i, b := range s.bufs {
				if cap(b) > max(maxInflated+1, len(packed)+64) {
					t.Errorf("%s, %d bytes: buffer %d has %d", name, n, i, cap(b))
				}
			}
		}
	}
}

// TestDepth nests more layers than are opened.
func TestDepth(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	p.Src, p.Dst = hostA, hostB
	for _, transport := range []bool{true, false} {
		data, next := inner, uint8(4)
		for i := range 12 {
			data = seal(t, p, uint64(i), next, data)
			if next = 50; !transport {
				data, next = ipv4(hostA, hostB, 50, data), 4
			}
		}
		if !transport {
			data = data[20:]
		}
		o, err := newTable(t, p).Open(packetOf(p, data), new(Scratch))
		if err != nil || len(o.Layers) != maxDepth || !errors.Is(o.Inner, ErrMalformed) {
			t.Errorf("transport %v: %d layers, inner %v, %v", transport, len(o.Layers), o.Inner, err)
		}
	}
}

// TestShort gives every protocol too little.
func TestShort(t *testing.T) {
	table := newTable(t, cbcSA(t, 0, "HMAC-SHA1-96", 1), ahSA(t, 0, 1))
	for _, proto := range []Protocol{ESP, AH, IPComp, 0, 17} {
		for n := range 64 {
			for _, b := range []byte{0, 1, 0xff} {
				pkt := &Packet{Proto: proto, Src: gwA, Dst: gwB, Payload: bytes.Repeat([]byte{b}, n)}
				if _, err := table.Open(pkt, new(Scratch)); err == nil {
					t.Errorf("%v of %d bytes %#x opened", proto, n, b)
				}
			}
		}
	}
	if _, err := table.Open(&Packet{Proto: 17}, new(Scratch)); !errors.Is(err, ErrMalformed) {
		t.Errorf("UDP: %v", err)
	}
}

// TestCutPacket has a packet that the snap length cut: counted, and told apart from a wrong key.
func TestCutPacket(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	table := newTable(t, p)
	pkt := packetOf(p, seal(t, p, 1, 4, inner)[:60])
	pkt.Cut = true
	o, err := table.Open(pkt, new(Scratch))
	if !errors.Is(err, ErrCut) || o.SA == nil || o.SA.Stats().Cut != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	pkt.Payload = bytes.Clone(pkt.Payload)
	pkt.Payload[0] = 9
	if _, err := table.Open(pkt, new(Scratch)); !errors.Is(err, ErrNoSA) {
		t.Errorf("of a stranger: %v, want %v", err, ErrNoSA)
	}
}

// TestSessionDamage opens real packets with a wrong key, with a bit flipped, and cut at every length.
func TestSessionDamage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts no goroutine, and takes long with the race detector")
	}
	for _, dir := range sessions(t) {
		params := readXFRM(t, filepath.Join(dir, "gwb.xfrm"))
		right := newTable(t, params...)
		for i := range params {
			p := &params[i]
			for _, k := range []*[]byte{&p.CipherKey, &p.MACKey} {
				if *k = bytes.Clone(*k); len(*k) > 0 {
					(*k)[1] ^= 0x10
				}
			}
		}
		wrong := newTable(t, params...)
		packets := readPackets(t, filepath.Join(dir, "wire.pcap"))
		var s, sw Scratch
		for i, pkt := range packets {
			if right.of(keyOf(pkt.Proto, spiFrom(pkt)), true)[0].Checked() {
				if _, err := wrong.Open(pkt, &sw); !errors.Is(err, ErrICV) {
					t.Errorf("%s frame %d: wrong key: %v", dir, pkt.Frame, err)
				}
				damaged(t, right, &s, pkt, i%len(pkt.Payload))
			}
			if i%16 != 0 {
				continue
			}
			for n := range pkt.Payload {
				q := *pkt
				q.Payload = pkt.Payload[:n:n]
				right.Open(&q, &s)
			}
		}
	}
}

func spiFrom(pkt *Packet) uint32 {
	spi, _ := spiOf(pkt.Proto, pkt.Payload)
	return spi
}

func damaged(t *testing.T, table *Table, s *Scratch, pkt *Packet, at int) {
	t.Helper()
	q := *pkt
	q.Payload = bytes.Clone(pkt.Payload)
	q.Payload[at] ^= 1 << (at % 8)
	o, err := table.Open(&q, s)
	from := 4
	if pkt.Proto == AH {
		from = 8 // the length field comes before the SPI
		if at >= 4 && at < 8 && err == nil && !o.Verified && o.Notes&NoteNoSA != 0 {
			return // another SPI: AH is readable all the same
		}
	}
	if err == nil {
		t.Errorf("frame %d opened with byte %d changed", pkt.Frame, at)
	}
	if at >= from && !errors.Is(err, ErrICV) {
		t.Errorf("frame %d, byte %d changed: %v, want %v", pkt.Frame, at, err, ErrICV)
	}
}

// TestConcurrent opens the packets of one SA in several goroutines.
func TestConcurrent(t *testing.T) {
	p, any := cbcSA(t, 0x1001, "HMAC-SHA2-256-128", 1), cbcSA(t, 0, "HMAC-SHA1-96", 2)
	p.ESN = true
	table := newTable(t, p, any)
	var wg sync.WaitGroup
	for g := range uint64(4) {
		wg.Go(func() {
			var s Scratch
			for i := range uint64(200) {
				q := p
				if i%4 == 0 {
					q = cbcSA(t, uint32(0x2000+i%16), "HMAC-SHA1-96", 2)
				}
				o, err := table.Open(packetOf(q, seal(t, q, 4*i+g, 4, inner)), &s)
				if err != nil || !bytes.Equal(o.IP, inner) {
					t.Errorf("%d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
	if st := table.SAs()[0].Stats(); st.Opened != 600 || st.Duplicates != 0 {
		t.Errorf("%+v", st)
	}
}

// TestNoAllocation holds that opening packets allocates nothing once buffers have grown.
func TestNoAllocation(t *testing.T) {
	inner6 := append(append([]byte{0x60, 0, 0, 0, 0, 8, 59, 64}, make([]byte, 32)...), make([]byte, 8)...)
	esn := cbcSA(t, 0x1006, "HMAC-SHA1-96", 1)
	esn.ESN = true
	null := cbcSA(t, 0x1005, "HMAC-SHA1-96", 1)
	null.Cipher, null.CipherKey = cipherRow(t, "NULL"), nil
	ah := ahSA(t, 0x1007, 1)
	comp := Params{Protocol: IPComp, SPI: 0x8001}
	list := []Params{cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), cbcSA(t, 0x1002, "HMAC-SHA2-256-128", 1), gcmSA(t, 0x1003, 1), null, esn, ah, comp}
	table := newTable(t, list...)
	var packets []*Packet
	for _, p := range list {
		switch p.Protocol {
		case ESP:
			packets = append(packets, packetOf(p, seal(t, p, 1, 4, inner)), packetOf(p, seal(t, p, 1, 41, inner6)))
		case AH:
			packets = append(packets, toPacket(sealAH(t, p, 1, 4, inner)))
		}
	}
	wrong := list[0]
	wrong.MACKey = bytes.Repeat([]byte{9}, 20)
	stranger := list[0]
	stranger.SPI = 0x7777
	failing := []*Packet{packetOf(wrong, seal(t, wrong, 1, 4, inner)), packetOf(stranger, seal(t, stranger, 1, 4, inner))}
	var s Scratch
	for _, pkt := range packets {
		if n := testing.AllocsPerRun(20, func() {
			if _, err := table.Open(pkt, &s); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("SPI %#x: %v allocations a packet", spiFrom(pkt), n)
		}
	}
	for _, pkt := range failing {
		if n := testing.AllocsPerRun(20, func() { table.Open(pkt, &s) }); n != 0 {
			t.Errorf("failing packet: %v allocations", n)
		}
	}
}

// TestBEET makes inner packets of both IP versions, with options too.
func TestBEET(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	p.BEET, p.Inner = true, &Inner{hostA, hostB}
	text := udp(1, 2, []byte("bound end to end"))
	want := ipv4(hostA, hostB, ip.ProtoUDP, text)
	o, err := newTable(t, p).Open(packetOf(p, seal(t, p, 1, 17, text)), new(Scratch))
	if err != nil || !bytes.Equal(o.IP, want) {
		t.Errorf("opened to %x, want %x, %v", o.IP, want, err)
	}
	options := append([]byte{17, 0, 0, 0, 0x94, 4, 0, 0}, text...) // router alert
	o, err = newTable(t, p).Open(packetOf(p, seal(t, p, 1, ip.ProtoBEET, options)), new(Scratch))
	h, ok := ip.ParseWhole(o.IP)
	if err != nil || !ok || h.Len != 24 || h.Total != 24+len(text) || ip.Checksum(o.IP[:24]) != 0 || !bytes.Equal(o.IP[24:], text) {
		t.Errorf("with options: opened to %x, %v", o.IP, err)
	}
	p.Inner = &Inner{netip.MustParseAddr("fd01::10"), netip.MustParseAddr("fd02::10")}
	o, err = newTable(t, p).Open(packetOf(p, seal(t, p, 1, 17, text)), new(Scratch))
	h, ok = ip.ParseWhole(o.IP)
	if err != nil || !ok || h.Version != 6 || h.Src != p.Inner.Src || h.Total != 40+len(text) || h.Proto != ip.ProtoUDP || o.IP[7] != 64 {
		t.Errorf("IPv6: opened to %x, %v", o.IP, err)
	}
	for n := range options {
		newTable(t, p).Open(packetOf(p, seal(t, p, 1, ip.ProtoBEET, options[:n])), new(Scratch))
	}
}

func FuzzOpen(f *testing.F) {
	params := []Params{
		cbcSA(f, 1, "HMAC-SHA1-96", 1), gcmSA(f, 2, 2), ahSA(f, 3, 3),
		{Protocol: ESP, SPI: 4, Cipher: cipherRow(f, "NULL")},
		{Protocol: ESP, Cipher: cipherRow(f, "NULL"), NoCheck: true, ICVLen: 12, BEET: true, Inner: &Inner{hostA, hostB}},
		{Protocol: AH, NoCheck: true},
		{Protocol: IPComp, SPI: 0x8001},
		{Protocol: AH, SPI: 5, MAC: macRow(f, "AES-128-GMAC"), MACKey: make([]byte, 20)},
		{Protocol: ESP, SPI: 6, Cipher: cipherRow(f, "AES-GCM-16-IIV"), CipherKey: make([]byte, 20), Tunnel: true},
		{Protocol: ESP, SPI: 7, Cipher: cipherRow(f, "AES-CTR"), CipherKey: make([]byte, 20)},
	}
	table := newTable(f, params...)
	for _, p := range readForeign(f) { // proves SAs, so that cut packets of theirs open
		p.params.SPI |= 0x10000
		if _, err := table.Add(p.params); err != nil {
			f.Fatal(err)
		}
	}
	for _, sa := range table.SAs() {
		sa.seen().proven = true
	}
	f.Add(seal(f, params[0], 1, 4, inner), uint8(50), false)
	f.Add(seal(f, params[1], 1, 41, inner), uint8(50), false)
	f.Add(sealAH(f, params[2], 1, 4, inner)[20:], uint8(51), false)
	f.Add(ipcomp(f, 0x8001, 4, inner), uint8(108), false)
	for _, next := range []uint8{4, 41, 50, 51, 94, 108, 59, 17} {
		f.Add(seal(f, params[3], 1, next, inner), uint8(50), false)
	}
	nested := seal(f, params[3], 2, 4, inner)
	for range 9 {
		nested = seal(f, params[3], 1, 4, ipv4(hostA, hostB, 50, nested))
	}
	f.Add(nested, uint8(50), false)
	f.Add(seal(f, params[3], 1, 108, ipcomp(f, 0x8001, 108, ipcomp(f, 2, 4, inner))), uint8(50), true)
	for _, p := range readForeign(f) {
		f.Add(p.wire, uint8(0), false)
		f.Add(seal(f, params[3], 1, 4, p.wire), uint8(50), false)
	}
	f.Fuzz(func(t *testing.T, b []byte, proto uint8, cut bool) {
		pkt := &Packet{Proto: Protocol(proto), Src: gwA, Dst: gwB, Payload: b, Cut: cut}
		if h, ok := ip.ParseWhole(b); proto == 0 && ok && h.Len <= len(b) { // a whole IP packet
			pkt = &Packet{Proto: Protocol(h.Proto), Src: h.Src, Dst: h.Dst, IP: b, HeaderLen: h.Len, Payload: b[h.Len:]}
		} else if len(b)%2 == 0 && len(b) < 65000 {
			pkt.IP, pkt.HeaderLen = ipv4(gwA, gwB, proto, b), 20
		}
		var s Scratch
		o, err := table.Open(pkt, &s)
		if err != nil && (o.Payload != nil || o.IP != nil || len(o.Layers) > 0) {
			t.Error("bytes beside an error")
		}
		if len(o.Payload) > maxInflated+len(b) || len(o.IP) > maxInflated+len(b)+60 {
			t.Error("more bytes than can be")
		}
		if err == nil && o.IP != nil && o.Notes&NoteInner == 0 && !o.Cut {
			if h, ok := ip.ParseWhole(o.IP); !ok || h.Total > len(o.IP) {
				t.Errorf("inner packet is none: %x", o.IP)
			}
		}
		for _, l := range o.Layers {
			_ = l.Notes.String()
		}
	})
}

func benchmarkOpen(b *testing.B, p Params, n int) {
	data := ipv4(hostA, hostB, ip.ProtoUDP, udp(1, 2, make([]byte, n-28)))
	const count = 64
	var packets []*Packet
	for i := range count {
		packets = append(packets, packetOf(p, seal(b, p, uint64(i), 4, data)))
	}
	table := newTable(b, p)
	var s Scratch
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := table.Open(packets[i%count], &s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	null := cbcSA(b, 1, "HMAC-SHA1-96", 1)
	null.Cipher, null.CipherKey = cipherRow(b, "NULL"), nil
	for _, p := range []Params{cbcSA(b, 1, "HMAC-SHA1-96", 1), cbcSA(b, 1, "HMAC-SHA2-256-128", 1), gcmSA(b, 1, 1), null} {
		name := p.Cipher.Name
		if p.MAC != nil {
			name += "+" + p.MAC.Name
		}
		for _, n := range []int{64, 576, 1400} {
			b.Run(name+"/"+strconv.Itoa(n), func(b *testing.B) { benchmarkOpen(b, p, n) })
		}
	}
}
