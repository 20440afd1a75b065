package page

import (
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// The series of each SA add up to what its statistics say, for every recorded session.
func TestSeriesAddUp(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	for _, dir := range recorded(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r := withKeys(t, dir)
			read := report.Read(r.Session)
			sas, groups := read.SAs(), read.Groups()
			for i, sa := range sas.SAs {
				var total traffic.Bucket
				for j, x := range groups[i] {
					st := x.Stats()
					s := r.series.Of([]*esp.SA{x})
					if s == nil {
						if st.Packets != 0 {
							t.Errorf("%s %s has %d packets and no series", sa.Protocol, sa.SPI, st.Packets)
						}
						continue
					}
					sum := s.Sum()
					total.Bytes += sum.Bytes
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
				s := r.series.OfClosed(traffic.OfClosed(x))
				if s != nil && s.Sum().Packets != u.Packets {
					t.Errorf("closed %s %s: %d packets, want %d", u.Protocol, u.SPI, s.Sum().Packets, u.Packets)
				}
			}
		})
	}
}

// A capture with lost and damaged packets has the marks where they belong.
func TestSeriesOfDamage(t *testing.T) {
	r := analyzed(t, damaged(t), filepath.Join(pcaps, damagedSession, "gwa.log"))
	var total traffic.Bucket
	events := 0
	for _, s := range r.series.All() {
		sum := s.Sum()
		total.Lost, total.ICVFailures = total.Lost+sum.Lost, total.ICVFailures+sum.ICVFailures
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
