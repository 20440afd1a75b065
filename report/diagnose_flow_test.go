package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/testfile"
)

// Tunnels that come up and do not carry traffic both ways, with and without keys: the first finding that is no note, and the verdict.
func TestDiagnoseFlow(t *testing.T) {
	for _, c := range []struct {
		session, keys string
		code          string
		severity      Severity
		verdict       Verdict
		text          string
		not           string // codes that are not found
	}{
		{"diag-v2-peer-restarted", "", "esp-one-way", SeverityWarning, VerdictProblem, "192.0.2.2 sent nothing after frame 29; cannot tell: it is gone", "unknown-spi"},
		{"diag-v2-peer-restarted", "gwa.log.gz", "esp-one-way", SeverityWarning, VerdictProblem, "12 echo requests", "healthy"},
		{"diag-esp-return-dropped", "", "", SeverityNote, VerdictUnknown, "retransmits as if it got no response", "healthy"},
		{"diag-esp-return-dropped", "gwa.log.gz", "esp-not-arriving", SeverityProblem, VerdictProblem, "what 192.0.2.2 sends does not arrive at 192.0.2.1", "healthy esp-one-way"},
		{"diag-port-silent", "gwa.log.gz", "", SeverityNote, VerdictHealthy, "the tunnel works, but 10.2.0.10 port 8080 behind it did not respond", "esp-one-way"},
		{"diag-v2-dns-silent", "gwb.xfrm", "", SeverityNote, VerdictHealthy, "the tunnel works, but DNS server 10.2.0.10 behind it did not respond", "esp-one-way"},
		{"diag-v2-refused", "gwb.xfrm", "", SeverityNote, VerdictHealthy, "10.2.0.10 rejects connections to TCP port 9000", "esp-one-way"},
		{"diag-v2-child-undone", "gwb.log.gz", "child-undone", SeverityProblem, VerdictProblem, "192.0.2.1 deleted the Child SA", "no-esp deleted-by-peer healthy"},
		{"diag-v1-ah-nat", "gwb.log.gz", "ah-through-nat", SeverityProblem, VerdictProblem, "on both peers use ESP in place of AH", "kernel-refused error-notify"},
		{"diag-v2-ah-nat", "gwb.log.gz", "ah-through-nat", SeverityProblem, VerdictProblem, "on both peers use ESP in place of AH", "kernel-refused phase2-no-proposal"},
		{"diag-v1-same-identity", "gwb.log.gz", "identity-clash", SeverityProblem, VerdictProblem, "192.0.2.1:500 continued in frame 37: it did not restart", "peer-restarted"},
		{"diag-v1-same-identity", "gwb.low.log", "identity-clash", SeverityProblem, VerdictProblem, "two clients use the identity gwa.example.org", "peer-restarted"},
		{"diag-v2-same-identity", "gwb.log.gz", "identity-clash", SeverityWarning, VerdictProblem, "most likely two clients use the identity gwa.example.org", "peer-restarted healthy"},
		{"diag-v1-restarted", "gwb.log.gz", "", SeverityNote, VerdictHealthy, "192.0.2.1 restarted, or lost its IKE SA", "identity-clash"},
		{"diag-v2-restarted", "gwb.log.gz", "", SeverityNote, VerdictHealthy, "192.0.2.1 restarted, or lost its IKE SA", "identity-clash"},
		{"diag-v2-nat-exemption", "gwa.log.gz", "traffic-outside-tunnel", SeverityWarning, VerdictProblem, "on 192.0.2.1 exempt traffic to 10.2.0.0/24 from NAT", "no-esp"},
		{"path-cookie", "gwa.log.gz", "no-esp", SeverityWarning, VerdictUnknown, "no ESP or AH packet between", "not-enough-seen healthy"},
		{"diag-esp-seq-runs-out", "keys.txt", "esp-sequence-exhausted", SeverityProblem, VerdictProblem, "has used its last sequence number", "esp-loss"},
		{"diag-esp-counter-restart", "keys.txt", "esp-counter-restart", SeverityProblem, VerdictProblem, "from 60 back to 1 in frame 61", "esp-replay esp-loss"},
		{"diag-esp-counter-restart", "", "esp-counter-restart", SeverityProblem, VerdictProblem, "seen before and other content", "esp-replay"},
		{"v2-psk-aes128-sha256", "", "", SeverityNote, VerdictHealthy, "32 and 13 ESP or AH packets, not decrypted, no sequence number missing", "unknown-spi"},
		{"v2-psk-aes128-sha256", "gwa.xfrm", "", SeverityNote, VerdictHealthy, "2 IPsec SAs from the keys given", "unknown-spi"},
		{"v2-mobike", "", "", SeverityNote, VerdictHealthy, "carried traffic both ways", "unknown-spi"},
		{"diag-v2-ping-fragments", "gwa.log.gz", "mtu-suspect", SeverityWarning, VerdictProblem, "a ping from 10.1.0.10 to 10.2.0.10 got no reply", "healthy"},
		{"diag-v2-mtu-falls", "keys.txt", "mtu-suspect", SeverityWarning, VerdictProblem, "below 1,500 bytes since frame 39: a TCP segment from 10.2.0.10:8080", "healthy esp-not-arriving"},
		{"diag-host-unreachable", "gwa.log.gz", "host-unreachable", SeverityWarning, VerdictProblem, "10.2.0.1 reports host unreachable for 10.2.0.77", "esp-not-arriving healthy"},
		{"diag-v2-narrowed", "gwa.log.gz", "traffic-outside-tunnel", SeverityWarning, VerdictProblem, "agreed on 10.1.0.0/24 to 10.2.0.128/25", "no-esp healthy"},
		{"path-mtu-tcp", "", "", SeverityNote, VerdictUnknown, "retransmits as if it got no response", "healthy"},
	} {
		t.Run(c.session+" "+c.keys, func(t *testing.T) {
			dir := sessionDir(t, c.session)
			var keys []string
			if c.keys != "" {
				keys = []string{filepath.Join(dir, c.keys)}
			}
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), keys...)
			d := Diagnose(s, w)
			first := Finding{Severity: SeverityNote}
			if i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Severity != SeverityNote }); i >= 0 {
				first = d.Findings[i]
			}
			text := textOf(t, d)
			if string(first.Code) != c.code || first.Severity != c.severity || d.Verdict != c.verdict || d.Healthy != (c.verdict == VerdictHealthy) ||
				!strings.Contains(text, c.text) {
				t.Errorf("want %s %q, %q, verdict %s; got %s:\n%s", c.severity, c.code, c.text, c.verdict, d.Verdict, text)
			}
			for _, code := range strings.Fields(c.not) {
				if slices.Contains(codesOf(d), code) {
					t.Errorf("%s:\n%s", code, text)
				}
			}
		})
	}
}

