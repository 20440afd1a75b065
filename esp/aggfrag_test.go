package esp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// An aggregator sends inner packets as AGGFRAG payloads, as RFC 9347 has a sender do it.
type aggregator struct {
	rng        *rand.Rand
	least      int // bytes of a payload's blocks
	most       int
	whole      bool // a packet is never split (flag D of USE_AGGFRAG)
	congestion bool
	pads       bool // all-pad payloads anywhere
}

// A sentPayload is a payload with the packets that it has bytes of, by index.
type sentPayload struct {
	data  []byte
	holds []int
}

func (g *aggregator) send(packets [][]byte) (list []sentPayload) {
	var rest []byte // of the packet that was begun
	for next := 0; next < len(packets) || len(rest) > 0; {
		if g.pads && g.rng.IntN(4) == 0 {
			list = append(list, sentPayload{data: append(g.header(0), make([]byte, g.size())...)})
			continue
		}
		p := sentPayload{data: g.header(len(rest))}
		room := g.size()
		if g.whole && next < len(packets) {
			room = max(room, len(packets[next]))
		}
		for room > 0 {
			if len(rest) == 0 {
				if next == len(packets) || g.whole && len(packets[next]) > room || g.pads && g.rng.IntN(5) == 0 && len(p.holds) > 0 {
					p.data = append(p.data, make([]byte, room)...)
					break
				}
				rest = packets[next]
				next++
			}
			n := min(room, len(rest))
			p.data, rest, room = append(p.data, rest[:n]...), rest[n:], room-n
			p.holds = append(p.holds, next-1)
		}
		list = append(list, p)
	}
	return list
}

func (g *aggregator) size() int { return g.least + g.rng.IntN(g.most-g.least+1) }

func (g *aggregator) header(offset int) []byte {
	if g.congestion && g.rng.IntN(2) == 0 {
		h := make([]byte, 24)
		for i := range h {
			h[i] = byte(g.rng.Uint32())
		}
		h[0], h[1] = 1, byte(g.rng.IntN(4)) // P and E
		be.PutUint16(h[2:], uint16(offset))
		return h
	}
	return be.AppendUint16([]byte{0, 0}, uint16(offset))
}

// somePackets are inner packets of both versions, each different.
func somePackets(rng *rand.Rand, n, most int) (list [][]byte) {
	for i := range n {
		size := rng.IntN(40)
		if rng.IntN(3) == 0 {
			size = rng.IntN(most)
		}
		data := be.AppendUint32(nil, uint32(i))
		for range size {
			data = append(data, byte(rng.Uint32()))
		}
		if rng.IntN(2) == 0 {
			list = append(list, ipv4(hostA, hostB, ip.ProtoUDP, udp(9, 9, data)))
			continue
		}
		list = append(list, ipv6(udp(9, 9, data)))
	}
	return list
}

func ipv6(payload []byte) []byte {
	h := append([]byte{0x60, 0, 0, 0}, byte(len(payload)>>8), byte(len(payload)), ip.ProtoUDP, 64)
	a, b := netip.MustParseAddr("fd01::10"), netip.MustParseAddr("fd02::10")
	return append(append(append(h, a.AsSlice()...), b.AsSlice()...), payload...)
}

// aggregators are senders of every kind, each with the same luck each time.
func aggregators(seed uint64) map[string]*aggregator {
	kinds := map[string]*aggregator{
		"fixed size":         {least: 300, most: 300},
		"cut anywhere":       {least: 1, most: 90},
		"bytes alone":        {least: 1, most: 7},
		"with padding":       {least: 20, most: 1400, pads: true},
		"congestion control": {least: 50, most: 500, pads: true, congestion: true},
		"never split":        {least: 200, most: 1400, whole: true, pads: true},
	}
	for _, g := range kinds {
		g.rng = rand.New(rand.NewPCG(seed, uint64(g.most)))
	}
	return kinds
}

