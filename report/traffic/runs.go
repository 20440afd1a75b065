package traffic

import (
	"cmp"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// Packets in random order have a run each. So many runs have room: of one SA, of all together where nothing else is said, and of each SA when all
// of that is taken.
const (
	maxRuns    = 1 << 16
	maxAllRuns = 1 << 20
	leastRuns  = 16
)

// Runs are the sequence numbers of the decrypted packets of each SA that is in a list, in the order in which they came.
type Runs struct {
	Max    int    // runs of all SAs; 0: 1,048,576
	Pieces Pieces // of each SA, too
	of     map[*esp.SA]*sequence
	n      int
}

type sequence struct {
	list   []esp.Run
	more   uint64
	pieces placed
}

// Frame takes the packets of a frame in.
func (r *Runs) Frame(f *ikedecode.Frame) {
	for i := range f.Items {
		it := &f.Items[i]
		if it.Opened == nil {
			continue
		}
		for j := range it.Opened.Layers {
			if l := &it.Opened.Layers[j]; l.SA != nil && !l.SA.Passing() && l.Protocol != esp.IPComp {
				r.add(l.SA, l.Seq, it.Datagram)
			}
		}
	}
}

func (r *Runs) add(sa *esp.SA, seq uint64, d *capture.Datagram) {
	s := r.of[sa]
	if s == nil {
		if r.of == nil {
			r.of = make(map[*esp.SA]*sequence)
		}
		s = &sequence{}
		r.of[sa] = s
	}
	r.Pieces.add(&s.pieces, seq, d)
	if n := len(s.list); n > 0 && s.more == 0 {
		if last := &s.list[n-1]; last.Repeat == d.Repeat && seq == last.First+last.N {
			last.N++
			return
		}
	}
	if n := len(s.list); n == maxRuns || n >= leastRuns && r.n >= cmp.Or(r.Max, maxAllRuns) {
		s.more++
		return
	}
	r.n++
	s.list = append(s.list, esp.Run{First: seq, N: 1, Repeat: d.Repeat})
}

// Of are those of an SA; more counts packets that are left out because there are too many runs.
func (r *Runs) Of(sa *esp.SA) (list []esp.Run, more uint64) {
	if s := r.of[sa]; s != nil {
		return s.list, s.more
	}
	return nil, 0
}

// PiecesOf are the Pieces of an SA; none where there are no Borders, or too many Pieces.
func (r *Runs) PiecesOf(sa *esp.SA) []Piece {
	if s := r.of[sa]; s != nil {
		return s.pieces.all()
	}
	return nil
}
