package report

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// Requests of DNS ask for a response: without one, and without anything else, the tunnel is one-way.
func TestDNSOneWay(t *testing.T) {
	const session = "diag-v2-dns-silent"
	requests := func(ps []*capture.Packet) []*capture.Packet {
		return slices.DeleteFunc(ps, func(p *capture.Packet) bool { return p.Number > 4 && (p.Number < 11 || p.Number > 15) })
	}
	s, w := analyzed(t, edited(t, session, requests), filepath.Join(pcaps, session, "gwb.xfrm"))
	d := Diagnose(s, w)
	if list := withCode(d, "esp-one-way"); len(list) != 1 || list[0].Severity != SeverityWarning {
		t.Errorf("%s", textOf(t, d))
	}
}
