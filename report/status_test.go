package report

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// What is weak and in use is a warning that leaves a tunnel healthy; what is merely offered, or advised against, a note.
func TestWeaknesses(t *testing.T) {
	for _, c := range []struct {
		session, code string
		severity      Severity
		says          []string
	}{
		{"v1-main-psk-des-md5", "weak-algorithm", SeverityWarning, []string{"DES-CBC for IKE encryption", "DES-CBC: MUST NOT in RFC 8247, section 2.1", "HMAC-MD5 for IKE PRF",
			"DES-CBC for ESP encryption", "DES-CBC: MUST NOT in RFC 8221, section 5", "HMAC-MD5-96 for ESP or AH integrity"}},
		{"v1-main-psk-des-md5", "weak-dh", SeverityWarning, []string{"MODP-768, group 1", "MODP-768: MUST NOT in RFC 8247, section 2.4"}},
		{"v1-main-psk-aes128-sha1", "weak-dh", SeverityWarning, []string{"MODP-1024, group 2", "MODP-1024: SHOULD NOT in RFC 8247, section 2.4"}},
		{"v1-main-psk-multi-proposals", "weak-algorithm", SeverityNote, []string{"offered, but not chosen", "HMAC-MD5"}},
		{"v1-main-psk-3des-md5-espnull", "esp-null", SeverityNote, []string{"NULL with HMAC-SHA1-96", "1 other IPsec SA"}},
		{"v1-aggressive-psk-pfs", "aggressive-mode-psk", SeverityWarning, []string{"Aggressive Mode with a pre-shared key"}},
		{"v1-xauth-modecfg", "ikev1-deprecated", SeverityNote, []string{"IKEv1 is deprecated"}},
		{"fail-psk-mismatch", "weak-dh", SeverityNote, []string{"MODP-1024"}},
	} {
		t.Run(c.session+" "+c.code, func(t *testing.T) {
			d := diagnosed(t, filepath.Join(pcaps, c.session))
			list := withCode(d, c.code)
			if len(list) != 1 || list[0].Severity != c.severity {
				t.Fatalf("%+v\n%s", list, textOf(t, d))
			}
			for _, want := range c.says {
				if !strings.Contains(list[0].Text+"\n"+strings.Join(list[0].Details, "\n"), want) {
					t.Errorf("%q is not in %q", want, list[0].Text)
				}
			}
			if works := !strings.HasPrefix(c.session, "fail"); d.Healthy != works {
				t.Errorf("healthy %v", d.Healthy)
			}
			if first := d.Findings[0]; c.severity == SeverityWarning && !strings.Contains(first.Text, "but it uses weak algorithms") {
				t.Errorf("the first line is %q", first.Text)
			}
		})
	}
}

// What the RFCs recommend is not spoken of.
func TestNoWeakness(t *testing.T) {
	for _, name := range []string{"path-encap", "path-mobike", "v1-ah-tunnel", "v1-libreswan-pfs"} {
		d := diagnosed(t, filepath.Join(pcaps, name))
		for _, f := range d.Findings {
			if f.Code.Info().Class == diagnose.Weakness {
				t.Errorf("%s: %s: %s", name, f.Code, f.Text)
			}
		}
		if first := d.Findings[0]; first.Code != "healthy" || strings.Contains(first.Text, "weak") {
			t.Errorf("%s: %s", name, first.Text)
		}
	}
}

// An SA without encryption and without integrity protection, keyed by hand.
func TestNothingProtected(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "captures", "esp-null-noauth")
	if !exists(dir) {
		t.Skipf("shared captures are missing: %s", dir)
	}
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwb.xfrm"))
	d := Diagnose(s, w)
	list := withCode(d, "weak-algorithm")
	if len(list) != 1 || !strings.Contains(list[0].Text, "no integrity protection") || len(list[0].Options) == 0 || !strings.Contains(list[0].Options[0].Name, "esp_proposals") {
		t.Errorf("%+v\n%s", list, textOf(t, d))
	}
}