// collect opens payloads in order and returns what came out of each.
func collect(t testing.TB, table *Table, p Params, payloads []sentPayload, order []int) (got [][]byte, frames [][]int) {
	t.Helper()
	var s Scratch
	for i, n := range order {
		pkt := packetOf(p, seal(t, p, uint64(n)+first(p), ip.ProtoAGGFRAG, payloads[n].data))
		pkt.Frame = i + 1
		o, err := table.Open(pkt, &s)
		if err != nil || o.Aggregate == nil || o.IP != nil {
			t.Fatalf("payload %d: %v, %+v", n, err, o.Aggregate)
		}
		for _, a := range o.Aggregate.Packets {
			got, frames = append(got, bytes.Clone(a.IP)), append(frames, a.Frames)
		}
	}
	return got, frames
}

// first is the sequence number that a test begins with: with ESN one whose low half wraps soon.
func first(p Params) uint64 {
	if p.ESN {
		return 1<<32 - 10
	}
	return 1
}

func inOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

func sameBytes(a, b [][]byte) bool {
	return slices.EqualFunc(a, b, func(x, y []byte) bool { return bytes.Equal(x, y) })
}

// TestAggfragStreams sends packets split in every way.
func TestAggfragStreams(t *testing.T) {
	for seed := range uint64(6) {
		for name, g := range aggregators(seed) {
			rng := g.rng
			for _, p := range []Params{cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), gcmSA(t, 0x1001, 1)} {
				p.ESN = seed%2 == 1
				table, packets := newTable(t, p), somePackets(rng, 25, 2000)
				sent := g.send(packets)
				got, _ := collect(t, table, p, sent, inOrder(len(sent)))
				if !sameBytes(got, packets) {
					t.Fatalf("%s, seed %d: %d packets, want %d", name, seed, len(got), len(packets))
				}
				st := table.SAs()[0].Stats()
				a := st.Aggregate
				if a == nil || a.Payloads != len(sent) || a.Packets != len(packets) || a.Incomplete != 0 || a.Malformed != 0 || a.PaddingOnly != st.Dummies {
					t.Fatalf("%s, seed %d: %+v", name, seed, a)
				}
				if left := table.waiting.Load(); left != maxWaitingTable {
					t.Errorf("%s: %d bytes still kept", name, maxWaitingTable-left)
				}
			}
		}
	}
}

// TestAggfragDisorder has payloads out of order, twice and not at all: what was sent whole comes out, once.
func TestAggfragDisorder(t *testing.T) {
	for seed := range uint64(12) {
		for name, g := range aggregators(100 + seed) {
			rng := g.rng
			p := gcmSA(t, 0x1001, 1)
			table, packets := newTable(t, p), somePackets(rng, 25, 1500)
			sent := g.send(packets)
			order := slices.DeleteFunc(inOrder(len(sent)), func(int) bool { return seed%4 > 1 && rng.IntN(12) == 0 })
			came := slices.Clone(order)
			for i := range order { // late by up to seven
				j := min(i+rng.IntN(8), len(order)-1)
				order[i], order[j] = order[j], order[i]
			}
			for range rng.IntN(5) {
				i := rng.IntN(len(order))
				order = slices.Insert(order, i+rng.IntN(len(order)-i), order[i])
			}
			got, _ := collect(t, table, p, sent, order)
			want, broken, surely := arriving(sent, packets, came)
			slices.SortFunc(got, bytes.Compare)
			slices.SortFunc(want, bytes.Compare)
			if !sameBytes(got, want) {
				t.Fatalf("%s, seed %d: %d packets, want %d of %d", name, seed, len(got), len(want), len(packets))
			}
			st := table.SAs()[0].Stats()
			a := st.Aggregate
			if a.Malformed != 0 || a.Incomplete > broken || surely > 0 && a.Incomplete == 0 || (a.Incomplete > 0) != (len(a.Frames) > 0) {
				t.Errorf("%s, seed %d: %+v, %d packets broken, %d of them surely", name, seed, a, broken, surely)
			}
		}
	}
}

