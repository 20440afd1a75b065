package archive

import (
	"cmp"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// A piece is a run of sequence numbers, or a part of one, between whose packets no other file has any.
type piece struct {
	run         esp.Run
	number      int // of its first packet, in the whole
	series      string
	first, last int64 // times, in nanoseconds since 1970
}

// sightings are the pieces that were seen just now, which others may show again.
type sightings []piece

// maxSightings bounds them.
const maxSightings = 1024

// add takes the next piece. Its runs are those that it consists of: what a file of another series has just shown is a Repeat. ok is false where times
// do not tell that.
func (s *sightings) add(x piece) (runs []esp.Run, ok bool) {
	const window = int64(capture.DefaultRepeatWindow)
	list := *s
	for len(list) > 0 && list[0].last+window < x.first {
		list = list[1:]
	}
	var again []esp.Run
	for _, old := range list {
		from, to := max(old.run.First, x.run.First), min(old.run.First+old.run.N, x.run.First+x.run.N)
		if old.series == x.series || from >= to {
			continue
		}
		nearest, farthest := max(0, x.first-old.last, old.first-x.last), max(x.last-old.first, old.last-x.first)
		switch {
		case farthest <= window:
			again = append(again, esp.Run{First: from, N: to - from, Repeat: true})
		case nearest <= window:
			return nil, false
		}
	}
	runs = divided(x.run, again)
	for _, r := range runs {
		if !r.Repeat {
			x.run = r
			list = append(list, x)
		}
	}
	*s = list
	return runs, len(list) <= maxSightings
}

// divided are the runs that a run consists of, some of whose packets are again there.
func divided(run esp.Run, again []esp.Run) (list []esp.Run) {
	slices.SortFunc(again, func(a, b esp.Run) int { return cmp.Compare(a.First, b.First) })
	next, end := run.First, run.First+run.N
	for _, r := range again {
		if r.First > next {
			list = append(list, esp.Run{First: next, N: r.First - next})
			next = r.First
		}
		if to := r.First + r.N; to > next {
			list = append(list, esp.Run{First: next, N: to - next, Repeat: true})
			next = to
		}
	}
	if end > next {
		list = append(list, esp.Run{First: next, N: end - next})
	}
	return list
}
