package report

import (
	"encoding/binary"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// other are addresses for those of the recorded sessions, whose order is the other way round.
var other = map[netip.Addr]netip.Addr{netip.MustParseAddr("192.0.2.1"): netip.MustParseAddr("203.0.113.20"), netip.MustParseAddr("192.0.2.2"): netip.MustParseAddr("198.51.100.7")}

// elsewhen is a change of a capture: everything is so much later, and IPv4 addresses of the outer headers are others. What NAT detection says then is true as
// well: there is NAT that changes them on both sides.
func elsewhen(later time.Duration, addrs map[netip.Addr]netip.Addr) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) []*capture.Packet {
		for _, p := range ps {
			p.Time = p.Time.Add(later)
			if b := p.Data[min(ethernet, len(p.Data)):]; len(b) >= 20 && b[0]>>4 == 4 && binary.BigEndian.Uint16(p.Data[12:]) == 0x0800 {
				readdress(b, addrs)
			}
		}
		return ps
	}
}

// readdress gives an IPv4 packet other addresses, and the checksums that go with them.
func readdress(b []byte, addrs map[netip.Addr]netip.Addr) {
	const source, destination, sum, offset = 12, 16, 10, 6
	hdr := int(b[0]&15) * 4
	for _, at := range []int{source, destination} {
		if to, ok := addrs[netip.AddrFrom4([4]byte(b[at:]))]; ok {
			copy(b[at:], to.AsSlice())
		}
	}
	binary.BigEndian.PutUint16(b[sum:], 0)
	binary.BigEndian.PutUint16(b[sum:], ip.Checksum(b[:hdr]))
	if whole := binary.BigEndian.Uint16(b[offset:])&0x3fff == 0; whole {
		ip.SetChecksum(b, hdr, b[9])
	}
}

// merged is the diagnosis of captures as one, with the logs of the sessions.
func merged(t *testing.T, paths []string, logs ...string) *Diagnosis {
	t.Helper()
	s := solvedAll(t, paths, bagOf(t, logs...), ikedecode.Options{})
	return Diagnose(s, watched(t, s))
}

// A capture with two tunnels shows what each of them alone does, and the one that failed first, whatever the order and the addresses.
func TestDiagnoseMerged(t *testing.T) {
	const good = "v2-psk-aes128-sha256"
	problems := func(d *Diagnosis) (list []string) {
		for _, f := range d.Findings {
			if f.Severity == SeverityProblem {
				list = append(list, string(f.Code))
			}
		}
		return list
	}
	for _, bad := range []string{"diag-ts", "diag-pfs", "fail-psk-mismatch", "fail-v2-ts", "fail-no-answer", "diag-v2-one-way"} {
		wire := filepath.Join(pcaps, bad, "wire.pcap")
		logs := matching(filepath.Join(pcaps, bad), "gwa.log*")
		want := problems(merged(t, []string{wire}, logs...))
		at, from := startOf(t, wire), startOf(t, filepath.Join(pcaps, good, "wire.pcap"))
		for _, later := range []time.Duration{-time.Minute, 0, time.Minute} {
			for _, addrs := range []map[netip.Addr]netip.Addr{nil, other} {
				beside := edited(t, good, elsewhen(at.Sub(from)+later, addrs))
				d := merged(t, []string{wire, beside}, append(slices.Clip(logs), filepath.Join(pcaps, good, "gwa.log"))...)
				if got := problems(d); !slices.Equal(got, want) || len(got) > 0 && d.Findings[0].Code != diagnose.Code(want[0]) {
					t.Errorf("%s and a tunnel that works %v later, other addresses: %t: %q, want %q:\n%s", bad, later, addrs != nil, got, want, textOf(t, d))
				}
			}
		}
	}
}

// startOf is the time of the first packet of a capture.
func startOf(t *testing.T, path string) (start time.Time) {
	t.Helper()
	editedFile(t, path, func(ps []*capture.Packet) []*capture.Packet {
		start = ps[0].Time
		return ps
	})
	return start
}