// arriving are the packets that a receiver of some payloads gets, and how many others it sees parts of: all of them, and those that neither
// began before the first payload nor may go on behind the last one.
func arriving(sent []sentPayload, packets [][]byte, came []int) (want [][]byte, broken, surely int) {
	first := slices.IndexFunc(came, func(n int) bool { return len(sent[n].holds) > 0 })
	for i, packet := range packets {
		var parts []int
		for n := range sent {
			if slices.Contains(sent[n].holds, i) {
				parts = append(parts, n)
			}
		}
		from, to := parts[0], parts[len(parts)-1]
		missing := slices.DeleteFunc(inOrder(to + 1)[from:], func(n int) bool { return slices.Contains(came, n) })
		switch {
		case len(missing) == 0:
			want = append(want, packet)
		case slices.ContainsFunc(parts, func(n int) bool { return slices.Contains(came, n) }):
			broken++
			if from > came[first] && missing[0] < came[len(came)-1] {
				surely++
			}
		}
	}
	return want, broken, surely
}

// TestAggfragFrames names the frames that a packet was in, in the order of the capture.
func TestAggfragFrames(t *testing.T) {
	p := gcmSA(t, 0x1001, 1)
	packets := [][]byte{ipv4(hostA, hostB, 17, udp(1, 2, make([]byte, 400))), ipv6(udp(1, 2, make([]byte, 20)))}
	g := aggregator{rng: rand.New(rand.NewPCG(1, 1)), least: 200, most: 200}
	sent := g.send(packets)
	if len(sent) != 3 {
		t.Fatalf("%d payloads", len(sent))
	}
	for _, c := range []struct {
		order []int
		want  string
	}{{[]int{0, 1, 2}, "[[1 2 3] []]"}, {[]int{2, 0, 1}, "[[] [1 2 3]]"}, {[]int{1, 0, 2}, "[[1 2 3] []]"}} {
		got, frames := collect(t, newTable(t, p), p, sent, c.order)
		if fmt.Sprint(frames) != c.want || len(got) != 2 {
			t.Errorf("%v: frames %v", c.order, frames)
		}
	}
}

// TestAggfragEnds has captures that begin and end inside a packet, which is no fault, and one that lacks its middle.
func TestAggfragEnds(t *testing.T) {
	p := gcmSA(t, 0x1001, 1)
	packet := ipv4(hostA, hostB, 17, udp(1, 2, make([]byte, 972)))
	g := aggregator{rng: rand.New(rand.NewPCG(1, 1)), least: 250, most: 250}
	sent := g.send([][]byte{packet, packet, packet, packet}) // a packet over four payloads each
	for _, c := range []struct {
		name       string
		order      []int
		packets    int
		incomplete int
	}{
		{"begins inside", []int{2, 3, 4, 5, 6, 7}, 1, 0}, {"ends inside", []int{0, 1, 2, 3, 4, 5}, 1, 0},
		{"begins with the last part, out of order", []int{4, 3, 5, 6, 7}, 1, 0},
		{"lacks a middle", []int{0, 1, 3, 4, 5, 6, 7}, 1, 1}, {"lacks a start", []int{0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11}, 2, 1},
		{"lacks an end and a start", []int{0, 1, 2, 5, 6, 7, 8}, 0, 2}, {"lacks two middles", []int{0, 2, 3, 4, 6, 7, 8, 9, 10, 11}, 1, 2},
		{"a part twice", []int{0, 1, 1, 2, 2, 3}, 1, 0},
	} {
		table := newTable(t, p)
		got, _ := collect(t, table, p, sent, c.order)
		st := table.SAs()[0].Stats()
		if len(got) != c.packets || st.Aggregate.Incomplete != c.incomplete || st.Aggregate.Malformed != 0 {
			t.Errorf("%s: %d packets, %+v", c.name, len(got), st.Aggregate)
		}
	}
}

// TestAggfragRestart has a sender that begins anew with number 1, and other packets: what came under these numbers before stays what
// it was.
func TestAggfragRestart(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{30, 3000} {
		p := gcmSA(t, 0x1001, 1)
		table := newTable(t, p)
		g := aggregator{rng: rng, least: 100, most: 100}
		before, after := somePackets(rng, n, 300), somePackets(rng, 30, 300)
		first, second := g.send(before), g.send(after)
		got, _ := collect(t, table, p, first, inOrder(len(first)))
		if !sameBytes(got, before) {
			t.Fatal("before")
		}
		got, _ = collect(t, table, p, second, inOrder(len(second)))
		// A single number far below the others may be a packet that was late: from the second on it is a new beginning.
		if len(got) < len(after)-4 || !bytes.Equal(got[len(got)-1], after[len(after)-1]) {
			t.Errorf("%d payloads before: %d of %d packets", len(first), len(got), len(after))
		}
	}
}

