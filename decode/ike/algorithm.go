package ike

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// Space is a number space of algorithms, as IANA keeps them.
type Space uint8

// The number spaces.
const (
	NoSpace      Space = iota
	Phase1Cipher       // RFC 2409, appendix A: Encryption-Algorithm
	Phase1Hash         // Hash-Algorithm
	Phase1Auth         // Authentication-Method
	ESPTransform       // RFC 2407, section 4.4.4
	AHTransform        // RFC 2407, section 4.4.3
	IPCompAlg          // RFC 2407, section 4.4.5
	Phase2Auth         // RFC 2407, section 4.5: Authentication-Algorithm
	Phase2ESN          // RFC 4304
	IKETransform       // RFC 2407, section 4.4.2
	Group              // RFC 2409, section 6, and transform type 4 of IKEv2
	ENCR               // transform type 1 of IKEv2
	PRFs               // type 2
	INTEG              // type 3
	ESNs               // type 5
	KWA                // type 13
	GCAUTH             // type 14
)

// Names of what has no row in package alg: known, but not supported.
var otherNames = map[Space]map[uint16]string{
	Phase1Cipher: {
		2: "IDEA-CBC", 4: "RC5-R16-B64-CBC",
		// Private numbers: of a Chinese profile, then of FreeS/WAN and its heirs.
		127: "SM4-CBC (deprecated)", 128: "SM1-CBC", 65001: "MARS-CBC", 65002: "RC6-CBC",
		65289: "Twofish-CBC (SSH)",
	},
	Phase1Hash: {3: "Tiger"},
	ESPTransform: {
		0: "none", 1: "DES-IV64", 4: "RC5-CBC", 5: "IDEA-CBC", 8: "3IDEA", 9: "DES-IV32", 10: "RC4",
		// Private numbers of FreeS/WAN and its heirs.
		249: "MARS-CBC", 250: "RC6-CBC",
	},
	AHTransform: {
		2: "AH-MD5", 3: "AH-SHA1", 4: "AH-DES", 5: "AH-SHA2-256", 6: "AH-SHA2-384", 7: "AH-SHA2-512", 8: "AH-RIPEMD",
		9: "AH-AES-XCBC", 10: "AH-RSA", 11: "AH-AES-128-GMAC", 12: "AH-AES-192-GMAC", 13: "AH-AES-256-GMAC",
	},
	IPCompAlg:    {1: "OUI", 2: "DEFLATE", 3: "LZS", 4: "LZJH"},
	Phase2Auth:   {0: "no authentication", 3: "DES-MAC", 4: "KPDK", 10: "SIG-RSA"},
	Phase2ESN:    {1: "64-bit"},
	IKETransform: {1: "KEY_IKE"},
	Group: {
		0: "none", 3: "EC2N-155", 4: "EC2N-185", 6: "EC2N-163", 7: "EC2N-163K", 8: "EC2N-283", 9: "EC2N-283K", 10: "EC2N-409",
		11: "EC2N-409K", 12: "EC2N-571", 13: "EC2N-571K", 33: "GOST3410-2012-256", 34: "GOST3410-2012-512",
	},
	ENCR: {
		1: "DES-IV64", 4: "RC5-CBC", 5: "IDEA-CBC", 8: "3IDEA", 9: "DES-IV32", 22: "XTS-AES",
		32: "Kuznyechik-MGM-KTREE", 33: "Magma-MGM-KTREE", 34: "Kuznyechik-MGM-MAC-KTREE", 35: "Magma-MGM-MAC-KTREE", // RFC 9227
	},
	PRFs: {3: "HMAC-TIGER", 9: "HMAC-STREEBOG-512"}, // RFC 9385
	INTEG: {
		0: "NONE", 3: "DES-MAC", 4: "KPDK-MD5",
		1030: "Camellia-XCBC-96", // a private number of strongSwan
	},
	// RFC 9827 has renamed the first two and added the third.
	ESNs:   {0: "no", 1: "yes", 2: "32-bit unspecified"},
	KWA:    {1: "KW-5649-128", 2: "KW-5649-192", 3: "KW-5649-256", 4: "KW-ARX"},
	GCAUTH: {1: "implicit", 2: "digital signature"},
}

