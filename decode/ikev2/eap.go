package ikev2

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// EAP is an EAP payload: one EAP message (RFC 7296, section 3.16; RFC 3748, section 4).
type EAP struct {
	Code       ike.EAPCode
	Identifier uint8
	Length     uint16 // as claimed, header of 4 bytes included; 0: Append fills it in
	// Type is there in requests and responses (and in Initiate and Finish, with numbers of their own), not in Success and
	// Failure.
	Type  EAPType
	Data  []byte // what follows the type
	Spare []byte // what follows the message: nothing
}

// eapHeaderLen is the length of an EAP message without type.
const eapHeaderLen = 4

func parseEAP(c *wire.Cursor) decode.Body {
	e := &EAP{Code: ike.EAPCode(c.Uint8("EAP code")), Identifier: c.Uint8("EAP identifier")}
	off := c.Offset()
	e.Length = c.Uint16("EAP length")
	if c.Err() == nil && e.Length < eapHeaderLen {
		c.FailAt(off, "EAP length", wire.ErrLength)
		return e
	}
	c.Within("EAP message", int(e.Length)-eapHeaderLen, func(c *wire.Cursor) {
		if e.hasType() {
			e.Type = EAPType(c.Uint8("EAP type"))
		}
		e.Data = c.Rest()
	})
	e.Spare = c.Spare("EAP payload")
	return e
}

// hasType reports whether messages of its code have a type.
func (e *EAP) hasType() bool {
	switch e.Code {
	case ike.EAPRequest, ike.EAPResponse, ike.EAPInitiate, ike.EAPFinish:
		return true
	}
	return false
}

// Append implements Body.
func (e *EAP) Append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, byte(e.Code), e.Identifier)
	dst = binary.BigEndian.AppendUint16(dst, e.Length)
	if e.hasType() {
		dst = append(dst, byte(e.Type))
	}
	dst = append(dst, e.Data...)
	if e.Length == 0 {
		binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start))
	}
	return append(dst, e.Spare...)
}

// Identity is the identity that a response to an identity request gives.
func (e *EAP) Identity() (string, bool) {
	if e.Code != ike.EAPResponse || e.Type != EAPIdentity {
		return "", false
	}
	return ike.Printable(string(e.Data)), true
}

// Message is the EAP message without what follows it, as its peers and an AAA server have it.
func (e *EAP) Message() []byte {
	m := *e
	m.Spare = nil
	return m.Append(nil)
}

// String is code, identifier and type with what may be shown of it: "Request 1 Identity", "Response 0 Identity alice",
// "Request 12 MSCHAPv2 Challenge, name gwb", "Response 3 GTC ********", "Success 5". What authenticates the peer is masked.
func (e *EAP) String() string {
	s := e.Code.String() + " " + decimal(e.Identifier)
	switch e.Code {
	case ike.EAPRequest, ike.EAPResponse:
	case ike.EAPInitiate, ike.EAPFinish:
		return s + " type " + decimal(uint8(e.Type))
	default:
		return s
	}
	typ, data, ok := e.expanded()
	if !ok {
		return s + " " + e.Type.String()
	}
	s += " " + typ.String()
	if show := eapShow[typ]; show != nil {
		if text := show(e.Code, data); text != "" {
			s += " " + text
		}
	}
	return s
}
