package keys

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"

	"github.com/cloudflare/circl/sign/ed448"
	"github.com/ikedecode/ikedecode/decode/cert"
)

// oidEd448 is that of Ed448 keys (RFC 8410).
const oidEd448 = "1.3.101.113"

// splitDigital takes the AUTH data of method 14 apart (RFC 7427, section 3).
func splitDigital(auth []byte) (a cert.SignatureAlgorithm, signature []byte, err error) {
	if len(auth) < 1 || len(auth)-1 < int(auth[0]) {
		return a, nil, ErrSignatureFormat
	}
	der, signature := auth[1:1+int(auth[0])], auth[1+int(auth[0]):]
	a, err = parseAlgorithm(der)
	if a.Digest == crypto.MD5 {
		err = fmt.Errorf("%s: %w", a.Name, ErrSignatureUnsupported) // certificates alone have it
	}
	return a, signature, err
}

// parseAlgorithm reads an AlgorithmIdentifier of a signature that there is a check for.
func parseAlgorithm(der []byte) (cert.SignatureAlgorithm, error) {
	a, ok := cert.ParseSignatureAlgorithm(der)
	switch {
	case !ok:
		return a, fmt.Errorf("algorithm identifier: %w", ErrSignatureFormat)
	case a.Scheme == cert.OtherScheme:
		return a, fmt.Errorf("%s: %w", a.OID, ErrSignatureUnsupported)
	case a.Scheme == cert.RSAPSS && (a.Digest == 0 || a.Digest != a.MGFDigest):
		return a, fmt.Errorf("PSS with another hash, or another one in its mask: %w", ErrSignatureUnsupported)
	}
	return a, nil
}

// ParsePublicKey reads a SubjectPublicKeyInfo: Certificate.RawSubjectPublicKeyInfo of crypto/x509, or a raw public key
// (RFC 7670). The key is for VerifySignature. Beyond what the library knows it takes Ed448 (RFC 8410).
func ParsePublicKey(spki []byte) (crypto.PublicKey, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if rest, err := asn1.Unmarshal(spki, &info); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("public key: %w", ErrSignatureFormat)
	}
	if info.Algorithm.Algorithm.String() == oidEd448 {
		if len(info.Key.Bytes) != ed448.PublicKeySize {
			return nil, fmt.Errorf("Ed448 key of %d bytes: %w", len(info.Key.Bytes), ErrSignatureFormat)
		}
		return ed448.PublicKey(info.Key.Bytes), nil
	}
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignatureUnsupported, err)
	}
	return key, nil
}
