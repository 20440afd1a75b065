package archive

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Numbers tell which frames of the whole archive the packets of a stretch are, where a pass over all files has seen it: points of known
// frames, in order. Numbers grow from packet to packet, by more than one where packets of other files lie between two: where they do not from one
// point to the next, all between these are known, too.
type Numbers []Numbered

// A Numbered is a packet with its number.
type Numbered struct {
	Frame  int // in the stretch, from 1
	Number int // in the whole
}

// MarshalText writes "1=1 500=500".
func (n Numbers) MarshalText() ([]byte, error) {
	var b []byte
	for i, p := range n {
		if i > 0 {
			b = append(b, ' ')
		}
		b = fmt.Appendf(b, "%d=%d", p.Frame, p.Number)
	}
	return b, nil
}

// UnmarshalText reads what MarshalText writes.
func (n *Numbers) UnmarshalText(b []byte) error {
	words := strings.Fields(string(b))
	*n = make(Numbers, len(words))
	for i, word := range words {
		p := &(*n)[i]
		frame, number, _ := strings.Cut(word, "=")
		var errs [2]error
		p.Frame, errs[0] = strconv.Atoi(frame)
		p.Number, errs[1] = strconv.Atoi(number)
		if err := errors.Join(errs[:]...); err != nil {
			return fmt.Errorf("frame numbers: %w", err)
		}
		if i > 0 && (p.Frame <= (*n)[i-1].Frame || p.Number <= (*n)[i-1].Number) {
			return errors.New("frame numbers out of order")
		}
	}
	return nil
}

// of is the number of a frame of the stretch.
func (n Numbers) of(frame int) (number int, ok bool) {
	i, found := slices.BinarySearchFunc(n, frame, func(p Numbered, frame int) int { return cmp.Compare(p.Frame, frame) })
	switch {
	case found:
		return n[i].Number, true
	case i == 0 || i == len(n) || n[i].Number-n[i].Frame != n[i-1].Number-n[i-1].Frame:
		return 0, false
	}
	return frame + n[i].Number - n[i].Frame, true
}

// So many points are kept for all packets, of a stretch and of an archive, but for the first run of each stretch. Beyond it are those of the first
// and the last packet of each flow: what is told of SAs.
const (
	maxNumbered    = 1 << 16
	maxAllNumbered = 1 << 20
)

// A numbering makes the Numbers of a stretch.
type numbering struct {
	room        *int    // points that are left for all stretches
	list        Numbers // ends of runs
	full        bool    // there is no room for more
	first, last Numbered
	flows       map[seen]*flowEnds // when it is full
	now         seen               // the flow of the last packet
	ends        *flowEnds
}

// flowEnds are the first and the last packet of a flow.
type flowEnds struct{ first, last Numbered }

// packet takes the number of the next packet.
func (n *numbering) packet(frame, number int) {
	p := Numbered{frame, number}
	if n.first.Frame > 0 && number-frame != n.last.Number-n.last.Frame {
		n.endRun()
	}
	if n.first.Frame == 0 {
		n.first = p
	}
	n.last = p
}

func (n *numbering) endRun() {
	if !n.full && n.first.Frame > 0 {
		if n.list = append(n.list, n.first); n.last != n.first {
			n.list = append(n.list, n.last)
		}
		*n.room -= 2
		n.full = len(n.list) >= maxNumbered || *n.room <= 0
	}
	n.first = Numbered{}
}

// flow says that the packet taken last is one of a flow.
func (n *numbering) flow(x seen) {
	if !n.full {
		return
	}
	if n.ends == nil || x != n.now {
		if n.flows == nil {
			n.flows = make(map[seen]*flowEnds)
		}
		ends := n.flows[x]
		if ends == nil {
			if len(n.flows) >= maxSPIs {
				return
			}
			ends = &flowEnds{first: n.last}
			n.flows[x] = ends
		}
		n.now, n.ends = x, ends
	}
	n.ends.last = n.last
}

// end completes the numbers.
func (n *numbering) end() Numbers {
	n.endRun()
	for _, x := range n.flows {
		n.list = append(n.list, x.first, x.last)
	}
	slices.SortFunc(n.list, func(a, b Numbered) int { return cmp.Compare(a.Frame, b.Frame) })
	return slices.Compact(n.list)
}

// A span is a stretch among those of an archive.
type span struct {
	task        string
	first, last time.Time // the latest of its packets
	packets     int
	numbers     Numbers
	base        int // frames before it, where known
	apart       bool
}

// An order knows the frames of the whole archive.
type order struct {
	spans map[string]*span // by tasks
	// passed says that a pass over all files numbered the packets of those that it knew, and that these are still what they were.
	passed bool
}

// orderOf is the order of an archive. Without a manifest nothing is known of it.
func orderOf(m *Manifest) *order {
	o := &order{spans: make(map[string]*span)}
	if m == nil {
		return o
	}
	var list []*span
	numbered, latest := 0, time.Time{}
	for _, f := range m.Files {
		for i := range f.Stretches {
			s := &f.Stretches[i]
			x := &span{task: (&Task{File: f, Stretch: s, Index: i}).Name(), first: s.First, last: s.latest(), packets: s.Packets, numbers: s.Numbers}
			list = append(list, x)
			o.spans[x.task] = x
			if len(s.Numbers) > 0 {
				numbered += s.Packets
				if x.last.After(latest) {
					latest = x.last
				}
			}
		}
	}
	o.passed = m.Numbered > 0 && numbered == m.Numbered && !slices.ContainsFunc(list, func(x *span) bool {
		return len(x.numbers) == 0 && !x.first.After(latest) // it came later, and goes in between
	})
	o.lay(list)
	return o
}

// lay puts those stretches one after the other that do not overlap any other one in time.
func (o *order) lay(list []*span) {
	slices.SortStableFunc(list, func(a, b *span) int { return cmp.Or(a.first.Compare(b.first), a.last.Compare(b.last)) })
	before, latest := 0, time.Time{}
	for i, x := range list {
		x.base = before
		x.apart = (i == 0 || x.first.After(latest)) && (i == len(list)-1 || list[i+1].first.After(x.last))
		before += x.packets
		if x.last.After(latest) {
			latest = x.last
		}
	}
}

// number is the function that numbers the frames of a mark.
func (o *order) number(m *Mark) func(frame int) (int, bool) {
	x := o.spans[m.Name]
	switch {
	case x == nil || m.Decrypt == nil || x.packets != m.Decrypt.Packets:
		return func(int) (int, bool) { return 0, false }
	case o.passed && len(x.numbers) > 0:
		return x.numbers.of
	}
	return func(frame int) (int, bool) { return x.base + frame, x.apart }
}

// covers reports whether the pass that made the manifest's SAs had the file of a mark.
func (o *order) covers(m *Mark) bool {
	x := o.spans[m.Name]
	return x != nil && len(x.numbers) > 0
}
