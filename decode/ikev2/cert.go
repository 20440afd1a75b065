package ikev2

import (
	"encoding/hex"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Cert is a Certificate payload of IKEv2 (RFC 7296, section 3.6).
type Cert struct {
	Encoding ike.CertEncoding
	Data     []byte
}

func parseCert(c *wire.Cursor) decode.Body {
	return &Cert{Encoding: ike.CertEncoding(c.Uint8("certificate encoding")), Data: c.Rest()}
}

// Append implements Body.
func (p *Cert) Append(dst []byte) []byte { return append(append(dst, byte(p.Encoding)), p.Data...) }

// Subject is the subject of an X.509 certificate; false where it is of another kind or does not parse.
func (p *Cert) Subject() (string, bool) {
	if p.Encoding != ike.CertX509Signature {
		return "", false
	}
	return cert.Subject(p.Data)
}

// HashAndURL is what "Hash and URL" encodings have: the SHA-1 hash, of 20 bytes, of what is found at the URL.
func (p *Cert) HashAndURL() (hash []byte, url string, ok bool) {
	return cert.HashAndURL(p.Encoding, p.Data)
}

// String is the encoding, followed by the subject, or by URL and hash: "X.509 certificate - signature: C=CH, CN=gwa".
func (p *Cert) String() string {
	s := p.Encoding.String()
	if dn, ok := p.Subject(); ok {
		return s + ": " + dn
	}
	if hash, url, ok := p.HashAndURL(); ok {
		return s + ": " + ike.Printable(url) + " SHA1 " + hex.EncodeToString(hash)
	}
	return s
}
