package keys

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// The salt of a key comes from a message of any shape: with a payload in clear before SK, and from a fragment,
// whose number is in the additional data (RFC 7383, section 2.5.2). A changed byte gives none.
func TestFindSalt(t *testing.T) {
	for _, s := range skSuites {
		c, m := alg.CipherByIKEv2(s.encr), alg.MACByIKEv2(s.integ)
		if c.ComputeSalt == nil && (c.SaltLen != 3 || !strings.HasPrefix(c.Name, "AES")) || c.IVLen == 0 || c.Null() {
			continue
		}
		whole, _ := s.keys(t)
		key, want := whole[:len(whole)-c.SaltLen], whole[len(whole)-c.SaltLen:]
		for name, message := range map[string][]byte{
			"SK": s.seal(t, "", 0, 0, inside, 0), "a payload before SK": s.seal(t, "strongSwan", 0, 0, inside, 3),
			"first fragment": s.seal(t, "", 1, 2, inside, 0), "second fragment": s.seal(t, "", 2, 2, inside, 0),
		} {
			if c.ComputeSalt == nil && name != "a payload before SK" {
				continue // a search takes a moment
			}
			salt, err := FindSalt(new(alg.SaltSearch), c, m, key, message, nil)
			if err != nil || !bytes.Equal(salt, want) {
				t.Errorf("%v, %s: %x, %v, want %x", s, name, salt, err, want)
			}
			if c.ComputeSalt == nil {
				continue
			}
			message[len(message)-20] ^= 1
			if salt, err := FindSalt(new(alg.SaltSearch), c, m, key, message, nil); err != alg.ErrNoSalt {
				t.Errorf("%v, %s, changed: %x, %v", s, name, salt, err)
			}
		}
	}
}

// What cannot protect IKE messages, a message that is cut, and one without an SK payload are errors.
func TestFindSaltErrors(t *testing.T) {
	gcm, ctr := skSuite{encr: 20, bits: 128}, alg.CipherByIKEv2(13)
	message := gcm.seal(t, "", 0, 0, "", 0)
	key := make([]byte, 16)
	find := func(c *alg.Cipher, m *alg.MAC, message []byte) error {
		_, err := FindSalt(new(alg.SaltSearch), c, m, key, message, nil)
		return err
	}
	for _, c := range []struct {
		err  error
		want error
	}{
		{find(ctr, nil, message), ErrSKSuite}, {find(ctr, alg.MACByIKEv2(12), message), ErrSKSuite},
		{find(alg.CipherByIKEv2(30), nil, message), ErrSKSuite}, {find(alg.CipherByIKEv2(12), nil, message), ErrSKSuite},
		{find(alg.CipherByIKEv2(18), nil, message), alg.ErrSaltUnsearched},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%v, want %v", c.err, c.want)
		}
	}
	for n := range message {
		if err := find(alg.CipherByIKEv2(20), nil, message[:n]); err == nil {
			t.Errorf("%d bytes of %d give a salt", n, len(message))
		}
	}
}
