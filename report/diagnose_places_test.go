package report

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// What two captures have counts once: they are of two places, and no mirror port made them.
func TestTwoPlacesCountOnce(t *testing.T) {
	const session = "diag-v2-route-missing"
	later := edited(t, session, func(ps []*capture.Packet) []*capture.Packet {
		for _, p := range ps {
			p.Time = p.Time.Add(100 * time.Microsecond)
		}
		return ps
	})
	for _, keys := range []string{"", "gwa.xfrm"} {
		logs := matching(filepath.Join(pcaps, session), keys)
		d := merged(t, []string{filepath.Join(pcaps, session, "wire.pcap"), later}, logs...)
		checkFirst(t, "both places", d, "esp-one-way")
		text := textOf(t, d)
		for _, want := range []string{"one-way traffic: 6 packets from 192.0.2.1", "two of the capture files have them"} {
			if !strings.Contains(text, want) {
				t.Errorf("keys %q: want %q:\n%s", keys, want, text)
			}
		}
	}
}

// TestTwoClocks: whatever the clock of a second capture of the same path says, the first line is that of one capture.
func TestTwoClocks(t *testing.T) {
	for _, session := range []string{"diag-v2-cert-expired", "diag-v2-eap", "diag-v1-id-again", "diag-reauth-loss", "v2-psk-aes128-sha256"} {
		wire := filepath.Join(pcaps, session, "wire.pcap")
		want := merged(t, []string{wire}).Findings[0]
		for _, ahead := range []time.Duration{80 * time.Millisecond, 3 * time.Second, -time.Hour} {
			d := merged(t, []string{wire, edited(t, session, elsewhen(ahead, nil))})
			if got := d.Findings[0]; got.Code != want.Code || got.Severity != want.Severity {
				t.Errorf("%s, %v ahead: %s; want %s", session, ahead, got.Text, want.Text)
			}
			if text := textOf(t, d); strings.Contains(text, "[retransmissions]") && !strings.Contains(textOf(t, merged(t, []string{wire})), "[retransmissions]") ||
				!strings.Contains(text, "two of the capture files have them") {
				t.Errorf("%s, %v ahead:\n%s", session, ahead, text)
			}
		}
	}
}

// A capture that was put together from those of two places has each message twice: that a request came again then says nothing about it.
func TestPlacesInOneFile(t *testing.T) {
	for _, session := range []string{"diag-v2-cert-expired", "diag-v2-eap"} {
		first := Diagnose(analyzed(t, filepath.Join(pcaps, session, "wire.pcap"))).Findings[0]
		both := edited(t, session, func(ps []*capture.Packet) []*capture.Packet {
			for _, p := range ps {
				later := *p
				later.Time = p.Time.Add(300 * time.Millisecond)
				ps = append(ps, &later)
			}
			slices.SortStableFunc(ps, func(a, b *capture.Packet) int { return a.Time.Compare(b.Time) })
			return ps
		})
		checkFirst(t, session, Diagnose(analyzed(t, both)), string(first.Code))
	}
}

// A message that is retransmitted within the second is no copy at the other side of a NAT.
func TestRetransmittedOnBothSides(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-nat-4500-back")
	d := merged(t, []string{filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "wire-behind-nat.pcap")})
	checkFirst(t, "both sides", d, "one-way-ike")
	text := textOf(t, d)
	if !strings.Contains(text, "frame 5 of 172.16.9.2 in IKE_AUTH: retransmitted 3 times") || strings.Contains(text, "duplicated by the network") {
		t.Error(text)
	}
}

// An SA given with the addresses of each side of a NAT has its packets once.
func TestGivenOnBothSides(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v1-nat-l2tp")
	d := merged(t, []string{filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "wire-behind-nat.pcap")}, matching(dir, "*.xfrm")...)
	checkFirst(t, "both sides", d, "healthy")
	if text := textOf(t, d); !strings.Contains(text, "6 and 6 ESP or AH packets") {
		t.Error(text)
	}
}

// A responder of IKEv1 that narrows the networks agrees on its own.
func TestQuickModeNarrowed(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v1-narrowed")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.txt"))
	if c := s.SAs[0].Children; len(c) != 1 || c[0].Asked.Initiator.String() != "10.1.0.0/16" || c[0].Agreed.Initiator.String() != "10.1.0.0/24" {
		t.Errorf("%+v", c)
	}
}

// Where both peers have the same network as local one, or several, the hint takes none of them away.
func TestSelectorHints(t *testing.T) {
	for session, want := range map[string]string{
		"diag-v2-reversed":  "swap the local and remote subnets on 192.0.2.1 or on 192.0.2.2",
		"diag-v2-second-ts": "on 192.0.2.2 add a Child SA with local subnet 10.7.0.0/24",
	} {
		dir := filepath.Join(pcaps, session)
		if d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwb.log.gz"))); !strings.Contains(d.Findings[0].Hint, want) {
			t.Errorf("%s: %q, want %q", session, d.Findings[0].Hint, want)
		}
	}
}

// A port of IKE that its own host reports as unreachable was open before, or another one is.
func TestClosedPortHints(t *testing.T) {
	for session, want := range map[string]string{
		"diag-v1-vpnc-psk":    "look in the log of 192.0.2.1 why its IKE daemon ended",
		"diag-v2-reject-4500": "let UDP 4500 through in the packet filter of 192.0.2.2",
	} {
		if d := Diagnose(analyzed(t, filepath.Join(pcaps, session, "wire.pcap"))); !strings.Contains(d.Findings[0].Hint, want) {
			t.Errorf("%s: %q, want %q", session, d.Findings[0].Hint, want)
		}
	}
}

// Two captures of one tunnel show what was lost between their places: neither direction arrives, although each place has one and the IKE of both.
func TestLostBetweenFiles(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-esp-both-dropped")
	near, far := filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "wire-a.pcap")
	d := merged(t, []string{near, far})
	checkFirst(t, "both places", d, "esp-loss")
	text := textOf(t, d)
	for _, want := range []string{"capture file 2 has none of 10 packets of file 1", "capture file 1 has none of 10 packets of file 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q:\n%s", want, text)
		}
	}
	// Files of other hosts do not count, wherever they stand.
	other := edited(t, "v2-psk-aes128-sha256", func(ps []*capture.Packet) []*capture.Packet {
		for _, p := range ps {
			for i := 0; i+4 <= len(p.Data); i++ {
				if [4]byte(p.Data[i:]) == [4]byte{192, 0, 2, 1} {
					copy(p.Data[i:], []byte{192, 0, 2, 3})
				}
			}
		}
		return ps
	})
	if text := textOf(t, merged(t, []string{other, near, far})); !strings.Contains(text, "capture file 3 has none of 10 packets of file 2") {
		t.Error(text)
	}
	ikeOnly := edited(t, "diag-v2-route-missing", func(ps []*capture.Packet) []*capture.Packet { return ps[:4] }) // a capture filter left ESP out
	d = merged(t, []string{filepath.Join(pcaps, "diag-v2-route-missing", "wire.pcap"), ikeOnly})
	if text := textOf(t, d); strings.Contains(text, "capture file") && strings.Contains(text, "has none of") {
		t.Error(text)
	}
}
