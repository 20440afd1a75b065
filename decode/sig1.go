package decode

// Sig1 is a Signature payload (RFC 2408, section 3.12): SIG_I or SIG_R, a signature over HASH_I or HASH_R.
type Sig1 struct{ Data []byte }

func parseSig1(c *cursor) Body { return &Sig1{Data: c.rest()} }

// Append implements Body.
func (s *Sig1) Append(dst []byte) []byte { return append(dst, s.Data...) }
