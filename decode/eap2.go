package decode

import "encoding/binary"

// EAPCode is the code of an EAP message (RFC 3748, section 4).
type EAPCode uint8

// EAP codes.
const (
	EAPRequest  EAPCode = 1
	EAPResponse EAPCode = 2
	EAPSuccess  EAPCode = 3
	EAPFailure  EAPCode = 4
	EAPInitiate EAPCode = 5 // RFC 6696
	EAPFinish   EAPCode = 6
)

var eapCodeNames = map[EAPCode]string{
	EAPRequest: "Request", EAPResponse: "Response", EAPSuccess: "Success", EAPFailure: "Failure",
	EAPInitiate: "Initiate", EAPFinish: "Finish",
}

// String is the code's name, such as "Request", or "EAP code 99".
func (c EAPCode) String() string { return nameOf(eapCodeNames, c, "EAP code") }

// hasType reports whether messages of the code have a type.
func (c EAPCode) hasType() bool {
	return c == EAPRequest || c == EAPResponse || c == EAPInitiate || c == EAPFinish
}

// EAP2 is an EAP payload: one EAP message (RFC 7296, section 3.16; RFC 3748, section 4).
type EAP2 struct {
	Code       EAPCode
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

func parseEAP2(c *cursor) Body {
	e := &EAP2{Code: EAPCode(c.uint8("EAP code")), Identifier: c.uint8("EAP identifier")}
	off := c.Offset()
	e.Length = c.uint16("EAP length")
	if c.Err() == nil && e.Length < eapHeaderLen {
		c.failAt(off, "EAP length", ErrLength)
		return e
	}
	c.within("EAP message", int(e.Length)-eapHeaderLen, func(c *cursor) {
		if e.Code.hasType() {
			e.Type = EAPType(c.uint8("EAP type"))
		}
		e.Data = c.rest()
	})
	e.Spare = c.spare("EAP payload")
	return e
}

// Append implements Body.
func (e *EAP2) Append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, byte(e.Code), e.Identifier)
	dst = binary.BigEndian.AppendUint16(dst, e.Length)
	if e.Code.hasType() {
		dst = append(dst, byte(e.Type))
	}
	dst = append(dst, e.Data...)
	if e.Length == 0 {
		binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start))
	}
	return append(dst, e.Spare...)
}

// Identity is the identity that a response to an identity request gives.
func (e *EAP2) Identity() (string, bool) {
	if e.Code != EAPResponse || e.Type != EAPIdentity {
		return "", false
	}
	return printable(string(e.Data)), true
}

// Message is the EAP message without what follows it, as its peers and an AAA server have it.
func (e *EAP2) Message() []byte {
	m := *e
	m.Spare = nil
	return m.Append(nil)
}

// String is code, identifier and type with what may be shown of it: "Request 1 Identity", "Response 0 Identity alice",
// "Request 12 MSCHAPv2 Challenge, name gwb", "Response 3 GTC ********", "Success 5". What authenticates the peer is masked.
func (e *EAP2) String() string {
	s := e.Code.String() + " " + decimal(e.Identifier)
	switch e.Code {
	case EAPRequest, EAPResponse:
	case EAPInitiate, EAPFinish:
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
