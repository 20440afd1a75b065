package ikev1

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Nonce is a Nonce payload (RFC 2408, section 3.13).
type Nonce struct{ Data []byte }

// Bounds of a nonce's length (RFC 2409, section 5).
const (
	minNonce = 8
	maxNonce = 256
)

func parseNonce(c *wire.Cursor) decode.Body {
	if n := c.Len(); n < minNonce || n > maxNonce {
		c.Note(c.Offset(), "nonce of %d bytes; RFC 2409 requires %d to %d", n, minNonce, maxNonce)
	}
	return &Nonce{Data: c.Rest()}
}

// Append implements Body.
func (n *Nonce) Append(dst []byte) []byte { return append(dst, n.Data...) }
