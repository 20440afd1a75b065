package traffic

import (
	"slices"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
)

const (
	maxSized   = 4096 // flows
	maxDiverse = 16   // lengths of a flow that are told apart
	largest    = 16   // block of a cipher in CBC mode, in bytes: what is encrypted is a multiple of it, or of half of it
)

// Sizes follows the lengths of the packets of each flow, decrypted or not: they tell how long the ICV is.
type Sizes struct{ flows map[Flow]*Size }

// A Size is what the lengths of a flow's packets have in common.
type Size struct {
	rests     uint16 // bit n: the bytes after a sequence number of ESP are n more than a multiple of the largest block
	lengths   []int
	icv       int // of AH, bytes
	different bool
}

// Of is what is known of a flow; nil: nothing.
func (w *Sizes) Of(f Flow) *Size { return w.flows[f] }

// Rest is by how many bytes what follows the sequence numbers of ESP is more than a multiple of a block, of so many bytes; ok is false where
// packets differ in that.
func (s *Size) Rest(block int) (rest int, ok bool) {
	found := false
	for n := range largest {
		if s.rests&(1<<n) == 0 {
			continue
		}
		if found && n%block != rest {
			return 0, false
		}
		rest, found = n%block, true
	}
	return rest, found
}

// Lengths is how many lengths packets have, as far as they are told apart.
func (s *Size) Lengths() int { return len(s.lengths) }

// ICV is the length of the ICV in the header of AH, in bytes; 0: packets differ, or it is no AH.
func (s *Size) ICV() int {
	if s.different {
		return 0
	}
	return s.icv
}

func (w *Sizes) item(it *ikedecode.Item) {
	f, ok := FlowOf(it)
	d := it.Datagram
	const header, ahHeader = 8, 12
	if !ok || f.Protocol == esp.IPComp || d.Repeat || d.Cut || len(d.Payload) < ahHeader {
		return
	}
	s := w.flows[f]
	if s == nil {
		if len(w.flows) >= maxSized {
			return
		}
		if w.flows == nil {
			w.flows = make(map[Flow]*Size)
		}
		s = &Size{}
		w.flows[f] = s
	}
	n := len(d.Payload)
	switch icv := 4*(int(d.Payload[1])+2) - ahHeader; {
	case f.Protocol == esp.ESP:
		s.rests |= 1 << ((n - header) % largest)
	case s.icv != 0 && s.icv != icv:
		s.different = true
	default:
		s.icv = icv
	}
	if len(s.lengths) < maxDiverse && !slices.Contains(s.lengths, n) {
		s.lengths = append(s.lengths, n)
	}
}
