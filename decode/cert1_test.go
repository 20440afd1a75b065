package decode

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
)

var cert1Vectors = []bodyVector{
	{name: "CERT", typ: PayloadCert, hex: "04 3082", want: &Cert1{Encoding: CertX509Signature, Data: []byte{0x30, 0x82}}},
	{name: "CERT of unknown encoding", typ: PayloadCert, hex: "63 00", want: &Cert1{Encoding: 99, Data: []byte{0}}},
}

var certReq1Vectors = []bodyVector{
	{name: "CERTREQ for any authority", typ: PayloadCertReq, hex: "04",
		want: &CertReq1{Encoding: CertX509Signature, Data: []byte{}}},
	{name: "CERTREQ", typ: PayloadCertReq, hex: "04 3000",
		want: &CertReq1{Encoding: CertX509Signature, Data: []byte{0x30, 0}}},
}

func TestCert1(t *testing.T)    { testVectors(t, cert1Vectors) }
func TestCertReq1(t *testing.T) { testVectors(t, certReq1Vectors) }

func selfSigned(t testing.TB) []byte {
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
