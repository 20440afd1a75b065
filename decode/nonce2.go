package decode

// Nonce2 is a Nonce payload of IKEv2 (RFC 7296, section 3.9): Ni or Nr.
type Nonce2 struct{ Data []byte }

// minNonce2 is the least length of a nonce (RFC 7296, section 3.9); the most is that of IKEv1.
const minNonce2 = 16

func parseNonce2(c *cursor) Body {
	if n := len(c.buf); n < minNonce2 || n > maxNonce {
		c.note(c.off, "nonce of %d bytes; RFC 7296 wants %d to %d", n, minNonce2, maxNonce)
	}
	return &Nonce2{Data: c.rest()}
}

// Append implements Body.
func (n *Nonce2) Append(dst []byte) []byte { return append(dst, n.Data...) }
