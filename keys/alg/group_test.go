package alg

import (
	"bytes"
	"errors"
	"testing"
)

func TestEveryGroupHasAVector(t *testing.T) {
	have := map[uint16]bool{}
	for _, v := range modpVectors {
		have[v.id] = true
	}
	for _, v := range rfc5114 {
		have[v.id] = true
	}
	for _, v := range ecpVectors {
		have[v.id] = true
	}
	for _, g := range groups {
		if !have[g.ID] {
			t.Errorf("%s (%d) has no vector", g.Name, g.ID)
		}
	}
}

func TestGroupsRefuseBadValues(t *testing.T) {
	for _, g := range groups {
		t.Run(g.Name, func(t *testing.T) {
			x := bytes.Repeat([]byte{0x11}, g.SharedLen)
			if g.ID == 21 {
				x[0] = 0 // the order has 521 bits
			}
			y, err := g.Public(x)
			if err != nil {
				t.Fatal(err)
			}
			off := bytes.Clone(y)
			off[len(off)-1] ^= 1
			bad := map[string][]byte{
				"none":   nil,
				"zeros":  make([]byte, g.PublicLen),
				"longer": append(bytes.Repeat([]byte{1}, g.PublicLen), 1),
			}
			switch {
			case g.ID < 19 || g.ID >= 22 && g.ID <= 24:
				bad["all ones"] = bytes.Repeat([]byte{0xff}, g.PublicLen) // p or more
				bad["one"] = append(make([]byte, g.PublicLen-1), 1)
			case g.ID < 31:
				bad["all ones"] = bytes.Repeat([]byte{0xff}, g.PublicLen)
				bad["short"] = y[1:]
				bad["off the curve"] = off
			default:
				bad["short"] = y[1:]
				bad["one"] = append([]byte{1}, make([]byte, g.PublicLen-1)...) // of small order
			}
			for name, peer := range bad {
				if _, err := g.Shared(x, peer); !errors.Is(err, ErrPublicValue) {
					t.Errorf("public value %s: %v", name, err)
				}
			}
			for name, private := range map[string][]byte{"none": nil, "long": bytes.Repeat([]byte{1}, g.SharedLen+1)} {
				if _, err := g.Public(private); !errors.Is(err, ErrPrivateValue) {
					t.Errorf("private value %s: %v", name, err)
				}
				if _, err := g.Shared(private, y); !errors.Is(err, ErrPrivateValue) {
					t.Errorf("private value %s, shared: %v", name, err)
				}
			}
		})
	}
}

func TestPMinusOneRefused(t *testing.T) {
	p := piPrime(1024, 129093).Bytes()
	p[len(p)-1]--
	if _, err := GroupByID(2).Shared([]byte{5}, p); !errors.Is(err, ErrPublicValue) {
		t.Errorf("p - 1 taken: %v", err)
	}
	p[len(p)-1]--
	if _, err := GroupByID(2).Shared([]byte{5}, p); err != nil {
		t.Errorf("p - 2 refused: %v", err)
	}
}

func TestGroupsByPublicLen(t *testing.T) {
	for n, want := range map[int][]uint16{
		96: {1, 20, 29}, 128: {2, 22, 30}, 192: {5}, 256: {14, 23, 24}, 64: {19, 28}, 132: {21}, 48: {25}, 56: {26, 27, 32}, 32: {31}, 7: nil,
	} {
		var got []uint16
		for _, g := range GroupsByPublicLen(n) {
			got = append(got, g.ID)
		}
		if len(got) != len(want) {
			t.Errorf("%d bytes: groups %v, want %v", n, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%d bytes: groups %v, want %v", n, got, want)
				break
			}
		}
	}
}

func FuzzGroupShared(f *testing.F) {
	f.Add(uint16(19), []byte{1, 2, 3}, make([]byte, 64))
	f.Add(uint16(31), make([]byte, 32), make([]byte, 32))
	f.Add(uint16(1), []byte{9}, []byte{7})
	f.Fuzz(func(t *testing.T, id uint16, private, peer []byte) {
		g := GroupByID(id % 33)
		if g == nil || g.PublicLen > 256 {
			return
		}
		if s, err := g.Shared(private, peer); err == nil && len(s) != g.SharedLen {
			t.Errorf("%s: %d bytes", g.Name, len(s))
		}
		if y, err := g.Public(private); err == nil {
			if len(y) != g.PublicLen {
				t.Errorf("%s: public value of %d bytes", g.Name, len(y))
			}
		}
	})
}

func FuzzModPGroup(f *testing.F) {
	f.Add([]byte{0xff, 1, 2, 3, 4, 5, 6, 7, 9}, []byte{2}, []byte{3})
	f.Fuzz(func(t *testing.T, prime, generator, private []byte) {
		if len(prime) > 64 {
			return
		}
		g := ModPGroup(prime, generator)
		if g == nil {
			return
		}
		y, err := g.Public(private)
		if err != nil {
			return
		}
		if _, err := g.Shared(private, y); err != nil && !errors.Is(err, ErrPublicValue) {
			t.Error(err)
		}
	})
}