// Between hosts without any key one note says what was not decrypted, however many IKE SAs and flows there are.
func TestOneNoteWithoutKeys(t *testing.T) {
	for _, session := range []string{"v1-two-children", "v1-reauth-rekey", "v2-psk-gcm-x25519-pfs-rekey"} {
		s, w := analyzed(t, filepath.Join(sessionDir(t, session), "wire.pcap"))
		d := Diagnose(s, w)
		if list := withCode(d, "no-key"); len(list) != 1 || list[0].Severity != SeverityNote || list[0].Hint == "" {
			t.Errorf("%s: %+v", session, list)
		}
	}
}

// The Delete of an IKE SA of IKEv2 ends its Child SAs, too.
func TestUsedAfterIKEDelete(t *testing.T) {
	const name = "v2-psk-aes128-sha256"
	path := edited(t, name, func(ps []*capture.Packet) []*capture.Packet {
		i := len(ps) - 3 // the last packet of ESP, before the Delete
		p := ps[i]
		return append(slices.Delete(ps, i, i+1), later(p, time.Minute))
	})
	s, w := analyzed(t, path, filepath.Join(sessionDir(t, name), "gwa.log"))
	d := Diagnose(s, w)
	if list := withCode(d, "esp-after-delete"); len(list) != 1 || !strings.Contains(list[0].Text, "deleted its IKE SA") || d.Healthy {
		t.Errorf("%s", textOf(t, d))
	}
}

// Of two Child SAs between the same hosts one alone falls silent: the other one does not hide that.
func TestOneOfTwoChildrenSilent(t *testing.T) {
	const session, begins, pings, ends = "v1-two-children", 13, 39, 45
	silent := func(ps []*capture.Packet) (out []*capture.Packet) {
		var first, second []*capture.Packet // of the first Child SA without what comes back after its first packet, and of the second one
		for _, p := range ps[begins-1 : ends-1] {
			switch {
			case p.Number >= pings:
				second = append(second, p)
			case p.Number <= begins+1 || !fromB(p):
				first = append(first, p)
			}
		}
		out = append(out, ps[:begins-1]...)
		at := ps[begins-1].Time
		add := func(p *capture.Packet) {
			at = at.Add(300 * time.Millisecond)
			p.Time = at
			out = append(out, p)
		}
		for i, p := range first {
			add(p)
			if i%2 == 0 && len(second) > 1 && i > 0 {
				add(second[0])
				add(second[1])
				second = second[2:]
			}
		}
		return out
	}
	for _, c := range []struct {
		change func([]*capture.Packet) []*capture.Packet
		found  int
	}{{silent, 1}, {func(ps []*capture.Packet) []*capture.Packet { return ps }, 0}} {
		s, w := analyzed(t, edited(t, session, c.change), filepath.Join(pcaps, session, "gwa.log"))
		d := Diagnose(s, w)
		list := withCode(d, "esp-one-way")
		if len(list) != c.found || c.found > 0 && !strings.Contains(textOf(t, d), "192.0.2.2 sent nothing on one of the Child SAs after frame 14") {
			t.Errorf("want %d, got\n%s", c.found, textOf(t, d))
		}
	}
}

