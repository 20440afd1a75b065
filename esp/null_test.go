package esp

import (
	"bytes"
	"hash/crc32"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// A nullCase is a flow without encryption (testdata/README.md).
type nullCase struct {
	name      string
	icv, iv   int
	transport bool
	wire      []*Packet
	clear     [][]byte
}

func readNull(t testing.TB) (out []nullCase) {
	t.Helper()
	b, err := os.ReadFile("testdata/null.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(strings.TrimSpace(string(b)), "\n\n") {
		var c nullCase
		for _, line := range strings.Split(block, "\n") {
			word, rest, _ := strings.Cut(line, " ")
			switch word {
			case "name":
				c.name = rest
			case "icv":
				c.icv, _ = strconv.Atoi(rest)
			case "iv":
				c.iv, _ = strconv.Atoi(rest)
			case "mode":
				c.transport = rest == "transport"
			case "wire":
				p := toPacket(fromHex(t, rest))
				p.Frame = len(c.wire) + 1
				c.wire = append(c.wire, p)
			case "clear":
				c.clear = append(c.clear, fromHex(t, rest))
			}
		}
		out = append(out, c)
	}
	return out
}

func nullTable(opt NullOptions) *Table {
	table := NewTable()
	table.NullDetector = NewNullDetector(opt)
	return table
}

// TestNullFlows has flows of every ICV length, IV, mode and padding: one pass opens all but the first packets, two passes all.
func TestNullFlows(t *testing.T) {
	for _, c := range readNull(t) {
		t.Run(c.name, func(t *testing.T) {
			var s Scratch
			one := nullTable(NullOptions{})
			opened := 0
			for _, p := range c.wire {
				if _, err := one.Open(p, &s); err == nil {
					opened++
				}
			}
			if opened < len(c.wire)-2 {
				t.Errorf("one pass opened %d of %d packets", opened, len(c.wire))
			}
			two := nullTable(NullOptions{})
			for _, p := range c.wire {
				two.NullDetector.Observe(p)
			}
			two.NullDetector.Freeze()
			for i, p := range c.wire {
				checkNull(t, two, p, c.clear[i], &s)
			}
			checkNullFlow(t, two, &c)
		})
	}
}

func checkNull(t *testing.T, table *Table, p *Packet, clear []byte, s *Scratch) {
	t.Helper()
	o, err := table.Open(p, s)
	if err != nil {
		t.Errorf("packet %d: %v", p.Frame, err)
		return
	}
	if got := whole(p, &o); !bytes.Equal(body(got), body(clear)) {
		t.Errorf("packet %d opened to\n%x, want\n%x", p.Frame, got, clear)
	}
	if o.Verified || o.Notes&NoteHeuristic == 0 || o.SA == nil || !o.SA.Guessed() || o.SA.Sources()[0] != NullSource {
		t.Errorf("packet %d: verified %v, notes %q, SA %v", p.Frame, o.Verified, o.Notes, o.SA)
	}
}

// body is what is behind the IP header: in transport mode that of the outer packet has another identification.
func body(pkt []byte) []byte {
	h, ok := ip.ParseWhole(pkt)
	if !ok {
		return pkt
	}
	return pkt[h.Len:min(h.Total, len(pkt))]
}

func checkNullFlow(t *testing.T, table *Table, c *nullCase) {
	t.Helper()
	flows := table.NullFlows()
	if len(flows) != 1 {
		t.Fatalf("%d flows", len(flows))
	}
	f := flows[0]
	t.Log(f.Evidence())
	if f.Verdict != NullEncrypted || f.ICVLen != c.icv || f.IVLen != c.iv {
		t.Errorf("got %s, want an ICV of %d and an IV of %d bytes", f.Evidence(), c.icv, c.iv)
	}
	if f.Tunnel == c.transport || f.Transport != c.transport {
		t.Errorf("tunnel %v, transport %v", f.Tunnel, f.Transport)
	}
	if f.Packets != len(c.wire) || f.Fits != len(c.wire) || f.Misfits != 0 || f.Repeats != 0 || f.Reopened != 0 || f.First.Frame != 1 || f.Last.Frame != len(c.wire) {
		t.Errorf("%+v", f)
	}
	if c.name == "transport in UDP behind NAT" && f.Checksums < 7 || strings.HasPrefix(c.name, "tunnel, ") && f.Checksums < 19 {
		t.Errorf("%d checksums", f.Checksums)
	}
	if sa := f.SA; sa == nil || sa.Stats().Opened != len(c.wire) || sa.ICVLength() != c.icv || sa.Checked() || sa.Transport != c.transport {
		t.Errorf("SA %v", sa)
	}
}

// TestNullSmall has one small packet a flow: what is enough at once, and what needs a second.
func TestNullSmall(t *testing.T) {
	for _, c := range readNull(t) {
		most := 2
		if !c.transport {
			most = 1
		}
		for i := range c.wire {
			table := nullTable(NullOptions{})
			n := 0
			for ; n < most && n+i < len(c.wire) && table.NullFlows() == nil; n++ {
				table.NullDetector.Observe(c.wire[(i+n)%len(c.wire)])
			}
			for ; n < most; n++ {
				table.NullDetector.Observe(c.wire[(i+n)%len(c.wire)])
			}
			if f := table.NullFlows()[0]; f.Verdict == Encrypted || f.Verdict == NullEncrypted && (f.ICVLen != c.icv || f.IVLen != c.iv) {
				t.Errorf("%s, packet %d: %s", c.name, i+1, f.Evidence())
			} else if f.Verdict == Undecided {
				t.Logf("%s, packet %d: undecided after %d: %s", c.name, i+1, most, f.Evidence())
			}
		}
	}
}

// nullSessions are the recorded sessions without encryption.
var nullSessions = map[string]geometry{"v1-main-psk-3des-md5-espnull": {0, 12}, "esp-null-noauth": {0, 0}, "esp-gmac-null": {8, 16}}

// TestNullSessions judges every ESP flow of every recorded session without any key.
func TestNullSessions(t *testing.T) {
	dir := sharedSession(t, "")
	files, err := filepath.Glob(filepath.Join(dir, "*", "wire*.pcap"))
	if err != nil || len(files) == 0 {
		t.Skipf("no captures in %s", dir)
	}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		table := nullTable(NullOptions{})
		packets := slices.DeleteFunc(readPackets(t, file), func(p *Packet) bool { return p.Proto != ESP }) // AH opens anyway
		for _, p := range packets {
			table.NullDetector.Observe(p)
		}
		table.NullDetector.Freeze()
		g, null := nullSessions[name]
		for _, f := range table.NullFlows() {
			t.Logf("%s: %s>%s %08x %s", name, f.Src, f.Dst, f.SPI, f.Evidence())
			switch {
			case null && (f.Verdict != NullEncrypted || f.ICVLen != g.icv || f.IVLen != g.iv || f.Misfits > 0 || !f.Tunnel || f.Transport):
				t.Errorf("%s: %s", name, f.Evidence())
			case !null && (f.Verdict == NullEncrypted || f.Verdict == Undecided && f.Packets > 4):
				t.Errorf("%s: %s", name, f.Evidence())
			}
		}
		opened := openAll(t, table, packets)
		if null {
			equalClear(t, filepath.Dir(file), opened)
		} else if n := len(table.SAs()); n > 0 {
			t.Errorf("%s: %d SAs made", name, n)
		}
	}
}

