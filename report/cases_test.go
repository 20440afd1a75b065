package report

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The small cases and public captures, each with a code that is found ("": none is asked for) and codes that are not; none but the last few is
// healthy. Where an encapsulation is not read, it is named.
func TestCasesAndPublicCaptures(t *testing.T) {
	root := filepath.Join("..", "..", "shared")
	if !exists(filepath.Join(root, "cases")) {
		t.Skipf("%s is not there", root)
	}
	for _, c := range []struct{ capture, keys, code, never string }{
		{"cases/esp-echo-requests-one-way.pcap", "cases/esp-echo-requests-one-way.keylog", "esp-one-way", "healthy"},
		{"cases/esp-seq-runs-out.pcap", "cases/esp-seq-runs-out.keylog", "esp-sequence-exhausted", "healthy"},
		{"cases/esp-sender-restarts-at-1-same-key.pcap", "cases/esp-sender-restarts-at-1-same-key.keylog", "esp-counter-restart", "healthy"},
		{"cases/esp-one-packet-typo-in-cipher-key.pcap", "cases/esp-one-packet-typo-in-cipher-key.keylog", "wrong-esp-key", "healthy icv-failures"},
		{"cases/esp-goes-on-after-ike-delete.pcap", "captures/v2-psk-aes128-sha256/gwa.log", "esp-after-delete", "healthy"},
		{"captures/v2-psk-aes128-sha256/wire.pcap", "cases/ikev2_decryption_table-typo-in-SK_ei", "wrong-key", "healthy"},
		{"public/arkime__ah-esp.pcap", "", "", "healthy"},
		{"public/tcpdump__08-sunrise-sunset-esp2.pcap", "public/esp2-outer_only.secrets", "", "healthy"},
		{"public/invalidke-newspi.pcap", "", "", "phase1-failed"},
		{"public/tcpdump__OSPFv3_with_AH.pcap", "", "", "esp-loss"},
		{"public/debian-wireshark-4.0.17__ikev1-bug-12620.pcapng.gz", "", "", "xauth-failed"},
		{"public/debian-wireshark-4.0.17__ikev2-decrypt-aes256cbc.pcapng", "", "", "phase2-refused"},
	} {
		t.Run(filepath.Base(c.capture), func(t *testing.T) {
			var keys []string
			if c.keys != "" {
				keys = []string{filepath.Join(root, c.keys)}
			}
			d := Diagnose(analyzed(t, filepath.Join(root, c.capture), keys...))
			var codes []string
			for _, f := range d.Findings {
				codes = append(codes, string(f.Code))
			}
			if c.code != "" && !slices.Contains(codes, c.code) {
				t.Errorf("no %s: %v\n%s", c.code, codes, textOf(t, d))
			}
			for never := range strings.FieldsSeq(c.never) {
				if slices.Contains(codes, never) {
					t.Errorf("has %s: %v", never, codes)
				}
			}
		})
	}
}

// The four IKE messages in each wrapping are read, or the wrapping is named.
func TestPublicWrappings(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "public")
	if !exists(root) {
		t.Skipf("%s is not there", root)
	}
	for _, name := range []string{"wlan105", "radiotap127", "juniper178", "pktap149", "pktap258", "frelay107", "pppdir204", "geneve", "gtpu", "ipip", "4in6", "6in4", "vntag"} {
		t.Run(name, func(t *testing.T) {
			s, w := analyzed(t, filepath.Join(root, name+".pcap"))
			n := 0
			for _, sa := range s.SAs {
				n += len(sa.Messages)
			}
			if d := Diagnose(s, w); n != 4 && (d.Healthy || !strings.Contains(textOf(t, d), "unsupported")) {
				t.Errorf("%d IKE messages of 4\n%s", n, textOf(t, d))
			}
		})
	}
}
