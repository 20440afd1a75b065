package ikev1

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// fragmentLast is the flag of the last fragment.
const fragmentLast = 1

// Fragment is an IKE fragment (payload 132, of Cisco and Microsoft; no RFC has it). Put together in the order of
// Number, the Data of the fragments with one ID make a whole message, header included.
type Fragment struct {
	ID     uint16
	Number uint8 // from 1
	Flags  uint8 // bit 0: last fragment
	Data   []byte
	Last   bool // whether this is the last fragment
}

func parseFragment(c *wire.Cursor) decode.Body {
	f := &Fragment{ID: c.Uint16("fragment ID")}
	off := c.Offset()
	f.Number = c.Uint8("fragment number")
	if f.Number == 0 {
		c.Note(off, "fragment number is 0; the first is 1")
	}
	f.Flags = c.Uint8("fragment flags")
	f.Last = f.Flags&fragmentLast != 0
	f.Data = c.Rest()
	return f
}

// Append implements Body. Last decides about its bit of Flags.
func (f *Fragment) Append(dst []byte) []byte {
	flags := f.Flags &^ fragmentLast
	if f.Last {
		flags |= fragmentLast
	}
	dst = binary.BigEndian.AppendUint16(dst, f.ID)
	dst = append(dst, f.Number, flags)
	return append(dst, f.Data...)
}
