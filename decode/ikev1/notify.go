package ikev1

import (
	"encoding/binary"
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Notify is a Notification payload (RFC 2408, section 3.14).
type Notify struct {
	DOI      uint32
	Protocol ike.Protocol
	SPI      []byte // both cookies where it is about a phase 1
	Type     NotifyType
	Data     []byte
}

func parseNotify(c *wire.Cursor) decode.Body {
	n := &Notify{DOI: c.Uint32("DOI"), Protocol: ike.Protocol(c.Uint8("protocol ID"))}
	spiSize := int(c.Uint8("SPI size"))
	n.Type = NotifyType(c.Uint16("notify message type"))
	n.SPI = c.Take("SPI", spiSize)
	n.Data = c.Rest()
	return n
}

// Append implements Body.
func (n *Notify) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, n.DOI)
	dst = append(dst, byte(n.Protocol), byte(len(n.SPI)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(n.Type))
	dst = append(dst, n.SPI...)
	return append(dst, n.Data...)
}

// DPDSequence is the sequence number of R-U-THERE and R-U-THERE-ACK (RFC 3706, section 5.3).
func (n *Notify) DPDSequence() (uint32, bool) {
	if n.Type != NotifyRUThere && n.Type != NotifyRUThereAck || len(n.Data) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(n.Data), true
}

// Attributes are the attributes that RESPONDER-LIFETIME has for data (RFC 2407, section 4.6.3.1): those of phase 1 if
// Protocol is ISAKMP, of phase 2 else. The last result is false for other types and where they do not parse.
func (n *Notify) Attributes() ([]decode.Attribute, bool) {
	if n.Type != NotifyResponderLifetime {
		return nil, false
	}
	c := wire.NewCursor(n.Data)
	as := decode.ParseAttributes(&c)
	return as, c.Err() == nil
}

// Lifetime is the lifetime that RESPONDER-LIFETIME tells.
func (n *Notify) Lifetime() (ike.Lifetime, bool) {
	as, ok := n.Attributes()
	if !ok {
		return ike.Lifetime{}, false
	}
	typ, duration := Phase2LifeType, Phase2LifeDuration
	if n.Protocol == ike.IKE {
		typ, duration = Phase1LifeType, Phase1LifeDuration
	}
	l, _, _ := lifetimeOf(as, typ, duration)
	return l, true
}

// ReplayDetection is what REPLAY-STATUS tells (RFC 2407, section 4.6.3.2).
func (n *Notify) ReplayDetection() (enabled, ok bool) {
	if n.Type != NotifyReplayStatus || len(n.Data) != 4 {
		return false, false
	}
	return binary.BigEndian.Uint32(n.Data) != 0, true
}

// String is the type with what its data says: "R-U-THERE 17", "RESPONDER-LIFETIME 3600 s", "NO-PROPOSAL-CHOSEN".
func (n *Notify) String() string {
	s := n.Type.String()
	if seq, ok := n.DPDSequence(); ok {
		return fmt.Sprintf("%s %d", s, seq)
	}
	if l, ok := n.Lifetime(); ok {
		return s + " " + l.String()
	}
	if on, ok := n.ReplayDetection(); ok {
		return s + map[bool]string{true: " enabled", false: " disabled"}[on]
	}
	if n.Type == NotifyUnityLoadBalance && len(n.Data) == 4 {
		return s + " " + wire.Addr(n.Data).String()
	}
	return s
}
