package main

import (
	"math"
	"testing"

	"github.com/ikedecode/ikedecode/report/archive"
)

// Every task is in one share, and 32 workers are done at about the same time with the shares of 2,000 files of all sizes.
func TestShares(t *testing.T) {
	c := cost{start: 0.05, byte: 4e-9} // about as measured: docs/archive.md
	tasks := skewed(2000, 100<<20, 4<<30, 1).Tasks()
	for _, n := range []int{1, 2, 32, 256} {
		seen := make(map[*archive.Task]int)
		for i := range n {
			for _, task := range archive.Share(tasks, i, n) {
				seen[task]++
			}
		}
		for i, task := range tasks {
			if seen[task] != 1 {
				t.Fatalf("%s is in %d of %d shares", task.Name(), seen[task], n)
			}
			if i > 0 && task.Stretch.Bytes > tasks[i-1].Stretch.Bytes {
				t.Fatalf("%s is larger than the task before it", task.Name())
			}
		}
	}
	for workers, least := range map[int]float64{1: 1, 4: 0.99, 32: 0.95} {
		if got := efficiency(tasks, workers, c); got < least-1e-9 {
			t.Errorf("%d workers: efficiency %.3f, want %.2f", workers, got, least)
		}
	}
	whole := skewed(2000, 100<<20, math.MaxInt64, 1).Tasks()
	if a, b := efficiency(whole, 128, c), efficiency(tasks, 128, c); a >= b {
		t.Errorf("128 workers: %.3f with files as they are, %.3f with parts of 4 GiB", a, b)
	}
}
