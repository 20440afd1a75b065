package cert

import (
	"errors"
	"time"
)

// ErrNotPKCS7: bytes that are no SignedData.
var ErrNotPKCS7 = errors.New("not PKCS #7 signed data")

// maxPKCS7 bounds the certificates, and the CRLs, that are taken out of one payload.
const maxPKCS7 = 100

// UnwrapPKCS7 takes the certificates and CRLs out of a ContentInfo with SignedData (RFC 5652, section 5.1), as CERT payloads of the
// encoding "PKCS #7 wrapped" have it. Each comes as the bytes that it has there. Signatures over the content are not looked at.
func UnwrapPKCS7(b []byte) (certs, crls [][]byte, err error) {
	const oidSignedData = "1.2.840.113549.1.7.2"
	outer, _, ok := readBER(b)
	info := outer.list()
	if !ok || oidText(info.want(berUniversal, berOID).body) != oidSignedData {
		return nil, nil, ErrNotPKCS7
	}
	data := info.want(berContext, 0).list().want(berUniversal, berSequence)
	l := data.list()
	l.want(berUniversal, berInteger)  // version
	l.want(berUniversal, berSet)      // digest algorithms
	l.want(berUniversal, berSequence) // the content, empty here
	if info.bad || l.bad {
		return nil, nil, ErrNotPKCS7
	}
	if v, ok := l.optional(berContext, 0); ok {
		certs = sequences(v.list())
	}
	if v, ok := l.optional(berContext, 1); ok {
		crls = sequences(v.list())
	}
	return certs, crls, nil
}

// sequences are the SEQUENCEs of a list; certificates and CRLs of other kinds have tags of their own.
func sequences(l *berList) (list [][]byte) {
	for l.more() && len(list) < maxPKCS7 {
		if v := l.next(); v.is(berUniversal, berSequence) {
			list = append(list, v.full)
		}
	}
	return list
}

// A RevocationList is a CRL as far as reports tell of it (RFC 5280, section 5.1).
type RevocationList struct {
	Raw        []byte
	Issuer     []byte // name in DER
	ThisUpdate time.Time
	NextUpdate time.Time // zero: not said
	Revoked    int       // certificates that it lists
}

// ErrNotCRL: bytes that have not the outline of a CRL.
var ErrNotCRL = errors.New("not a certificate revocation list")

// ParseRevocationList reads the CRL that b starts with.
func ParseRevocationList(b []byte) (*RevocationList, error) {
	outer, _, ok := readBER(b)
	if !ok || !outer.is(berUniversal, berSequence) {
		return nil, ErrNotCRL
	}
	l := outer.list().want(berUniversal, berSequence).list()
	l.optional(berUniversal, berInteger) // version
	l.want(berUniversal, berSequence)    // signature algorithm
	r := &RevocationList{Raw: outer.full, Issuer: l.want(berUniversal, berSequence).full}
	r.ThisUpdate = l.next().time()
	if l.bad || r.ThisUpdate.IsZero() {
		return nil, ErrNotCRL
	}
	for l.more() {
		switch v := l.next(); {
		case v.is(berUniversal, berUTCTime), v.is(berUniversal, berGeneralTime):
			r.NextUpdate = v.time()
		case v.is(berUniversal, berSequence):
			r.Revoked = countValues(v.list())
		}
	}
	return r, nil
}

func countValues(l *berList) (n int) {
	for l.more() {
		if l.next(); !l.bad {
			n++
		}
	}
	return n
}
