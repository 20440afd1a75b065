package report

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// What TCP retransmits, and which pings get no reply, tells more than that something was lost.
func TestLostInside(t *testing.T) {
	for _, c := range []struct {
		session, text string
		not           string
	}{
		{"diag-v2-tcp-loss", "TCP segments from behind 192.0.2.2 were retransmitted, most likely because of packet loss", "healthy"},
		{"diag-v2-size-dropped", "8 echo requests of 328 bytes from behind 172.16.9.2 got no reply, larger ones did", "limits echo replies"},
		{"diag-v2-icmp-limit", "was retransmitted: most likely a host or filter limits echo replies", "larger ones did"},
	} {
		dir := filepath.Join(pcaps, c.session)
		d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.xfrm")))
		checkFirst(t, c.session, d, "esp-not-arriving")
		if text := textOf(t, d); !strings.Contains(text, c.text) || strings.Contains(text, c.not) {
			t.Errorf("%s: want %q:\n%s", c.session, c.text, text)
		}
	}
}

// Of packets captured at two places, those that differ there were altered between them, and not replayed.
func TestAlteredBetween(t *testing.T) {
	n := 0
	path := edited(t, "v1-ah-tunnel", func(ps []*capture.Packet) (list []*capture.Packet) {
		for _, p := range ps {
			again := *p
			again.Data = append([]byte(nil), p.Data...)
			if proto := p.Data[23]; proto == 51 {
				if n++; n == 5 || n == 9 {
					again.Data[len(again.Data)-1] ^= 1
				}
			}
			list = append(list, p, &again)
		}
		return list
	})
	list := withCode(Diagnose(analyzed(t, path)), "esp-replay")
	if len(list) == 0 || !strings.Contains(list[0].Text, "captured twice with different content, most likely altered on the path") {
		t.Errorf("%+v", list)
	}
}

// A port of UDP that nobody listens on is noted, and nothing that is wrong with the tunnel.
func TestClosedUDPPort(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-udp-port-closed")
	d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.xfrm")))
	checkFirst(t, "closed port", d, "healthy")
	if list := withCode(d, "host-unreachable"); len(list) != 1 || list[0].Severity != SeverityNote || !strings.Contains(list[0].Text, "port unreachable for 10.2.0.10 UDP port 7777") {
		t.Errorf("%s", textOf(t, d))
	}
}
