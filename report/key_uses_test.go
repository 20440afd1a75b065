package report

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A key of one side is proved by that side's first message that it decrypts, and one of several generations by messages of its own.
func TestKeyUsesOfSides(t *testing.T) {
	for session, want := range map[string][]string{
		"v2-psk-aes128-sha256": {"SK_AI ICV 3", "SK_AR ICV 4", "SK_EI payload chain 3", "SK_ER payload chain 4", "SK_PI AUTH 3", "SK_PR AUTH 4"},
		"v2-mlkem": {"SK_AI ICV 3", "SK_AR ICV 5", "SK_EI payload chain 3", "SK_ER payload chain 5", "SK_PI", "SK_PR",
			"SK_AI ICV 6", "SK_AR ICV 7", "SK_EI payload chain 6", "SK_ER payload chain 7", "SK_PI AUTH 6", "SK_PR AUTH 7"},
	} {
		dir := filepath.Join(pcaps, session)
		s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
		list := Read(s).Keys(false).Secrets
		var got []string
		for i := range list.Len() {
			e := list.At(i)
			if !strings.HasPrefix(e.Kind, "SK_") || e.Kind == "SK_D" {
				continue
			}
			line := e.Kind
			for _, p := range e.Proofs {
				line += " " + p.Kind + " " + strconv.Itoa(p.Frame)
			}
			got = append(got, line)
		}
		if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
			t.Errorf("%s:\n%s\nwant\n%s", session, g, w)
		}
	}
}