// lookup is the name of the row that package alg has for a number.
func (s Space) lookup(id uint16) (string, bool) {
	var c *alg.Cipher
	var m *alg.MAC
	switch s {
	case Phase1Cipher:
		c = alg.CipherByPhase1(id)
	case ESPTransform:
		c = alg.CipherByESP(uint8(min(id, 255)))
	case ENCR:
		c = alg.CipherByIKEv2(id)
	case Phase2Auth:
		m = alg.MACByAuthAttr(id)
	case INTEG:
		m = alg.MACByIKEv2(id)
	case Phase1Hash:
		if h := alg.HashByID(id); h != nil {
			return h.Name, true
		}
	case PRFs:
		if p, ok := alg.PRFByIKEv2(id); ok {
			return p.Name, true
		}
	case Group:
		if k := alg.KeyExchangeByID(id); k != nil {
			return k.Name, true
		}
	case Phase1Auth:
		name, ok := authMethodNames[V1][id]
		return name, ok
	}
	switch {
	case c != nil:
		return c.Name, true
	case m != nil:
		return m.Name, true
	}
	return "", false
}

// AEAD reports whether the transform is a cipher with integrity protection of its own, supported or not.
func (t Transform) AEAD() bool {
	var c *alg.Cipher
	switch t.Space {
	case ESPTransform:
		c = alg.CipherByESP(uint8(min(t.ID, 255)))
	case ENCR:
		if t.ID >= kuznyechikMGM && t.ID <= magmaMGMMAC {
			return true
		}
		c = alg.CipherByIKEv2(t.ID)
	}
	return c != nil && c.AEAD
}

// The ciphers of RFC 9227, which have no row in package alg: all are AEADs, those that only authenticate too.
const (
	kuznyechikMGM = 32
	magmaMGMMAC   = 35
)

// Name is the name of an algorithm without a key length, supported or not; false where the number has none.
func (s Space) Name(id uint16) (string, bool) {
	if name, ok := otherNames[s][id]; ok {
		return name, true
	}
	name, ok := s.lookup(id)
	return name + s.assumed(id), ok
}

// assumed marks the numbers of phase 2 that are taken to be those that GM/T 0022 has for SM4 and SM3 in phase 1: no document at hand tells them.
func (s Space) assumed(id uint16) string {
	const sm4, sm3 = 129, 20
	if s == ESPTransform && id == sm4 || s == Phase2Auth && id == sm3 {
		return fmt.Sprintf(" (%d assumed)", id)
	}
	return ""
}

// spaceWords say what a number without a name is one of.
var spaceWords = [...]string{
	Phase1Cipher: "encryption algorithm", Phase1Hash: "hash algorithm", Phase1Auth: "authentication method", ESPTransform: "transform",
	AHTransform: "transform", IPCompAlg: "transform", Phase2Auth: "authentication algorithm", Phase2ESN: "extended sequence number",
	IKETransform: "transform", Group: "group", ENCR: "", GCAUTH: "",
}

// AlgorithmName is the name of an algorithm, or what it is and its number, "group 99"; of a transform of IKEv2 the number alone.
func (s Space) AlgorithmName(id uint16) string {
	if name, ok := s.Name(id); ok {
		return name
	}
	if word := spaceWords[min(int(s), len(spaceWords)-1)]; word != "" {
		return fmt.Sprintf("%s %d", word, id)
	}
	return fmt.Sprint(id)
}

// Name is the name of the transform with its key length, such as "AES-CBC-128", "HMAC-SHA2-256", "MODP-2048" or "group 99".
func (t Transform) Name() string {
	name, mark := t.Space.AlgorithmName(t.ID), t.Space.assumed(t.ID)
	if t.Bits != 0 {
		name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, mark), t.Bits, mark)
	}
	return name
}

// String is kind and name: "ENCR AES-CBC-128".
func (t Transform) String() string { return t.Kind.String() + " " + t.Name() }
