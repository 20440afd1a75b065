package ike

// A Part is what one payload says: *Offer, *IdentityPart, *Notify, *Delete, *SelectorsPart, *Config, *AuthPart, *EAP, *Cert,
// *KeyExchangePart, *Nonce or *Vendor. Both versions make the same parts.
type Part interface{ isPart() }

func (*Offer) isPart()           {}
func (*IdentityPart) isPart()    {}
func (*Notify) isPart()          {}
func (*Delete) isPart()          {}
func (*SelectorsPart) isPart()   {}
func (*Config) isPart()          {}
func (*AuthPart) isPart()        {}
func (*EAP) isPart()             {}
func (*Cert) isPart()            {}
func (*KeyExchangePart) isPart() {}
func (*Nonce) isPart()           {}
func (*Vendor) isPart()          {}

// An IdentityRole tells whom an identity names.
type IdentityRole uint8

// The roles of identities.
const (
	OfInitiator    IdentityRole = iota // IDi, IDii
	OfResponder                        // IDr, IDir
	AskedFor                           // the initiator's IDr: the peer that it expects
	OfInitiatorNet                     // IDci, traffic behind the one that starts a Quick Mode
	OfResponderNet                     // IDcr
	OfGroup                            // IDg (RFC 9838)
)

// An IdentityPart is an Identification payload.
type IdentityPart struct {
	Identity
	Role IdentityRole
}

// A SelectorsPart is a Traffic Selector payload of IKEv2. What IKEv1 has for it are identities.
type SelectorsPart struct {
	Side      Side // of the negotiation of the child: TSi or TSr
	Selectors Selectors
}

// A Delete says which SAs the sender no longer has (RFC 2408, section 3.15; RFC 7296, section 3.11). For the IKE SA, IKEv1 names both
// cookies, IKEv2 nothing: the SA of the message is meant.
type Delete struct {
	Version  Version
	Protocol Protocol
	SPIs     [][]byte
}

// IKE reports whether the IKE SA itself is deleted.
func (d *Delete) IKE() bool { return d.Protocol == IKE }

// Names reports whether an SPI of ESP or AH, or a CPI, is among the deleted ones.
func (d *Delete) Names(spi ChildSPI) bool {
	for _, b := range d.SPIs {
		if s, ok := ParseChildSPI(b); ok && s == spi {
			return true
		}
	}
	return false
}

// A KeyExchangePart is a Key Exchange payload: RFC 2408, section 3.7; RFC 7296, section 3.4.
type KeyExchangePart struct {
	Group  uint16 // number; 0 in IKEv1, whose SA payload names it
	Length int    // of the public value, in bytes
}

// A Nonce is a Nonce payload.
type Nonce struct{ Data []byte }

// A Vendor is a Vendor ID payload.
type Vendor struct{ Data []byte }

// An AuthPart is an Authentication payload of IKEv2, or a Signature payload of IKEv1, whose method the SA payload names.
type AuthPart struct {
	Method AuthMethod // zero in IKEv1
	Data   []byte
}

// EAPCode is the code of an EAP message (RFC 3748, section 4).
type EAPCode uint8

// EAP codes.
const (
	EAPRequest  EAPCode = 1
	EAPResponse EAPCode = 2
	EAPSuccess  EAPCode = 3
	EAPFailure  EAPCode = 4
	EAPInitiate EAPCode = 5 // RFC 6696
	EAPFinish   EAPCode = 6
)

var eapCodeNames = map[EAPCode]string{
	EAPRequest: "Request", EAPResponse: "Response", EAPSuccess: "Success", EAPFailure: "Failure",
	EAPInitiate: "Initiate", EAPFinish: "Finish",
}

// String is the code's name, such as "Request", or "EAP code 99".
func (c EAPCode) String() string { return NameOf(eapCodeNames, c, "EAP code") }

// EAP types that are not methods (RFC 3748, section 5).
const (
	EAPIdentity     uint8 = 1
	EAPNotification uint8 = 2
	EAPNak          uint8 = 3
)

// An EAP is one EAP message (RFC 7296, section 3.16).
type EAP struct {
	Code EAPCode
	ID   uint8
	Type uint8 // of a request or response; 0 else
	Data []byte
}

// Method reports whether the message is one of an authentication method, not one about identity or the choice of a method.
func (e *EAP) Method() bool {
	return (e.Code == EAPRequest || e.Code == EAPResponse) && e.Type > EAPNak
}

// CertEncoding is a certificate encoding (RFC 2408, section 3.9; RFC 7296, section 3.6).
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
func (e CertEncoding) String() string { return NameOf(certEncodingNames, e, "certificate encoding") }

// IsX509 reports whether the content is one X.509 certificate.
func (e CertEncoding) IsX509() bool { return e == CertX509Signature || e == CertX509KeyExch }

// A Cert is a Certificate payload, or a request for one.
type Cert struct {
	Encoding CertEncoding
	Data     []byte
	Request  bool
}

// Parts of one type.

// First returns the first part of a type; false where there is none.
func First[T Part](parts []Part) (T, bool) {
	for _, p := range parts {
		if t, ok := p.(T); ok {
			return t, true
		}
	}
	var none T
	return none, false
}