// openAll opens what opens of ESP.
func openAll(t *testing.T, table *Table, packets []*Packet) (out [][]byte) {
	t.Helper()
	var s Scratch
	for _, p := range packets {
		if o, err := table.Open(p, &s); err == nil {
			out = append(out, bytes.Clone(whole(p, &o)))
		}
	}
	return out
}

func equalClear(t *testing.T, dir string, got [][]byte) {
	t.Helper()
	packets, _ := readIP(t, filepath.Join(dir, "clear.pcap"))
	want := map[string]int{}
	for _, pkt := range packets {
		want[hop(pkt)]++
	}
	for _, pkt := range got {
		want[hop(pkt)]--
	}
	for pkt, n := range want {
		if n != 0 {
			t.Errorf("%s: %d times missing: %x", dir, n, pkt)
		}
	}
}

// randomPacket is an ESP packet as a good cipher makes it; its length is any multiple of 4, mostly of 16.
func randomPacket(rng *rand.Rand, flow, seq uint32) *Packet {
	n := 4 * (4 + rng.IntN(360))
	if rng.IntN(2) == 0 {
		n = n/16*16 + 28 // CBC with a 96-bit ICV
	}
	b := make([]byte, 8+n)
	be.PutUint32(b, 0x10000+flow)
	be.PutUint32(b[4:], seq)
	fill(rng, b[8:])
	if flow%3 == 1 {
		be.PutUint64(b[8:], uint64(seq)) // the IV of a counter mode
	}
	src := netip.AddrFrom4([4]byte{192, 0, byte(flow >> 8), byte(flow)})
	return &Packet{Proto: ESP, Src: src, Dst: gwB, Payload: b, Frame: int(seq), UDP: flow%5 == 0}
}

