package secret

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
)

func numbered(n int) Secret {
	v := binary.BigEndian.AppendUint32(nil, uint32(n))
	return Secret{Kind: SKd, Where: Where{MessageID: uint32(n) + 1}, Value: v}
}

// addCost is how many bytes it takes to add n secrets and n SAs one by one.
func addCost(n int) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b := &Bag{}
	for i := range n {
		b.Add(numbered(i))
		b.Merge(&Bag{SAs: []esp.Params{{SPI: uint32(i)}}})
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// To add a secret, or an SA, costs the same however many there are.
func TestBagAddCost(t *testing.T) {
	if small, large := addCost(2000), addCost(8000); large > 6*small {
		t.Errorf("8,000 secrets cost %d bytes, 2,000 cost %d", large, small)
	}
}

// What is equal is kept once, with the first origin; what joins a group that was there gets its number.
func TestBagMerge(t *testing.T) {
	a := &Bag{}
	d := Secret{Kind: SKEYIDd, Value: []byte{1}, Group: 3, Origin: Origin{Label: "a"}}
	a.Add(d)
	d.Group, d.Origin.Label = 1, "b"
	a.Merge(&Bag{Secrets: []Secret{d, {Kind: SKEYIDe, Value: []byte{2}, Group: 1}, {Kind: SKEYIDe, Value: []byte{2}, Group: 2}, {Kind: SKEYIDa, Value: []byte{3}, Group: 2}}})
	var got []int
	for _, s := range a.Secrets {
		got = append(got, s.Group)
	}
	if !slices.Equal(got, []int{3, 3, 3}) || a.Secrets[0].Origin.Label != "a" {
		t.Errorf("groups %v, origin %v", got, a.Secrets[0].Origin)
	}
	a.Add(Secret{Kind: SKd, Value: []byte{4}, Group: 1})
	if g := a.Secrets[3].Group; g != 4 {
		t.Errorf("a group of its own has number %d", g)
	}
}

// An SA that is known already gives what it alone knows.
func TestBagMergeSAs(t *testing.T) {
	dst := netip.MustParseAddr("192.0.2.2")
	a := &Bag{SAs: []esp.Params{{Dst: dst, SPI: 7}, {Dst: dst, SPI: 8}}}
	a.Merge(&Bag{SAs: []esp.Params{{Dst: dst, SPI: 7, Tunnel: true, UDP: true}, {Dst: dst, SPI: 7, ESN: true}}})
	if len(a.SAs) != 3 || !a.SAs[0].Tunnel || !a.SAs[0].UDP || a.SAs[1].Tunnel || !a.SAs[2].ESN {
		t.Errorf("%+v", a.SAs)
	}
}

// Lists that were set from outside, and copies of a bag, are looked at anew.
func TestBagChangedOutside(t *testing.T) {
	a := &Bag{}
	a.Add(numbered(1), numbered(2))
	b := *a
	b.Add(numbered(3))
	a.Add(numbered(4), numbered(3))
	if len(a.Secrets) != 4 || len(b.Secrets) != 3 || b.Secrets[2].Where.MessageID != 4 {
		t.Errorf("%v, %v", a.Secrets, b.Secrets)
	}
	a.Secrets = []Secret{numbered(5), numbered(5)}
	a.Add(numbered(5), numbered(1))
	if len(a.Secrets) != 2 {
		t.Errorf("%v", a.Secrets)
	}
	a.Secrets = append(a.Secrets, numbered(6))
	a.Add(numbered(6))
	if len(a.Secrets) != 3 {
		t.Errorf("%v", a.Secrets)
	}
}

// What is there twice goes without a second array: there may be millions.
func TestUniqueInPlace(t *testing.T) {
	b := &Bag{}
	const n = 1000
	for i := range n {
		b.Secrets = append(b.Secrets, numbered(i))
		b.SAs = append(b.SAs, esp.Params{SPI: uint32(i)})
	}
	b.Secrets, b.SAs = append(b.Secrets, numbered(7), numbered(n)), append(b.SAs, esp.Params{SPI: 7}, esp.Params{SPI: n})
	secret, sa := &b.Secrets[0], &b.SAs[0]
	b.Unique()
	if &b.Secrets[0] != secret || &b.SAs[0] != sa {
		t.Error("there is another array")
	}
	if len(b.Secrets) != n+1 || len(b.SAs) != n+1 || !sameSecret(&b.Secrets[n], &Secret{Kind: SKd, Where: Where{MessageID: n + 1}, Value: numbered(n).Value}) {
		t.Errorf("%d secrets, %d SAs", len(b.Secrets), len(b.SAs))
	}
	if b.Add(numbered(3), numbered(n+1)); len(b.Secrets) != n+2 {
		t.Errorf("%d secrets", len(b.Secrets))
	}
}
