package ikev1

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// KE is a Key Exchange payload (RFC 2408, section 3.7): the public value, big-endian and as long as the group's prime.
type KE struct{ Data []byte }

func parseKE(c *wire.Cursor) decode.Body { return &KE{Data: c.Rest()} }

// Append implements Body.
func (k *KE) Append(dst []byte) []byte { return append(dst, k.Data...) }
