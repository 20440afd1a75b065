package cert

import (
	"crypto/sha1"
	"errors"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// A CertContent is one thing that a CERT payload holds; PKCS #7 has several. One of the pointers is set, or URL, or Err, or, for an
// encoding that there is no reader for, none.
type Content struct {
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
func Contents(e ike.CertEncoding, data []byte) []Content {
	switch e {
	case ike.CertX509Signature, ike.CertX509KeyExch:
		return []Content{certificateContent(data)}
	case ike.CertPKCS7:
		return pkcs7Contents(data)
	case ike.CertCRL, ike.CertARL:
		return []Content{crlContent(data)}
	case ike.CertRawRSA:
		key, ok := ParseRSAPublicKey(data)
		return []Content{keyContent(key, ok, data, nil)}
	case ike.CertRawPublicKey:
		key, ok := ParsePublicKeyInfo(data)
		return []Content{keyContent(key, ok, data, data)}
	case ike.CertHashURL, ike.CertHashURLBundle:
		hash, url, ok := HashAndURL(e, data)
		if !ok {
			return []Content{{Raw: data, Err: wire.ErrTruncated}}
		}
		return []Content{{Raw: data, URL: url, Hash: hash}}
	}
	return []Content{{Raw: data}}
}

// HashAndURL is what "Hash and URL" encodings have: the SHA-1 hash, of 20 bytes, of what is found at the URL.
func HashAndURL(e ike.CertEncoding, data []byte) (hash []byte, url string, ok bool) {
	isURL := e == ike.CertHashURL || e == ike.CertHashURLBundle
	if !isURL || len(data) < sha1.Size {
		return nil, "", false
	}
	return data[:sha1.Size:sha1.Size], string(data[sha1.Size:]), true
}

// errNotKey: bytes that should be a raw public key and are none.
var errNotKey = errors.New("not a public key")

func keyContent(key PublicKeyInfo, ok bool, raw, spki []byte) Content {
	if !ok {
		return Content{Raw: raw, Err: errNotKey}
	}
	return Content{Raw: raw, Key: &key, SPKI: spki}
}

func certificateContent(b []byte) Content {
	c, err := ParseCertificate(b)
	if err != nil {
		return Content{Raw: b, Err: err}
	}
	return Content{Raw: c.Raw, Certificate: c}
}

func crlContent(b []byte) Content {
	r, err := ParseRevocationList(b)
	if err != nil {
		return Content{Raw: b, Err: err}
	}
	return Content{Raw: r.Raw, CRL: r}
}

func pkcs7Contents(b []byte) (list []Content) {
	certs, crls, err := UnwrapPKCS7(b)
	if err != nil {
		return []Content{{Raw: b, Err: err}}
	}
	for _, c := range certs {
		list = append(list, certificateContent(c))
	}
	for _, c := range crls {
		list = append(list, crlContent(c))
	}
	if list == nil {
		return []Content{{Raw: b}} // it holds neither
	}
	return list
}

// certSubject is the subject of the certificate in b; false where it has none.
func Subject(b []byte) (string, bool) {
	c, err := ParseCertificate(b)
	if err != nil {
		return "", false
	}
	return c.SubjectName(), true
}
