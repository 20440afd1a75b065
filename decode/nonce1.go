package decode

// Nonce1 is a Nonce payload (RFC 2408, section 3.13).
type Nonce1 struct{ Data []byte }

// Bounds of a nonce's length (RFC 2409, section 5).
const (
	minNonce = 8
	maxNonce = 256
)

func parseNonce1(c *cursor) Body {
	if n := c.Len(); n < minNonce || n > maxNonce {
		c.note(c.Offset(), "nonce of %d bytes; RFC 2409 wants %d to %d", n, minNonce, maxNonce)
	}
	return &Nonce1{Data: c.rest()}
}

// Append implements Body.
func (n *Nonce1) Append(dst []byte) []byte { return append(dst, n.Data...) }