// A capture on a gateway shows what comes out of the tunnel a second time. What ESP carries is no leak; what it does not carry is.
func TestOutsideTunnelOnGateway(t *testing.T) {
	const session, source, address = "v1-gateway-capture", ethernet + 12, 4
	leaking := func(ps []*capture.Packet) (out []*capture.Packet) {
		split, n := capture.NewSplitter(capture.SplitOptions{}), 0
		for _, p := range ps {
			out = append(out, p)
			if ds := split.Split(p); len(ds) == 1 && ds[0].Kind == capture.Other && ds[0].Src.Addr().String() == "10.1.0.10" && n < 5 {
				q := later(p, time.Millisecond)
				q.Data = slices.Clone(p.Data)
				copy(q.Data[source:], p.Data[source+address:source+2*address])
				copy(q.Data[source+address:], p.Data[source:source+address])
				out = append(out, q)
				n++
			}
		}
		return out
	}
	before := func(ps []*capture.Packet) []*capture.Packet { // each packet in the clear before the ESP that carries it
		split := capture.NewSplitter(capture.SplitOptions{})
		for i := 1; i < len(ps); i++ {
			if ds := split.Split(ps[i]); len(ds) == 1 && ds[0].Kind == capture.Other && ps[i-1].Data[ethernet+9] == 50 {
				ps[i-1], ps[i] = ps[i], ps[i-1]
				ps[i-1].Time, ps[i].Time = ps[i].Time, ps[i-1].Time
			}
		}
		return ps
	}
	for name, c := range map[string]struct {
		change func([]*capture.Packet) []*capture.Packet
		found  int
	}{"leaking": {leaking, 1}, "before": {before, 0}, "as it is": {func(ps []*capture.Packet) []*capture.Packet { return ps }, 0}} {
		s, w := analyzed(t, edited(t, session, c.change), filepath.Join(pcaps, session, "gwa.log"))
		d := Diagnose(s, w)
		if s.Counts.ClearCopy == 0 {
			t.Errorf("%s: no gateway", name)
		}
		if list := withCode(d, "traffic-outside-tunnel"); len(list) != c.found || c.found > 0 && !strings.Contains(list[0].Text, "10.2.0.10") {
			t.Errorf("%s: want %d, got\n%s", name, c.found, textOf(t, d))
		}
	}
}

// Packets past an older Child SA of an IKE SA are found, too, while the last one is for other networks.
func TestOutsideOlderChild(t *testing.T) {
	const session, up = "v1-two-children", 40
	leaking := func(ps []*capture.Packet) (out []*capture.Packet) {
		out = slices.Clone(ps[:up])
		for i := range 3 {
			q := later(ps[up-1], time.Duration(i+1)*time.Millisecond)
			q.Data = slices.Concat(ps[0].Data[:ethernet], []byte{0x45, 0, 0, 28, 0, byte(i), 0, 0, 64, 17, 0, 0, 10, 1, 0, 10, 10, 2, 0, 10, 0x13, 0x88, 0x13, 0x89, 0, 8, 0, 0})
			q.OrigLen = len(q.Data)
			out = append(out, q)
		}
		return append(out, ps[up:]...)
	}
	d := Diagnose(analyzed(t, edited(t, session, leaking), filepath.Join(pcaps, session, "gwa.log")))
	if list := withCode(d, "traffic-outside-tunnel"); len(list) != 1 || !strings.Contains(list[0].Text, "3 packets unencrypted, past the tunnel, such as from 10.1.0.10 to 10.2.0.10") {
		t.Errorf("got\n%s", textOf(t, d))
	}
}

// NAT keepalives alone show no tunnel that works.
func TestKeepalivesOnly(t *testing.T) {
	const session = "v1-main-psk-nat"
	silent := byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		if d.Kind == capture.ESP {
			return nil
		}
		return p.Data
	})
	for _, keys := range []string{"", "gwa.log", "gwb.xfrm"} {
		var files []string
		switch keys {
		case "":
		case "gwa.log": // as far as it does not say what the Child SA carried
			text := string(testfile.Read(t, filepath.Join(pcaps, session, keys)))
			log := filepath.Join(t.TempDir(), keys)
			if err := os.WriteFile(log, []byte(text[:strings.Index(text, "closing CHILD_SA")]), 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, log)
		default:
			files = append(files, filepath.Join(pcaps, session, keys))
		}
		s, w := analyzed(t, edited(t, session, silent), files...)
		d := Diagnose(s, w)
		if s.Counts.Keepalives != 2 || s.Counts.ESP != 0 || d.Verdict == VerdictHealthy || d.Healthy {
			t.Errorf("%q: %d keepalives, %s:\n%s", keys, s.Counts.Keepalives, d.Verdict, textOf(t, d))
		}
		if list := withCode(d, "no-esp"); keys == "gwa.log" && (len(list) != 1 || !slices.Contains(list[0].Details, "2 NAT keepalives only")) {
			t.Errorf("%q:\n%s", keys, textOf(t, d))
		}
	}
}
