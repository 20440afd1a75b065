package decode

import "encoding/binary"

// fragmentLast is the flag of the last fragment.
const fragmentLast = 1

// Fragment1 is an IKE fragment (payload 132, of Cisco and Microsoft; no RFC has it). Put together in the order of
// Number, the Data of the fragments with one ID make a whole message, header included.
type Fragment1 struct {
	ID     uint16
	Number uint8 // from 1
	Flags  uint8 // bit 0: last fragment
	Data   []byte
	Last   bool // whether this is the last fragment
}

func parseFragment1(c *cursor) Body {
	f := &Fragment1{ID: c.uint16("fragment ID")}
	off := c.Offset()
	f.Number = c.uint8("fragment number")
	if f.Number == 0 {
		c.note(off, "fragment number is 0; the first is 1")
	}
	f.Flags = c.uint8("fragment flags")
	f.Last = f.Flags&fragmentLast != 0
	f.Data = c.rest()
	return f
}

// Append implements Body. Last decides about its bit of Flags.
func (f *Fragment1) Append(dst []byte) []byte {
	flags := f.Flags &^ fragmentLast
	if f.Last {
		flags |= fragmentLast
	}
	dst = binary.BigEndian.AppendUint16(dst, f.ID)
	dst = append(dst, f.Number, flags)
	return append(dst, f.Data...)
}
