package decode

import (
	"encoding/binary"
	"fmt"
)

// sha1Len is the length of a SHA-1 hash, the only one that the payloads of RFC 7296 have.
const sha1Len = 20

// Notify2 is a Notify payload of IKEv2 (RFC 7296, section 3.10).
type Notify2 struct {
	Protocol ProtocolID // of the SA that is meant, 0 where none is
	SPI      []byte     // of that SA, empty for the IKE SA of the message
	Type     NotifyType2
	Data     []byte
}

func parseNotify2(c *cursor) Body {
	n := &Notify2{Protocol: ProtocolID(c.uint8("protocol ID"))}
	spiSize := int(c.uint8("SPI size"))
	n.Type = NotifyType2(c.uint16("notify message type"))
	n.SPI = c.take("SPI", spiSize)
	off := c.Offset()
	n.Data = c.rest()
	if kind := notifyData2[n.Type]; kind.fits != nil && !kind.fits(len(n.Data)) {
		c.note(off, "%v has %d bytes of data", n.Type, len(n.Data))
	}
	return n
}

// Append implements Body.
func (n *Notify2) Append(dst []byte) []byte {
	dst = append(dst, byte(n.Protocol), byte(len(n.SPI)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(n.Type))
	dst = append(dst, n.SPI...)
	return append(dst, n.Data...)
}

// IsError reports whether the type is one of the errors.
func (n *Notify2) IsError() bool { return n.Type.IsError() }

// String is the type with the SA it is about and what its data says: "INVALID_KE_PAYLOAD MODP-2048",
// "REKEY_SA ESP 0xc0ffee01", "AUTH_LIFETIME 3600 s", "NO_PROPOSAL_CHOSEN".
func (n *Notify2) String() string {
	s := n.Type.String()
	if len(n.SPI) > 0 {
		s += fmt.Sprintf(" %s 0x%x", ProtocolName2(n.Protocol), n.SPI)
	}
	if kind := notifyData2[n.Type]; kind.show != nil && len(n.Data) > 0 {
		if text := kind.show(n); text != "" {
			s += " " + text
		}
	}
	return s
}

// A notifyKind2 is one row of the types whose data has a structure.
type notifyKind2 struct {
	fits func(n int) bool      // whether data may be n bytes long; nil: any length
	show func(*Notify2) string // renders data that is not empty, "" where it does not parse; nil: nothing to show
}

func exactly(want int) func(int) bool { return func(n int) bool { return n == want } }
func atLeast(want int) func(int) bool { return func(n int) bool { return n >= want } }
func oneOf(a, b int) func(int) bool   { return func(n int) bool { return n == a || n == b } }

// notifyData2 is filled by init, as its rows render with methods that look rows up.
var notifyData2 map[NotifyType2]notifyKind2

func init() {
	notifyData2 = map[NotifyType2]notifyKind2{
		Notify2UnsupportedCritical:   {exactly(1), showCritical},
		Notify2InvalidIKESPI:         {nil, showHexData},
		Notify2InvalidMessageID:      {exactly(4), showUint32("")},
		Notify2InvalidSPI:            {nil, showHexData},
		Notify2InvalidKE:             {exactly(2), showGroup2},
		Notify2SetWindowSize:         {exactly(4), showUint32("")},
		Notify2IPCompSupported:       {exactly(3), showIPComp},
		Notify2NATDetectionSource:    {exactly(sha1Len), nil},
		Notify2NATDetectionDest:      {exactly(sha1Len), nil},
		Notify2Cookie:                {func(n int) bool { return n >= 1 && n <= 64 }, showHexData},
		Notify2AdditionalIP4:         {exactly(4), showAddr},
		Notify2AdditionalIP6:         {exactly(16), showAddr},
		Notify2Cookie2:               {func(n int) bool { return n >= 8 && n <= 64 }, showHexData},
		Notify2AuthLifetime:          {exactly(4), showUint32(" s")},
		Notify2Redirect:              {atLeast(2), showGateway},
		Notify2RedirectedFrom:        {atLeast(2), showGateway},
		Notify2TicketLTOpaque:        {atLeast(4), showTicket},
		Notify2ROHCSupported:         {nil, showROHC},
		Notify2MessageIDSync:         {exactly(12), showMessageIDSync},
		Notify2ReplayCounterSync:     {oneOf(4, 8), showHexData},
		Notify2SecurePasswordMethods: {nil, showPasswordMethods},
		Notify2SignatureHashes:       {nil, showHashes},
		Notify2Puzzle:                {exactly(3), showPuzzle},
		Notify2PPKIdentity:           {nil, showPPK}, // empty in the answer (RFC 8784, section 3)
		Notify2PPKIdentityKey:        {atLeast(1 + ppkConfirmationLen), showPPK},
		Notify2UseAGGFRAG:            {exactly(1), showAGGFRAG},
		Notify2SupportedAuthMethods:  {nil, showAuthMethods},
	}
}