// TestAggfragFaults has payloads that no sender should send.
func TestAggfragFaults(t *testing.T) {
	p := gcmSA(t, 0x1001, 1)
	short := ipv4(hostA, hostB, 17, udp(1, 2, make([]byte, 60)))
	block := func(offset int, parts ...[]byte) []byte {
		return append(be.AppendUint16([]byte{0, 0}, uint16(offset)), slices.Concat(parts...)...)
	}
	for _, c := range []struct {
		name     string
		payloads [][]byte
		packets  int
		err      error
		lost     int
	}{
		{"empty", [][]byte{block(0)}, 0, nil, 0},
		{"no header", [][]byte{{0, 0, 0}}, 0, errAggfragShort, 0},
		{"half a header of congestion control", [][]byte{append([]byte{1, 0, 0, 0}, make([]byte, 19)...)}, 0, errAggfragShort, 0},
		{"sub-type 2", [][]byte{{2, 0, 0, 0, 0}}, 0, errAggfragSubtype, 0},
		{"block of type 5", [][]byte{block(0, short, []byte{0x50, 0, 0, 0})}, 1, errAggfragBlock, 0},
		{"IPv4 of 19 bytes", [][]byte{block(0, []byte{0x45, 0, 0, 19}, short)}, 0, errAggfragLength, 0},
		{"header beyond its packet", [][]byte{block(0, []byte{0x4f, 0, 0, 24}, make([]byte, 20))}, 0, errAggfragLength, 0},
		{"a packet that does not go on", [][]byte{block(0, short[:30]), block(0, short)}, 1, errAggfragEnd, 1},
		{"BlockOffset too small", [][]byte{block(0, short[:30]), block(20, short[30:])}, 0, errAggfragOffset, 1},
		{"BlockOffset too large", [][]byte{block(0, short[:30]), block(70, short[30:], make([]byte, 40))}, 0, errAggfragOffset, 1},
		{"length of a runt too small", [][]byte{block(0, short[:2]), block(50, []byte{0, 3}, make([]byte, 48))}, 0, errAggfragLength, 1},
		{"runts alone", [][]byte{block(0, short[:1]), block(len(short)-1, short[1:2]), block(len(short)-2, short[2:3]), block(len(short)-3, short[3:])}, 1, nil, 0},
		{"a runt that ends too early", [][]byte{block(0, short[:1]), block(1, short[1:2], make([]byte, 9))}, 0, errAggfragOffset, 1},
		{"reserved bits", [][]byte{append([]byte{0, 0xff, 0, 0}, short...)}, 1, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := newTable(t, p)
			var s Scratch
			var err error
			got := 0
			for i, b := range c.payloads {
				o, e := table.Open(packetOf(p, seal(t, p, uint64(i+1), ip.ProtoAGGFRAG, b)), &s)
				if e != nil {
					t.Fatal(e)
				}
				got += len(o.Aggregate.Packets)
				if o.Aggregate.Err != nil {
					err = o.Aggregate.Err
				}
			}
			st := table.SAs()[0].Stats()
			a := st.Aggregate
			if got != c.packets || !errors.Is(err, c.err) || a.Incomplete != c.lost || (a.Malformed > 0) != (c.err != nil) {
				t.Errorf("%d packets, %v, %+v", got, err, a)
			}
			if table.waiting.Load() != maxWaitingTable && a.Incomplete == 0 && len(c.payloads) == 1 {
				t.Error("bytes are kept")
			}
		})
	}
}

