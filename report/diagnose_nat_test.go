package report

import (
	"encoding/binary"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// bothSides is a capture on both sides of the NAT of a host, as on any interface of its gateway: each packet twice, with the private address of the
// host first where that sends it, else with the public one.
func bothSides(private, public netip.Addr) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) (out []*capture.Packet) {
		for _, p := range ps {
			b := p.Data[min(ethernet, len(p.Data)):]
			if len(b) < 20 || binary.BigEndian.Uint16(p.Data[12:]) != 0x0800 {
				out = append(out, p)
				continue
			}
			translated := *p
			translated.Data = slices.Clone(p.Data)
			readdress(translated.Data[ethernet:], map[netip.Addr]netip.Addr{private: public})
			first, second := p, &translated
			if netip.AddrFrom4([4]byte(b[12:16])) != private {
				first, second = second, first
			}
			second.Time = p.Time.Add(150 * time.Microsecond)
			out = append(out, first, second)
		}
		slices.SortStableFunc(out, func(a, b *capture.Packet) int { return a.Time.Compare(b.Time) })
		return out
	}
}

// A capture of both sides of a NAT says what that of one side does, whichever peer starts: each begins an IKE SA at its own side.
func TestDiagnoseBothSidesOfNAT(t *testing.T) {
	twice := bothSides(netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("203.0.113.50"))
	for _, session := range []string{"v2-simultaneous", "simultaneous-v1", "diag-v2-identity", "diag-lifetime", "diag-aggressive-main", "v2-psk-aes128-sha256"} {
		logs := matching(filepath.Join(pcaps, session), "gwa.log*")
		want := merged(t, []string{filepath.Join(pcaps, session, "wire.pcap")}, logs...)
		got := merged(t, []string{edited(t, session, twice)}, logs...)
		if got.Verdict != want.Verdict || got.Findings[0].Code != want.Findings[0].Code {
			t.Errorf("%s: want %v, %s first\n%s", session, want.Verdict, want.Findings[0].Code, textOf(t, got))
		}
	}
}
