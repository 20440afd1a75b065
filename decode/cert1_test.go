package decode

import (
	"testing"
)

var cert1Vectors = []bodyVector{
	{Name: "CERT", Type: PayloadCert, Hex: "04 3082", Want: &Cert1{Encoding: CertX509Signature, Data: []byte{0x30, 0x82}}},
	{Name: "CERT of unknown encoding", Type: PayloadCert, Hex: "63 00", Want: &Cert1{Encoding: 99, Data: []byte{0}}},
}

var certReq1Vectors = []bodyVector{
	{Name: "CERTREQ for any authority", Type: PayloadCertReq, Hex: "04",
		Want: &CertReq1{Encoding: CertX509Signature, Data: []byte{}}},
	{Name: "CERTREQ", Type: PayloadCertReq, Hex: "04 3000",
		Want: &CertReq1{Encoding: CertX509Signature, Data: []byte{0x30, 0}}},
}

func TestCert1(t *testing.T)    { testVectors(t, Grammar1, cert1Vectors) }
func TestCertReq1(t *testing.T) { testVectors(t, Grammar1, certReq1Vectors) }

func TestCertSubject(t *testing.T) {
	der := selfSigned(t)
	tests := []struct {
		cert Cert1
		want string
	}{
		{Cert1{CertX509Signature, der}, "X.509 certificate - signature: C=CH, CN=gwa.example.org"},
		{Cert1{CertX509KeyExch, der}, "X.509 certificate - key exchange: C=CH, CN=gwa.example.org"},
		{Cert1{CertX509Signature, der[:len(der)-1]}, "X.509 certificate - signature"},
		{Cert1{CertX509Signature, nil}, "X.509 certificate - signature"},
		{Cert1{CertPGP, der}, "PGP certificate"},
		{Cert1{77, der}, "certificate encoding 77"},
	}
	for _, tt := range tests {
		if got := tt.cert.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestCertReqAuthority(t *testing.T) {
	tests := []struct {
		req  CertReq1
		want string
	}{
		{CertReq1{CertX509Signature, unhex(t, dnHex)}, "X.509 certificate - signature: C=CH, O=Lab, CN=gwa.example.org"},
		{CertReq1{CertX509Signature, nil}, "X.509 certificate - signature: any authority"},
		{CertReq1{CertCRL, []byte{1, 2}}, "certificate revocation list: 0x0102"},
	}
	for _, tt := range tests {
		if got := tt.req.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
