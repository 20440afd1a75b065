package ikev1

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Hash is a Hash payload (RFC 2408, section 3.11): HASH_I or HASH_R of phase 1, HASH(1) to HASH(3) of phase 2.
type Hash struct{ Data []byte }

func parseHash(c *wire.Cursor) decode.Body { return &Hash{Data: c.Rest()} }

// Append implements Body.
func (h *Hash) Append(dst []byte) []byte { return append(dst, h.Data...) }
