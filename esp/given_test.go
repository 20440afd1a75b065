package esp

import (
	"net/netip"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
)

func summary(t *Table) (list []string) {
	for _, sa := range t.SAs() {
		list = append(list, sa.String())
	}
	return list
}

// SAs of a list that are made when a packet comes are those that Add makes at once, in the same order.
func TestAddGiven(t *testing.T) {
	p := cbcSA(t, 0x1234, "HMAC-SHA1-96", 1)
	wild, other, any, bad := p, p, p, p
	wild.Src, wild.Dst = netip.Addr{}, netip.Addr{}
	other.SPI = 0x99
	any.AnySPI = true
	bad.CipherKey = bad.CipherKey[:3]
	list := []Params{wild, other, p, any, bad, other}
	for i := range 2 * fewAlike { // an SPI that many have
		q := p
		q.SPI, q.Dst = 0x77, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
		list = append(list, q)
	}
	late := []Params{wild, other, p} // what comes later joins what was given
	late[1].Dst, late[2].CipherKey = netip.Addr{}, list[len(list)-1].CipherKey
	at, slow := NewTable(), NewTable()
	errs := at.AddGiven(list, nil)
	for _, q := range list {
		slow.Add(q)
	}
	if len(errs) != 1 {
		t.Errorf("errors %v, want one", errs)
	}
	if got := at.Used(); len(got) != 1+2*fewAlike {
		t.Errorf("%d SAs made before a packet came", len(got))
	}
	for _, q := range late {
		at.Add(q)
		slow.Add(q)
	}
	if got, want := summary(at), summary(slow); !slices.Equal(got, want) {
		t.Errorf("given:\n%q\nadded:\n%q", got, want)
	}
	if !at.Known(0x99, netip.Addr{}) || at.Known(0x98, netip.Addr{}) {
		t.Error("SPIs known are not those of the list")
	}
}

// Goroutines that ask for the same SA at once get one.
func TestGivenAtOnce(t *testing.T) {
	table := NewTable()
	table.AddGiven([]Params{cbcSA(t, 0x1234, "HMAC-SHA1-96", 1)}, nil)
	var made [8]*SA
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() { made[i] = table.of(keyOf(ESP, 0x1234), true)[0] })
	}
	wg.Wait()
	for _, sa := range made {
		if sa != made[0] {
			t.Fatal("two SAs of one that was given")
		}
	}
}

// The recorded sessions decrypt to the same with SAs that are made when their packets come.
func TestGivenSessions(t *testing.T) {
	for _, dir := range sessions(t) {
		params := readXFRM(t, filepath.Join(dir, "gwb.xfrm"))
		table := NewTable()
		if errs := table.AddGiven(params, nil); len(errs) > 0 {
			t.Fatal(errs)
		}
		eager := newTable(t, params...)
		var s, s2 Scratch
		for _, pkt := range readPackets(t, filepath.Join(dir, "wire.pcap")) {
			got, err := table.Open(pkt, &s)
			want, err2 := eager.Open(pkt, &s2)
			if (err == nil) != (err2 == nil) || err == nil && !slices.Equal(got.IP, want.IP) {
				t.Fatalf("%s frame %d: %v, %v", dir, pkt.Frame, err, err2)
			}
		}
	}
}

// An SA of a list without packets costs a number.
func TestGivenMemory(t *testing.T) {
	const n, most = 50_000, 16
	p := cbcSA(t, 1, "HMAC-SHA1-96", 1)
	list := make([]Params, n)
	for i := range list {
		list[i] = p
		list[i].SPI = uint32(0x1000 + i)
	}
	per := keptBy(n, func() any {
		table := NewTable()
		table.AddGiven(list, nil)
		return table
	})
	if per > most {
		t.Errorf("%d bytes for each SA, more than %d", per, most)
	}
	runtime.KeepAlive(list)
}

// keptBy is how many bytes stay in use for each of n things that make makes.
func keptBy(n int64, make func() any) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := make()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(x)
	return (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n
}

// An SA of a list with packets costs less than a kilobyte beside what the list says of it, also after the first number that is lost.
func TestTrafficMemory(t *testing.T) {
	const n = 4000
	for _, tt := range []struct {
		name string
		seqs []uint64
		most int64
	}{{"in order", []uint64{1, 2, 3}, 960}, {"with a gap", []uint64{1, 2, 5}, 1500}} {
		t.Run(tt.name, func(t *testing.T) {
			list := make([]Params, n)
			var wire []*Packet
			for i := range list {
				list[i] = cbcSA(t, 0x1000+uint32(i), "HMAC-SHA1-96", 1)
				for _, seq := range tt.seqs {
					wire = append(wire, packetOf(list[i], seal(t, list[i], seq, 4, inner)))
				}
			}
			per := keptBy(n, func() any {
				table := NewTable()
				table.AddGiven(list, nil)
				var s Scratch
				for _, pkt := range wire {
					if _, err := table.Open(pkt, &s); err != nil {
						t.Fatal(err)
					}
				}
				return table
			})
			if per > tt.most {
				t.Errorf("%d bytes for each SA, more than %d", per, tt.most)
			}
			runtime.KeepAlive(list)
			runtime.KeepAlive(wire)
		})
	}
}
