package report

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/testfile"
)

// TestCountedByLog: what a daemon says that a Child SA carried tells of packets that the capture lacks, and of those that did not arrive. That nothing was sent is no
// evidence, and neither is a count of nothing both ways: the SAs may be gone when they are counted.
func TestCountedByLog(t *testing.T) {
	const session = "v1-aggressive-rsa-certs" // 3 echo requests of 192.0.2.1, and their replies
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	text := string(testfile.Read(t, filepath.Join(pcaps, session, "gwa.log")))
	const rekeyed = "Nov 23 19:06:14 13[IKE] <t|1> closing CHILD_SA net{2} with SPIs c0ffee01_i (0 bytes) c0ffee02_o (840 bytes) and TS 10.1.0.0/24 === 10.2.0.0/24\n"
	const said = "_i (252 bytes) c9f7236f_o (252 bytes)"
	if !strings.Contains(text, said) {
		t.Fatal("the log does not say what the Child SA carried")
	}
	for _, tt := range []struct {
		name, in, out string
		more          string       // behind it in the log
		esp           []netip.Addr // whose packets are in the capture
		code          string
		want, not     string // not: a code, or words
	}{
		{"IKE alone", "252", "252", "", nil, "healthy", "note: the capture has no ESP or AH packet between 192.0.2.1 and 192.0.2.2, although the IPsec SA pair carried some both ways", "child-undone"},
		{"IKE alone, on two Child SAs", "252", "0", rekeyed, nil, "healthy", "note: the capture has no ESP or AH packet", "esp-one-way"},
		{"IKE alone, none received", "0", "252", "", nil, "esp-one-way", "192.0.2.1 sent packets over the IPsec SA pair and received none", "healthy"},
		{"IKE alone, received", "252", "0", "", nil, "not-enough-seen", "no ESP or AH packet between 192.0.2.1 and 192.0.2.2", "esp-one-way"},
		{"IKE alone, nothing", "0", "0", "", nil, "not-enough-seen", "no ESP or AH packet between 192.0.2.1 and 192.0.2.2", "child-undone"},
		{"both, none received", "0", "252", "", []netip.Addr{a, b}, "esp-not-arriving", "what 192.0.2.2 sends does not arrive at 192.0.2.1, whose log counts none of it", "healthy"},
		{"both, not asked", "0", "0", "", []netip.Addr{a, b}, "healthy", "", "esp-not-arriving"},
		{"received", "252", "0", "", []netip.Addr{b}, "esp-one-way", "as its log says, and nothing from it is in the capture", "healthy"},
		{"received and sent", "252", "252", "", []netip.Addr{b}, "esp-one-way", "192.0.2.1 sent some back, as its log says, which the capture lacks", "healthy"},
		{"not received", "0", "252", "", []netip.Addr{b}, "esp-not-arriving", "what 192.0.2.2 sends does not arrive at 192.0.2.1, whose log counts none of it", "healthy"},
		{"not counted", "0", "0", "", []netip.Addr{b}, "esp-one-way", "one-way traffic: 3 packets", "as its log says"},
		{"the peer's packets are lost", "252", "252", "", []netip.Addr{a}, "esp-one-way", "one-way traffic", "as its log says"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "gwa.log")
			counted := strings.ReplaceAll(text, said, "_i ("+tt.in+" bytes) c9f7236f_o ("+tt.out+" bytes)") + tt.more
			if err := os.WriteFile(log, []byte(counted), 0o600); err != nil {
				t.Fatal(err)
			}
			path := filtered(t, filepath.Join(pcaps, session, "wire.pcap"), func(_ *capture.Packet, ds []capture.Datagram) bool {
				if len(ds) != 1 || ds[0].Kind != capture.ESP {
					return true
				}
				for _, from := range tt.esp {
					if ds[0].Src.Addr() == from {
						return true
					}
				}
				return false
			})
			d := Diagnose(analyzed(t, path, log))
			checkFirst(t, tt.name, d, tt.code)
			got := textOf(t, d)
			if !strings.Contains(got, tt.want) {
				t.Errorf("want %q:\n%s", tt.want, got)
			}
			if strings.Contains(got, tt.not) {
				t.Errorf("%q is wrong:\n%s", tt.not, got)
			}
		})
	}
}
