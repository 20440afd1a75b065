package traffic

import (
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// Pieces are runs of sequence numbers in a capture between whose packets those of other captures come: of several sensors. Each lies between two of
// them, and is one packet where it is so near to one of them that the other capture may show the same packet.
type Pieces struct {
	// Borders are the frames, in order, before which packets of others come; none: there are no Pieces.
	Borders []int
	Max     int // of all SAs; one that would make them more has none
	passed  int // of Borders
	n       int
}

// A Piece is a run, with the frames of its first and last packet, and their times in nanoseconds since 1970.
type Piece struct {
	Run             esp.Run
	First, Last     int
	FirstAt, LastAt int64
}

// placed are the Pieces of an SA.
type placed struct {
	list    []Piece
	recent  []Piece // packets behind those of the list, of the last moments, from head on
	head    int
	border  int   // Pieces.passed of the last packet
	start   int   // in list: the first that is behind that border
	begun   int64 // its time
	dropped bool
}

// nearby is how near two packets are that may be one, captured twice.
const nearby = int64(capture.DefaultRepeatWindow)

// add adds a packet of an SA.
func (r *Pieces) add(p *placed, seq uint64, d *capture.Datagram) {
	for r.passed < len(r.Borders) && d.Frame >= r.Borders[r.passed] {
		r.passed++
	}
	if len(r.Borders) == 0 || p.dropped {
		return
	}
	at := d.Time.UnixNano()
	if p.border != r.passed || p.len() == 0 {
		p.list, p.recent, p.head = append(p.list, p.recent[p.head:]...), p.recent[:0], 0
		p.border, p.start, p.begun = r.passed, len(p.list), at
	}
	p.recent = append(p.recent, Piece{esp.Run{First: seq, N: 1, Repeat: d.Repeat}, d.Frame, d.Frame, at, at})
	r.n++
	for ; p.recent[p.head].FirstAt < at-nearby; p.head++ {
		if p.keep(&p.recent[p.head]) {
			r.n--
		}
	}
	if p.head > len(p.recent)/2 {
		p.recent, p.head = slices.Delete(p.recent, 0, p.head), 0
	}
	if r.n > r.Max {
		r.n -= p.len()
		*p = placed{dropped: true}
	}
}

func (p *placed) len() int { return len(p.list) + len(p.recent) - p.head }

// keep puts a packet that is not near to the border behind it into the list; joined says that it is a part of the last one there.
func (p *placed) keep(x *Piece) (joined bool) {
	if n := len(p.list); n > p.start {
		if last := &p.list[n-1]; last.FirstAt > p.begun+nearby && last.Run.Repeat == x.Run.Repeat && last.Run.First+last.Run.N == x.Run.First {
			last.Run.N++
			last.Last, last.LastAt = x.Last, x.LastAt
			return true
		}
	}
	p.list = append(p.list, *x)
	return false
}

func (p *placed) all() []Piece { return slices.Concat(p.list, p.recent[p.head:]) }
