package keys

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha1" // the hashes of RFC 7427
	_ "crypto/sha256"
	_ "crypto/sha512"
	"errors"
	"fmt"
	"math/big"

	"github.com/cloudflare/circl/sign/ed448"
	"github.com/ikedecode/ikedecode/decode/cert"
)

// What a check of a signature can find.
var (
	// ErrSignature: the signature is not that of this key over these octets.
	ErrSignature = errors.New("signature does not verify")
	// ErrSignatureKey: the key is of another kind than the algorithm needs, so that the certificate is another one's.
	ErrSignatureKey = errors.New("public key does not fit the signature algorithm")
	// ErrSignatureFormat: the AUTH data can't be decoded.
	ErrSignatureFormat = errors.New("malformed AUTH data")
	// ErrSignatureUnsupported: nothing can be said.
	ErrSignatureUnsupported = errors.New("signature algorithm not supported")
)

// The Auth Methods of signatures (IANA's "IKEv2 Authentication Method").
const (
	authRSA       = 1
	authECDSA256  = 9
	authECDSA384  = 10
	authECDSA521  = 11
	authSignature = 14 // RFC 7427
)

// A Signature is how an AUTH payload was signed.
type Signature struct {
	Method    uint8       // Auth Method
	Algorithm string      // "RSA PKCS#1 v1.5", "RSASSA-PSS", "ECDSA", "Ed25519", "Ed448"
	Hash      crypto.Hash // 0 where the algorithm has its own
}

// String is what a report prints: "ECDSA with SHA-256".
func (s Signature) String() string {
	if s.Hash == 0 {
		return s.Algorithm
	}
	return s.Algorithm + " with " + s.Hash.String()
}

// VerifySignature checks the data of an AUTH payload against the signed octets, with the public key of the signer's certificate
// (ParsePublicKey). It knows the methods 1 (RFC 7296, section 3.8), 9 to 11 (RFC 4754) and 14 (RFC 7427; EdDSA: RFC 8420). What
// the payload says of its algorithm is returned with an error, too. Errors are ErrSignature, ErrSignatureKey,
// ErrSignatureFormat and ErrSignatureUnsupported.
func VerifySignature(method uint8, key crypto.PublicKey, octets, auth []byte) (Signature, error) {
	switch method {
	case authRSA:
		return verifyRSA(key, octets, auth)
	case authECDSA256:
		return verifyECDSA(method, elliptic.P256(), crypto.SHA256, key, octets, auth)
	case authECDSA384:
		return verifyECDSA(method, elliptic.P384(), crypto.SHA384, key, octets, auth)
	case authECDSA521:
		return verifyECDSA(method, elliptic.P521(), crypto.SHA512, key, octets, auth)
	case authSignature:
		return verifyDigital(key, octets, auth)
	}
	return Signature{Method: method}, fmt.Errorf("authentication method %d: %w", method, ErrSignatureUnsupported)
}

// VerifySignature1 checks the SIG payload of IKEv1 against HASH_I or HASH_R. RSA signs that value itself, without the hash's identifier
// (RFC 2409, section 5.1); ECDSA as AUTH payloads of the methods 9 to 11 (RFC 4754). Errors are those of VerifySignature.
func VerifySignature1(key crypto.PublicKey, hash, signature []byte) error {
	switch pub := key.(type) {
	case *rsa.PublicKey:
		if _, err := rsaKey(pub); err != nil {
			return err
		}
		if rsa.VerifyPKCS1v15(pub, 0, hash, signature) != nil {
			return ErrSignature
		}
		return nil
	case *ecdsa.PublicKey:
		methods := map[elliptic.Curve]uint8{elliptic.P256(): authECDSA256, elliptic.P384(): authECDSA384, elliptic.P521(): authECDSA521}
		_, err := VerifySignature(methods[pub.Curve], key, hash, signature)
		return err
	}
	return ErrSignatureUnsupported
}

// rsaHashes are what method 1 is tried with. It names no hash; SHA-1 is the default, others are used where both peers are known
// to have them (RFC 7296, section 3.8).
var rsaHashes = []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA224}