func fill(rng *rand.Rand, b []byte) {
	for len(b) >= 8 {
		be.PutUint64(b, rng.Uint64())
		b = b[8:]
	}
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
}

// TestNullRandom has 100,000 packets of random bytes, as one flow, as 1000, and as 100,000.
func TestNullRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("starts no goroutine, and takes long with the race detector")
	}
	const total = 100_000
	for _, flows := range []int{1, 10, 1000, total} {
		t.Run(strconv.Itoa(flows), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(5879, uint64(flows)))
			table := nullTable(NullOptions{MaxFlows: 2000})
			var s Scratch
			worst := minScore
			for i := range total {
				p := randomPacket(rng, uint32(i%flows), uint32(i/flows+1))
				if _, err := table.Open(p, &s); err != ErrNoSA {
					t.Fatalf("packet %d: %v", i, err)
				}
				f := table.NullDetector.lock(flowKey{keyOf(ESP, be.Uint32(p.Payload)), p.Src, p.Dst})
				for _, s := range f.scores {
					worst = max(worst, s.score)
				}
				f.mu.Unlock()
			}
			verdicts := map[NullVerdict]int{}
			for _, f := range table.NullFlows() {
				verdicts[f.Verdict]++
			}
			t.Logf("most evidence at any time: %d bits; %v", worst, verdicts)
			if verdicts[NullEncrypted] > 0 || flows <= 1000 && verdicts[Encrypted] != flows {
				t.Errorf("verdicts %v", verdicts)
			}
			if n := len(table.SAs()); n != 0 {
				t.Errorf("%d SAs made", n)
			}
		})
	}
}

// TestNullReopens turns a flow from NULL to encryption and back, as an SPI that is used again does.
func TestNullReopens(t *testing.T) {
	c := readNull(t)[0]
	rng := rand.New(rand.NewPCG(1, 1))
	table := nullTable(NullOptions{})
	d := table.NullDetector
	random := func() *Packet {
		p := *c.wire[0]
		p.Payload = bytes.Clone(c.wire[4].Payload)
		fill(rng, p.Payload[8:])
		return &p
	}
	want := func(v NullVerdict) {
		t.Helper()
		if got := d.Flows()[0].Verdict; got != v {
			t.Errorf("verdict %v, want %v", got, v)
		}
	}
	for _, p := range c.wire {
		d.Observe(p)
	}
	want(NullEncrypted)
	for range 3 {
		d.Observe(random()) // a few that do not fit change nothing
	}
	want(NullEncrypted)
	for range 10 {
		d.Observe(random())
	}
	want(Undecided)
	for range 20 {
		d.Observe(random())
	}
	want(Encrypted)
	for _, p := range c.wire {
		q := *p
		q.Payload = bytes.Clone(p.Payload)
		q.Payload[len(q.Payload)-1]++ // another ICV: the same bytes again would be no evidence
		d.Observe(&q)
	}
	want(NullEncrypted)
	if f := table.NullFlows()[0]; f.Reopened != 1 {
		t.Errorf("given up %d times", f.Reopened)
	}
	d.Freeze()
	var s Scratch
	if _, err := table.Open(c.wire[0], &s); err != nil {
		t.Error(err)
	}
	if _, err := table.Open(random(), &s); err != ErrNoSA {
		t.Errorf("random packet: %v", err)
	}
}

