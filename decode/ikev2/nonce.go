package ikev2

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Nonce is a Nonce payload of IKEv2 (RFC 7296, section 3.9): Ni or Nr.
type Nonce struct{ Data []byte }

// Bounds of a nonce's length (RFC 7296, section 3.9).
const (
	minNonce = 16
	maxNonce = 256
)

func parseNonce(c *wire.Cursor) decode.Body {
	if n := c.Len(); n < minNonce || n > maxNonce {
		c.Note(c.Offset(), "nonce of %d bytes; RFC 7296 requires %d to %d", n, minNonce, maxNonce)
	}
	return &Nonce{Data: c.Rest()}
}

// Append implements Body.
func (n *Nonce) Append(dst []byte) []byte { return append(dst, n.Data...) }
