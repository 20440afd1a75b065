package cert

import (
	"github.com/ikedecode/ikedecode/decode/internal/render"
)

// CertEncoding is a certificate encoding (RFC 2408, section 3.9).
type Encoding uint8

// Certificate encodings.
const (
	EncodingPKCS7         Encoding = 1
	EncodingPGP           Encoding = 2
	EncodingDNSSignedKey  Encoding = 3
	EncodingX509Signature Encoding = 4
	EncodingX509KeyExch   Encoding = 5
	EncodingKerberos      Encoding = 6
	EncodingCRL           Encoding = 7
	EncodingARL           Encoding = 8
	EncodingSPKI          Encoding = 9
	EncodingX509Attribute Encoding = 10
	EncodingRawRSA        Encoding = 11
	// Of IKEv2 only (RFC 7296, section 3.6; RFC 4806; RFC 7670).
	EncodingHashURL       Encoding = 12
	EncodingHashURLBundle Encoding = 13
	EncodingOCSP          Encoding = 14
	EncodingRawPublicKey  Encoding = 15
)

var encodingNames = map[Encoding]string{
	0: "none", EncodingPKCS7: "PKCS #7 wrapped X.509 certificate", EncodingPGP: "PGP certificate",
	EncodingDNSSignedKey: "DNS signed key", EncodingX509Signature: "X.509 certificate - signature",
	EncodingX509KeyExch: "X.509 certificate - key exchange", EncodingKerberos: "Kerberos tokens",
	EncodingCRL: "certificate revocation list", EncodingARL: "authority revocation list", EncodingSPKI: "SPKI certificate",
	EncodingX509Attribute: "X.509 certificate - attribute", EncodingRawRSA: "raw RSA key",
	EncodingHashURL: "hash and URL of X.509 certificate", EncodingHashURLBundle: "hash and URL of X.509 bundle",
	EncodingOCSP: "OCSP content", EncodingRawPublicKey: "raw public key",
}

// String is the encoding's name, or "certificate encoding 99".
func (e Encoding) String() string { return render.Name(encodingNames, e, "certificate encoding") }

// IsX509 reports whether the content is one X.509 certificate.
func (e Encoding) IsX509() bool { return e == EncodingX509Signature || e == EncodingX509KeyExch }
