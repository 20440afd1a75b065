package decode

import (
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Unknown is the body of a payload that has no parser here, such as one of GDOI or of a private number.
type Unknown struct{ Data []byte }

// ParseUnknown is the Parser of Unknown.
func ParseUnknown(c *wire.Cursor) Body { return &Unknown{Data: c.Rest()} }

// Append implements Body.
func (u *Unknown) Append(dst []byte) []byte { return append(dst, u.Data...) }
