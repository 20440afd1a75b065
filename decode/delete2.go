package decode

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Delete2 is a Delete payload of IKEv2 (RFC 7296, section 3.11). For the IKE SA it has no SPIs: the header's are meant.
// For ESP and AH it has those that the sender receives with.
type Delete2 struct {
	Protocol ProtocolID
	SPISize  uint8 // used where there are no SPIs
	SPIs     [][]byte
	Spare    []byte // what follows the last SPI: nothing
}

func parseDelete2(c *cursor) Body {
	d := &Delete2{Protocol: ProtocolID(c.uint8("protocol ID"))}
	d.SPISize = c.uint8("SPI size")
	countOff := c.Offset()
	count := int(c.uint16("number of SPIs"))
	if d.SPISize == 0 && count > 0 {
		c.failAt(countOff, "number of SPIs", ErrCount)
		return d
	}
	for i := 0; i < count && c.Err() == nil; i++ {
		if spi := c.take("SPI", int(d.SPISize)); c.Err() == nil {
			d.SPIs = append(d.SPIs, spi)
		}
	}
	d.Spare = c.spare("Delete payload")
	return d
}

// Append implements Body.
func (d *Delete2) Append(dst []byte) []byte {
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
func (d *Delete2) IKE() bool { return d.Protocol == ProtocolIKE }

// String lists what is deleted: "IKE", "ESP c0ffee01, c0ffee02".
func (d *Delete2) String() string {
	var b strings.Builder
	b.WriteString(ProtocolName2(d.Protocol))
	for i, spi := range d.SPIs {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %x", spi)
	}
	return b.String()
}