// TestNullRepeats shows a packet again and again that chance made look a little like one without encryption.
func TestNullRepeats(t *testing.T) {
	p := *packetOf(Params{Protocol: ESP, Src: gwA, Dst: gwB}, fromHex(t, "00003333 00000001"+strings.Repeat("5a", 30)+"01 02 02 11"))
	be.PutUint16(p.Payload[8+4:], 30) // UDP with a right length
	table := nullTable(NullOptions{})
	for range 50 {
		table.NullDetector.Observe(&p)
	}
	if f := table.NullFlows()[0]; f.Verdict == NullEncrypted || f.Repeats != 49 {
		t.Errorf("%s, %d repeats", f.Evidence(), f.Repeats)
	}
}

// TestNullConstant has bytes that are neither random nor ESP: zeros, ones, text, counters.
func TestNullConstant(t *testing.T) {
	for name, at := range map[string]func(i, n int) byte{
		"zeros":   func(i, n int) byte { return 0 },
		"ones":    func(i, n int) byte { return 0xff },
		"fours":   func(i, n int) byte { return 4 },
		"text":    func(i, n int) byte { return "the quick brown fox "[(i+n)%20] },
		"counter": func(i, n int) byte { return byte(i + n) },
	} {
		table := nullTable(NullOptions{})
		for n := range 200 {
			b := make([]byte, 48+4*(n%30))
			for i := range b {
				b[i] = at(i, n)
			}
			be.PutUint32(b, 0x1234)
			be.PutUint32(b[4:], uint32(n))
			be.PutUint32(b[20:], uint32(n)) // what varies
			table.NullDetector.Observe(&Packet{Proto: ESP, Src: gwA, Dst: gwB, Payload: b})
		}
		if f := table.NullFlows()[0]; f.Verdict == NullEncrypted {
			t.Errorf("%s: %s", name, f.Evidence())
		}
	}
}

// TestNullWithKeys has an SA for the flow: right keys prove the verdict; wrong ones keep it closed but for force.
func TestNullWithKeys(t *testing.T) {
	inner := ipv4(hostA, hostB, ip.ProtoUDP, udp(1, 2, []byte("no secret")))
	p := Params{Protocol: ESP, Src: gwA, Dst: gwB, SPI: 0x77, Cipher: cipherRow(t, "NULL"), MAC: macRow(t, "HMAC-SHA1-96"), MACKey: make([]byte, 20)}
	wrong := p
	wrong.MACKey = bytes.Repeat([]byte{1}, 20)
	for _, tt := range []struct {
		name  string
		sa    Params
		force bool
		err   error
		check func(o *Opened, f *NullFlow) bool
	}{
		{"right key", p, false, nil, func(o *Opened, f *NullFlow) bool { return o.Verified && f.Proof == o.SA && f.SA == nil }},
		{"wrong key", wrong, false, ErrICV, func(o *Opened, f *NullFlow) bool { return f.Proof == nil }},
		{"wrong key, force", wrong, true, nil, func(o *Opened, f *NullFlow) bool {
			return !o.Verified && o.SA.Guessed() && f.SA == o.SA && f.Proof == nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := newTable(t, tt.sa)
			table.NullDetector = NewNullDetector(NullOptions{Force: tt.force})
			pkt := packetOf(p, seal(t, p, 1, ip.ProtoIPv4, inner))
			table.NullDetector.Observe(pkt)
			table.NullDetector.Freeze()
			o, err := table.Open(pkt, new(Scratch))
			if err != tt.err {
				t.Fatalf("%v, want %v", err, tt.err)
			}
			f := table.NullFlows()[0]
			if f.Verdict != NullEncrypted || !tt.check(&o, &f) {
				t.Errorf("%s: %+v", f.Evidence(), o)
			}
			if err == nil && !bytes.Equal(o.IP, inner) {
				t.Errorf("opened to %x", o.IP)
			}
		})
	}
}

