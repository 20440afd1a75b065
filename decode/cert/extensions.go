package cert

import (
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
)

// Extensions are those of a certificate that matter for IKE (RFC 5280, section 4.2; RFC 4945, section 5.1.3).
type Extensions struct {
	AltNames       []AltName // subjectAltName
	KeyUsage       KeyUsage
	HasKeyUsage    bool
	ExtKeyUsage    []string // object identifiers
	CA             bool     // of basicConstraints
	SubjectKeyID   []byte
	AuthorityKeyID []byte
}

// maxList bounds the values that are kept of one extension.
const maxList = 1000

// Object identifiers of extensions.
const (
	oidSubjectKeyID     = "2.5.29.14"
	oidKeyUsage         = "2.5.29.15"
	oidSubjectAltName   = "2.5.29.17"
	oidBasicConstraints = "2.5.29.19"
	oidAuthorityKeyID   = "2.5.29.35"
	oidExtKeyUsage      = "2.5.29.37"
)

// read reads Extensions, a list of Extension.
func (x *Extensions) read(l *berList) {
	for l.more() {
		one := l.next().list()
		oid := one.want(berUniversal, berOID)
		one.optional(berUniversal, berBoolean) // critical
		value := one.want(berUniversal, berOctetString)
		if one.bad {
			continue
		}
		if v, _, ok := readBER(value.body); ok {
			x.set(oidText(oid.body), v)
		}
	}
}

func (x *Extensions) set(oid string, v berValue) {
	switch oid {
	case oidSubjectKeyID:
		x.SubjectKeyID = v.body
	case oidKeyUsage:
		x.KeyUsage, x.HasKeyUsage = keyUsage(v.bits()), true
	case oidSubjectAltName:
		for l := v.list(); l.more() && len(x.AltNames) < maxList; {
			if n := l.next(); n.class == berContext {
				x.AltNames = append(x.AltNames, altName(&n))
			}
		}
	case oidBasicConstraints:
		ca, ok := v.list().optional(berUniversal, berBoolean)
		x.CA = ok && len(ca.body) > 0 && ca.body[0] != 0
	case oidAuthorityKeyID:
		if id, ok := v.list().optional(berContext, 0); ok {
			x.AuthorityKeyID = id.body
		}
	case oidExtKeyUsage:
		for l := v.list(); l.more() && len(x.ExtKeyUsage) < maxList; {
			if u := l.next(); u.is(berUniversal, berOID) {
				x.ExtKeyUsage = append(x.ExtKeyUsage, oidText(u.body))
			}
		}
	}
}

// KeyUsage is the keyUsage extension: bit n is the named bit n of RFC 5280, section 4.2.1.3.
type KeyUsage uint16

// Bits of KeyUsage.
const (
	KeyUsageDigitalSignature KeyUsage = 1 << 0
	KeyUsageNonRepudiation   KeyUsage = 1 << 1
	KeyUsageCertSign         KeyUsage = 1 << 5
)

var keyUsageNames = []string{"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
	"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"}

// keyUsage turns the bytes of the BIT STRING, whose first bit is the highest, around.
func keyUsage(b []byte) (u KeyUsage) {
	for i := range keyUsageNames {
		if i/8 < len(b) && b[i/8]>>(7-i%8)&1 == 1 {
			u |= 1 << i
		}
	}
	return u
}

// Names are the names of the bits that are set.
func (u KeyUsage) Names() (names []string) {
	for i, name := range keyUsageNames {
		if u>>i&1 == 1 {
			names = append(names, name)
		}
	}
	return names
}

var extKeyUsageNames = map[string]string{
	"2.5.29.37.0": "any", "1.3.6.1.5.5.7.3.1": "serverAuth", "1.3.6.1.5.5.7.3.2": "clientAuth", "1.3.6.1.5.5.7.3.3": "codeSigning",
	"1.3.6.1.5.5.7.3.4": "emailProtection", "1.3.6.1.5.5.7.3.5": "ipsecEndSystem", "1.3.6.1.5.5.7.3.6": "ipsecTunnel",
	"1.3.6.1.5.5.7.3.7": "ipsecUser", "1.3.6.1.5.5.7.3.8": "timeStamping", "1.3.6.1.5.5.7.3.9": "OCSPSigning",
	"1.3.6.1.5.5.7.3.17": "ipsecIKE", "1.3.6.1.5.5.8.2.2": "iKEIntermediate", "1.3.6.1.4.1.311.20.2.2": "smartcardLogon",
}

// ServerAuth reports whether the extension allows the key to authenticate a server, expressly.
func (x *Extensions) ServerAuth() bool {
	return slices.Contains(x.ExtKeyUsageNames(), "serverAuth") || slices.Contains(x.ExtKeyUsageNames(), "any")
}

// ExtKeyUsageNames are the names of ExtKeyUsage, or the object identifiers where they have none.
func (x *Extensions) ExtKeyUsageNames() (names []string) {
	for _, oid := range x.ExtKeyUsage {
		if name, ok := extKeyUsageNames[oid]; ok {
			oid = name
		}
		names = append(names, oid)
	}
	return names
}

// An AltName is one GeneralName of a subjectAltName (RFC 5280, section 4.2.1.6).
type AltName struct {
	Tag   int
	Value []byte // the name, or the address of 4 or 16 bytes
	DER   []byte // all of it
}

// Choices of a GeneralName.
const (
	AltOther = 0
	AltEmail = 1
	AltDNS   = 2
	AltDN    = 4
	AltURI   = 6
	AltIP    = 7
	AltRID   = 8
)

// altMalformed is none of them: a string, an address or an OID that is put together from parts, which DER forbids (X.690, section 10.2).
const altMalformed = -1

func altName(v *berValue) AltName {
	n := AltName{v.tag, v.body, v.full}
	switch v.tag {
	case AltEmail, AltDNS, AltURI, AltIP, AltRID:
		if v.compound {
			n.Tag = altMalformed
		}
	}
	return n
}

var altNameKinds = map[int]string{AltEmail: "email", AltDNS: "DNS", AltDN: "DN", AltURI: "URI", AltIP: "IP", AltRID: "RID"}

// String is kind and value: "DNS:gwa.example.org", "IP:192.0.2.1", "UPN:user@example.org".
func (n AltName) String() string {
	if n.Tag == AltOther {
		return otherName(n.Value)
	}
	kind, ok := altNameKinds[n.Tag]
	if !ok {
		return "other:" + ike.Hex(n.DER)
	}
	if n.Tag == AltRID {
		return kind + ":" + oidText(n.Value)
	}
	if s, ok := ike.GeneralName(n.DER); ok {
		return kind + ":" + s
	}
	return kind + ":" + ike.Hex(n.Value)
}

// otherName is an otherName; the one that is in use is the user principal name of Windows.
func otherName(b []byte) string {
	const oidUPN = "1.3.6.1.4.1.311.20.2.3"
	l := &berList{buf: b}
	oid := l.want(berUniversal, berOID)
	value := l.want(berContext, 0).list().next()
	if l.bad {
		return "other:" + ike.Hex(b)
	}
	if name := oidText(oid.body); name != oidUPN {
		return "other:" + name
	}
	return "UPN:" + ike.Printable(strings.ToValidUTF8(string(value.body), "�"))
}
