package ikev1

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Cert is a Certificate payload (RFC 2408, section 3.9).
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
	if !p.Encoding.IsX509() {
		return "", false
	}
	return cert.Subject(p.Data)
}

// String is the encoding, followed by the subject where it can be told.
func (p *Cert) String() string {
	if s, ok := p.Subject(); ok {
		return p.Encoding.String() + ": " + s
	}
	return p.Encoding.String()
}
