package ikedecode

import (
	"container/list"
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/solve"
)

// archived are the IKE SAs that memory has no room for. Their messages are in a file: the first pass solves each once, for the SPIs of what it
// negotiated, and whoever needs it after that solves it again. Some stay solved for the next message.
type archived struct {
	mu      sync.Mutex
	archive *exchange.Archive
	solver  *solve.Solver
	room    int64
	taken   int64
	parts   map[exchange.Place]*list.Element // of order
	order   list.List                        // of *part, the one that was used last in front
	parents map[ikesa.SPIPair]int            // rows of IKE SAs by those that replace them
}

// A part is an archived IKE SA that is solved, or a part of one.
type part struct {
	place    exchange.Place
	sa       *ikesa.SA
	heirs    solve.Heirs
	messages messageIndex
	memory   int64
}

// maxLineage is how many IKE SAs, each of which replaced the one before, are solved again for one message of the last.
const maxLineage = 256

// find finds the message that a datagram holds.
func (a *archived) find(it *Item) {
	h, err := decode.ParseHeader(it.Datagram.Payload)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.archive.Find(h.Initiator, h.Responder, it.Datagram.Frame) {
		if part := a.solved(p); part != nil && part.messages.find(it) {
			return
		}
	}
}

// solved is a part, solved; nil where it cannot be read any more. The lock is held.
func (a *archived) solved(p exchange.Place) *part {
	if e := a.parts[p]; e != nil {
		a.order.MoveToFront(e)
		return e.Value.(*part)
	}
	c := a.archive.Load(p)
	if c == nil {
		return nil
	}
	return a.keep(p, c, a.inherited(pairOf(c)))
}

func pairOf(c *exchange.Conversation) ikesa.SPIPair {
	return ikesa.SPIPair{I: c.Initiator, R: c.Responder}
}

// inherited is what an IKE SA has from the one that it replaced, which may have it from another.
func (a *archived) inherited(k ikesa.SPIPair) solve.Heirs {
	var line []int // rows, the parent first
	for row, ok := a.parents[k]; ok && len(line) < maxLineage && !slices.Contains(line, row); row, ok = a.parents[k] {
		if line = append(line, row); a.isSolved(row) {
			break
		}
		k.I, k.R = a.archive.SPIs(row)
	}
	var heirs solve.Heirs
	for _, row := range slices.Backward(line) {
		next := make(solve.Heirs)
		for p := range a.archive.Places(row) {
			var x *part
			if e := a.parts[p]; e != nil {
				x = e.Value.(*part)
			} else if c := a.archive.Load(p); c != nil {
				x = a.keep(p, c, heirs)
			} else {
				continue
			}
			for k, m := range x.heirs {
				next[k] = m
			}
		}
		heirs = next
	}
	return heirs
}

// isSolved reports whether all parts of a row are solved.
func (a *archived) isSolved(row int) bool {
	for p := range a.archive.Places(row) {
		if a.parts[p] == nil {
			return false
		}
	}
	return true
}

// keep solves a part, which stays as long as there is room.
func (a *archived) keep(p exchange.Place, c *exchange.Conversation, inherited solve.Heirs) *part {
	x := &part{place: p, memory: c.Memory()}
	x.sa, x.heirs = a.solver.Apart(c, inherited)
	x.messages = newMessageIndex([]*ikesa.SA{x.sa})
	a.parts[p] = a.order.PushFront(x)
	a.taken += x.memory
	for a.taken > a.room && a.order.Len() > 1 {
		last := a.order.Back()
		old := a.order.Remove(last).(*part)
		delete(a.parts, old.place)
		a.taken -= old.memory
	}
	return x
}

// each is every archived IKE SA, or part of one, solved, with its row, in the order of their first messages.
func (a *archived) each() iter.Seq2[int, *ikesa.SA] {
	return func(yield func(int, *ikesa.SA) bool) {
		if a == nil {
			return
		}
		for _, row := range a.archive.Rows() {
			for p := range a.archive.Places(row) {
				a.mu.Lock()
				x := a.solved(p)
				a.mu.Unlock()
				if x != nil && !yield(row, x.sa) {
					return
				}
			}
		}
	}
}

// params are those of all SAs that an archived IKE SA negotiated.
func (a *archived) params(row int) (list []esp.Params) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for p := range a.archive.Places(row) {
		if x := a.solved(p); x != nil {
			list = append(list, x.sa.Params()...)
		}
	}
	return list
}

// solve solves all conversations: those in memory become SAs, of those in the archive the table gets what makes the SAs that they negotiated. The
// error is that of a run that was stopped.
func (s *Session) solve(ctx context.Context, tracker *exchange.Tracker, solver *solve.Solver, archive *exchange.Archive, room room) error {
	kept := tracker.Conversations()
	rows := archive.Rows()
	s.Lost = tracker.Evicted()
	s.Evicted = len(rows) + s.Lost
	var refs esp.Refs
	if len(rows) > 0 {
		s.archived = &archived{
			archive: archive, solver: solver, room: room.parts, parts: make(map[exchange.Place]*list.Element), parents: make(map[ikesa.SPIPair]int),
		}
	}
	for len(kept)+len(rows) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(rows) == 0 || len(kept) > 0 && kept[0].Messages[0].Frame <= archive.First(rows[0]) {
			if s.archived != nil {
				solver.Inherit(s.archived.inherited(pairOf(kept[0])))
			}
			sa := solver.Solve(kept[0])
			s.SAs = append(s.SAs, sa)
			s.addChildren(sa)
			kept = kept[1:]
			continue
		}
		s.archived.first(rows[0], &refs)
		rows = rows[1:]
	}
	if refs.Len() > 0 {
		s.Table.AddRefs(&refs, s.archived.params)
	}
	s.Table.MaxSAs, s.Table.MaxPassing = room.sas(tracker.Memory(), len(s.negotiated)), room.passing
	return nil
}

// first solves an archived IKE SA for the first time.
func (a *archived) first(row int, refs *esp.Refs) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for p := range a.archive.Places(row) {
		x := a.solved(p)
		if x == nil {
			continue
		}
		for _, c := range x.sa.Children {
			for i := range c.SAs {
				if d := &c.SAs[i]; len(d.Candidates) > 0 {
					refs.Add(d.Protocol, d.SPI, row)
				}
			}
		}
		for k := range x.heirs {
			a.parents[k] = row
		}
	}
}
