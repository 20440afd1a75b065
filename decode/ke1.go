package decode

// KE1 is a Key Exchange payload (RFC 2408, section 3.7): the public value, big-endian and as long as the group's prime.
type KE1 struct{ Data []byte }

func parseKE1(c *cursor) Body { return &KE1{Data: c.rest()} }

// Append implements Body.
func (k *KE1) Append(dst []byte) []byte { return append(dst, k.Data...) }
