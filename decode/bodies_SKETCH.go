package decode

import "net/netip"

// The bodies of IKEv1's payloads. SKETCH: each type moves into a file of its own, with its parser, appender and numbers.

// SA1 is a Security Association payload of IKEv1 (RFC 2408, section 3.4; RFC 2407, section 4.6.1).
type SA1 struct {
	DOI       uint32
	Situation []byte // 4 bytes for SIT_IDENTITY_ONLY
	Proposals []Proposal1
}

// Proposal1 is a Proposal payload (RFC 2408, section 3.5). Proposals with the same number belong together (AND).
type Proposal1 struct {
	Number     uint8
	Protocol   ProtocolID
	SPI        []byte
	Transforms []Transform1
}

// Transform1 is a Transform payload (RFC 2408, section 3.6).
type Transform1 struct {
	Number     uint8
	ID         uint8 // KEY_IKE for phase 1, the ESP, AH or IPComp transform ID for phase 2
	Attributes []Attribute
}

// An Attribute is a data attribute (RFC 2408, section 3.3).
type Attribute struct {
	Type  uint16 // 15 bits, without the AF bit
	Basic bool   // AF bit: the value is the 2 bytes of the TV form
	Value []byte
}

// Uint is the value as an unsigned number, big-endian; false if it is longer than 8 bytes.
func (a Attribute) Uint() (uint64, bool) { panic("sketch") }

type (
	// KE1 is a Key Exchange payload: the public value.
	KE1 struct{ Data []byte }
	// ID1 is an Identification payload (RFC 2407, section 4.6.2).
	ID1 struct {
		Type     IDType
		Protocol uint8
		Port     uint16
		Data     []byte
	}
	// Cert1 and CertReq1 are Certificate and Certificate Request payloads.
	Cert1 struct {
		Encoding CertEncoding
		Data     []byte
	}
	CertReq1 struct {
		Encoding CertEncoding
		Data     []byte
	}
	Hash1  struct{ Data []byte }
	Sig1   struct{ Data []byte }
	Nonce1 struct{ Data []byte }
	// Notify1 is a Notification payload (RFC 2408, section 3.14).
	Notify1 struct {
		DOI      uint32
		Protocol ProtocolID
		SPI      []byte
		Type     NotifyType1
		Data     []byte
	}
	// Delete1 is a Delete payload (RFC 2408, section 3.15).
	Delete1 struct {
		DOI      uint32
		Protocol ProtocolID
		SPIs     [][]byte
	}
	VendorID struct{ Data []byte }
	// Attributes1 is an Attributes payload (Mode Config, XAUTH).
	Attributes1 struct {
		Type       ConfigType
		ID         uint16
		Attributes []Attribute
	}
	NATD1 struct{ Data []byte } // NAT-D: a hash
	// NATOA1 is a NAT-OA payload: the original address.
	NATOA1 struct {
		Type IDType
		Addr netip.Addr
	}
	// Fragment1 is an IKE fragment (payload 132, Cisco and Microsoft).
	Fragment1 struct {
		ID     uint16
		Number uint8
		Last   bool
		Data   []byte
	}
	Unknown struct{ Data []byte }
)

// Wire numbers; each has a String that shows unknown values too ("notify 16500").
type (
	PayloadType  uint8
	ExchangeType uint8
	ProtocolID   uint8
	IDType       uint8
	CertEncoding uint8
	NotifyType1  uint16
	ConfigType   uint8
)

// Payload types of IKEv1 (RFC 2408, section 3.1).
const (
	PayloadNone       PayloadType = 0
	PayloadSA         PayloadType = 1
	PayloadProposal   PayloadType = 2
	PayloadTransform  PayloadType = 3
	PayloadKE         PayloadType = 4
	PayloadID         PayloadType = 5
	PayloadCert       PayloadType = 6
	PayloadCertReq    PayloadType = 7
	PayloadHash       PayloadType = 8
	PayloadSig        PayloadType = 9
	PayloadNonce      PayloadType = 10
	PayloadNotify     PayloadType = 11
	PayloadDelete     PayloadType = 12
	PayloadVendorID   PayloadType = 13
	PayloadAttributes PayloadType = 14
	PayloadNATD       PayloadType = 20
	PayloadNATOA      PayloadType = 21
	PayloadNATDDraft  PayloadType = 130
	PayloadNATOADraft PayloadType = 131
	PayloadFragment   PayloadType = 132
)

// Exchange types.
const (
	ExchangeBase          ExchangeType = 1
	ExchangeMain          ExchangeType = 2 // Identity Protection
	ExchangeAuthOnly      ExchangeType = 3
	ExchangeAggressive    ExchangeType = 4
	ExchangeInformational ExchangeType = 5
	ExchangeTransaction   ExchangeType = 6
	ExchangeQuick         ExchangeType = 32
	ExchangeNewGroup      ExchangeType = 33
)

// Protocol IDs (RFC 2407, section 4.4.1).
const (
	ProtocolISAKMP ProtocolID = 1
	ProtocolAH     ProtocolID = 2
	ProtocolESP    ProtocolID = 3
	ProtocolIPComp ProtocolID = 4
)

// ParseHeader parses the ISAKMP header at the front of b.
func ParseHeader(b []byte) (Header, error) { panic("sketch") }

// Parse parses one message. It returns what it could decode together with the first error.
func Parse(b []byte) (*Message, error) { panic("sketch") }

// ParsePayloads parses a chain of payloads that starts with type first at the front of b, e.g. a decrypted body.
// It returns the payloads and what follows the last one (the padding). The error is the first one that stopped the
// chain or was found inside a payload (*SyntaxError); payloads holds all that could be parsed.
func ParsePayloads(first PayloadType, b []byte) (payloads []Payload, rest []byte, err error) {
	panic("sketch")
}

// Append appends the message as it goes on the wire, from its parsed parts.
func (m *Message) Append(dst []byte) []byte { panic("sketch") }
