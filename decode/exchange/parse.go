package exchange

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Parse parses one message by the grammar of the major version in its header. It returns what it could decode together with
// the first error; the message is nil only where b is shorter than a header. decode.ParseWith says more.
func Parse(b []byte) (*decode.Message, error) { return decode.ParseWith(grammarOf(b), b) }

func grammarOf(b []byte) *decode.Grammar {
	if len(b) <= wire.VersionOffset {
		return foreign
	}
	switch b[wire.VersionOffset] >> 4 {
	case 1:
		return ikev1.Grammar
	case 2:
		return ikev2.Grammar
	}
	return foreign
}

// foreign reads messages of other versions: their payloads are not decrypted. The encryption flag is taken for what it is in IKEv1.
var foreign = &decode.Grammar{
	Flags: 0xff,
	Header: func(h decode.Header, body []byte) (bool, []decode.Note) {
		odd := wire.NoteAt(wire.VersionOffset, "major version %d must be 1 or 2", h.Major())
		return ikev1.Encrypted(h, body), []decode.Note{odd}
	},
}
