package decode

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// ParseHeader parses the ISAKMP header at the front of b (RFC 2408, section 3.1; RFC 7296, section 3.1). It checks
// that the header is there, not what it claims.
func ParseHeader(b []byte) (Header, error) {
	c := wire.NewCursor(b)
	h := parseHeader(&c)
	return h, c.Err()
}

func parseHeader(c *wire.Cursor) (h Header) {
	copy(h.Initiator[:], c.Take("initiator SPI", len(h.Initiator)))
	copy(h.Responder[:], c.Take("responder SPI", len(h.Responder)))
	h.NextPayload = PayloadType(c.Uint8("next payload"))
	h.Version = c.Uint8("version")
	h.Exchange = ExchangeType(c.Uint8("exchange type"))
	h.Flags = Flags(c.Uint8("flags"))
	h.MessageID = c.Uint32("message ID")
	h.Length = c.Uint32("length")
	return h
}

// Append appends the 28 bytes of the header, the length field as it stands.
func (h Header) Append(dst []byte) []byte {
	dst = append(dst, h.Initiator[:]...)
	dst = append(dst, h.Responder[:]...)
	dst = append(dst, byte(h.NextPayload), h.Version, byte(h.Exchange), byte(h.Flags))
	dst = binary.BigEndian.AppendUint32(dst, h.MessageID)
	return binary.BigEndian.AppendUint32(dst, h.Length)
}
