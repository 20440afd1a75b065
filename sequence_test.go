package ikedecode

import "testing"

func TestSequence(t *testing.T) {
	for _, c := range []struct {
		name    string
		numbers []uint32
		missing uint64
	}{
		{"none", nil, 0},
		{"one", []uint32{7}, 0},
		{"all", []uint32{1, 2, 3, 4}, 0},
		{"two are missing", []uint32{1, 2, 5, 6}, 2},
		{"out of order", []uint32{2, 1, 4, 3}, 0},
		{"twice", []uint32{1, 2, 2, 1, 4}, 1},
		{"far apart", []uint32{1, 1001}, 999},
		{"too late to tell", []uint32{1, 2, 100, 2}, 96},
		{"the whole range", []uint32{0, 0xffffffff}, 1<<32 - 2},
	} {
		var q Sequence
		for _, n := range c.numbers {
			q.add(n)
		}
		if got := q.Missing(); got != c.missing {
			t.Errorf("%s: %d missing, want %d", c.name, got, c.missing)
		}
	}
}
