package ikev1

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

var certVectors = []decodetest.Vector{
	{Name: "CERT", Type: PayloadCert, Hex: "04 3082", Want: &Cert{Encoding: ike.CertX509Signature, Data: []byte{0x30, 0x82}}},
	{Name: "CERT of unknown encoding", Type: PayloadCert, Hex: "63 00", Want: &Cert{Encoding: 99, Data: []byte{0}}},
}

var certReqVectors = []decodetest.Vector{
	{Name: "CERTREQ for any authority", Type: PayloadCertReq, Hex: "04",
		Want: &CertReq{Encoding: ike.CertX509Signature, Data: []byte{}}},
	{Name: "CERTREQ", Type: PayloadCertReq, Hex: "04 3000",
		Want: &CertReq{Encoding: ike.CertX509Signature, Data: []byte{0x30, 0}}},
}

func TestCert(t *testing.T)    { decodetest.TestVectors(t, Grammar, certVectors) }
func TestCertReq(t *testing.T) { decodetest.TestVectors(t, Grammar, certReqVectors) }

func TestCertSubject(t *testing.T) {
	der := testbytes.SelfSigned(t)
	tests := []struct {
		cert Cert
		want string
	}{
		{Cert{ike.CertX509Signature, der}, "X.509 certificate - signature: C=CH, CN=gwa.example.org"},
		{Cert{ike.CertX509KeyExch, der}, "X.509 certificate - key exchange: C=CH, CN=gwa.example.org"},
		{Cert{ike.CertX509Signature, der[:len(der)-1]}, "X.509 certificate - signature"},
		{Cert{ike.CertX509Signature, nil}, "X.509 certificate - signature"},
		{Cert{ike.CertPGP, der}, "PGP certificate"},
		{Cert{77, der}, "certificate encoding 77"},
	}
	for _, tt := range tests {
		if got := tt.cert.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestCertReqAuthority(t *testing.T) {
	tests := []struct {
		req  CertReq
		want string
	}{
		{CertReq{ike.CertX509Signature, testbytes.Unhex(t, testbytes.DN)}, "X.509 certificate - signature: C=CH, O=Lab, CN=gwa.example.org"},
		{CertReq{ike.CertX509Signature, nil}, "X.509 certificate - signature: any authority"},
		{CertReq{ike.CertCRL, []byte{1, 2}}, "certificate revocation list: 0x0102"},
	}
	for _, tt := range tests {
		if got := tt.req.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
