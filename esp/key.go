package esp

import "net/netip"

// A looseKey is a protocol and an SPI. It is a number, for maps that are looked into for every packet.
type looseKey uint64

func keyOf(proto Protocol, spi uint32) looseKey { return looseKey(proto)<<32 | looseKey(spi) }

func (k looseKey) proto() Protocol { return Protocol(k >> 32) }

func (k looseKey) spi() uint32 { return uint32(k) }

// An exactKey is a protocol and SPI to one destination.
type exactKey struct {
	looseKey
	dst netip.Addr
}

// A flowKey is the packets of a protocol and SPI between two hosts.
type flowKey struct {
	looseKey
	src, dst netip.Addr
}
