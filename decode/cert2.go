package decode

import "encoding/hex"

// Cert2 is a Certificate payload of IKEv2 (RFC 7296, section 3.6).
type Cert2 struct {
	Encoding CertEncoding
	Data     []byte
}

func parseCert2(c *cursor) Body {
	return &Cert2{Encoding: CertEncoding(c.uint8("certificate encoding")), Data: c.rest()}
}

// Append implements Body.
func (p *Cert2) Append(dst []byte) []byte { return append(append(dst, byte(p.Encoding)), p.Data...) }

// Subject is the subject of an X.509 certificate; false where it is of another kind or does not parse.
func (p *Cert2) Subject() (string, bool) {
	if p.Encoding != CertX509Signature {
		return "", false
	}
	return certSubject(p.Data)
}

// HashAndURL is what "Hash and URL" encodings have: the SHA-1 hash, of 20 bytes, of what is found at the URL.
func (p *Cert2) HashAndURL() (hash []byte, url string, ok bool) {
	return p.Encoding.HashAndURL(p.Data)
}

// String is the encoding, followed by the subject, or by URL and hash: "X.509 certificate - signature: C=CH, CN=gwa".
func (p *Cert2) String() string {
	s := p.Encoding.String()
	if dn, ok := p.Subject(); ok {
		return s + ": " + dn
	}
	if hash, url, ok := p.HashAndURL(); ok {
		return s + ": " + printable(url) + " SHA1 " + hex.EncodeToString(hash)
	}
	return s
}
