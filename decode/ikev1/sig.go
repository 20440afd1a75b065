package ikev1

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Sig is a Signature payload (RFC 2408, section 3.12): SIG_I or SIG_R, a signature over HASH_I or HASH_R.
type Sig struct{ Data []byte }

func parseSig(c *wire.Cursor) decode.Body { return &Sig{Data: c.Rest()} }

// Append implements Body.
func (s *Sig) Append(dst []byte) []byte { return append(dst, s.Data...) }
