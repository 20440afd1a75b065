package ikedecode

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// Parse parses one IKE datagram, without a key: the header and what is unencrypted, of IKEv1 or IKEv2 by the version in the header. It
// returns what could be read together with the first error; the message is nil only where b is shorter than a header (28 bytes).
// UDP encapsulation (the four zero bytes on port 4500) is to be taken off before.
func Parse(b []byte) (*decode.Message, error) { return exchange.Parse(b) }

// An Inner is what the header of an inner IP packet says.
type Inner struct {
	Src, Dst netip.Addr
	Protocol uint8  // IP protocol; of IPv6 what follows the extension headers
	Packet   []byte // the whole IP packet. It is valid as long as the Frame is
}

// Inner is the IP packet that a datagram held; ok is false where the datagram was not decrypted, or is in transport mode.
func (it *Item) Inner() (in Inner, ok bool) {
	if it.Opened == nil {
		return Inner{}, false
	}
	h, ok := ip.Parse(it.Opened.IP)
	return Inner{h.Src, h.Dst, h.Proto, it.Opened.IP}, ok
}

// Closest is the SA that a datagram of ESP, AH or IPComp was decrypted with or, where it was not decrypted, the one that matches it best
// and counts its failure; nil where none does.
func (it *Item) Closest() *esp.SA { return it.opened.SA }

// SPI is that of an ESP or AH datagram, or the CPI of an IPComp one; 0 where it is cut off.
func (it *Item) SPI() uint32 {
	if it.esp == nil {
		return 0
	}
	return spiOf(it.esp)
}
