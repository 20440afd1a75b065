package traffic

import (
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// A Flow is the packets of one SPI in one direction, as they name it.
type Flow struct {
	Protocol esp.Protocol
	SPI      uint32
	Src, Dst netip.Addr // not valid: any
}

var protocols = map[capture.Kind]esp.Protocol{capture.ESP: esp.ESP, capture.AH: esp.AH, capture.IPComp: esp.IPComp}

// FlowOf is the flow that a packet of ESP, AH or IPComp belongs to; ok is false for other datagrams.
func FlowOf(it *ikedecode.Item) (f Flow, ok bool) {
	d := it.Datagram
	proto, ok := protocols[d.Kind]
	return Flow{proto, it.SPI(), d.Src.Addr(), d.Dst.Addr()}, ok
}

// OfSA is the flow of an SA as it was negotiated or given.
func OfSA(sa *esp.SA) Flow { return Flow{sa.Protocol, sa.SPI, sa.Src, sa.Dst} }

// OfClosed is a flow that was not decrypted.
func OfClosed(u *ikedecode.UnknownSPI) Flow { return Flow{u.Protocol, u.SPI, u.Src, u.Dst} }