// TestNullNested has a tunnel without encryption inside another.
func TestNullNested(t *testing.T) {
	p := Params{Protocol: ESP, Src: gwA, Dst: gwB, SPI: 0x77, Cipher: cipherRow(t, "NULL"), MAC: macRow(t, "HMAC-SHA1-96"), MACKey: make([]byte, 20)}
	q := p
	q.Src, q.Dst, q.SPI = hostA, hostB, 0x78
	table := nullTable(NullOptions{})
	var s Scratch
	for i := range uint64(4) {
		inner := ipv4(mid, gwB, ip.ProtoUDP, udp(1, 2, []byte{byte(i)}))
		nested := ipv4(hostA, hostB, uint8(ESP), seal(t, q, i, ip.ProtoIPv4, inner))
		o, err := table.Open(packetOf(p, seal(t, p, i, ip.ProtoIPv4, nested)), &s)
		if err != nil || i > 0 && (len(o.Layers) != 2 || !bytes.Equal(o.IP, inner)) {
			t.Errorf("packet %d: %v, %+v", i, err, o)
		}
	}
}

// TestNullBound has more flows than may be remembered.
func TestNullBound(t *testing.T) {
	d := NewNullDetector(NullOptions{MaxFlows: 100})
	rng := rand.New(rand.NewPCG(2, 2))
	for i := range uint32(1000) {
		d.Observe(randomPacket(rng, i, 1))
		d.Observe(randomPacket(rng, 7, i)) // always in use
	}
	if n := len(d.Flows()); n != 100 || len(d.flows) != 100 {
		t.Errorf("%d flows", n)
	}
	for _, f := range d.Flows() {
		if f.SPI == 0x10007 && f.Packets >= 900 && f.Verdict == Encrypted {
			return
		}
	}
	t.Error("the busy flow was forgotten")
}

// TestNullParallel opens the same flows from several goroutines, more flows than may be remembered.
func TestNullParallel(t *testing.T) {
	cases := readNull(t)
	table := nullTable(NullOptions{MaxFlows: 8})
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			var s Scratch
			for i := range cases {
				for _, p := range cases[(i+n*5)%len(cases)].wire {
					table.Open(p, &s)
				}
			}
		})
	}
	wg.Wait()
}

