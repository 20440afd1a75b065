package report

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// onward is a change of a capture: from a packet on, counted from 1, others are changed.
func onward(n int, change func([]*capture.Packet) []*capture.Packet) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) []*capture.Packet { return append(ps[:n-1:n-1], change(ps[n-1:])...) }
}

// A NAT that gives a host another address in the middle, while IKE says nothing, hides no lost SA.
func TestAddressChangesInMiddle(t *testing.T) {
	became := map[netip.Addr]netip.Addr{netip.MustParseAddr("192.0.2.1"): netip.MustParseAddr("192.0.2.7")}
	for _, c := range []struct {
		session, log string
		at           int
		code         string
	}{
		{"diag-v2-sas-lost", "gwa.log.gz", 7, "esp-one-way"},
		{"diag-v2-one-sa-lost", "gwa.log.gz", 8, "esp-not-arriving"},
		{"diag-v2-peer-restarted", "", 14, "esp-one-way"},
		{"v2-psk-aes128-sha256", "gwa.log", 16, "healthy"},
		{"v2-psk-aes128-sha256", "", 16, "healthy"},
	} {
		path := edited(t, c.session, onward(c.at, elsewhen(0, became)))
		var keys []string
		if c.log != "" {
			keys = []string{filepath.Join(pcaps, c.session, c.log)}
		}
		d := Diagnose(analyzed(t, path, keys...))
		checkFirst(t, c.session, d, c.code)
		if text := textOf(t, d); !strings.Contains(text, "192.0.2.1 became 192.0.2.7") && !strings.Contains(text, "moved from 192.0.2.1 to 192.0.2.7") {
			t.Errorf("%s: want that the address changed:\n%s", c.session, text)
		}
	}
}

// A peer that moves to another address while both sides of a NAT are captured neither sends packets again nor loses them.
func TestMovesBehindNAT(t *testing.T) {
	inside := func(last string) map[netip.Addr]netip.Addr {
		return map[netip.Addr]netip.Addr{netip.MustParseAddr("192.0.2.1"): netip.MustParseAddr("172.16.9.2"), netip.MustParseAddr("192.0.2.3"): netip.MustParseAddr(last)}
	}
	dir := filepath.Join(pcaps, "v2-mobike")
	for _, last := range []string{"172.16.9.2", "172.16.9.3"} {
		behind := edited(t, "v2-mobike", elsewhen(50*time.Microsecond, inside(last)))
		for _, key := range []string{"", "gwa.log.gz", "gwa.xfrm"} {
			var keys []string
			if key != "" {
				keys = []string{filepath.Join(dir, key)}
			}
			d := merged(t, []string{filepath.Join(dir, "wire.pcap"), behind}, keys...)
			checkFirst(t, key, d, "healthy")
			for _, f := range d.Findings {
				switch f.Code {
				case "esp-replay", "esp-loss", "retransmissions", "not-enough-seen":
					t.Errorf("%s, %q: %s", last, key, f.Text)
				}
			}
			if text := textOf(t, d); strings.Contains(text, "tunnels") || strings.Contains(text, "did not move") {
				t.Errorf("%s, %q: want one tunnel that moved:\n%s", last, key, text)
			}
		}
	}
}

// Two captures of one path, of which one lacks some packets, have no replays. Those that the later one lacks may be lost; those that the earlier one lacks passed there.
func TestLostBetweenCaptures(t *testing.T) {
	dir := filepath.Join(pcaps, "v2-psk-aes128-sha256")
	for _, c := range []struct {
		later time.Duration
		first string
	}{{80 * time.Millisecond, "esp-loss"}, {-80 * time.Millisecond, "healthy"}} {
		path := edited(t, "v2-psk-aes128-sha256", func(ps []*capture.Packet) []*capture.Packet {
			return slices.DeleteFunc(elsewhen(c.later, nil)(ps), func(p *capture.Packet) bool { return !fromB(p) && p.Number%4 == 0 })
		})
		d := merged(t, []string{filepath.Join(dir, "wire.pcap"), path}, filepath.Join(dir, "gwa.log"))
		checkFirst(t, "two captures", d, c.first)
		text := textOf(t, d)
		for _, want := range []string{"192.0.2.1 > 192.0.2.2: capture file 2 lacks 6 of 32 packets of file 1", "packets captured twice: two of the capture files have them"} {
			if !strings.Contains(text, want) {
				t.Errorf("%v later: want %q:\n%s", c.later, want, text)
			}
		}
		if strings.Contains(text, "seen before") {
			t.Errorf("%v later: want no replay:\n%s", c.later, text)
		}
	}
}