func verifyRSA(key crypto.PublicKey, octets, auth []byte) (Signature, error) {
	s := Signature{Method: authRSA, Algorithm: cert.RSAPKCS1.String()}
	pub, err := rsaKey(key)
	if err != nil {
		return s, err
	}
	for _, h := range rsaHashes {
		if rsa.VerifyPKCS1v15(pub, h, digest(h, octets), auth) == nil {
			s.Hash = h
			return s, nil
		}
	}
	return s, ErrSignature
}

// maxRSABits bounds the keys that are used: the certificate is a stranger's, and the work grows with the square.
const maxRSABits = 8192

// rsaKey expects an RSA key. The library verifies nothing with one of less than 1024 bits.
func rsaKey(key crypto.PublicKey) (*rsa.PublicKey, error) {
	pub, ok := key.(*rsa.PublicKey)
	switch {
	case !ok || pub.N == nil:
		return nil, ErrSignatureKey
	case pub.N.BitLen() < 1024, pub.N.BitLen() > maxRSABits:
		return nil, fmt.Errorf("RSA key of %d bits: %w", pub.N.BitLen(), ErrSignatureUnsupported)
	}
	return pub, nil
}

// verifyECDSA checks r | s, each as long as the curve's order (RFC 4754, section 7).
func verifyECDSA(method uint8, curve elliptic.Curve, h crypto.Hash, key crypto.PublicKey, octets, auth []byte) (Signature, error) {
	s := Signature{Method: method, Algorithm: cert.ECDSA.String(), Hash: h}
	pub, ok := key.(*ecdsa.PublicKey)
	if !ok || pub.Curve != curve {
		return s, ErrSignatureKey
	}
	n := (curve.Params().N.BitLen() + 7) / 8
	if len(auth) != 2*n {
		return s, fmt.Errorf("%d bytes, want %d: %w", len(auth), 2*n, ErrSignatureFormat)
	}
	if !ecdsa.Verify(pub, digest(h, octets), new(big.Int).SetBytes(auth[:n]), new(big.Int).SetBytes(auth[n:])) {
		return s, ErrSignature
	}
	return s, nil
}

// verifyDigital checks a Digital Signature: a length byte, an AlgorithmIdentifier, the signature (RFC 7427, section 3).
func verifyDigital(key crypto.PublicKey, octets, auth []byte) (Signature, error) {
	a, signature, err := splitDigital(auth)
	s := Signature{Method: authSignature, Algorithm: cmp.Or(a.Scheme.String(), a.OID), Hash: a.Digest}
	if err != nil {
		return s, err
	}
	return s, verify(a, key, octets, signature)
}

// verify checks a signature by the algorithm that its identifier names.
func verify(a cert.SignatureAlgorithm, key crypto.PublicKey, octets, signature []byte) error {
	var ok bool
	switch pub := key.(type) {
	case *rsa.PublicKey:
		return verifyDigitalRSA(a, pub, octets, signature)
	case *ecdsa.PublicKey:
		if a.Scheme != cert.ECDSA {
			return ErrSignatureKey
		}
		ok = ecdsa.VerifyASN1(pub, digest(a.Digest, octets), signature)
	case ed25519.PublicKey:
		if a.Scheme != cert.Ed25519 || len(pub) != ed25519.PublicKeySize {
			return ErrSignatureKey
		}
		ok = ed25519.Verify(pub, octets, signature)
	case ed448.PublicKey:
		if a.Scheme != cert.Ed448 || len(pub) != ed448.PublicKeySize {
			return ErrSignatureKey
		}
		ok = ed448.Verify(pub, octets, signature, "")
	default:
		return ErrSignatureKey
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

func verifyDigitalRSA(a cert.SignatureAlgorithm, key *rsa.PublicKey, octets, signature []byte) error {
	pub, err := rsaKey(key)
	if err != nil {
		return err
	}
	switch a.Scheme {
	case cert.RSAPKCS1:
		err = rsa.VerifyPKCS1v15(pub, a.Digest, digest(a.Digest, octets), signature)
	case cert.RSAPSS:
		// A salt of no bytes reads as "any length" here, which takes in what it should.
		err = rsa.VerifyPSS(pub, a.Digest, digest(a.Digest, octets), signature, &rsa.PSSOptions{SaltLength: a.SaltLen})
	default:
		return ErrSignatureKey
	}
	if err != nil {
		return ErrSignature
	}
	return nil
}

func digest(h crypto.Hash, octets []byte) []byte {
	d := h.New()
	d.Write(octets)
	return d.Sum(nil)
}
