package ikev2

import (
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
	if d.SPISize, d.SPIs = c.SPIs(); c.Err() != nil {
		return d
	}
	d.Spare = c.Spare("Delete payload")
	return d
}

// Append implements Body.
func (d *Delete) Append(dst []byte) []byte {
	dst = wire.AppendSPIs(append(dst, byte(d.Protocol)), d.SPISize, d.SPIs)
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
