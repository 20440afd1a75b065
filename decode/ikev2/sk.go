package ikev2

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// SK is an Encrypted payload (RFC 7296, section 3.14). The Next of its generic header is the type of the first payload
// inside, PayloadNone for an empty one. It is kept as it came: how long IV and ICV are depends on the algorithms.
type SK struct {
	Data []byte // IV, ciphertext with padding, ICV
}

func parseSK(c *wire.Cursor) decode.Body { return &SK{Data: c.Rest()} }

// Append implements Body.
func (s *SK) Append(dst []byte) []byte { return append(dst, s.Data...) }

// Split cuts Data into its parts; false where it is shorter than IV and ICV together.
func (s *SK) Split(ivLen, icvLen int) (iv, ciphertext, icv []byte, ok bool) {
	return splitSK(s.Data, ivLen, icvLen)
}

// SKF is an Encrypted Fragment payload (RFC 7383, section 2.5). Each fragment is encrypted on its own; the plaintexts in
// the order of Number make the chain of payloads. Next is set in the first fragment only.
type SKF struct {
	Number uint16 // from 1
	Total  uint16
	Data   []byte // IV, ciphertext with padding, ICV
}

func parseSKF(c *wire.Cursor) decode.Body {
	off := c.Offset()
	f := &SKF{Number: c.Uint16("fragment number"), Total: c.Uint16("total fragments")}
	if f.Number == 0 || f.Number > f.Total {
		c.Note(off, "fragment number %d of %d", f.Number, f.Total)
	}
	f.Data = c.Rest()
	return f
}

// Append implements Body.
func (f *SKF) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, f.Number)
	dst = binary.BigEndian.AppendUint16(dst, f.Total)
	return append(dst, f.Data...)
}

// Split cuts Data into its parts; false where it is shorter than IV and ICV together.
func (f *SKF) Split(ivLen, icvLen int) (iv, ciphertext, icv []byte, ok bool) {
	return splitSK(f.Data, ivLen, icvLen)
}

func splitSK(b []byte, ivLen, icvLen int) (iv, ciphertext, icv []byte, ok bool) {
	if ivLen < 0 || icvLen < 0 || ivLen > len(b) || icvLen > len(b)-ivLen {
		return nil, nil, nil, false
	}
	end := len(b) - icvLen
	return b[:ivLen:ivLen], b[ivLen:end:end], b[end:], true
}