// TestNullCut cuts packets: tunnels are found by their front, transport mode only where some packets are whole; what opens is
// the front of what was sent.
func TestNullCut(t *testing.T) {
	for _, c := range readNull(t) {
		for _, snap := range []int{0, 10, 40, 44, 60, 76, 84, 96} {
			table := nullTable(NullOptions{})
			var cut []*Packet
			for _, p := range c.wire {
				q := *p
				if have := len(p.IP) - len(p.Payload); have+snap < len(p.IP) {
					q.Payload, q.IP, q.Cut = p.Payload[:snap:snap], p.IP[:have+snap:have+snap], true
				}
				cut = append(cut, &q)
				table.NullDetector.Observe(&q)
			}
			table.NullDetector.Freeze()
			var s Scratch
			opened := 0
			for i, p := range cut {
				o, err := table.Open(p, &s)
				if err != nil {
					continue
				}
				opened++
				want, got := c.clear[i], o.IP
				if got == nil {
					want, got = body(want), o.Payload
				}
				n := min(len(want), len(got)) // where only the trailer is cut, padding cannot be told from content
				if p.Cut && o.NextHeader != uint8(IPComp) && !bytes.Equal(want[:n], got[:n]) || p.Cut != o.Cut || o.Verified {
					t.Errorf("%s, cut to %d: packet %d opened to %x", c.name, snap, i+1, got)
				}
			}
			for _, f := range table.NullFlows() {
				if f.Verdict == NullEncrypted && (f.ICVLen != c.icv || f.IVLen != c.iv) {
					t.Errorf("%s, cut to %d: %s", c.name, snap, f.Evidence())
				}
				if f.Verdict == NullEncrypted != (opened > 0) || snap >= 76 && !c.transport && opened < len(cut) && !strings.Contains(c.name, "TFC") {
					t.Errorf("%s, cut to %d: %d packets opened: %s", c.name, snap, opened, f.Evidence())
				}
			}
		}
	}
}

// TestNullEvidence weighs single packets: what fits, what does not, and that what is wrong in them counts.
func TestNullEvidence(t *testing.T) {
	ip4 := func(proto uint8, payload []byte) []byte { return ipv4(hostA, hostB, proto, payload) }
	edit := func(b []byte, at int, v ...byte) []byte {
		b = bytes.Clone(b)
		copy(b[at:], v)
		return b
	}
	ports := []byte{0x13, 0x88, 0x0f, 0xa0}
	sctp := fromHex(t, "13880fa0 00000000 00000000 030000100000000100000000 00000000")
	be.PutUint32(sctp[8:], bits.ReverseBytes32(crc32.Checksum(sctp, castagnoli)))
	inner := ip4(ip.ProtoUDP, udp(5000, 4000, []byte("inside")))
	gre := append([]byte{0, 0, 8, 0}, inner...)
	ospf := append(fromHex(t, "02010018 0a000001 00000000"), make([]byte, 12)...)
	tests := []struct {
		name               string
		next               uint8
		data               []byte
		fits               bool
		bits               int // at least, or at most where it does not fit
		lengths, checksums int
	}{
		{"tunnel", ip.ProtoIPv4, inner, true, 60, 2, 1},
		{"tunnel, longer than there is", ip.ProtoIPv4, inner[:len(inner)-1], false, misfitBits, 0, 0},
		{"tunnel, header checksum wrong", ip.ProtoIPv4, edit(inner, 8, 9), false, misfitBits, 0, 0},
		{"tunnel, other version", ip.ProtoIPv6, inner, false, misfitBits, 0, 0},
		{"tunnel, TCP that is none", ip.ProtoIPv4, ip4(ip.ProtoTCP, make([]byte, 24)), true, 40, 1, 1},
		{"UDP", ip.ProtoUDP, udp(5000, 53, []byte("data")), true, 35, 1, 0},
		{"UDP, wrong length", ip.ProtoUDP, edit(udp(5000, 53, []byte("data")), 5, 13), false, misfitBits, 0, 0},
		{"TCP, offset beyond the end", ip.ProtoTCP, edit(make([]byte, 24), 12, 0xf0), false, misfitBits, 0, 0},
		{"ICMP", ip.ProtoICMP, fromHex(t, "0800f7fd 00010001"), true, 25, 0, 1},
		{"ICMP, wrong checksum", ip.ProtoICMP, fromHex(t, "0800f7fe 00010001"), false, 4, 0, 0},
		{"SCTP", ip.ProtoSCTP, sctp, true, 28, 0, 1},
		{"SCTP, wrong checksum", ip.ProtoSCTP, edit(sctp, 8, sctp[8]^1), false, softBits, 0, 0},
		{"GRE", ip.ProtoGRE, gre, true, 35, 1, 0},
		{"GRE, inner packet longer", ip.ProtoGRE, edit(gre, 7, gre[7]+9), true, 20, 0, 0},
		{"GRE, reserved bits", ip.ProtoGRE, edit(gre, 0, 0x0f), false, misfitBits, 0, 0},
		{"OSPF", ip.ProtoOSPF, ospf, true, 20, 1, 0},
		{"OSPF, type", ip.ProtoOSPF, edit(ospf, 1, 9), false, misfitBits, 0, 0},
		{"IGMP", ip.ProtoIGMP, fromHex(t, "1600e9fb 00000004"), true, 15, 0, 1},
		{"IPComp", uint8(IPComp), []byte{4, 0, 0, 2, 1, 2, 3, 4}, true, 20, 0, 0},
		{"IPComp, flags", uint8(IPComp), []byte{4, 1, 0, 2, 1, 2, 3, 4}, false, misfitBits, 0, 0},
		{"nothing", ip.ProtoNoNext, make([]byte, 8), false, softBits, 0, 0},
		{"ports of nothing known", 200, append(ports, 1, 2, 3, 4), false, 0, 0, 0},
	}
	for _, tt := range tests {
		b := append(append(make([]byte, 8), tt.data...), 0, tt.next)
		j := judge{src: gwA, dst: gwB, past: &noFacts}
		j.weigh(b, geometry{})
		fits := j.hard && !j.misfit
		if fits != tt.fits || fits && j.bits < tt.bits || !fits && j.bits > tt.bits || j.misfit != (!tt.fits && tt.bits == misfitBits) {
			t.Errorf("%s: %d bits, misfit %v, hard %v", tt.name, j.bits, j.misfit, j.hard)
		}
		if !j.misfit && (j.lengths != tt.lengths || j.checksums != tt.checksums) {
			t.Errorf("%s: %d lengths, %d checksums", tt.name, j.lengths, j.checksums)
		}
	}
	// What is cut: inner length and trailer must come to the length of the whole.
	for wire, fits := range map[int]bool{8 + len(inner) + 14: true, 8 + len(inner) + 13: false} {
		j := judge{past: &noFacts}
		if j.weighCut(append(make([]byte, 8), inner[:24]...), wire, geometry{0, 12}); j.misfit == fits {
			t.Errorf("cut from %d bytes: misfit %v", wire, j.misfit)
		}
	}
}

