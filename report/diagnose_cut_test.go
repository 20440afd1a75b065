package report

import (
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// A capture that begins amid two negotiations that the peers began at once has no failure that is none.
func TestBeginsAmidSimultaneous(t *testing.T) {
	for _, c := range []struct {
		session, log string
		first        int
	}{
		{"v2-simultaneous", "", 6}, {"v2-simultaneous", "", 8}, {"v2-simultaneous", "", 110}, {"v2-simultaneous", "", 139},
		{"simultaneous-v1", "gwa.log.gz", 10},
	} {
		path := edited(t, c.session, func(ps []*capture.Packet) []*capture.Packet { return ps[c.first-1:] })
		var keys []string
		if c.log != "" {
			keys = []string{filepath.Join(pcaps, c.session, c.log)}
		}
		d := Diagnose(analyzed(t, path, keys...))
		if f := d.Findings[0]; f.Severity == SeverityProblem || f.Severity == SeverityWarning {
			t.Errorf("%s from packet %d on:\n%s", c.session, c.first, textOf(t, d))
		}
	}
}

// A capture that begins behind the negotiation shows packets both ways, and then checks of one peer alone: the tunnel is not healthy.
func TestBeginsBeforeUnheard(t *testing.T) {
	for _, first := range []int{10, 12} {
		d := Diagnose(analyzed(t, edited(t, "diag-dpd", func(ps []*capture.Packet) []*capture.Packet { return ps[first-1:] })))
		checkFirst(t, "begins late", d, "not-enough-seen")
	}
}
