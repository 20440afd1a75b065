package decode

// CertEncoding is a certificate encoding (RFC 2408, section 3.9).
type CertEncoding uint8

// Certificate encodings.
const (
	CertPKCS7         CertEncoding = 1
	CertPGP           CertEncoding = 2
	CertDNSSignedKey  CertEncoding = 3
	CertX509Signature CertEncoding = 4
	CertX509KeyExch   CertEncoding = 5
	CertKerberos      CertEncoding = 6
	CertCRL           CertEncoding = 7
	CertARL           CertEncoding = 8
	CertSPKI          CertEncoding = 9
	CertX509Attribute CertEncoding = 10
	CertRawRSA        CertEncoding = 11
	// Of IKEv2 only (RFC 7296, section 3.6; RFC 4806; RFC 7670).
	CertHashURL       CertEncoding = 12
	CertHashURLBundle CertEncoding = 13
	CertOCSP          CertEncoding = 14
	CertRawPublicKey  CertEncoding = 15
)

var certEncodingNames = map[CertEncoding]string{
	0: "none", CertPKCS7: "PKCS #7 wrapped X.509 certificate", CertPGP: "PGP certificate",
	CertDNSSignedKey: "DNS signed key", CertX509Signature: "X.509 certificate - signature",
	CertX509KeyExch: "X.509 certificate - key exchange", CertKerberos: "Kerberos tokens",
	CertCRL: "certificate revocation list", CertARL: "authority revocation list", CertSPKI: "SPKI certificate",
	CertX509Attribute: "X.509 certificate - attribute", CertRawRSA: "raw RSA key",
	CertHashURL: "hash and URL of X.509 certificate", CertHashURLBundle: "hash and URL of X.509 bundle",
	CertOCSP: "OCSP content", CertRawPublicKey: "raw public key",
}

// String is the encoding's name, or "certificate encoding 99".
func (e CertEncoding) String() string { return nameOf(certEncodingNames, e, "certificate encoding") }

// IsX509 reports whether the content is one X.509 certificate.
func (e CertEncoding) IsX509() bool { return e == CertX509Signature || e == CertX509KeyExch }
