// Package decode turns bytes into ISAKMP messages: the header shared by IKEv1 and IKEv2, the payloads of IKEv1 (RFC 2407,
// RFC 2408, RFC 2409 and what is used in the field) and those of IKEv2 (RFC 7296 and its extensions). It holds no keys and
// does no I/O.
//
// What a parser returns points into the bytes it was given. A malformed payload is reported in its own Err and in
// Message.Notes; what follows it is still parsed where the lengths allow it.
package decode

import "github.com/ikedecode/ikedecode/decode/ike"

// HeaderLen is the length of the ISAKMP header in bytes (RFC 2408, section 3.1).
const HeaderLen = 28

// SPI is that of an IKE SA, as both versions have it in their header.
type SPI = ike.SPI

// A Header is the ISAKMP header (RFC 2408, section 3.1).
type Header struct {
	Initiator, Responder SPI
	NextPayload          PayloadType
	Version              uint8 // major version in the high half, minor in the low
	Exchange             ExchangeType
	Flags                Flags
	MessageID            uint32
	Length               uint32 // as claimed, header included
}

// Major is the major version: 1 or 2.
func (h Header) Major() int { return int(h.Version >> 4) }

// A Message is one ISAKMP message.
type Message struct {
	Header
	// Raw is the whole message as it was captured, no longer than the header's length field says.
	Raw []byte
	// Payloads are the payloads of an unencrypted body, in wire order.
	Payloads []Payload
	// Encrypted is the encrypted body (after the header) where the encryption flag is set, nil otherwise.
	Encrypted []byte
	// Trailer is what follows the last payload inside the message: padding, or garbage.
	Trailer []byte
	// Notes are oddities that do not stop the parser.
	Notes []Note
}

// A Payload is one payload with its generic header (RFC 2408, section 3.2).
type Payload struct {
	Type PayloadType
	Next PayloadType // the next payload field
	// Reserved is the byte after it: 0 in IKEv1; IKEv2 has the critical flag in its top bit.
	Reserved uint8
	// Critical is that flag: a receiver that does not know the type must reject the message (RFC 7296, section 2.5).
	Critical bool
	Raw      []byte // generic header (4 bytes) and body, as they came
	Body     Body   // never nil; *Unknown where there is no parser
	Err      error  // Body holds what came before it
	Notes    []Note // oddities inside; those of a message are in Message.Notes, too
}

// Data returns the payload without its generic header: the <P>_b of RFC 2409's formulas.
func (p Payload) Data() []byte {
	if len(p.Raw) < 4 {
		return nil
	}
	return p.Raw[4:]
}

// Name is the payload's name. Where one number has two meanings, the body decides: "NAT-D" or "SAK".
func (p Payload) Name() string {
	_, unknown := p.Body.(*Unknown)
	switch {
	case p.Type == natdOrSAK && unknown:
		return "SAK"
	case p.Type == natdOrSAK:
		return "NAT-D"
	case p.Type == natoaOrSAT && unknown:
		return "SAT"
	case p.Type == natoaOrSAT:
		return "NAT-OA"
	}
	return p.Type.String()
}

// A Body is the parsed content of a payload.
type Body interface {
	// Append appends the body, without generic header, as it goes on the wire.
	Append(dst []byte) []byte
}

// Find returns the first payload of type t.
func Find(payloads []Payload, t PayloadType) (Payload, bool) {
	for _, p := range payloads {
		if p.Type == t {
			return p, true
		}
	}
	return Payload{}, false
}
