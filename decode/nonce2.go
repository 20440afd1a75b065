package decode

// Nonce2 is a Nonce payload of IKEv2 (RFC 7296, section 3.9): Ni or Nr.
type Nonce2 struct{ Data []byte }

// Bounds of a nonce's length (RFC 7296, section 3.9).
const (
	minNonce2 = 16
	maxNonce2 = 256
)

func parseNonce2(c *cursor) Body {
	if n := c.Len(); n < minNonce2 || n > maxNonce2 {
		c.note(c.Offset(), "nonce of %d bytes; RFC 7296 wants %d to %d", n, minNonce2, maxNonce2)
	}
	return &Nonce2{Data: c.rest()}
}

// Append implements Body.
func (n *Nonce2) Append(dst []byte) []byte { return append(dst, n.Data...) }