func FuzzNullDetector(f *testing.F) {
	for _, c := range readNull(f) {
		f.Add(c.wire[0].Payload, c.wire[len(c.wire)-1].Payload, false)
	}
	rng := rand.New(rand.NewPCG(4, 4))
	f.Add(randomPacket(rng, 1, 1).Payload, randomPacket(rng, 1, 2).Payload, true)
	f.Fuzz(func(t *testing.T, a, b []byte, udp bool) {
		table := nullTable(NullOptions{MaxFlows: 2})
		var s Scratch
		for i, body := range [][]byte{a, b, a, b} {
			pkt := ipv4(gwA, gwB, uint8(ESP), body)
			p := &Packet{Proto: ESP, Src: gwA, Dst: gwB, IP: pkt, HeaderLen: 20, Payload: body, UDP: udp, Frame: i + 1}
			if p.Cut = udp && len(a)%2 == 1; p.Cut {
				be.PutUint16(pkt[2:], uint16(len(pkt)+len(b)%64))
			}
			o, err := table.Open(p, &s)
			if err != nil && (o.IP != nil || o.Payload != nil) {
				t.Error("bytes with an error")
			}
			if err == nil && (o.Verified || len(o.Layers) == 1 && len(o.Payload) > len(body)) {
				t.Errorf("%+v", o)
			}
			if i == 1 {
				table.NullDetector.Freeze()
			}
		}
		for _, f := range table.NullFlows() {
			if f.Fits+f.Misfits > f.Packets || f.Evidence() == "" {
				t.Errorf("%+v", f)
			}
		}
	})
}