// TestAggfragNested has ESP of another SA as an inner packet, and one that nobody has a key for.
func TestAggfragNested(t *testing.T) {
	outer, far := gcmSA(t, 0x1001, 1), cbcSA(t, 0x2002, "HMAC-SHA1-96", 2)
	far.Src, far.Dst = hostA, hostB
	unknown := far
	unknown.SPI = 0x3003
	packets := [][]byte{
		ipv4(hostA, hostB, uint8(ESP), seal(t, far, 1, 4, inner)), ipv4(hostA, hostB, uint8(ESP), seal(t, unknown, 1, 4, inner)),
		ipv4(hostA, hostB, uint8(ESP), seal(t, far, 2, 17, udp(7, 8, []byte("transport")))),
	}
	payload := slices.Concat(append([][]byte{{0, 0, 0, 0}}, packets...)...)
	o, err := newTable(t, outer, far).Open(packetOf(outer, seal(t, outer, 1, ip.ProtoAGGFRAG, payload)), new(Scratch))
	if err != nil || len(o.Aggregate.Packets) != 3 {
		t.Fatalf("%v, %+v", err, o.Aggregate)
	}
	a := o.Aggregate.Packets
	if !bytes.Equal(a[0].IP, inner) || len(a[0].Layers) != 1 || a[0].Layers[0].SPI != far.SPI {
		t.Errorf("nested: %x", a[0].IP)
	}
	if !bytes.Equal(a[1].IP, packets[1]) || !errors.Is(a[1].Inner, ErrNoSA) {
		t.Errorf("unknown: %x, %v", a[1].IP, a[1].Inner)
	}
	if want := ipv4(hostA, hostB, 17, udp(7, 8, []byte("transport"))); !bytes.Equal(a[2].IP, want) {
		t.Errorf("transport mode: %x", a[2].IP)
	}
}

// TestAggfragIsBounded has parts that nothing ever goes on from.
func TestAggfragIsBounded(t *testing.T) {
	p := gcmSA(t, 0x1001, 1)
	table := newTable(t, p)
	var s Scratch
	payload := append([]byte{0, 0, 0, 0}, 0x45, 0, 0xff, 0xff)
	payload = append(payload, make([]byte, 60_000)...)
	for i := range uint64(100) {
		pkt := packetOf(p, seal(t, p, 1+2*i, ip.ProtoAGGFRAG, payload))
		pkt.Frame = int(i) + 1
		if _, err := table.Open(pkt, &s); err != nil {
			t.Fatal(err)
		}
	}
	if kept := maxWaitingTable - table.waiting.Load(); kept > maxWaiting {
		t.Errorf("%d bytes kept", kept)
	}
	st := table.SAs()[0].Stats()
	if st.Aggregate.Incomplete != 100 || len(st.Aggregate.Frames) > MaxAggregateFrames {
		t.Errorf("%d incomplete", st.Aggregate.Incomplete)
	}
	table.SAs()[0].Stats() // changes nothing
	if again := table.SAs()[0].Stats(); again.Aggregate.Incomplete != 100 {
		t.Errorf("then %d", again.Aggregate.Incomplete)
	}
}

// TestAggfragCut has payloads whose end the capture lacks: what is whole comes out.
func TestAggfragCut(t *testing.T) {
	p := gcmSA(t, 0x1001, 1)
	p.Tunnel = true
	table := newTable(t, p)
	var s Scratch
	a, b := ipv4(hostA, hostB, 17, udp(1, 2, make([]byte, 60))), ipv4(hostA, hostB, 17, udp(1, 2, make([]byte, 400)))
	body := seal(t, p, 1, ip.ProtoAGGFRAG, append([]byte{0, 0, 0, 0}, a...))
	if _, err := table.Open(packetOf(p, body), &s); err != nil {
		t.Fatal(err)
	}
	pkt := packetOf(p, seal(t, p, 2, ip.ProtoAGGFRAG, slices.Concat([]byte{0, 0, 0, 0}, a, b)))
	pkt.IP, pkt.Payload, pkt.Cut = pkt.IP[:300], pkt.Payload[:280], true
	o, err := table.Open(pkt, &s)
	if err != nil || o.Aggregate == nil || len(o.Aggregate.Packets) != 1 || !bytes.Equal(o.Aggregate.Packets[0].IP, a) || !o.Cut {
		t.Errorf("%v, %+v", err, o.Aggregate)
	}
}

