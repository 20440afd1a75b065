package candidate

import (
	"encoding/binary"
	"runtime"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

func spiOf(n int) (spi decode.SPI) {
	binary.BigEndian.PutUint64(spi[:], uint64(n)+1)
	return spi
}

// What shares a key is found in the bag's order, whether it was there at once or came little by little.
func TestIndex(t *testing.T) {
	const n, alike = 1000, 7
	for _, step := range []int{1, 3, 64, n} {
		x := newIndex(func(place int) int { return place % alike })
		for from := 0; from < n; from += step {
			var places []int
			for place := from; place < min(from+step, n); place++ {
				places = append(places, place)
			}
			x.add(places)
		}
		if len(x.runs) > 10 {
			t.Errorf("in steps of %d: %d runs", step, len(x.runs))
		}
		for key := range alike + 1 {
			var want []int
			for place := key; key < alike && place < n; place += alike {
				want = append(want, place)
			}
			if got := x.of(key); !slices.Equal(got, want) {
				t.Errorf("in steps of %d, key %d: %v, want %v", step, key, got, want)
			}
		}
	}
}

// Keys whose sums are equal are told apart.
func TestIndexSameSum(t *testing.T) {
	x := newIndex(func(place int) int { return place })
	x.add([]int{0, 1})
	x.runs[0] = []uint64{x.sum(0), x.sum(0) | 1}
	if got := x.of(0); !slices.Equal(got, []int{0}) {
		t.Errorf("%v", got)
	}
}

// A pool takes some bytes for each secret that is bound to an IKE SA or printed with others, and finds those of one among them.
func TestPoolMemory(t *testing.T) {
	const n, most = 100_000, 40
	bag := &secret.Bag{Secrets: make([]secret.Secret, n)}
	for i := range bag.Secrets {
		bag.Secrets[i] = secret.Secret{Kind: secret.DHSecret, Where: secret.Where{Initiator: spiOf(i / 2)}, Group: i/2 + 1}
	}
	p := NewPool(bag)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p.sort()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if per := (after.HeapAlloc - before.HeapAlloc) / n; per > most {
		t.Errorf("%d bytes for each secret", per)
	}
	s := p.For(ikesa.New(&exchange.Conversation{Initiator: spiOf(1234)}))
	if got := s.bound(); !slices.Equal(got, []int{2468, 2469}) {
		t.Errorf("%v", got)
	}
	if got := s.With(bag.Secrets[2469]); len(got) != 2 {
		t.Errorf("%d were printed together", len(got))
	}
	runtime.KeepAlive(p)
}
