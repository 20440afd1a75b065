package negotiation

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// deleteFrames finds the frames of the Delete payloads of each SPI.
func deleteFrames(sas []*ikesa.SA) map[ChildKey][]int {
	at := make(map[ChildKey][]int)
	for _, sa := range sas {
		for _, m := range sa.Messages {
			for _, p := range m.Payloads {
				switch d := p.Body.(type) {
				case *ikev1.Delete:
					addDelete(at, d.Protocol, d.SPIs, m.Frame)
				case *ikev2.Delete:
					addDelete(at, d.Protocol, d.SPIs, m.Frame)
				}
			}
		}
	}
	return at
}

var ESPProtocols = map[ike.Protocol]esp.Protocol{
	ike.ESP: esp.ESP, ike.AH: esp.AH, ike.IPComp: esp.IPComp,
}

func addDelete(at map[ChildKey][]int, protocol ike.Protocol, spis [][]byte, frame int) {
	proto, ok := ESPProtocols[protocol]
	if !ok {
		return
	}
	for _, b := range spis {
		if spi, ok := ike.ParseChildSPI(b); ok {
			at[ChildKey{Protocol: proto, SPI: uint32(spi)}] = append(at[ChildKey{Protocol: proto, SPI: uint32(spi)}], frame)
		}
	}
}

// ChildDeleted lists the frames whose Delete payloads name an SPI of c.
func (s *Story) ChildDeleted(c *ikesa.Child) (list []int) {
	for _, sa := range c.SAs {
		list = append(list, s.deletes[ChildKey{Protocol: sa.Protocol, SPI: sa.SPI}]...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// IKEDeleted is the frame in which a Delete payload ended the IKE SA; 0: none was seen.
func IKEDeleted(sa *ikesa.SA) int {
	for _, m := range sa.Messages {
		for _, p := range m.Parts {
			if d, ok := p.(*ike.Delete); ok && d.IKE() {
				return m.Frame
			}
		}
	}
	return 0
}
