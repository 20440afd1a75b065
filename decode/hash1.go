package decode

// Hash1 is a Hash payload (RFC 2408, section 3.11): HASH_I or HASH_R of phase 1, HASH(1) to HASH(3) of phase 2.
type Hash1 struct{ Data []byte }

func parseHash1(c *cursor) Body { return &Hash1{Data: c.rest()} }

// Append implements Body.
func (h *Hash1) Append(dst []byte) []byte { return append(dst, h.Data...) }