// What a peer accepted before and rejects now shows that its settings were others then, not what they are.
func TestDiagnoseChangedSettings(t *testing.T) {
	const before = "v1-main-psk-aes128-sha1" // between the same hosts, with the same proposals and subnets
	for session, want := range map[string]string{
		"fail-phase1-proposal": "192.0.2.2 sent NO-PROPOSAL-CHOSEN, although it accepted the same proposal in frame 2",
		"fail-phase2-ts":       "192.0.2.2 rejected the traffic selectors of Quick Mode 0x14f8cc92: INVALID-ID-INFORMATION, although it accepted them in frame 7",
		"diag-ts":              "192.0.2.2 rejected the traffic selectors of Quick Mode 0xc820441c: INVALID-ID-INFORMATION", // it proposes its own
	} {
		wire := filepath.Join(pcaps, session, "wire.pcap")
		first := edited(t, before, elsewhen(startOf(t, wire).Sub(startOf(t, filepath.Join(pcaps, before, "wire.pcap")))-time.Minute, nil))
		d := merged(t, []string{first, wire}, filepath.Join(pcaps, session, "gwa.log"), filepath.Join(pcaps, before, "gwa.log"))
		if f := d.Findings[0]; f.Text != want {
			t.Errorf("%s: %q, want %q", session, f.Text, want)
		}
	}
}

// A capture whose clock was not set says nothing about the validity of certificates.
func TestDiagnoseUnsetClock(t *testing.T) {
	for _, session := range []string{"diag-v2-cert-untrusted", "diag-v2-cert-id", "v2-rsa-certs-chain"} {
		wire, log := filepath.Join(pcaps, session, "wire.pcap"), matching(filepath.Join(pcaps, session), "gwa.log*")
		unset := edited(t, session, elsewhen(time.Unix(100, 0).Sub(startOf(t, wire)), nil))
		want, got := merged(t, []string{wire}, log...), merged(t, []string{unset}, log...)
		if got.Findings[0].Text != want.Findings[0].Text || len(withCode(got, "certificate-problem")) > len(withCode(want, "certificate-problem")) {
			t.Errorf("%s: want %q first, got\n%s", session, want.Findings[0].Text, textOf(t, got))
		}
	}
}

// Behind NAT an identity that is no address is as good as elsewhere: a PSK that is not allowed for it is rejected in the same way.
func TestIdentityBehindNAT(t *testing.T) {
	dir := "../../shared/diagnosis/v1-psk-not-allowed"
	if !exists(dir) {
		t.Skipf("%s is not there", dir)
	}
	wire := editedFile(t, filepath.Join(dir, "wire.pcap"), elsewhen(0, other))
	d := merged(t, []string{wire}, filepath.Join(dir, "gwa.log.gz"))
	if f := d.Findings[0]; f.Code != "auth-failed" {
		t.Errorf("%s: %s", f.Code, f.Text)
	}
}

// Where all packets have the same time nothing is said of dates and of how soon something came, and no tunnel is healthy: silence cannot be told from the
// end. What their order shows is said as ever.
func TestDiagnoseWithoutTimes(t *testing.T) {
	for session, c := range map[string]struct{ want, never string }{
		"diag-v2-cert-untrusted": {"", "not valid"}, "diag-dpd": {"", "came up"}, "diag-deleted": {"", "came up"}, "diag-v2-peer-restarted": {"", "carried traffic"},
		"diag-v2-one-way": {"one-way-ike", ""}, "diag-psk-nat": {"psk-mismatch", ""}, "diag-reauth-loss": {"", "as soon as"}, "diag-v1-no-address": {"", "there is no tunnel"},
	} {
		for _, keys := range [][]string{nil, matching(filepath.Join(pcaps, session), "gwa.log*")} {
			wire := edited(t, session, func(ps []*capture.Packet) []*capture.Packet {
				for _, p := range ps {
					p.Time = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC) // none of the certificates was valid
				}
				return ps
			})
			d := merged(t, []string{wire}, keys...)
			if len(withCode(d, "clock-jump")) != 1 || d.Healthy || c.want != "" && len(withCode(d, c.want)) == 0 {
				t.Errorf("%s: want %s, and that there are no times\n%s", session, c.want, textOf(t, d))
			}
			for _, f := range d.Findings {
				if c.never != "" && strings.Contains(f.Text, c.never) {
					t.Errorf("%s: %s", session, f.Text)
				}
			}
		}
	}
}