func BenchmarkNullDetector(b *testing.B) {
	cases := readNull(b)
	rng := rand.New(rand.NewPCG(6, 6))
	var random []*Packet
	for i := range uint32(1000) {
		random = append(random, randomPacket(rng, i%10, i))
	}
	large := *cases[0].wire[4]
	g := Params{Protocol: ESP, Src: gwA, Dst: gwB, SPI: 0x77, Cipher: cipherRow(b, "NULL"), MAC: macRow(b, "HMAC-SHA1-96"), MACKey: make([]byte, 20)}
	inner := ipv4(hostA, hostB, ip.ProtoUDP, udp(1, 2, make([]byte, 1350)))
	large = *packetOf(g, seal(b, g, 1, ip.ProtoIPv4, inner))
	for _, bb := range []struct {
		name    string
		packets []*Packet
		freeze  bool
	}{
		{"observe NULL", cases[0].wire, false}, {"observe encrypted", random, false},
		{"open NULL", cases[0].wire, true}, {"open NULL 1400", []*Packet{&large}, true}, {"open encrypted", random, true},
	} {
		b.Run(bb.name, func(b *testing.B) {
			table := nullTable(NullOptions{})
			var s Scratch
			for _, p := range bb.packets {
				table.NullDetector.Observe(p)
			}
			if bb.freeze {
				table.NullDetector.Freeze()
				table.Open(bb.packets[0], &s)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				p := bb.packets[i%len(bb.packets)]
				if i++; bb.freeze {
					table.Open(p, &s)
				} else {
					table.NullDetector.Observe(p)
				}
			}
		})
	}
}

// TestNullAllocates nothing a packet.
func TestNullAllocates(t *testing.T) {
	cases := readNull(t)
	rng := rand.New(rand.NewPCG(7, 7))
	table := nullTable(NullOptions{})
	var s Scratch
	packets := append([]*Packet(nil), cases[0].wire...)
	for i := range uint32(100) {
		packets = append(packets, randomPacket(rng, i%3, i))
	}
	all := func() {
		for _, p := range packets {
			table.Open(p, &s)
		}
	}
	all()
	if n := testing.AllocsPerRun(10, all); n != 0 {
		t.Errorf("%v allocations for %d packets", n, len(packets))
	}
	table.NullDetector.Freeze()
	if n := testing.AllocsPerRun(10, all); n != 0 {
		t.Errorf("%v allocations for %d packets, verdicts fixed", n, len(packets))
	}
}

// TestNullKernel has sessions of a real kernel (testdata/README.md): without keys they open to what they open to with keys.
func TestNullKernel(t *testing.T) {
	for _, name := range []string{"null-transport", "null-nat", "null-nat-transport", "null-six"} {
		t.Run(name, func(t *testing.T) {
			packets := readPackets(t, filepath.Join("testdata", name+".pcap"))
			keys := newTable(t, readXFRM(t, filepath.Join("testdata", name+".xfrm"))...)
			table := nullTable(NullOptions{})
			keys.NullDetector = table.NullDetector
			for _, p := range packets {
				table.NullDetector.Observe(p)
			}
			table.NullDetector.Freeze()
			want, got := openAll(t, keys, packets), openAll(t, table, packets)
			if len(want) != len(packets) || len(packets) == 0 {
				t.Fatalf("%d of %d packets open with keys", len(want), len(packets))
			}
			for i := range want {
				if i >= len(got) || !bytes.Equal(got[i], want[i]) {
					t.Fatalf("packet %d opens otherwise, or not, without keys", i+1)
				}
			}
			for _, f := range keys.NullFlows() {
				t.Log(f.Evidence())
				if f.Verdict != NullEncrypted || f.Misfits > 0 || f.Proof == nil || f.ICVLen != f.Proof.ICVLength() || f.Transport != f.Proof.Transport {
					t.Errorf("%s: %v", f.Evidence(), f.Proof)
				}
			}
		})
	}
}
