// Package testbytes makes bytes for tests.
package testbytes

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
)

// dnHex is the distinguished name C=CH, O=Lab, CN=gwa.example.org in DER.
const DN = `3035 310b3009060355040613024348 310c300a060355040a13034c6162 3118301606035504030c0f6777612e6578616d706c652e6f7267`

// Unhex decodes hex digits, blanks between them left out.
func Unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// SelfSigned makes a certificate of C=CH, CN=gwa.example.org.
func SelfSigned(t testing.TB) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1),
		Subject: pkix.Name{Country: []string{"CH"}, CommonName: "gwa.example.org"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
