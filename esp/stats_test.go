package esp

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// openSeqs opens packets with these sequence numbers; a negative one is a repeat of the capture point.
func openSeqs(t *testing.T, p Params, seqs ...int64) Stats {
	t.Helper()
	table := newTable(t, p)
	var s Scratch
	for i, n := range seqs {
		pkt := packetOf(p, seal(t, p, uint64(max(n, -n)), 4, inner))
		pkt.Frame, pkt.Repeat = i+1, n < 0
		if _, err := table.Open(pkt, &s); err != nil {
			t.Fatal(err)
		}
	}
	return table.SAs()[0].Stats()
}

func TestSequenceStats(t *testing.T) {
	p := gcmSA(t, 0x1001, 1)
	tests := []struct {
		name string
		seqs []int64
		want Stats
	}{
		{"in order", []int64{1, 2, 3}, Stats{MinSeq: 1, MaxSeq: 3}},
		{"from the middle", []int64{100, 101}, Stats{MinSeq: 100, MaxSeq: 101}},
		{"lost", []int64{1, 2, 5, 9}, Stats{MinSeq: 1, MaxSeq: 9, Lost: 5, Gaps: 2, LargestGap: 3}},
		{"reordered", []int64{1, 3, 2, 4}, Stats{MinSeq: 1, MaxSeq: 4, Gaps: 1, LargestGap: 1, Reordered: 1, MaxReorder: 1}},
		{"below the first", []int64{5, 3, 6}, Stats{MinSeq: 3, MaxSeq: 6, Lost: 1, Reordered: 1, MaxReorder: 2}},
		{"replayed", []int64{1, 2, 3, 2, 2}, Stats{MinSeq: 1, MaxSeq: 3, Duplicates: 2, Replays: 2}},
		{"mirrored", []int64{1, -1, 2, -2}, Stats{MinSeq: 1, MaxSeq: 2, Duplicates: 2, Repeats: 2}},
		{"late for 32 and 64", []int64{1, 2, 103, 4}, Stats{MinSeq: 1, MaxSeq: 103, Lost: 99, Gaps: 1, LargestGap: 100, Reordered: 1, MaxReorder: 99, Late: [6]int{1, 1}}},
		{"at the edge of 64", []int64{1, 65, 2}, Stats{MinSeq: 1, MaxSeq: 65, Lost: 62, Gaps: 1, LargestGap: 63, Reordered: 1, MaxReorder: 63, Late: [6]int{1}}},
		{"just out of 64", []int64{1, 66, 2}, Stats{MinSeq: 1, MaxSeq: 66, Lost: 63, Gaps: 1, LargestGap: 64, Reordered: 1, MaxReorder: 64, Late: [6]int{1, 1}}},
		{"late for all", []int64{1, 5000, 2}, Stats{MinSeq: 1, MaxSeq: 5000, Lost: 4997, Gaps: 1, LargestGap: 4998, Reordered: 1, MaxReorder: 4998, Late: [6]int{1, 1, 1, 1, 1, 1}}},
		{"mirrored out of memory", []int64{1, 5000, -1}, Stats{MinSeq: 1, MaxSeq: 5000, Lost: 4998, Gaps: 1, LargestGap: 4998, Duplicates: 1, Repeats: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := openSeqs(t, p, tt.seqs...)
			if got.Opened != len(tt.seqs) || got.First.Frame != 1 || got.Last.Frame != len(tt.seqs) || !got.Proven {
				t.Errorf("%+v", got)
			}
			g := Stats{
				MinSeq: got.MinSeq, MaxSeq: got.MaxSeq, Lost: got.Lost, Gaps: got.Gaps, LargestGap: got.LargestGap, Duplicates: got.Duplicates,
				Repeats: got.Repeats, Replays: got.Replays, Reordered: got.Reordered, MaxReorder: got.MaxReorder, Late: got.Late,
			}
			if !sameStats(&g, &tt.want) {
				t.Errorf("got\n%+v, want\n%+v", g, tt.want)
			}
		})
	}
}

func sameStats(a, b *Stats) bool {
	return a.MinSeq == b.MinSeq && a.MaxSeq == b.MaxSeq && a.Lost == b.Lost && a.Gaps == b.Gaps && a.LargestGap == b.LargestGap &&
		a.Duplicates == b.Duplicates && a.Repeats == b.Repeats && a.Replays == b.Replays && a.Reordered == b.Reordered &&
		a.MaxReorder == b.MaxReorder && a.Late == b.Late
}

func TestInnerStats(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	table := newTable(t, p)
	var s Scratch
	seq := uint64(0)
	open := func(next uint8, data []byte) {
		t.Helper()
		seq++
		if _, err := table.Open(packetOf(p, seal(t, p, seq, next, data)), &s); err != nil {
			t.Fatal(err)
		}
	}
	open(4, inner)
	open(4, ipv4(hostA, hostB, ip.ProtoICMP, make([]byte, 8)))
	open(4, inner)
	open(47, make([]byte, 20))
	open(59, make([]byte, 20))
	open(4, []byte("no IP packet"))
	n := int64(len(inner))
	want := []Traffic{{4, 17, 2, 2 * n}, {4, 1, 1, 28}, {47, 47, 1, 20}, {59, 59, 1, 20}, {4, 4, 1, 12}}
	st := table.SAs()[0].Stats()
	if !slices.Equal(st.Inner, want) || st.Dummies != 1 || st.InnerMore != 0 {
		t.Errorf("inner %+v, want %+v", st.Inner, want)
	}
	st.Inner[0].Packets = 99
	if table.SAs()[0].Stats().Inner[0].Packets == 99 {
		t.Error("Stats shares memory")
	}
	for i := range 2 * MaxInner {
		open(uint8(100+i), []byte{1})
	}
	if st := table.SAs()[0].Stats(); len(st.Inner) != MaxInner || st.InnerMore == 0 {
		t.Errorf("%d kinds, %d more", len(st.Inner), st.InnerMore)
	}
	if next, ok := table.SAs()[0].seen().usual(); !ok || next != 4 {
		t.Errorf("usual next header %d", next)
	}
}

