package decode

import (
	"bytes"
	"strings"
	"testing"
)

const sha1Hex = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"

var cert2Vectors = []bodyVector{
	{Name: "CERT2", Type: Payload2Cert, Hex: "04 3082", Want: &Cert2{Encoding: CertX509Signature, Data: []byte{0x30, 0x82}}},
	{Name: "CERT2 of unknown encoding", Type: Payload2Cert, Hex: "63 00", Want: &Cert2{Encoding: 99, Data: []byte{0}}},
}

var certReq2Vectors = []bodyVector{
	{Name: "CERTREQ2 for any authority", Type: Payload2CertReq, Hex: "04",
		Want: &CertReq2{Encoding: CertX509Signature, Data: []byte{}}},
	{Name: "CERTREQ2", Type: Payload2CertReq, Hex: "0c 0102", Want: &CertReq2{Encoding: CertHashURL, Data: []byte{1, 2}}},
}

func TestCert2(t *testing.T)    { testVectors(t, Grammar2, cert2Vectors) }
func TestCertReq2(t *testing.T) { testVectors(t, Grammar2, certReq2Vectors) }

func TestCert2String(t *testing.T) {
	der := selfSigned(t)
	hash := unhex(t, sha1Hex)
	url := append(bytes.Clone(hash), "http://example.org/gwa.cer"...)
	tests := []struct {
		cert Cert2
		want string
	}{
		{Cert2{CertX509Signature, der}, "X.509 certificate - signature: C=CH, CN=gwa.example.org"},
		{Cert2{CertX509Signature, der[:len(der)-1]}, "X.509 certificate - signature"},
		{Cert2{CertHashURL, url}, "hash and URL of X.509 certificate: http://example.org/gwa.cer SHA1 " + sha1Hex},
		{Cert2{CertHashURLBundle, hash[:19]}, "hash and URL of X.509 bundle"},
		{Cert2{CertOCSP, der}, "OCSP content"},
		{Cert2{CertRawPublicKey, der}, "raw public key"},
		{Cert2{77, der}, "certificate encoding 77"},
	}
	for _, tt := range tests {
		if got := tt.cert.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestCertReq2String(t *testing.T) {
	hash := unhex(t, sha1Hex)
	tests := []struct {
		req  CertReq2
		want string
	}{
		{CertReq2{CertX509Signature, nil}, "X.509 certificate - signature: any authority"},
		{CertReq2{CertX509Signature, append(bytes.Clone(hash), hash...)},
			"X.509 certificate - signature: 0x" + sha1Hex + ", 0x" + sha1Hex},
		{CertReq2{CertX509Signature, hash[:19]}, "X.509 certificate - signature: 0x" + strings.TrimSuffix(sha1Hex, "12")},
		{CertReq2{CertPGP, hash}, "PGP certificate: 0x" + sha1Hex},
	}
	for _, tt := range tests {
		if got := tt.req.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
