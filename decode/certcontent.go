package decode

import (
	"crypto/sha1"
	"errors"
)

// A CertContent is one thing that a CERT payload holds; PKCS #7 has several. One of the pointers is set, or URL, or Err, or, for an
// encoding that there is no reader for, none.
type CertContent struct {
	Raw         []byte // what it was read from
	Certificate *Certificate
	CRL         *RevocationList
	Key         *PublicKeyInfo // a raw public key
	SPKI        []byte         // of Key, where it comes as SubjectPublicKeyInfo
	URL         string         // "Hash and URL" (RFC 7296, section 3.6)
	Hash        []byte         // SHA-1 of what is found there
	Err         error
}

// Contents takes a CERT payload's data apart by its encoding. The list is never empty.
func (e CertEncoding) Contents(data []byte) []CertContent {
	switch e {
	case CertX509Signature, CertX509KeyExch:
		return []CertContent{certificateContent(data)}
	case CertPKCS7:
		return pkcs7Contents(data)
	case CertCRL, CertARL:
		return []CertContent{crlContent(data)}
	case CertRawRSA:
		key, ok := ParseRSAPublicKey(data)
		return []CertContent{keyContent(key, ok, data, nil)}
	case CertRawPublicKey:
		key, ok := ParsePublicKeyInfo(data)
		return []CertContent{keyContent(key, ok, data, data)}
	case CertHashURL, CertHashURLBundle:
		hash, url, ok := e.HashAndURL(data)
		if !ok {
			return []CertContent{{Raw: data, Err: ErrTruncated}}
		}
		return []CertContent{{Raw: data, URL: url, Hash: hash}}
	}
	return []CertContent{{Raw: data}}
}

// HashAndURL is what "Hash and URL" encodings have: the SHA-1 hash, of 20 bytes, of what is found at the URL.
func (e CertEncoding) HashAndURL(data []byte) (hash []byte, url string, ok bool) {
	isURL := e == CertHashURL || e == CertHashURLBundle
	if !isURL || len(data) < sha1.Size {
		return nil, "", false
	}
	return data[:sha1.Size:sha1.Size], string(data[sha1.Size:]), true
}

// errNotKey: bytes that should be a raw public key and are none.
var errNotKey = errors.New("not a public key")

func keyContent(key PublicKeyInfo, ok bool, raw, spki []byte) CertContent {
	if !ok {
		return CertContent{Raw: raw, Err: errNotKey}
	}
	return CertContent{Raw: raw, Key: &key, SPKI: spki}
}

func certificateContent(b []byte) CertContent {
	c, err := ParseCertificate(b)
	if err != nil {
		return CertContent{Raw: b, Err: err}
	}
	return CertContent{Raw: c.Raw, Certificate: c}
}

func crlContent(b []byte) CertContent {
	r, err := ParseRevocationList(b)
	if err != nil {
		return CertContent{Raw: b, Err: err}
	}
	return CertContent{Raw: r.Raw, CRL: r}
}

func pkcs7Contents(b []byte) (list []CertContent) {
	certs, crls, err := UnwrapPKCS7(b)
	if err != nil {
		return []CertContent{{Raw: b, Err: err}}
	}
	for _, c := range certs {
		list = append(list, certificateContent(c))
	}
	for _, c := range crls {
		list = append(list, crlContent(c))
	}
	if list == nil {
		return []CertContent{{Raw: b}} // it holds neither
	}
	return list
}

// certSubject is the subject of the certificate in b; false where it has none.
func certSubject(b []byte) (string, bool) {
	c, err := ParseCertificate(b)
	if err != nil {
		return "", false
	}
	return c.SubjectName(), true
}
