package decode

// Unknown is the body of a payload that has no parser here, such as one of GDOI or of a private number.
type Unknown struct{ Data []byte }

// ParseUnknown is the Parser of Unknown.
func ParseUnknown(c *cursor) Body { return &Unknown{Data: c.rest()} }

// Append implements Body.
func (u *Unknown) Append(dst []byte) []byte { return append(dst, u.Data...) }
