package report

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// An exchange over another path is no move: UPDATE_SA_ADDRESSES makes it one (RFC 4555, section 3.5). Closed messages do not say.
func TestProbedPath(t *testing.T) {
	const session = "path-mobike-probe"
	d := diagnosedWith(t, session, "gwa.log.gz")
	list := withCode(d, "address-changed")
	if len(list) != 1 || !slices.Equal(list[0].Frames, []int{52, 53}) || !slices.Contains(list[0].Details, "probed: 2001:db8::1 > 2001:db8::2") ||
		strings.Contains(list[0].Text, "moves") {
		t.Errorf("%+v\n%s", list, textOf(t, d))
	}
	for _, f := range withCode(diagnosedWith(t, session), "address-changed") {
		if strings.Contains(f.Text, "probed") {
			t.Errorf("without keys: %s", f.Text)
		}
	}
	for _, f := range withCode(diagnosedWith(t, "path-mobike", "keys.txt"), "address-changed") {
		if strings.Contains(f.Text, "probed") {
			t.Errorf("it does move: %s", f.Text)
		}
	}
}

// translated gives what 192.0.2.1 sends in AH another source.
var translated = byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
	const source = ethernet + 12
	if d.Kind == capture.AH && d.Src.Addr().String() == "192.0.2.1" {
		copy(p.Data[source:], []byte{198, 51, 100, 7})
	}
	return p.Data
})

// AH whose packets have other addresses than IKE went through NAT, which it cannot.
func TestAHThroughNAT(t *testing.T) {
	const session = "v1-ah-tunnel"
	for _, keys := range []string{"gwa.log", "gwb.xfrm"} {
		dir := filepath.Join(pcaps, session)
		s, w := analyzed(t, edited(t, session, translated), filepath.Join(dir, "gwa.log"), filepath.Join(dir, keys))
		d := Diagnose(s, w)
		if list := withCode(d, "ah-through-nat"); len(list) != 1 || d.Findings[0].Code != "ah-through-nat" || !strings.Contains(textOf(t, d), "AH goes from 198.51.100.7 to 192.0.2.2, IKE from 192.0.2.1 to 192.0.2.2") {
			t.Errorf("%s:\n%s", keys, textOf(t, d))
		}
		s, w = analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, keys))
		if d := Diagnose(s, w); len(withCode(d, "ah-through-nat")) > 0 || !d.Healthy {
			t.Errorf("%s:\n%s", keys, textOf(t, d))
		}
	}
}

// A host that moves behind its NAT gets a new port there, as one whose mapping timed out does: UPDATE_SA_ADDRESSES tells them apart.
// Behind a NAT nobody sees that the peer sends to the wrong port.
func TestMappingUnseen(t *testing.T) {
	d := merged(t, []string{filepath.Join(pcaps, "diag-v2-nat-forgot-inside", "wire.pcap")})
	checkFirst(t, "behind the NAT", d, "esp-one-way")
	if text := textOf(t, d); !strings.Contains(text, "or the NAT in front of 172.16.9.2 changed its mapping") {
		t.Error(text)
	}
}

// A NAT that has no mapping says so from the address that the peer has, and nothing of an IKE daemon.
func TestNoMapping(t *testing.T) {
	pcap := edited(t, "diag-v2-nat-forgot", func(ps []*capture.Packet) []*capture.Packet { return ps[:30] }) // before the new port
	d := merged(t, []string{pcap})
	checkFirst(t, "no mapping", d, "icmp-unreachable")
	if text := textOf(t, d); !strings.Contains(text, "to 192.0.2.1:4500: most likely its NAT has no mapping for it") || strings.Contains(text, "IKE daemon") {
		t.Error(text)
	}
}

func TestDiagnoseMovedBehindNAT(t *testing.T) {
	for _, c := range []struct{ session, log, want string }{
		{"path-mobike-nat", "gwb.log.gz", "192.0.2.1 moved with MOBIKE, most likely to another address behind its NAT: its ESP moved from port 4500 to 23184"},
		{"path-mobike-nat", "", "cannot tell: its NAT mapping timed out, or it moved behind its NAT"},
		{"path-nat-moved", "", "the NAT mapping of 192.0.2.1 changed: its ESP moved from port 4500"},
	} {
		dir := filepath.Join(pcaps, c.session)
		var logs []string
		if c.log != "" {
			logs = append(logs, filepath.Join(dir, c.log))
		}
		if text := textOf(t, merged(t, []string{filepath.Join(dir, "wire.pcap")}, logs...)); !strings.Contains(text, c.want) {
			t.Errorf("%s, %s: no %q:\n%s", c.session, c.log, c.want, text)
		}
	}
}
