package ikev1

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Delete is a Delete payload (RFC 2408, section 3.15): SPIs that the sender no longer accepts.
type Delete struct {
	DOI      uint32
	Protocol ike.Protocol
	SPISize  uint8 // used where there are no SPIs
	SPIs     [][]byte
	Spare    []byte // what follows the last SPI: nothing
}

func parseDelete(c *wire.Cursor) decode.Body {
	d := &Delete{DOI: c.Uint32("DOI"), Protocol: ike.Protocol(c.Uint8("protocol ID"))}
	if d.SPISize, d.SPIs = c.SPIs(); c.Err() != nil {
		return d
	}
	d.Spare = c.Spare("Delete payload")
	return d
}

// Append implements Body.
func (d *Delete) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, d.DOI)
	dst = wire.AppendSPIs(append(dst, byte(d.Protocol)), d.SPISize, d.SPIs)
	return append(dst, d.Spare...)
}

// String lists what is deleted: "ESP c0ffee01, c0ffee02".
func (d *Delete) String() string {
	var b strings.Builder
	b.WriteString(d.Protocol.Name(ike.V1))
	for i, spi := range d.SPIs {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %x", spi)
	}
	return b.String()
}
