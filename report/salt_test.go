package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A key whose salt would have to be searched is no wrong key. One that is wrong is, with the salt or without.
func TestESPKeyWithoutItsSalt(t *testing.T) {
	const session = "v2-psk-gcm-x25519-pfs-rekey"
	for _, c := range []struct {
		cipher       string
		flip         byte
		want, unlike string
		says         string
	}{
		{"aes-gcm-12", 0, "need-salt", "wrong-esp-key", "the key lacks its salt"},
		{"aes-gcm-16", 1, "wrong-esp-key", "need-salt", "with no salt does it verify a packet"},
	} {
		x := editedCapture{session: session, secrets: func(b *secret.Bag) *secret.Bag {
			out := &secret.Bag{}
			for _, p := range b.SAs {
				if p.Cipher == nil || p.Cipher.KeyLog != "aes-gcm-16" {
					continue
				}
				key := slices.Clone(p.CipherKey[:len(p.CipherKey)-4])
				key[0] ^= c.flip
				p.SetCipher(alg.CipherByKeyLog(c.cipher), key)
				out.SAs = append(out.SAs, p)
			}
			return out
		}}
		d := x.diagnosis(t)
		found := false
		for _, f := range d.Findings {
			found = found || string(f.Code) == c.want && strings.Contains(f.Text+strings.Join(f.Details, " "), c.says)
		}
		if codes := codesOf(d); !found || slices.Contains(codes, c.unlike) {
			t.Errorf("%s: %v, want %s that says %q, and no %s", c.cipher, codes, c.want, c.says, c.unlike)
		}
	}
}

// The table of SAs says where the salt is from, or that it lacks.
func TestSaltText(t *testing.T) {
	for _, c := range []struct {
		sa   TrafficSA
		want string
	}{
		{TrafficSA{}, ""}, {TrafficSA{NoSalt: true}, "the key lacks its salt"}, {TrafficSA{SaltFrame: 9}, "the salt is recovered from frame 9, which proves it"},
	} {
		if got := c.sa.SaltText(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// The list of keys says which of them lack their salt.
func TestKeysWithoutSaltListed(t *testing.T) {
	p := esp.Params{Protocol: esp.ESP, SPI: 7}
	p.SetCipher(alg.CipherByKeyLog("aes-gcm-16"), make([]byte, 16))
	b := &secret.Bag{SAs: []esp.Params{p}, Secrets: []secret.Secret{{Kind: secret.SKei, Value: make([]byte, 16), NoSalt: true}, {Kind: secret.SKd, Value: make([]byte, 32)}}}
	for i := range b.Len() {
		x := NewKeys(b, false).Secrets.At(i)
		if want := x.Kind != "SK_D"; x.NoSalt != want || strings.HasSuffix(x.Value, "bytes, without its salt") != want {
			t.Errorf("%d: %+v", i, x)
		}
	}
	if x := NewKeys(b, true).Secrets.At(0); x.Value != "0x"+strings.Repeat("00", 16) {
		t.Errorf("shown: %q", x.Value)
	}
}
