package report

import (
	"path/filepath"
	"strings"
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

// A capture that ends before a peer falls silent, or lacks what got no response, is of a tunnel that the log of the other one gives up.
func TestGivenUpByLog(t *testing.T) {
	for name, c := range map[string]struct {
		packets int
		says    string
	}{
		"ends before": {10,
			"192.0.2.1 got no response from 192.0.2.2 to a request, retransmitted 3 times, and gave up after the end of the capture"},
		"all of it": {100, "192.0.2.2 sent no response to the liveness check"},
	} {
		s, w := analyzed(t, edited(t, "diag-v2-dpd", func(ps []*capture.Packet) []*capture.Packet { return ps[:min(c.packets, len(ps))] }), filepath.Join(pcaps, "diag-v2-dpd", "gwa.log"))
		d := Diagnose(s, w)
		list := withCode(d, "dpd-timeout")
		if len(list) != 1 || !strings.HasPrefix(list[0].Text, c.says) || d.Findings[0].Code != "dpd-timeout" {
			t.Errorf("%s: want %q:\n%s", name, c.says, textOf(t, d))
		}
	}
}
