package page

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report"
)

// The series of each SA add up to what its statistics say, for every recorded session.
func TestSeriesAddUp(t *testing.T) {
	for _, dir := range recorded(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r := withKeys(t, dir)
			read := report.Read(r.Session)
			sas, groups := read.SAs(), read.GroupedSAs()
			for i, sa := range sas.SAs {
				var total Bucket
				for j, x := range groups[i] {
					st := x.Stats()
					s := r.series.sas[x]
					if s == nil {
						if st.Packets != 0 {
							t.Errorf("%s %s has %d packets and no series", sa.Protocol, sa.SPI, st.Packets)
						}
						continue
					}
					sum := s.sum()
					total.add(&sum)
					if sum.Packets != st.Packets || sum.ICVFailures != st.ICVFailures || j == 0 && uint64(sum.Lost) != st.Lost {
						t.Errorf("%s %s: %+v in the series; %d packets, %d ICV failures, %d lost in the statistics", sa.Protocol, sa.SPI, sum, st.Packets, st.ICVFailures, st.Lost)
					}
				}
				if len(groups[i]) == 1 && sa.Protocol == "ESP" && sa.Packets > 0 && total.Bytes != sa.Bytes {
					t.Errorf("%s %s: %d bytes, want %d", sa.Protocol, sa.SPI, total.Bytes, sa.Bytes)
				}
			}
			for i, u := range sas.Unknown {
				x := r.Unknown[i]
				s := r.series.flows[flowKey{x.Protocol, x.SPI, x.Src, x.Dst}]
				if s != nil && s.sum().Packets != u.Packets {
					t.Errorf("closed %s %s: %d packets, want %d", u.Protocol, u.SPI, s.sum().Packets, u.Packets)
				}
			}
		})
	}
}

// A capture with lost and damaged packets has the marks where they belong.
func TestSeriesOfDamage(t *testing.T) {
	r := analyzed(t, damaged(t), filepath.Join(pcaps, damagedSession, "gwa.log"))
	var total Bucket
	events := 0
	for _, s := range r.series.order {
		sum := s.sum()
		total.add(&sum)
		events += len(s.Events)
	}
	lost, failures := uint64(0), 0
	for _, sa := range r.Table.SAs() {
		lost, failures = lost+sa.Stats().Lost, failures+sa.Stats().ICVFailures
	}
	if total.Lost == 0 || uint64(total.Lost) != lost || total.ICVFailures == 0 || total.ICVFailures != failures {
		t.Errorf("%d lost and %d ICV failures in the series, %d and %d in the statistics", total.Lost, total.ICVFailures, lost, failures)
	}
	if events == 0 {
		t.Error("no frame is kept as evidence")
	}
}

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
	if got := s.sum().Packets; got != n {
		t.Errorf("%d packets, want %d", got, n)
	}
	if last := s.Width * time.Duration(len(s.Buckets)); last < n*time.Minute-s.Width || s.Width > 4*n*time.Minute/maxBuckets {
		t.Errorf("%d buckets of %v for %v", len(s.Buckets), s.Width, n*time.Minute)
	}
	s.at(start.Add(-time.Hour)).Packets++
	s.at(start.Add(200*365*24*time.Hour)).Packets++
	if got := s.sum().Packets; got != n+2 || len(s.Buckets) > maxBuckets {
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
		if got := s.sum().Lost; got != c.want {
			t.Errorf("%s: %d lost, want %d", c.name, got, c.want)
		}
	}
}

// A number that came before fills no gap a second time.
func TestSeriesDuplicates(t *testing.T) {
	c, sa := &Collector{}, &esp.SA{}
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
	if got := c.sas[sa].sum(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// However many SAs a capture has, series are bounded.
func TestSeriesBound(t *testing.T) {
	c := &Collector{}
	for i := range maxSeries + 10 {
		c.ofFlow(flowKey{spi: uint32(i)})
	}
	if len(c.order) != maxSeries || c.dropped != 10 {
		t.Errorf("%d series, %d packets dropped", len(c.order), c.dropped)
	}
}
