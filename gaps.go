package ikedecode

import (
	"errors"
	"net/netip"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A flow is the packets of one protocol and SPI.
type flow struct {
	protocol esp.Protocol
	spi      uint32
}

// A direction is the way from one host to another.
type direction struct{ src, dst netip.Addr }

// traffic is what became of the ESP and AH packets, for judging the gaps of children.
type traffic struct {
	proven, closed map[flow]bool
	// Of SAs that no negotiation in the capture names.
	otherProven, otherClosed map[direction]bool
}

// newTraffic sums up the second pass.
func (s *Session) newTraffic() *traffic {
	named := make(map[flow]bool)
	for _, sa := range s.SAs {
		for _, c := range sa.Children {
			for _, d := range c.SAs {
				named[flow{d.Protocol, d.SPI}] = true
			}
		}
	}
	t := &traffic{make(map[flow]bool), make(map[flow]bool), make(map[direction]bool), make(map[direction]bool)}
	for _, sa := range s.Table.Used() {
		if f := (flow{sa.Protocol, sa.SPI}); sa.Proven() {
			t.proven[f] = true
			if !named[f] {
				t.otherProven[direction{sa.Src, sa.Dst}] = true
			}
		}
	}
	for _, u := range s.Unknown {
		if errors.Is(u.Err, ErrLate) {
			continue
		}
		f := flow{u.Protocol, u.SPI}
		t.closed[f] = true
		if !named[f] {
			t.otherClosed[direction{u.Src, u.Dst}] = true
		}
	}
	return t
}

// opens reports whether what the capture has of a child's traffic is decrypted, by keys from anywhere. A direction without packets says
// nothing; of one whose SPI was in a lost message, the SAs between the same hosts that nothing else names do.
func (t *traffic) opens(c *ikesa.Child) bool {
	opened := false
	var known [2]bool
	for _, d := range c.SAs {
		if d.Protocol == esp.IPComp {
			continue
		}
		f := flow{d.Protocol, d.SPI}
		if t.closed[f] {
			return false
		}
		opened = opened || t.proven[f]
		known[side(d.FromInitiator)] = true
	}
	for i, way := range []direction{{c.Responder, c.Initiator}, {c.Initiator, c.Responder}} {
		if known[i] {
			continue
		}
		if t.otherClosed[way] {
			return false
		}
		opened = opened || t.otherProven[way]
	}
	return opened
}

// shut reports whether a child's traffic is not decrypted although there were keys to try.
func (t *traffic) shut(c *ikesa.Child) bool {
	for _, d := range c.SAs {
		f := flow{d.Protocol, d.SPI}
		if len(d.Candidates) > 0 && t.closed[f] && !t.proven[f] {
			return true
		}
	}
	return false
}

// side is 1 for the traffic of an exchange's initiator.
func side(fromInitiator bool) int {
	if fromInitiator {
		return 1
	}
	return 0
}
