package traffic

import (
	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
)

// maxRuns bounds the runs of an SA: packets in random order have one each.
const maxRuns = 1 << 16

// Runs are the sequence numbers of the decrypted packets of each SA, in the order in which they came.
type Runs struct{ of map[*esp.SA]*sequence }

type sequence struct {
	list []esp.Run
	more uint64
}

// Frame takes the packets of a frame in.
func (r *Runs) Frame(f *ikedecode.Frame) {
	for i := range f.Items {
		it := &f.Items[i]
		if it.Opened == nil {
			continue
		}
		for j := range it.Opened.Layers {
			if l := &it.Opened.Layers[j]; l.SA != nil && l.Protocol != esp.IPComp {
				r.add(l.SA, l.Seq, it.Datagram.Repeat)
			}
		}
	}
}

func (r *Runs) add(sa *esp.SA, seq uint64, repeat bool) {
	s := r.of[sa]
	if s == nil {
		if r.of == nil {
			r.of = make(map[*esp.SA]*sequence)
		}
		s = &sequence{}
		r.of[sa] = s
	}
	if n := len(s.list); n > 0 && s.more == 0 {
		if last := &s.list[n-1]; last.Repeat == repeat && seq == last.First+last.N {
			last.N++
			return
		}
	}
	if len(s.list) == maxRuns {
		s.more++
		return
	}
	s.list = append(s.list, esp.Run{First: seq, N: 1, Repeat: repeat})
}

// Of are those of an SA; more counts packets that are left out because there are too many runs.
func (r *Runs) Of(sa *esp.SA) (list []esp.Run, more uint64) {
	if s := r.of[sa]; s != nil {
		return s.list, s.more
	}
	return nil, 0
}
