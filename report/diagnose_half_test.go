package report

import (
	"path/filepath"
	"strings"
	"testing"
)

// A capture that has what one peer sends alone blames the other one for nothing.
func TestHalfCaptured(t *testing.T) {
	for _, c := range []struct{ session, from string }{{"diag-v2-loss-rekeyed", "192.0.2.2"}, {"diag-v1-vpnc-idle", "192.0.2.2"}} {
		d := Diagnose(analyzed(t, edited(t, c.session, byPacket(fromSide(c.from))), matching(filepath.Join(pcaps, c.session), "keys.txt")...))
		checkFirst(t, c.session, d, "one-way-ike")
		if text := textOf(t, d); !strings.Contains(text, "the capture has only the IKE messages of the responder") || strings.Contains(text, "no response from") {
			t.Errorf("%s:\n%s", c.session, text)
		}
	}
}
