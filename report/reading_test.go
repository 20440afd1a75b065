package report

import (
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode"
)

// A log behind NAT names the SAs by other addresses than the capture has, which are shown as one: a filter that everything fits
// leaves none out, and what GroupedSAs returns is in the order of the report.
func TestSelectedTwins(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-psk-nat")
	bag := bagOf(t, matching(dir, "*.log", "*.xfrm")...)
	s := solved(t, filepath.Join(dir, "wire.pcap"), bag, ikedecode.Options{})
	sc := filterOf(t, "--since", "0").Scope(s)
	if err := s.Run(t.Context(), func(f *ikedecode.Frame) error {
		sc.Frame(f)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	read := Read(s)
	all, groups := read.SAs().SAs, read.Groups()
	if len(groups) != len(all) || len(groups) == len(s.Table.SAs()) {
		t.Fatalf("%d groups of %d SAs for the %d of the report", len(groups), len(s.Table.SAs()), len(all))
	}
	for i, g := range groups {
		if spi := spiString(g[0].Protocol, g[0].SPI); spi != all[i].SPI || g[0].Src.String() != all[i].Src {
			t.Errorf("group %d is %s from %v, in the report %s from %s", i, spi, g[0].Src, all[i].SPI, all[i].Src)
		}
	}
	if got := sc.SAs().SAs; len(got) != len(all) {
		t.Errorf("%d SAs selected, of %d", len(got), len(all))
	}
}
