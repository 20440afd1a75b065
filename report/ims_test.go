package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIMS names what a registration of a phone set up: with its keys, without them, and with one of them wrong.
func TestIMS(t *testing.T) {
	const ck, ik = "AKA_CK - 0xa0b1c2d3e4f5061728394a5b6c7d8e9f\n", "AKA_IK - 0x101112131415161718191a1b1c1d1e1f\n"
	dir := filepath.Join("..", "testdata", "ims")
	const setUp = "IMS registration in frames 1 and 2"
	for _, tt := range []struct {
		name, keys string
		want, not  []string // in the texts of diagnosis, SAs and keys
	}{
		{"keys", ck + ik, []string{"healthy", "prefer aes-gcm", "ipsec_preferred_alg", setUp, "AKA_CK verified", "AKA_IK verified"}, []string{"crypto ipsec", "no key"}},
		{"none", "", []string{"no-key", "not-enough-seen", "which an IMS registration set up", "give AKA_CK and AKA_IK", setUp + ": AES-CBC, HMAC-MD5-96", "no AKA_CK and AKA_IK given"},
			[]string{"too few packets to tell", "ip xfrm state", "nor the negotiation"}},
		{"wrong CK", strings.Replace(ck, "a0", "a1", 1) + ik, []string{"wrong-esp-key", "encryption key is not", setUp, "AKA_CK unused", "AKA_IK verified"}, []string{"healthy"}},
		{"keys of another phone", strings.Replace(ck, "a0", "a1", 1) + strings.Replace(ik, "10", "11", 1), []string{"wrong ICV", "AKA_CK unused", "AKA_IK unused"}, []string{"healthy"}},
		{"keys of IKE", "SKEYID_E - 0x0102\n", []string{"unknown-spi", "set up by the " + setUp, "give AKA_CK and AKA_IK"}, []string{"ip xfrm state"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var files []string
			if tt.keys != "" {
				files = []string{filepath.Join(t.TempDir(), "aka.keylog")}
				if err := os.WriteFile(files[0], []byte(tt.keys), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), files...)
			text := textOf(t, Diagnose(s, w)) + textOf(t, NewSAs(s))
			list := Read(s).Keys(false).Secrets
			for i := range list.Len() {
				e := list.At(i)
				text += e.Kind + " " + string(e.Use) + "\n"
			}
			for _, x := range tt.want {
				if !strings.Contains(text, x) {
					t.Errorf("no %q in\n%s", x, text)
				}
			}
			for _, x := range tt.not {
				if strings.Contains(text, x) {
					t.Errorf("%q in\n%s", x, text)
				}
			}
		})
	}
}
