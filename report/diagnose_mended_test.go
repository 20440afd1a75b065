package report

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// The log of a gateway goes on after its settings were mended: what it had when it rejected something is what it says of that, not what it says later.
func TestLogAfterSettingsWereMended(t *testing.T) {
	dir := filepath.Join(pcaps, "fail-v2-ts")
	remarks, err := os.ReadFile(filepath.Join(dir, "gwb.remarks"))
	if err != nil {
		t.Fatal(err)
	}
	later := `Nov 23 08:43:59 09[CFG] <t|1> looking for a child config for 10.2.0.0/24 === 10.1.0.0/24
Nov 23 08:43:59 09[CFG] <t|1> proposing traffic selectors for us:
Nov 23 08:43:59 09[CFG] <t|1>  10.2.0.0/24
Nov 23 08:43:59 09[CFG] <t|1> proposing traffic selectors for other:
Nov 23 08:43:59 09[CFG] <t|1>  10.1.0.0/24
Nov 23 08:43:59 09[CFG] <t|1>   candidate "net" with prio 5+5
`
	log := filepath.Join(t.TempDir(), "gwb.log")
	if err := os.WriteFile(log, append(remarks, later...), 0o600); err != nil {
		t.Fatal(err)
	}
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"), log)
	d := Diagnose(s, w)
	checkFirst(t, "with a log that goes on", d, "ts-mismatch")
	if text := strings.Join(d.Findings[0].Details, "\n"); !strings.Contains(text, "configured on 192.0.2.2: local 10.3.0.0/24") {
		t.Error(text)
	}
}

// A gateway whose log names the networks of a Child SA that is up needs another one, not others for that.
func TestLogOfChildInUse(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-no-second-net")
	d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.txt"), filepath.Join(dir, "gwb.remarks")))
	checkFirst(t, "with keys and the responder's log", d, "ts-mismatch")
	if f := d.Findings[0]; !strings.Contains(f.Hint, "on 192.0.2.2 add a Child SA with local subnet fd02::/64") {
		t.Error(f.Hint)
	}
	if text := textOf(t, d); strings.Contains(text, "following the error") { // the tunnel carried traffic after it
		t.Error(text)
	}
}

// Who deletes the redundant one of two IKE SAs that both peers rekeyed at once ends no tunnel.
func TestRedundantIKESA(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-both-rekey")
	d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.txt")))
	if text := textOf(t, d); !strings.Contains(text, "the IKE SA 311 ms after its rekeying in frame 16: redundant after a simultaneous rekeying") {
		t.Error(text)
	}
}

// Where times are of whole seconds nothing comes at once: a reauthentication is no rejection, and who deletes one of two Child SAs has not undone it.
func TestTimesInSeconds(t *testing.T) {
	for _, session := range []string{"path-reauth", "v1-reauth-rekey", "diag-v2-rekey-collision", "v2-simultaneous", "simultaneous-v1"} {
		wire := edited(t, session, func(ps []*capture.Packet) []*capture.Packet {
			for _, p := range ps {
				p.Time = p.Time.Truncate(time.Second)
			}
			return ps
		})
		for _, f := range Diagnose(analyzed(t, wire)).Findings {
			if f.Severity == SeverityProblem {
				t.Errorf("%s: %s", session, f.Text)
			}
		}
	}
}

// Where the capture lacks packets, a ping of less than what every path carries is not lost for its size, and the host that it asks need not be silent.
func TestSensorDropsReplies(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-sensor-drops")
	d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.txt")))
	checkFirst(t, "with keys", d, "esp-loss")
	for _, f := range d.Findings {
		if f.Code == "mtu-suspect" || f.Code == "host-silent" {
			t.Errorf("%s %q", f.Text, f.Details)
		}
	}
}

// In a capture that begins late nobody knows which peer began phase 1; who asks for an address does not reject a user.
func TestNoAddressSeenLate(t *testing.T) {
	const session = "diag-v1-vpnc-no-address"
	late := edited(t, session, func(ps []*capture.Packet) []*capture.Packet { return ps[3:] })
	d := Diagnose(analyzed(t, late, filepath.Join(pcaps, session, "keys.txt")))
	checkFirst(t, "without phase 1", d, "no-address")
	if text := textOf(t, d); strings.Contains(text, "XAUTH rejected") {
		t.Error(text)
	}
}

// A host that does not respond to a first message, and then sets up the tunnel itself, leaves nothing that is down; a silence after it does.
func TestSilentHostStartsItself(t *testing.T) {
	const addresses, initiatorSPI = 14 + 12, 14 + ip.IPv4Len + ip.UDPLen
	reversed := func(first *capture.Packet, at time.Time) *capture.Packet {
		p := *first
		p.Time, p.Data = at, slices.Clone(first.Data)
		copy(p.Data[addresses:], first.Data[addresses+4:addresses+8])
		copy(p.Data[addresses+4:], first.Data[addresses:addresses+4])
		copy(p.Data[initiatorSPI:], bytes.Repeat([]byte{0xa5}, 8))
		return &p
	}
	for _, session := range []string{"v1-main-psk-aes128-sha1", "v2-psk-aes128-sha256"} {
		for _, keys := range [][]string{nil, {filepath.Join(pcaps, session, "gwa.log")}} {
			before := edited(t, session, func(ps []*capture.Packet) []*capture.Packet {
				return append([]*capture.Packet{reversed(ps[0], ps[0].Time.Add(-20*time.Second))}, ps...)
			})
			d := Diagnose(analyzed(t, before, keys...))
			list := withCode(d, "no-response")
			if len(list) != 1 || list[0].Severity != SeverityWarning || !strings.Contains(list[0].Text, "; a later attempt, started by 192.0.2.1, succeeded") {
				t.Errorf("%s, keys %v: %+v", session, keys, list)
			}
			after := edited(t, session, func(ps []*capture.Packet) []*capture.Packet {
				end := ps[len(ps)-1].Time
				return append(ps, reversed(ps[0], end.Add(20*time.Second)), reversed(ps[0], end.Add(24*time.Second)), reversed(ps[0], end.Add(32*time.Second)))
			})
			checkFirst(t, session+", then silent", Diagnose(analyzed(t, after, keys...)), "no-response")
		}
	}
}
