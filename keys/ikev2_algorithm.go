package keys

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"

	"github.com/cloudflare/circl/sign/ed448"
)

// A digitalAlgorithm is what an AlgorithmIdentifier of RFC 7427, appendix A, says.
type digitalAlgorithm struct {
	name    string
	hash    crypto.Hash
	saltLen int // of PSS
}

// digitalAlgorithms are the identifiers of RFC 7427, appendix A, but those of DSA; PSS has parameters and stands apart.
var digitalAlgorithms = map[string]digitalAlgorithm{
	"1.2.840.113549.1.1.5":  {name: rsaPKCS1, hash: crypto.SHA1},
	"1.2.840.113549.1.1.14": {name: rsaPKCS1, hash: crypto.SHA224},
	"1.2.840.113549.1.1.11": {name: rsaPKCS1, hash: crypto.SHA256},
	"1.2.840.113549.1.1.12": {name: rsaPKCS1, hash: crypto.SHA384},
	"1.2.840.113549.1.1.13": {name: rsaPKCS1, hash: crypto.SHA512},
	"1.2.840.10045.4.1":     {name: ecdsaAlg, hash: crypto.SHA1},
	"1.2.840.10045.4.3.1":   {name: ecdsaAlg, hash: crypto.SHA224},
	"1.2.840.10045.4.3.2":   {name: ecdsaAlg, hash: crypto.SHA256},
	"1.2.840.10045.4.3.3":   {name: ecdsaAlg, hash: crypto.SHA384},
	"1.2.840.10045.4.3.4":   {name: ecdsaAlg, hash: crypto.SHA512},
	oidEd25519:              {name: ed25519s}, // RFC 8420
	oidEd448:                {name: ed448s},
}

const (
	oidPSS     = "1.2.840.113549.1.1.10"
	oidMGF1    = "1.2.840.113549.1.1.8"
	oidEd25519 = "1.3.101.112"
	oidEd448   = "1.3.101.113"
)

// pssHashes are the hashes that PSS names.
var pssHashes = map[string]crypto.Hash{
	"1.3.14.3.2.26":          crypto.SHA1,
	"2.16.840.1.101.3.4.2.4": crypto.SHA224,
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// splitDigital takes the AUTH data of method 14 apart (RFC 7427, section 3).
func splitDigital(auth []byte) (a digitalAlgorithm, signature []byte, err error) {
	if len(auth) < 1 || len(auth)-1 < int(auth[0]) {
		return a, nil, ErrSignatureFormat
	}
	der, signature := auth[1:1+int(auth[0])], auth[1+int(auth[0]):]
	a, err = parseAlgorithm(der)
	return a, signature, err
}

// parseAlgorithm reads an AlgorithmIdentifier of a signature.
func parseAlgorithm(der []byte) (digitalAlgorithm, error) {
	var id pkix.AlgorithmIdentifier
	if rest, err := asn1.Unmarshal(der, &id); err != nil || len(rest) > 0 {
		return digitalAlgorithm{}, fmt.Errorf("algorithm identifier: %w", ErrSignatureFormat)
	}
	oid := id.Algorithm.String()
	if oid == oidPSS {
		return pssAlgorithm(id.Parameters.FullBytes)
	}
	a, ok := digitalAlgorithms[oid]
	if !ok {
		return digitalAlgorithm{name: oid}, fmt.Errorf("%s: %w", oid, ErrSignatureUnsupported)
	}
	return a, nil
}

// pssParameters is RSASSA-PSS-params (RFC 8017, appendix A.2.3).
type pssParameters struct {
	Hash       pkix.AlgorithmIdentifier `asn1:"optional,explicit,tag:0"`
	MGF        pkix.AlgorithmIdentifier `asn1:"optional,explicit,tag:1"`
	SaltLength int                      `asn1:"optional,explicit,tag:2,default:20"`
	Trailer    int                      `asn1:"optional,explicit,tag:3,default:1"`
}

// pssAlgorithm reads the parameters; those left out are SHA-1, MGF1 with SHA-1, and 20 bytes of salt.
func pssAlgorithm(der []byte) (digitalAlgorithm, error) {
	a := digitalAlgorithm{name: rsaPSS}
	var p pssParameters
	if len(der) == 0 {
		return a, fmt.Errorf("PSS parameters: %w", ErrSignatureFormat)
	}
	if rest, err := asn1.Unmarshal(der, &p); err != nil || len(rest) > 0 || p.SaltLength < 0 {
		return a, fmt.Errorf("PSS parameters: %w", ErrSignatureFormat)
	}
	h, err := pssHash(p.Hash)
	if err != nil {
		return a, err
	}
	mgf, err := mgfHash(p.MGF)
	if err != nil {
		return a, err
	}
	a.hash, a.saltLen = h, p.SaltLength
	if mgf != h || p.Trailer != 1 {
		return a, fmt.Errorf("PSS with another hash in its mask: %w", ErrSignatureUnsupported)
	}
	return a, nil
}

func pssHash(id pkix.AlgorithmIdentifier) (crypto.Hash, error) {
	if len(id.Algorithm) == 0 {
		return crypto.SHA1, nil
	}
	h, ok := pssHashes[id.Algorithm.String()]
	if !ok {
		return 0, fmt.Errorf("PSS with hash %v: %w", id.Algorithm, ErrSignatureUnsupported)
	}
	return h, nil
}

func mgfHash(id pkix.AlgorithmIdentifier) (crypto.Hash, error) {
	if len(id.Algorithm) == 0 {
		return crypto.SHA1, nil
	}
	if id.Algorithm.String() != oidMGF1 {
		return 0, fmt.Errorf("PSS with mask %v: %w", id.Algorithm, ErrSignatureUnsupported)
	}
	var h pkix.AlgorithmIdentifier
	if rest, err := asn1.Unmarshal(id.Parameters.FullBytes, &h); err != nil || len(rest) > 0 {
		return 0, fmt.Errorf("PSS parameters: %w", ErrSignatureFormat)
	}
	return pssHash(h)
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
