package traffic

import (
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// Buckets double their width when time goes on; nothing is lost by that, and there are never more than the bound.
func TestSeriesDoubles(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	s := &Series{}
	const n = 10_000
	for i := range n {
		s.at(start.Add(time.Duration(i)*time.Minute)).Packets++
		if len(s.Buckets) > maxBuckets {
			t.Fatalf("%d buckets", len(s.Buckets))
		}
	}
	if got := s.Sum().Packets; got != n {
		t.Errorf("%d packets, want %d", got, n)
	}
	if last := s.Width * time.Duration(len(s.Buckets)); last < n*time.Minute-s.Width || s.Width > 4*n*time.Minute/maxBuckets {
		t.Errorf("%d buckets of %v for %v", len(s.Buckets), s.Width, n*time.Minute)
	}
	s.at(start.Add(-time.Hour)).Packets++
	s.at(start.Add(200*365*24*time.Hour)).Packets++
	if got := s.Sum().Packets; got != n+2 || len(s.Buckets) > maxBuckets {
		t.Errorf("times before the first and far in the future: %d packets in %d buckets", got, len(s.Buckets))
	}
}

// Late packets take back what was counted as lost.
func TestSeriesLoss(t *testing.T) {
	for _, c := range []struct {
		name string
		seqs []uint64
		want int64
	}{
		{"in order", []uint64{1, 2, 3, 4}, 0},
		{"a gap", []uint64{1, 2, 6, 7}, 3},
		{"filled late", []uint64{1, 2, 6, 4, 3, 5, 7}, 0},
		{"filled in part", []uint64{10, 20, 15}, 8},
		{"before the first", []uint64{10, 7, 11}, 2},
		{"before the first, filled", []uint64{10, 7, 8, 9, 11}, 0},
	} {
		s, at := &Series{}, time.Unix(1_700_000_000, 0)
		for i, seq := range c.seqs {
			s.sequence(seq, at.Add(time.Duration(i)*time.Second), i+1)
		}
		if got := s.Sum().Lost; got != c.want {
			t.Errorf("%s: %d lost, want %d", c.name, got, c.want)
		}
	}
}

// A number that came before fills no gap a second time.
func TestSeriesDuplicates(t *testing.T) {
	c, sa := &Rates{}, &esp.SA{Params: &esp.Params{}}
	at := time.Unix(1_700_000_000, 0)
	for i, p := range []struct {
		seq   uint64
		notes esp.Note
	}{{1, 0}, {2, 0}, {6, 0}, {4, 0}, {4, esp.NoteDuplicate}, {6, esp.NoteDuplicate}} {
		d := &capture.Datagram{Kind: capture.ESP, Frame: i + 1, Time: at, Payload: make([]byte, 100)}
		o := &esp.Opened{SA: sa, Layers: []esp.Layer{{SA: sa, Protocol: esp.ESP, Seq: p.seq, Notes: p.notes}}}
		c.Frame(&ikedecode.Frame{Items: []ikedecode.Item{{Datagram: d, Opened: o}}})
	}
	want := Bucket{Packets: 6, Bytes: 600, Lost: 2}
	if got := c.Of([]*esp.SA{sa}).Sum(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// However many SAs a capture has, series are bounded.
func TestSeriesBound(t *testing.T) {
	c := &Rates{}
	for i := range maxSeries + 10 {
		c.ofFlow(Flow{SPI: uint32(i)})
	}
	if len(c.order) != maxSeries || c.Dropped != 10 {
		t.Errorf("%d series, %d packets dropped", len(c.order), c.Dropped)
	}
}
