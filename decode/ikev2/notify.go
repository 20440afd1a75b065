package ikev2

import (
	"encoding/binary"
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Notify is a Notify payload of IKEv2 (RFC 7296, section 3.10).
type Notify struct {
	Protocol ike.Protocol // of the SA that is meant, 0 where none is
	SPI      []byte       // of that SA, empty for the IKE SA of the message
	Type     NotifyType
	Data     []byte
}

func parseNotify(c *wire.Cursor) decode.Body {
	n := &Notify{Protocol: ike.Protocol(c.Uint8("protocol ID"))}
	spiSize := int(c.Uint8("SPI size"))
	n.Type = NotifyType(c.Uint16("notify message type"))
	n.SPI = c.Take("SPI", spiSize)
	off := c.Offset()
	n.Data = c.Rest()
	if kind := notifyData[n.Type]; kind.fits != nil && !kind.fits(len(n.Data)) {
		c.Note(off, "%v has %d bytes of data", n.Type, len(n.Data))
	}
	return n
}

// Append implements Body.
func (n *Notify) Append(dst []byte) []byte {
	dst = append(dst, byte(n.Protocol), byte(len(n.SPI)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(n.Type))
	dst = append(dst, n.SPI...)
	return append(dst, n.Data...)
}

// IsError reports whether the type is one of the errors.
func (n *Notify) IsError() bool { return n.Type.IsError() }

// String is the type with the SA it is about and what its data says: "INVALID_KE_PAYLOAD MODP-2048",
// "REKEY_SA ESP 0xc0ffee01", "AUTH_LIFETIME 3600 s", "NO_PROPOSAL_CHOSEN".
func (n *Notify) String() string {
	s := n.Type.String()
	if len(n.SPI) > 0 {
		s += fmt.Sprintf(" %s 0x%x", n.Protocol.Name(ike.V2), n.SPI)
	}
	if kind := notifyData[n.Type]; kind.show != nil && len(n.Data) > 0 {
		if text := kind.show(n); text != "" {
			s += " " + text
		}
	}
	return s
}

// A notifyKind is one row of the types whose data has a structure.
type notifyKind struct {
	fits func(n int) bool     // whether data may be n bytes long; nil: any length
	show func(*Notify) string // renders data that is not empty, "" where it does not parse; nil: nothing to show
}

func exactly(want int) func(int) bool { return func(n int) bool { return n == want } }
func atLeast(want int) func(int) bool { return func(n int) bool { return n >= want } }
func oneOf(a, b int) func(int) bool   { return func(n int) bool { return n == a || n == b } }

// notifyData is filled by init, as its rows render with methods that look rows up.
var notifyData map[NotifyType]notifyKind

func init() {
	notifyData = map[NotifyType]notifyKind{
		NotifyUnsupportedCritical:   {exactly(1), showCritical},
		NotifyInvalidIKESPI:         {nil, showHexData},
		NotifyInvalidMessageID:      {exactly(4), showUint32("")},
		NotifyInvalidSPI:            {nil, showHexData},
		NotifyInvalidKE:             {exactly(2), showGroup},
		NotifySetWindowSize:         {exactly(4), showUint32("")},
		NotifyIPCompSupported:       {exactly(3), showIPComp},
		NotifyNATDetectionSource:    {exactly(sha1Len), nil},
		NotifyNATDetectionDest:      {exactly(sha1Len), nil},
		NotifyCookie:                {func(n int) bool { return n >= 1 && n <= 64 }, showHexData},
		NotifyAdditionalIP4:         {exactly(4), showAddr},
		NotifyAdditionalIP6:         {exactly(16), showAddr},
		NotifyCookie2:               {func(n int) bool { return n >= 8 && n <= 64 }, showHexData},
		NotifyAuthLifetime:          {exactly(4), showUint32(" s")},
		NotifyRedirect:              {atLeast(2), showGateway},
		NotifyRedirectedFrom:        {atLeast(2), showGateway},
		NotifyTicketLTOpaque:        {atLeast(4), showTicket},
		NotifyROHCSupported:         {nil, showROHC},
		NotifyMessageIDSync:         {exactly(12), showMessageIDSync},
		NotifyReplayCounterSync:     {oneOf(4, 8), showHexData},
		NotifySecurePasswordMethods: {nil, showPasswordMethods},
		NotifySignatureHashes:       {nil, showHashes},
		NotifyPuzzle:                {exactly(3), showPuzzle},
		NotifyPPKIdentity:           {nil, showPPK}, // empty in the response (RFC 8784, section 3)
		NotifyPPKIdentityKey:        {atLeast(1 + ppkConfirmationLen), showPPK},
		NotifyUseAGGFRAG:            {exactly(1), showAGGFRAG},
		NotifySupportedAuthMethods:  {nil, showAuthMethods},
	}
}
