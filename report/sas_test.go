package report

import (
	"strings"
	"testing"
)

// The log of a gateway behind NAT names its SAs by other addresses than the capture: they are listed once, and the source says so.
func TestSAsBehindNAT(t *testing.T) {
	r := NewSAs(analyze(t, "v1-main-psk-nat", "gwa.log"))
	if len(r.SAs) != 2 {
		t.Errorf("%d SAs, want 2", len(r.SAs))
	}
	for _, sa := range r.SAs {
		if sa.Opened == 0 || !strings.Contains(strings.Join(sa.Sources, " "), "172.16.9.2") {
			t.Errorf("%s from %v: %d opened", sa.SPI, sa.Sources, sa.Opened)
		}
	}
	without := NewSAs(analyze(t, "v1-two-children", "gwa.log"))
	if len(without.SAs) < 4 {
		t.Errorf("%d SAs without NAT, want 4 at the least", len(without.SAs))
	}
}
