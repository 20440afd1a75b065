package cert

import (
	"fmt"
	"math/bits"
)

// A PublicKeyInfo says what kind of key a SubjectPublicKeyInfo holds (RFC 5280, section 4.1.2.7).
type PublicKeyInfo struct {
	OID       string // of the algorithm
	Algorithm string // "RSA", "ECDSA", "Ed25519"; the OID where it has no name
	Bits      int    // of RSA and DSA: the length of the modulus; of ECDSA: of the curve; 0: not known
	Curve     string // of ECDSA: "P-256", or its OID
}

const (
	keyRSA = "RSA"
	keyEC  = "ECDSA"
	keyDSA = "DSA"
)

var keyNames = map[string]string{
	"1.2.840.113549.1.1.1": keyRSA, oidPSS: keyRSA, "2.5.8.1.1": keyRSA, "1.2.840.10045.2.1": keyEC, "1.2.840.10040.4.1": keyDSA,
	"1.2.840.113549.1.3.1": "DH", "1.2.840.10046.2.1": "DH", "1.3.101.110": "X25519", "1.3.101.111": "X448",
	"1.2.643.7.1.1.1.1": "GOST3410-2012-256", "1.2.643.7.1.1.1.2": "GOST3410-2012-512", "1.2.643.2.2.19": "GOST3410-2001",
}

type curve struct {
	name     string
	bits     int
	standard bool // crypto/x509 has it
}

var curves = map[string]curve{
	"1.2.840.10045.3.1.1": {"P-192", 192, false}, "1.3.132.0.33": {"P-224", 224, true}, "1.2.840.10045.3.1.7": {"P-256", 256, true},
	"1.3.132.0.34": {"P-384", 384, true}, "1.3.132.0.35": {"P-521", 521, true}, "1.3.132.0.10": {"secp256k1", 256, false},
	"1.3.36.3.3.2.8.1.1.1": {"brainpoolP160r1", 160, false}, "1.3.36.3.3.2.8.1.1.3": {"brainpoolP192r1", 192, false},
	"1.3.36.3.3.2.8.1.1.5": {"brainpoolP224r1", 224, false}, "1.3.36.3.3.2.8.1.1.7": {"brainpoolP256r1", 256, false},
	"1.3.36.3.3.2.8.1.1.9": {"brainpoolP320r1", 320, false}, "1.3.36.3.3.2.8.1.1.11": {"brainpoolP384r1", 384, false},
	"1.3.36.3.3.2.8.1.1.13": {"brainpoolP512r1", 512, false}, "1.2.156.10197.1.301": {"SM2", 256, false},
}

// ParsePublicKeyInfo reads a SubjectPublicKeyInfo; false where it is none.
func ParsePublicKeyInfo(spki []byte) (PublicKeyInfo, bool) {
	outer, _, ok := readBER(spki)
	if !ok || !outer.is(berUniversal, berSequence) {
		return PublicKeyInfo{}, false
	}
	parts := outer.list()
	alg := parts.want(berUniversal, berSequence).list()
	oid := alg.want(berUniversal, berOID)
	key := parts.want(berUniversal, berBitString).bits()
	if parts.bad || alg.bad {
		return PublicKeyInfo{}, false
	}
	p := PublicKeyInfo{OID: oidText(oid.body)}
	if p.Algorithm, ok = keyNames[p.OID]; !ok {
		p.Algorithm = signatureName(p.OID)
	}
	switch p.Algorithm {
	case keyRSA:
		p.Bits = modulusBits(key)
	case keyEC:
		p.setCurve(alg.next())
	case keyDSA:
		p.Bits = bitLen(alg.next().list().want(berUniversal, berInteger).body)
	}
	return p, true
}

// ParseRSAPublicKey reads a key of PKCS #1, as Raw RSA Key payloads have it (RFC 4306, section 3.6); false where it is none.
func ParseRSAPublicKey(b []byte) (PublicKeyInfo, bool) {
	n := modulusBits(b)
	return PublicKeyInfo{OID: "1.2.840.113549.1.1.1", Algorithm: keyRSA, Bits: n}, n > 0
}

// signatureName is the name of an algorithm whose keys and signatures have one identifier, such as Ed25519.
func signatureName(oid string) string {
	if known, ok := signatureOIDs[oid]; ok {
		return known.name
	}
	return oid
}

func (p *PublicKeyInfo) setCurve(v berValue) {
	if !v.is(berUniversal, berOID) {
		p.Curve = "explicit parameters"
		return
	}
	oid := oidText(v.body)
	if c, ok := curves[oid]; ok {
		p.Curve, p.Bits = c.name, c.bits
		return
	}
	p.Curve = oid
}

// standard reports whether crypto/x509 has the curve.
func (p *PublicKeyInfo) standard() bool {
	for _, c := range curves {
		if c.name == p.Curve {
			return c.standard
		}
	}
	return false
}

// modulusBits is the length of the modulus of a PKCS #1 key; 0: it is none.
func modulusBits(b []byte) int {
	v, _, ok := readBER(b)
	if !ok || !v.is(berUniversal, berSequence) {
		return 0
	}
	return bitLen(v.list().want(berUniversal, berInteger).body)
}

// bitLen is the length in bits of an unsigned number.
func bitLen(b []byte) int {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0
	}
	return 8*(len(b)-1) + bits.Len8(b[0])
}

// String is kind and size: "RSA 2048", "ECDSA P-256", "Ed448".
func (p PublicKeyInfo) String() string {
	switch {
	case p.OID == "":
		return "a key that can't be read"
	case p.Curve != "":
		return p.Algorithm + " " + p.Curve
	case p.Bits > 0:
		return fmt.Sprintf("%s %d", p.Algorithm, p.Bits)
	}
	return p.Algorithm
}
