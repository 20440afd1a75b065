package decode

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// A Parser reads the body of a payload, all that follows the generic header. It leaves its error and its notes in the cursor, and
// returns a body, never nil, that holds what came before the error.
type Parser func(c *wire.Cursor) Body

// A Grammar says how a major version of IKE is read: what its payloads hold, and how one follows the other. Those of the two
// versions are ikev1.Grammar and ikev2.Grammar.
type Grammar struct {
	// Parsers has a row for each payload that is decoded, by type. The others become *Unknown.
	Parsers [256]Parser
	// Known has the types that can follow one another in a decrypted body.
	Known [256]bool
	// Last has the types that no payload follows, whatever their next payload field says.
	Last [256]bool
	// Critical: the generic header has a critical flag (RFC 7296, section 2.5).
	Critical bool
	// Flags are the flags of the header that the version has; others are noted.
	Flags Flags
	// Header reports whether the body of a message is encrypted as a whole, and what is odd about the two; nil: it never is,
	// and nothing is.
	Header func(h Header, body []byte) (encrypted bool, notes []Note)
}

// Parse reads the body of a payload of type t.
func (g *Grammar) Parse(t PayloadType, c *wire.Cursor) Body {
	if parse := g.Parsers[t]; parse != nil {
		return parse(c)
	}
	return ParseUnknown(c)
}

// criticalBit is the critical flag in the second byte of the generic header (RFC 7296, section 3.2).
const criticalBit = 0x80

// reservedBits are the bits of the generic header's second byte that have a meaning.
func (g *Grammar) reservedBits() uint8 {
	if g.Critical {
		return criticalBit
	}
	return 0
}

// WalkChain checks the generic headers of a chain of payloads that starts with type first, without a look into the payloads:
// types known, reserved bits zero, lengths inside b. It returns the offset behind the last payload; where first is
// PayloadNone, 0. It allocates nothing and stops at the first header that is not right, so it can be asked of every
// candidate key.
func (g *Grammar) WalkChain(first PayloadType, b []byte) (end int, ok bool) {
	reserved := ^g.reservedBits()
	for next := first; next != PayloadNone; {
		if !g.Known[next] || len(b)-end < wire.PayloadHeaderLen {
			return end, false
		}
		h := b[end : end+wire.PayloadHeaderLen]
		n := int(binary.BigEndian.Uint16(h[2:]))
		if h[1]&reserved != 0 || n < wire.PayloadHeaderLen || n > len(b)-end {
			return end, false
		}
		next, end = PayloadType(h[0]), end+n
	}
	return end, true
}