// TestWideESN starts in the middle of an SA's life, at every sort of high half, with the sequence numbers lost, reordered and
// wrapping afterwards.
func TestWideESN(t *testing.T) {
	for _, hi := range []uint64{1, 5, 15, 16, 255, 0xffff, wideHalves - 3} {
		for _, p := range []Params{cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), gcmSA(t, 0x1001, 1), ahSA(t, 0x1001, 1)} {
			p.ESN = true
			table := newTable(t, p)
			var s Scratch
			base := hi << 32
			for _, n := range []uint64{base + 1<<31, base + 7, base + 1<<32 - 2, base + 1<<32 + 1, base + 1<<32 - 1, base + 2<<32 - 5, base + 2<<32 + 3, base + 1<<32 + 1<<31 + 9, base + 4<<32 + 5} {
				o, err := table.Open(sealedPacket(t, p, n), &s)
				if err != nil || o.Seq != n || !o.Verified {
					t.Fatalf("%v: %#x opened as %#x, %v", p, n, o.Seq, err)
				}
			}
		}
	}
	// The source does not speak of ESN: a small search finds it.
	for _, p := range []Params{cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), gcmSA(t, 0x1001, 1)} {
		used := p
		used.ESN = true
		for hi, found := range map[uint64]bool{2: true, guessHalves - 1: true, guessHalves: false} {
			o, err := newTable(t, p).Open(sealedPacket(t, used, hi<<32+9), new(Scratch))
			if (err == nil) != found || found && (o.Notes&NoteESN == 0 || o.Notes&NoteHighHalf == 0) {
				t.Errorf("high half %d: %v, notes %q", hi, err, o.Notes)
			}
		}
	}
}

func sealedPacket(t testing.TB, p Params, seq uint64) *Packet {
	t.Helper()
	if p.Protocol == AH {
		return toPacket(sealAH(t, p, seq, 4, inner))
	}
	return packetOf(p, seal(t, p, seq, 4, inner))
}

// TestWideESNIsBounded has a wrong key: the wide search is given up after a few packets, and by all SAs together when it has cost
// too much. The first packets of an SA may be damaged all the same.
func TestWideESNIsBounded(t *testing.T) {
	p := gcmSA(t, 0x1001, 1)
	p.ESN = true
	table := newTable(t, p)
	var s Scratch
	bad := sealedPacket(t, p, 9<<40)
	bad.Payload = bytes.Clone(bad.Payload)
	bad.Payload[20] ^= 1
	for range wideTrials - 1 {
		if _, err := table.Open(bad, &s); err == nil {
			t.Fatal("damaged packet opened")
		}
	}
	if o, err := table.Open(sealedPacket(t, p, 300<<32+9), &s); err != nil || o.Seq != 300<<32+9 {
		t.Fatalf("after damaged packets: %#x, %v", o.Seq, err)
	}
	left := table.wide.Load()
	if _, err := table.Open(bad, &s); err == nil || table.wide.Load() != left || wideBudget-left != (wideTrials-1)*wideHalves {
		t.Errorf("budget %d of %d left, then %d", left, wideBudget, table.wide.Load())
	}
	table = newTable(t, p)
	sa := table.SAs()[0]
	for range 5 {
		table.Open(bad, &s)
	}
	if sa.wideTried != wideTrials {
		t.Errorf("%d wide searches, want %d", sa.wideTried, wideTrials)
	}
	table = newTable(t, p)
	table.wide.Store(wideHalves - 1)
	if _, err := table.Open(sealedPacket(t, p, 300<<32+9), &s); err == nil {
		t.Error("opened without a budget")
	}
}

// TestWideESNConcurrent has the first packets of an SA, from the middle of its life, in several goroutines at once: all wait for
// the one that searches.
func TestWideESNConcurrent(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA2-256-128", 1)
	p.ESN = true
	table := newTable(t, p)
	var wg sync.WaitGroup
	for g := range uint64(8) {
		wg.Go(func() {
			var s Scratch
			if o, err := table.Open(sealedPacket(t, p, 3000<<32+g), &s); err != nil || o.Seq != 3000<<32+g {
				t.Errorf("packet %d: %#x, %v", g, o.Seq, err)
			}
		})
	}
	wg.Wait()
	if sa := table.SAs()[0]; sa.wideTried != 1 {
		t.Errorf("%d searches, want 1", sa.wideTried)
	}
}

// TestWideESNIsRemembered has a packet with a right ICV and wrong padding: it does not open, but its high half is known then.
func TestWideESNIsRemembered(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	p.Cipher, p.CipherKey, p.ESN, p.Derived = cipherRow(t, "NULL"), nil, true, true
	table := newTable(t, p)
	body := append(be.AppendUint32(be.AppendUint32(nil, p.SPI), 1), 1, 2, 99, 4)
	mac := p.MAC.New(p.MACKey)
	mac.Write(body)
	mac.Write(be.AppendUint32(nil, 3000))
	if _, err := table.Open(packetOf(p, mac.Sum(body)[:len(body)+12]), new(Scratch)); !errors.Is(err, ErrPadding) {
		t.Fatalf("%v, want %v", err, ErrPadding)
	}
	if sa := table.SAs()[0]; sa.top.Load() != 3000<<32+2 || sa.wideTried != 1 {
		t.Errorf("highest number %#x after %d searches", sa.top.Load()-1, sa.wideTried)
	}
}
