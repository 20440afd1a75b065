package ikev2

import (
	"encoding/hex"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// CertReq is a Certificate Request payload of IKEv2 (RFC 7296, section 3.7).
type CertReq struct {
	Encoding ike.CertEncoding
	Data     []byte // for X.509 the SHA-1 hashes of the public keys of the authorities, one after the other
}

func parseCertReq(c *wire.Cursor) decode.Body {
	return &CertReq{Encoding: ike.CertEncoding(c.Uint8("certificate encoding")), Data: c.Rest()}
}

// Append implements Body.
func (p *CertReq) Append(dst []byte) []byte { return append(append(dst, byte(p.Encoding)), p.Data...) }

// Authorities are the SHA-1 hashes, of 20 bytes, of the public keys (SubjectPublicKeyInfo) of the CAs that are
// trusted; false where the data does not consist of such.
func (p *CertReq) Authorities() ([][]byte, bool) {
	switch p.Encoding {
	case ike.CertX509Signature, ike.CertHashURL, ike.CertHashURLBundle, ike.CertOCSP:
	default:
		return nil, false
	}
	if len(p.Data)%sha1Len != 0 {
		return nil, false
	}
	var hashes [][]byte
	for b := p.Data; len(b) > 0; b = b[sha1Len:] {
		hashes = append(hashes, b[:sha1Len:sha1Len])
	}
	return hashes, true
}

// String is the encoding, followed by the hashes of the authorities: "X.509 certificate - signature: 0x…, 0x…".
func (p *CertReq) String() string {
	hashes, ok := p.Authorities()
	switch {
	case ok && len(hashes) > 0:
		names := make([]string, 0, len(hashes))
		for _, h := range hashes {
			names = append(names, "0x"+hex.EncodeToString(h))
		}
		return p.Encoding.String() + ": " + strings.Join(names, ", ")
	case len(p.Data) == 0:
		return p.Encoding.String() + ": any authority"
	}
	return p.Encoding.String() + ": " + ike.Hex(p.Data)
}
