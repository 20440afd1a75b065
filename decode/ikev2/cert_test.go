package ikev2

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

const sha1Hex = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"

var certVectors = []decodetest.Vector{
	{Name: "CERT2", Type: PayloadCert, Hex: "04 3082", Want: &Cert{Encoding: ike.CertX509Signature, Data: []byte{0x30, 0x82}}},
	{Name: "CERT2 of unknown encoding", Type: PayloadCert, Hex: "63 00", Want: &Cert{Encoding: 99, Data: []byte{0}}},
}

var certReqVectors = []decodetest.Vector{
	{Name: "CERTREQ2 for any authority", Type: PayloadCertReq, Hex: "04",
		Want: &CertReq{Encoding: ike.CertX509Signature, Data: []byte{}}},
	{Name: "CERTREQ2", Type: PayloadCertReq, Hex: "0c 0102", Want: &CertReq{Encoding: ike.CertHashURL, Data: []byte{1, 2}}},
}

func TestCert(t *testing.T)    { decodetest.TestVectors(t, Grammar, certVectors) }
func TestCertReq(t *testing.T) { decodetest.TestVectors(t, Grammar, certReqVectors) }

func TestCertString(t *testing.T) {
	der := testbytes.SelfSigned(t)
	hash := testbytes.Unhex(t, sha1Hex)
	url := append(bytes.Clone(hash), "http://example.org/gwa.cer"...)
	tests := []struct {
		cert Cert
		want string
	}{
		{Cert{ike.CertX509Signature, der}, "X.509 certificate - signature: C=CH, CN=gwa.example.org"},
		{Cert{ike.CertX509Signature, der[:len(der)-1]}, "X.509 certificate - signature"},
		{Cert{ike.CertHashURL, url}, "hash and URL of X.509 certificate: http://example.org/gwa.cer SHA1 " + sha1Hex},
		{Cert{ike.CertHashURLBundle, hash[:19]}, "hash and URL of X.509 bundle"},
		{Cert{ike.CertOCSP, der}, "OCSP content"},
		{Cert{ike.CertRawPublicKey, der}, "raw public key"},
		{Cert{77, der}, "certificate encoding 77"},
	}
	for _, tt := range tests {
		if got := tt.cert.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestCertReqString(t *testing.T) {
	hash := testbytes.Unhex(t, sha1Hex)
	tests := []struct {
		req  CertReq
		want string
	}{
		{CertReq{ike.CertX509Signature, nil}, "X.509 certificate - signature: any authority"},
		{CertReq{ike.CertX509Signature, append(bytes.Clone(hash), hash...)},
			"X.509 certificate - signature: 0x" + sha1Hex + ", 0x" + sha1Hex},
		{CertReq{ike.CertX509Signature, hash[:19]}, "X.509 certificate - signature: 0x" + strings.TrimSuffix(sha1Hex, "12")},
		{CertReq{ike.CertPGP, hash}, "PGP certificate: 0x" + sha1Hex},
	}
	for _, tt := range tests {
		if got := tt.req.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
