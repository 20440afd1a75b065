package keys

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// TestIMSSuites has each pair of algorithms of TS 33.203, annexes H and I. The salts were computed with Python's hmac and hashlib.
func TestIMSSuites(t *testing.T) {
	ck, _ := hex.DecodeString("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf")
	ik, _ := hex.DecodeString("101112131415161718191a1b1c1d1e1f")
	const ckHex, ikHex = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", "101112131415161718191a1b1c1d1e1f"
	for _, tt := range []struct{ alg, ealg, cipher, key, mac, macKey string }{
		{"hmac-md5-96", "null", "NULL", "", "HMAC-MD5-96", ikHex},
		{"hmac-md5-96", "aes-cbc", "AES-CBC", ckHex, "HMAC-MD5-96", ikHex},
		{"hmac-sha-1-96", "des-ede3-cbc", "3DES-CBC", "a1a1a2a2a4a4a7a7a8a8ababadadaeaea1a1a2a2a4a4a7a7", "HMAC-SHA1-96", ikHex + "00000000"},
		{"hmac-sha-1-96", "aes-cbc", "AES-CBC", ckHex, "HMAC-SHA1-96", ikHex + "00000000"},
		{"aes-gmac", "null", "NULL-AES-GMAC", ikHex + "397e134a", "", ""},
		{"null", "aes-gcm", "AES-GCM-16", ckHex + "b16c3095", "", ""},
		{"hmac-sha-1-96", "aes-gcm", "AES-GCM-16", ckHex + "b16c3095", "", ""},
		{"null", "aes-cbc", "AES-CBC", ckHex, "", ""},
	} {
		s, ok := IMSSuiteOf(tt.alg, tt.ealg)
		if !ok {
			t.Errorf("%s, %s: not known", tt.alg, tt.ealg)
			continue
		}
		mac := ""
		if s.MAC != nil {
			mac = s.MAC.Name
		}
		key, macKey := s.Encryption(ck, ik), s.Integrity(ik)
		if s.Cipher.Name != tt.cipher || mac != tt.mac || hex.EncodeToString(key) != tt.key || hex.EncodeToString(macKey) != tt.macKey {
			t.Errorf("%s, %s: %s %x, %s %x", tt.alg, tt.ealg, s.Cipher.Name, key, mac, macKey)
		}
		if (len(key) == 0) == s.NeedsCK() || s.NeedsIK() != (tt.alg != "null" || s.Cipher.AEAD) {
			t.Errorf("%s, %s: needs CK %v, IK %v", tt.alg, tt.ealg, s.NeedsCK(), s.NeedsIK())
		}
		if s.Cipher.SaltLen > 0 && bytes.Equal(key, s.Encryption(ik, ck)) {
			t.Errorf("%s, %s: the keys do not depend on CK", tt.alg, tt.ealg)
		}
	}
	for _, tt := range [][2]string{{"aes-gmac", "aes-cbc"}, {"", "null"}, {"hmac-md5-96", "idea"}} {
		if _, ok := IMSSuiteOf(tt[0], tt[1]); ok {
			t.Errorf("%v: known", tt)
		}
	}
}
