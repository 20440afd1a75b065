package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/decode/cert"
)

func certificate(t *testing.T, name string) *cert.Certificate {
	t.Helper()
	der, err := os.ReadFile(filepath.Join("../decode/cert/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	c, err := cert.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// OpenSSL's certificates were signed with the keys that they were signed with, and with no other.
func TestVerifyCertificate(t *testing.T) {
	for _, tt := range []struct {
		name, by string
		err      error
	}{
		{"leaf.der", "ca.der", nil},
		{"ca.der", "ca.der", nil},
		{"names.der", "names.der", nil},
		{"md5.der", "md5.der", nil}, // crypto/x509 refuses these two
		{"sha1.der", "sha1.der", nil},
		{"pss.der", "pss.der", nil},
		{"ed25519.der", "ed25519.der", nil},
		{"ed448.der", "ed448.der", nil},
		{"negative.der", "negative.der", nil},
		{"badsan.der", "badsan.der", nil},
		{"leaf.der", "names.der", ErrSignature},
		{"ca.der", "leaf.der", ErrSignature},
		{"leaf.der", "ed25519.der", ErrSignatureKey},
		{"ed448.der", "ca.der", ErrSignatureKey},
		{"rsa512.der", "rsa512.der", ErrSignatureUnsupported},
		{"dsa.der", "dsa.der", ErrSignatureUnsupported},
		{"brainpool.der", "brainpool.der", ErrSignatureUnsupported},
	} {
		c := certificate(t, tt.name)
		if err := VerifyCertificate(c, certificate(t, tt.by).SPKI); !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Errorf("%s by %s: %v, want %v", tt.name, tt.by, err, tt.err)
		}
		if tt.err == nil {
			c.TBS = append([]byte{c.TBS[0] ^ 1}, c.TBS[1:]...)
			if err := VerifyCertificate(c, certificate(t, tt.by).SPKI); !errors.Is(err, ErrSignature) {
				t.Errorf("%s changed: %v", tt.name, err)
			}
		}
		c.Signature = nil
		if err := VerifyCertificate(c, certificate(t, tt.by).SPKI); err == nil {
			t.Errorf("%s without a signature is taken", tt.name)
		}
	}
}

// A key of absurd length is no work.
func TestVerifyCertificateWithLongKey(t *testing.T) {
	n := new(big.Int).Lsh(big.NewInt(1), maxRSABits)
	spki, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	if err := VerifyCertificate(certificate(t, "leaf.der"), spki); !errors.Is(err, ErrSignatureUnsupported) {
		t.Errorf("got %v", err)
	}
}

// A SIG payload of IKEv1 signs HASH_I itself: RSA without the hash's identifier, ECDSA as r | s.
func TestVerifySignature1(t *testing.T) {
	hash := []byte("HASH_I is twenty long")[:20]
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaSig, err := rsa.SignPKCS1v15(nil, rsaKey, 0, hash)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(hash)
	withHash, err := rsa.SignPKCS1v15(nil, rsaKey, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, s, err := ecdsa.Sign(rand.Reader, ecKey, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	ecSig := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	other := append([]byte{hash[0] ^ 1}, hash[1:]...)
	for _, tt := range []struct {
		name      string
		key       crypto.PublicKey
		hash, sig []byte
		err       error
	}{
		{"RSA", rsaKey.Public(), hash, rsaSig, nil},
		{"RSA over another hash", rsaKey.Public(), other, rsaSig, ErrSignature},
		{"RSA with the hash's identifier", rsaKey.Public(), hash, withHash, ErrSignature},
		{"ECDSA", ecKey.Public(), hash, ecSig, nil},
		{"ECDSA over another hash", ecKey.Public(), other, ecSig, ErrSignature},
		{"ECDSA cut", ecKey.Public(), hash, ecSig[1:], ErrSignatureFormat},
		{"Ed25519", ed25519.PublicKey(make([]byte, 32)), hash, ecSig, ErrSignatureUnsupported},
	} {
		if err := VerifySignature1(tt.key, tt.hash, tt.sig); !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.err)
		}
	}
}
