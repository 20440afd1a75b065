package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// TestWrongESPKeyIsNamed gives the ESP keys of a session alone, with something about one of them wrong: the finding that comes first names
// it, and nothing is called altered on the path, healthy or an unknown SPI.
func TestWrongESPKeyIsNamed(t *testing.T) {
	for _, tt := range []struct {
		want string
		edit func(*esp.Params)
	}{
		{"the authentication key is right, the encryption key is not", func(p *esp.Params) { p.CipherKey[3] ^= 0x10 }},
		{"the encryption key is right, the authentication key is not", func(p *esp.Params) { p.MACKey[3] ^= 0x10 }},
		{"the encryption key is right, the integrity algorithm is not", func(p *esp.Params) {
			p.MAC, p.MACKey = alg.MACByKeyLog("hmac-sha2-384-192"), slices.Repeat([]byte{7}, 48)
		}},
		{"both keys are right, the length of the ICV is not", func(p *esp.Params) { p.ICVLen = 20 }},
	} {
		c := editedCapture{session: "v1-transport", secrets: func(b *secret.Bag) *secret.Bag {
			out := &secret.Bag{}
			for _, p := range b.SAs {
				p.CipherKey, p.MACKey = slices.Clone(p.CipherKey), slices.Clone(p.MACKey)
				tt.edit(&p)
				out.SAs = append(out.SAs, p)
			}
			return out
		}}
		d := c.diagnosis(t)
		if len(d.Findings) == 0 || d.Healthy || d.Findings[0].Code != "wrong-esp-key" || !strings.Contains(d.Findings[0].Text, tt.want) {
			t.Errorf("want %q, got %+v", tt.want, d.Findings)
		}
		for _, code := range []string{"icv-failures", "unknown-spi", "healthy", "esp-one-way"} {
			if slices.Contains(codesOf(d), code) {
				t.Errorf("%q: also %s", tt.want, code)
			}
		}
	}
}
