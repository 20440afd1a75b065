package ikev2

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Delete is a Delete payload of IKEv2 (RFC 7296, section 3.11). For the IKE SA it has no SPIs: the header's are meant.
// For ESP and AH it has those that the sender receives with.
type Delete struct {
	Protocol ike.Protocol
	SPISize  uint8 // used where there are no SPIs
	SPIs     [][]byte
	Spare    []byte // what follows the last SPI: nothing
}

func parseDelete(c *wire.Cursor) decode.Body {
	d := &Delete{Protocol: ike.Protocol(c.Uint8("protocol ID"))}
	d.SPISize = c.Uint8("SPI size")
	countOff := c.Offset()
	count := int(c.Uint16("number of SPIs"))
	if d.SPISize == 0 && count > 0 {
		c.FailAt(countOff, "number of SPIs", wire.ErrCount)
		return d
	}
	for i := 0; i < count && c.Err() == nil; i++ {
		if spi := c.Take("SPI", int(d.SPISize)); c.Err() == nil {
			d.SPIs = append(d.SPIs, spi)
		}
	}
	d.Spare = c.Spare("Delete payload")
	return d
}

// Append implements Body.
func (d *Delete) Append(dst []byte) []byte {
	size := int(d.SPISize)
	if len(d.SPIs) > 0 {
		size = len(d.SPIs[0])
	}
	dst = append(dst, byte(d.Protocol), byte(size))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(d.SPIs)))
	for _, spi := range d.SPIs {
		dst = append(dst, spi...)
	}
	return append(dst, d.Spare...)
}

// IKE reports whether the IKE SA itself is deleted.
func (d *Delete) IKE() bool { return d.Protocol == ike.IKE }

// String lists what is deleted: "IKE", "ESP c0ffee01, c0ffee02".
func (d *Delete) String() string {
	var b strings.Builder
	b.WriteString(d.Protocol.Name(ike.V2))
	for i, spi := range d.SPIs {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %x", spi)
	}
	return b.String()
}
