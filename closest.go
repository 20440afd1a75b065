package ikedecode

import "github.com/ikedecode/ikedecode/esp"

// Closest is the SA that a datagram of ESP, AH or IPComp was opened with or, where it stayed closed, the one that fits it best
// and counts its failure; nil where none does.
func (it *Item) Closest() *esp.SA { return it.opened.SA }

// SPI is that of an ESP or AH datagram, or the CPI of an IPComp one; 0 where it is cut off.
func (it *Item) SPI() uint32 {
	if it.esp == nil {
		return 0
	}
	return spiOf(it.esp)
}
