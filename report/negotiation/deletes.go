package negotiation

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

var espProtocols = map[ike.Protocol]esp.Protocol{ike.ESP: esp.ESP, ike.AH: esp.AH, ike.IPComp: esp.IPComp}

// DeletedBy are the SPIs of ESP, AH and IPComp that the Delete payloads of m name.
func DeletedBy(m *ikesa.Message) (list []ChildKey) {
	for _, p := range m.Parts {
		d, ok := p.(*ike.Delete)
		if !ok {
			continue
		}
		proto, ok := espProtocols[d.Protocol]
		for _, b := range d.SPIs {
			if spi, child := ike.ParseChildSPI(b); ok && child {
				list = append(list, ChildKey{Protocol: proto, SPI: uint32(spi)})
			}
		}
	}
	return list
}

// ChildDeleted lists the frames whose Delete payloads name an SPI of c.
func (s *Story) ChildDeleted(c *ikesa.Child) (list []int) {
	for _, sa := range c.SAs {
		for _, m := range s.deletes[ChildKey{Protocol: sa.Protocol, SPI: sa.SPI}] {
			list = append(list, m.Frame)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// IKEDelete is the first message that deletes an IKE SA; nil: none was seen.
func IKEDelete(sa *ikesa.SA) *ikesa.Message {
	for _, m := range sa.Messages {
		for _, p := range m.Parts {
			if d, ok := p.(*ike.Delete); ok && d.IKE() {
				return m
			}
		}
	}
	return nil
}
