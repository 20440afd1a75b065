package keys

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"math/bits"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// An IMSSuite is a pair of algorithms of the SAs between a phone and its P-CSCF (3GPP TS 33.203, annex H).
type IMSSuite struct {
	Cipher *alg.Cipher
	MAC    *alg.MAC // nil: none, or the cipher is a combined mode
	salt   string   // what its salt is derived by; "" where it has none
	byIK   bool     // the cipher's key is IK: AES-GMAC
}

// IMSSuiteOf finds the algorithms that alg and ealg of a security agreement name; ok is false where they are not known together.
func IMSSuiteOf(integrity, encryption string) (s IMSSuite, ok bool) {
	switch {
	case encryption == "aes-gcm":
		return IMSSuite{Cipher: alg.CipherByKeyLog("aes-gcm-16"), salt: "\x59AES_GCM_SALT"}, true
	case integrity == "aes-gmac" && encryption == "null":
		return IMSSuite{Cipher: alg.CipherByKeyLog("null-aes-gmac"), salt: "\x58AES_GMAC_SALT", byIK: true}, true
	}
	mac, known := map[string]string{"hmac-md5-96": "hmac-md5-96", "hmac-sha-1-96": "hmac-sha1-96", "null": "none"}[integrity]
	cipher := map[string]string{"null": "null", "des-ede3-cbc": "3des-cbc", "aes-cbc": "aes-cbc"}[encryption]
	if !known || cipher == "" {
		return s, false
	}
	s.Cipher = alg.CipherByKeyLog(cipher)
	if mac != "none" {
		s.MAC = alg.MACByKeyLog(mac)
	}
	return s, true
}

// NeedsCK reports whether the keys depend on CK: not with NULL encryption beside a MAC.
func (s IMSSuite) NeedsCK() bool { return !s.Cipher.Null() || s.Cipher.AEAD }

// NeedsIK reports whether the keys depend on IK.
func (s IMSSuite) NeedsIK() bool { return s.MAC != nil || s.Cipher.AEAD }

// Integrity is the key of the MAC (TS 33.203, annex I): IK, for HMAC-SHA-1-96 with 32 zero bits behind it.
func (s IMSSuite) Integrity(ik []byte) []byte {
	if s.MAC == nil {
		return nil
	}
	key := make([]byte, max(s.MAC.KeyLen, len(ik)))
	copy(key, ik)
	return key
}

// Encryption is the key of the cipher with its salt (TS 33.203, annex I): CK, for 3DES CK1 | CK2 | CK1 with the parity of RFC 2451. A
// combined mode has a salt of the last four bytes of KDF(CK | IK, FC | P0 | L0) (TS 33.220, annex B), and AES-GMAC the key IK.
func (s IMSSuite) Encryption(ck, ik []byte) []byte {
	switch {
	case s.salt != "":
		key := ck
		if s.byIK {
			key = ik
		}
		h := hmac.New(sha256.New, append(bytes.Clone(ck), ik...))
		h.Write([]byte(s.salt))
		h.Write([]byte{0, byte(len(s.salt) - 1)}) // of P0, which is behind FC
		return append(bytes.Clone(key), h.Sum(nil)[sha256.Size-s.Cipher.SaltLen:]...)
	case s.Cipher.Null():
		return nil
	case s.Cipher.BlockLen == 8:
		return oddParity(append(bytes.Clone(ck), ck[:len(ck)/2]...))
	}
	return bytes.Clone(ck)
}

// oddParity sets the lowest bit of each byte so that the byte has an odd number of bits set, as the keys of DES have.
func oddParity(key []byte) []byte {
	for i, b := range key {
		key[i] = b&^1 | byte(bits.OnesCount8(b>>1)+1)&1
	}
	return key
}
