package report

import (
	"encoding/binary"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// informational is a message as an IKE_AUTH of frame n in UDP with a non-ESP marker, of another exchange, that comes later.
func informational(p *capture.Packet, after time.Duration) *capture.Packet {
	const header = ethernet + 20 + 8 + 4
	q := later(p, after)
	q.Data = slices.Clone(p.Data)
	q.Data[header+18] = byte(ikev2.ExchangeInformational)
	binary.BigEndian.PutUint32(q.Data[header+20:], 2)
	return q
}

// Two clients of one identity: whoever goes on is no client that restarted, and a gateway that serves both drops none.
func TestIdentityClash(t *testing.T) {
	const session, request, response = "diag-v2-same-identity", 3, 4
	none := func(ps []*capture.Packet) []*capture.Packet { return ps }
	goesOn := func(ps []*capture.Packet) []*capture.Packet {
		return append(ps, informational(ps[request-1], 10*time.Second))
	}
	served := func(ps []*capture.Packet) []*capture.Packet {
		return append(goesOn(ps), informational(ps[response-1], 11*time.Second))
	}
	apart := func(ps []*capture.Packet) []*capture.Packet { // the second one a quarter of an hour later: it may be the first one
		const mapped = 24
		for _, p := range ps {
			for _, at := range []int{ethernet + 20, ethernet + 22} {
				if p.Number <= 4 && binary.BigEndian.Uint16(p.Data[at:]) == capture.PortIKE {
					binary.BigEndian.PutUint16(p.Data[at:], mapped+1)
				}
			}
			if p.Number > 4 {
				p.Time = p.Time.Add(15 * time.Minute)
			}
		}
		return ps
	}
	for _, c := range []struct {
		log      string
		change   func([]*capture.Packet) []*capture.Packet
		severity Severity // "": there is none
		text     string
	}{
		{"gwb.log.gz", none, SeverityWarning, "most likely two clients use the identity gwa.example.org: 192.0.2.2 dropped the IKE SA of 192.0.2.1:500 for that of 192.0.2.1:"},
		{"gwb.log.gz", goesOn, SeverityProblem, "192.0.2.1:500 continued in frame 9: it did not restart"},
		{"gwb.log.gz", served, "", ""},
		{"gwb.log.gz", apart, SeverityNote, "or one client started again from elsewhere"},
		{"gwb.low.log", none, SeverityWarning, "most likely two clients use the identity gwa.example.org"},
		{"gwb.low.log", goesOn, SeverityProblem, "it did not restart"},
		{"", none, "", ""},
	} {
		var keys []string
		if c.log != "" {
			keys = append(keys, filepath.Join(pcaps, session, c.log))
		}
		s, w := analyzed(t, edited(t, session, c.change), keys...)
		d := Diagnose(s, w)
		list := withCode(d, "identity-clash")
		if c.severity == "" && len(list) > 0 || c.severity != "" && (len(list) != 1 || list[0].Severity != c.severity) || !strings.Contains(textOf(t, d), c.text) {
			t.Errorf("%q: want %s %q, got\n%s", c.log, c.severity, c.text, textOf(t, d))
		}
	}
}

// Clients of one gateway that share an identity and are not seen to be dropped are no problem: where there are many, it lets them.
func TestDiagnoseSharedIdentity(t *testing.T) {
	gwa := netip.MustParseAddr("192.0.2.1")
	start := startOf(t, filepath.Join(pcaps, "v2-psk-aes128-sha256", "wire.pcap"))
	var paths, logs []string
	for i, session := range []string{"v2-psk-aes128-sha256", "v2-psk-gcm-x25519-pfs-rekey", "v2-ss5-rekey", "path-cookie", "diag-v2-rekeyed-often", "v2-psk-aes128-sha256"} {
		wire := filepath.Join(pcaps, session, "wire.pcap")
		client := netip.AddrFrom4([4]byte{203, 0, 113, byte(10 + i)})
		later := start.Add(time.Duration(i) * 3 * time.Second).Sub(startOf(t, wire))
		paths = append(paths, edited(t, session, elsewhen(later, map[netip.Addr]netip.Addr{gwa: client})))
		logs = append(logs, matching(filepath.Join(pcaps, session), "gwa.log*")...)
	}
	d := merged(t, paths, logs...)
	for _, f := range withCode(d, "identity-clash") {
		if f.Severity != SeverityNote {
			t.Errorf("%s: %s", f.Severity, f.Text)
		}
	}
}
