package ikev1

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// CertReq is a Certificate Request payload (RFC 2408, section 3.10).
type CertReq struct {
	Encoding ike.CertEncoding
	Data     []byte // the CA requested, empty for any: for X.509 its distinguished name in DER
}

func parseCertReq(c *wire.Cursor) decode.Body {
	return &CertReq{Encoding: ike.CertEncoding(c.Uint8("certificate type")), Data: c.Rest()}
}

// Append implements Body.
func (p *CertReq) Append(dst []byte) []byte {
	return append(append(dst, byte(p.Encoding)), p.Data...)
}

// Authority is the distinguished name of the CA requested; false where there is none or it is of another kind.
func (p *CertReq) Authority() (string, bool) {
	if len(p.Data) == 0 {
		return "", false
	}
	dn, err := ike.DN(p.Data)
	return dn, err == nil
}

// String is the encoding, followed by the CA.
func (p *CertReq) String() string {
	if s, ok := p.Authority(); ok {
		return p.Encoding.String() + ": " + s
	}
	if len(p.Data) == 0 {
		return p.Encoding.String() + ": any authority"
	}
	return p.Encoding.String() + ": " + ike.Hex(p.Data)
}
