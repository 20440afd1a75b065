// Package cert reads certificates, CRLs, public keys and names leniently: gateways use some that crypto/x509 rejects.
package cert

import (
	"crypto/x509"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
)

// A Certificate is an X.509 certificate as far as it can be read (RFC 5280, section 4.1). Gateways have some that crypto/x509
// rejects: negative serial numbers, odd names, unknown curves. Odd says so; the fields are there all the same.
type Certificate struct {
	Raw       []byte // the certificate alone, without what follows it
	TBS       []byte // what is signed
	Serial    []byte // contents of the INTEGER
	Subject   []byte // names in DER
	Issuer    []byte
	NotBefore time.Time // zero where it can't be read
	NotAfter  time.Time
	SPKI      []byte // SubjectPublicKeyInfo
	Key       PublicKeyInfo

	SignatureAlgorithm []byte // AlgorithmIdentifier
	Signature          []byte

	Extensions
	// Odd is why crypto/x509 rejects it; "" where it does not, or only for want of the key's curve.
	Odd string
}

// ErrNotCertificate: bytes that have not even the outline of a certificate.
var ErrNotCertificate = errors.New("not an X.509 certificate")

// ParseCertificate reads the certificate that b starts with. Its slices point into b.
func ParseCertificate(b []byte) (*Certificate, error) {
	outer, rest, ok := readBER(b)
	if !ok || !outer.is(berUniversal, berSequence) {
		return nil, ErrNotCertificate
	}
	c := &Certificate{Raw: outer.full}
	parts := outer.list()
	tbs := parts.want(berUniversal, berSequence)
	c.TBS = tbs.full
	if parts.bad || !c.readTBS(tbs.list()) {
		return nil, ErrNotCertificate
	}
	c.SignatureAlgorithm = parts.want(berUniversal, berSequence).full
	c.Signature = parts.want(berUniversal, berBitString).bits()
	c.Odd = c.oddity(len(rest))
	return c, nil
}

// readTBS reads a TBSCertificate. It reports whether everything up to the public key is there.
func (c *Certificate) readTBS(l *berList) bool {
	l.optional(berContext, 0) // version
	c.Serial = l.want(berUniversal, berInteger).body
	l.want(berUniversal, berSequence) // the signature algorithm, which follows once more
	c.Issuer = l.want(berUniversal, berSequence).full
	validity := l.want(berUniversal, berSequence).list()
	c.NotBefore, c.NotAfter = validity.next().time(), validity.next().time()
	c.Subject = l.want(berUniversal, berSequence).full
	c.SPKI = l.want(berUniversal, berSequence).full
	if l.bad {
		return false
	}
	c.Key, _ = ParsePublicKeyInfo(c.SPKI)
	l.optional(berContext, 1) // unique identifiers
	l.optional(berContext, 2)
	if v, ok := l.optional(berContext, 3); ok {
		c.Extensions.read(v.list().next().list())
	}
	return true
}

// oddity is what is wrong with c as far as crypto/x509 can tell. after counts the bytes behind it.
func (c *Certificate) oddity(after int) string {
	_, err := x509.ParseCertificate(c.Raw)
	switch {
	case err == nil && after > 0:
		return "bytes after the certificate"
	case err == nil, c.Key.Algorithm == keyEC && !c.Key.standard():
		return "" // a curve that the library lacks is no fault
	}
	return strings.TrimPrefix(err.Error(), "x509: ")
}

// SubjectName is the subject's distinguished name, or its DER in hex where that can't be read.
func (c *Certificate) SubjectName() string { return DistinguishedName(c.Subject) }

// IssuerName is the issuer's distinguished name, likewise.
func (c *Certificate) IssuerName() string { return DistinguishedName(c.Issuer) }

// DistinguishedName renders a name in DER as ID payloads of type ID_DER_ASN1_DN are rendered, or in hex where it can't be read.
func DistinguishedName(der []byte) string {
	if s, err := ike.DN(der); err == nil {
		return s
	}
	return ike.Hex(der)
}

// CommonName is the last common name (CN) of a distinguished name in DER, "" where it has none.
func CommonName(der []byte) string { return ike.CommonName(der) }

// SerialNumber is the serial number in hex, whole bytes: "00ff11" is "ff11", and a negative one, which some have, "-05".
func (c *Certificate) SerialNumber() string {
	n := new(big.Int).SetBytes(c.Serial)
	sign := ""
	if len(c.Serial) > 0 && c.Serial[0] >= 0x80 { // two's complement
		n.Sub(new(big.Int).Lsh(big.NewInt(1), uint(8*len(c.Serial))), n)
		sign = "-"
	}
	if n.Sign() == 0 {
		return "00"
	}
	return sign + hex.EncodeToString(n.Bytes())
}

// SignatureName is the algorithm of the signature: "RSA SHA2-256".
func (c *Certificate) SignatureName() string {
	if alg, ok := ParseSignatureAlgorithm(c.SignatureAlgorithm); ok {
		return alg.String()
	}
	v, _, _ := readBER(c.SignatureAlgorithm)
	return oidText(v.list().want(berUniversal, berOID).body)
}

// WeakHash reports whether the signature is on a hash that collisions were found for; false where the algorithm is not known.
func (c *Certificate) WeakHash() bool {
	alg, ok := ParseSignatureAlgorithm(c.SignatureAlgorithm)
	return ok && alg.WeakHash()
}

// timeLayouts are the forms of UTCTime and GeneralizedTime, those of DER first. A fraction may follow the seconds.
var timeLayouts = map[int][]string{
	berUTCTime:     {"060102150405Z0700", "0601021504Z0700"},
	berGeneralTime: {"20060102150405Z0700", "200601021504Z0700", "20060102150405"},
}

// time reads a Time (RFC 5280, section 4.1.2.5); zero where it is none.
func (v berValue) time() time.Time {
	if v.class != berUniversal {
		return time.Time{}
	}
	for _, layout := range timeLayouts[v.tag] {
		t, err := time.Parse(layout, string(v.body))
		if err != nil {
			continue
		}
		if v.tag == berUTCTime && t.Year() >= 2050 { // two digits stand for 1950 to 2049
			t = t.AddDate(-100, 0, 0)
		}
		if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 { // by its time zone; it has no RFC 3339 form
			return time.Time{}
		}
		return t
	}
	return time.Time{}
}