// TestAggfragWithoutKeys finds payloads in ESP without encryption.
func TestAggfragWithoutKeys(t *testing.T) {
	p := Params{Protocol: ESP, Src: gwA, Dst: gwB, SPI: 0x1001, Cipher: cipherRow(t, "NULL"), MAC: macRow(t, "HMAC-SHA2-256-128"), MACKey: make([]byte, 32)}
	rng := rand.New(rand.NewPCG(3, 3))
	packets := somePackets(rng, 40, 600)
	g := aggregator{rng: rng, least: 500, most: 500, pads: true}
	sent := g.send(packets)
	d := NewNullDetector(NullOptions{})
	for i := range sent {
		d.Observe(packetOf(p, seal(t, p, uint64(i+1), ip.ProtoAGGFRAG, sent[i].data)))
	}
	d.Freeze()
	table := NewTable()
	table.NullDetector = d
	got, _ := collect(t, table, p, sent, inOrder(len(sent)))
	if !sameBytes(got, packets) {
		t.Errorf("%d packets, want %d", len(got), len(packets))
	}
}

// TestAggfragCase reads the recorded stream.
func TestAggfragCase(t *testing.T) {
	dir := filepath.Join("..", "testdata", "aggfrag")
	p := Params{
		Protocol: ESP, Src: gwA, Dst: gwB, SPI: 0x1001, Cipher: cipherRow(t, "NULL"), MAC: macRow(t, "HMAC-SHA1-96"),
		MACKey: fromHex(t, "f5b165224a58b791df6af1d8303e61cdc4bb86c3"),
	}
	table := newTable(t, p)
	var s Scratch
	var got [][]byte
	for i, packet := range packetsOf(t, filepath.Join(dir, "wire.pcap")) {
		pkt := toPacket(packet)
		pkt.Frame = i + 1
		o, err := table.Open(pkt, &s)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range o.Aggregate.Packets {
			got = append(got, bytes.Clone(a.IP))
		}
	}
	if want := packetsOf(t, filepath.Join(dir, "clear.pcap")); !sameBytes(got, want) {
		t.Errorf("%d packets, want %d", len(got), len(want))
	}
}

// packetsOf are the packets of a little-endian pcap of bare IP.
func packetsOf(t testing.TB, name string) (list [][]byte) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for b = b[24:]; len(b) >= 16; {
		n := int(binary.LittleEndian.Uint32(b[8:]))
		list = append(list, b[16:16+n])
		b = b[16+n:]
	}
	return list
}

// FuzzAggfrag reads payloads out of whatever bytes: the first two of each are its sequence number and its length.
func FuzzAggfrag(f *testing.F) {
	for _, g := range aggregators(9) {
		var b []byte
		for i, p := range g.send(somePackets(g.rng, 5, 100)) {
			b = append(append(b, byte(i), byte(min(len(p.data), 255))), p.data[:min(len(p.data), 255)]...)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := Params{Protocol: ESP, SPI: 1, Cipher: cipherRow(t, "NULL")}
		table := newTable(t, p)
		sa, had := table.SAs()[0], len(b)
		out := 0
		for frame := 1; len(b) > 2; frame++ {
			n := min(int(b[1]), len(b)-2)
			var a Aggregate
			sa.aggregate(table, &a, b[2:2+n], &Packet{Frame: frame}, &Layer{Seq: uint64(b[0]) * uint64(b[0]), Next: ip.ProtoAGGFRAG})
			for _, packet := range a.Packets {
				out += len(packet.IP)
				if size, err := blockLength(packet.IP); err != nil || size != len(packet.IP) {
					t.Fatalf("not a packet: %x", packet.IP)
				}
			}
			b = b[2+n:]
		}
		if out > had {
			t.Errorf("%d bytes out of %d", out, had)
		}
		if st := sa.Stats(); st.Aggregate != nil {
			sa.traffic.agg.forget()
			if table.waiting.Load() != maxWaitingTable || sa.traffic.agg.waiting != 0 {
				t.Error("bytes are kept for nothing")
			}
		}
	})
}
