package negotiation

import (
	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A ChildKey is what names one direction of a Child SA in a capture.
type ChildKey struct {
	Protocol esp.Protocol
	SPI      uint32
}

// A ChildRef is a direction of a Child SA and the IKE SA that it belongs to.
type ChildRef struct {
	SA    *ikesa.SA
	Child *ikesa.Child
	Dir   *ikesa.ChildSA
}

// Children are the directions of all Child SAs of a session. Of two with one SPI the later one counts.
func Children(s *ikedecode.Session) map[ChildKey]ChildRef {
	refs := make(map[ChildKey]ChildRef)
	for _, sa := range s.SAs {
		for _, c := range sa.Children {
			for i := range c.SAs {
				d := &c.SAs[i]
				refs[ChildKey{Protocol: d.Protocol, SPI: d.SPI}] = ChildRef{sa, c, d}
			}
		}
	}
	return refs
}
