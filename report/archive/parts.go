package archive

import (
	"cmp"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
)

// parts are the sequence numbers of an SA in several files.
type parts struct {
	list  []part
	mixed bool // some came at the same time: files of several sensors
}

// A part is what one mark has of an SA.
type part struct {
	sa     *SA
	series string // of its file: of what goes on from file to file, a mark tells what was captured twice
	number func(frame int) (int, bool)
}

// add adds that of the next mark; after says that all of its packets came after those before.
func (p *parts) add(x part, after bool) {
	p.list = append(p.list, x)
	p.mixed = p.mixed || !after
}

// empty reports whether there are no sequence numbers.
func (p *parts) empty() bool {
	return !slices.ContainsFunc(p.list, func(x part) bool { return len(x.sa.Runs) > 0 })
}

// sequence is what the sequence numbers tell; exact says that it is what one capture of all packets tells.
func (p *parts) sequence() (st esp.Stats, exact bool) {
	if p.mixed {
		list, ok := p.inOrder()
		if !ok {
			return p.withoutOrder(), false
		}
		return esp.SequenceOf(list), true
	}
	return esp.SequenceOf(p.runs()), true
}

// runs are those of all parts, one after the other.
func (p *parts) runs() (list []esp.Run) {
	for _, x := range p.list {
		list = append(list, x.sa.Runs...)
	}
	return list
}

// inOrder are the runs of all parts in the order of their packets, with what several sensors captured of one packet as Repeats; ok is false where
// the order is not known, or whether packets are close enough to each other for that.
func (p *parts) inOrder() (list []esp.Run, ok bool) {
	var pieces []piece
	for _, x := range p.list {
		if pieces, ok = x.appendPieces(pieces); !ok {
			return nil, false
		}
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.number, b.number) })
	var near sightings
	for _, x := range pieces {
		if x.run.Repeat {
			list = append(list, x.run)
			continue
		}
		runs, ok := near.add(x)
		if !ok {
			return nil, false
		}
		list = append(list, runs...)
	}
	return list, true
}

// appendPieces appends those of a part. Those of a stretch that no other one interrupts have one place together.
func (x part) appendPieces(list []piece) (_ []piece, ok bool) {
	sa := x.sa
	if sa.More > 0 || sa.First == nil || sa.Last == nil {
		return nil, false
	}
	for _, p := range sa.Pieces {
		number, ok := x.apart(p[3], p[4])
		if !ok {
			return nil, false
		}
		list = append(list, piece{esp.Run{First: uint64(p[0]), N: uint64(p[1]), Repeat: p[2] != 0}, number, x.series, p[5], p[6]})
	}
	if len(sa.Pieces) > 0 {
		return list, true
	}
	number, ok := x.apart(int64(sa.FirstFrame), int64(sa.LastFrame))
	for _, run := range sa.Runs {
		list = append(list, piece{run, number, x.series, sa.First.UnixNano(), sa.Last.UnixNano()})
	}
	return list, ok
}

// apart is the number in the whole of the first of some frames, between which no other file has any.
func (x part) apart(first, last int64) (number int, ok bool) {
	number, known := x.number(int(first))
	end, ok := x.number(int(last))
	return number, ok && known && int64(end-number) == last-first
}

// withoutOrder is what the numbers alone tell: which of them are missing. What another sensor captured, too, is a Repeat, and what came out of order, or
// again, is what each file has of that.
func (p *parts) withoutOrder() esp.Stats {
	sorted := slices.SortedStableFunc(slices.Values(p.runs()), func(a, b esp.Run) int { return cmp.Compare(a.First, b.First) })
	var once []esp.Run // each number in one of them
	total, next := uint64(0), uint64(0)
	for _, r := range sorted {
		total += r.N
		from, to := max(r.First, next), r.First+r.N
		if from >= to {
			continue
		}
		once = append(once, esp.Run{First: from, N: to - from})
		next = to
	}
	st := esp.SequenceOf(once)
	for _, r := range once {
		total -= r.N
	}
	replays := 0
	for _, x := range p.list {
		replays += x.sa.Replays
		st.Reordered += x.sa.Reordered
	}
	st.Duplicates = int(total)
	st.Replays = min(replays, st.Duplicates)
	st.Repeats = st.Duplicates - st.Replays
	return st
}
