package esp

import (
	"slices"
)

// AggregateStats are the AGGFRAG payloads of an SA (RFC 9347).
type AggregateStats struct {
	Payloads    int
	PaddingOnly int // of them
	Congestion  int // of them with congestion control
	Packets     int // inner packets that came out
	Split       int // of them over several payloads
	// Incomplete are inner packets of which parts were seen and others were not, at the least; those at both ends of the capture do not count.
	Incomplete int
	Malformed  int   // payloads that cannot be read to their end, or that contradict those before
	Frames     []int // the first ones with parts of the incomplete, and with the malformed
}

func (r *reassembly) count(a *Aggregate, frame int) {
	s := &r.stats
	s.Packets += len(a.Packets)
	for i := range a.Packets {
		if a.Packets[i].Frames != nil {
			s.Split++
		}
	}
	switch {
	case a.Err != nil:
		s.Malformed++
		r.evidence(frame)
	case a.PaddingOnly():
		s.PaddingOnly++
	}
}

func (r *reassembly) evidence(frame int) {
	if len(r.stats.Frames) < MaxAggregateFrames && !slices.Contains(r.stats.Frames, frame) {
		r.stats.Frames = append(r.stats.Frames, frame)
	}
}

func (r *reassembly) lost(frame int) {
	r.stats.Incomplete++
	r.evidence(frame)
}

// result is what was counted so far, with what still waits as if nothing more came.
func (r *reassembly) result() *AggregateStats {
	s, past := r.stats, r.past
	s.Frames = slices.Clone(s.Frames)
	for _, n := range r.numbers() {
		if n > r.top {
			break // goes on behind the end of the capture
		}
		if frame := past.pass(r, n); frame != 0 {
			s.Incomplete++
			if len(s.Frames) < MaxAggregateFrames && !slices.Contains(s.Frames, frame) {
				s.Frames = append(s.Frames, frame)
			}
		}
	}
	return &s
}

// passed counts the packets that stay incomplete where the window has passed, which it does in the order of the numbers.
type passed struct {
	going bool // a packet that was counted, or that began before the capture, may go on
	left  int  // bytes that it lacks; 0: not known
}

// pass takes a number in that nothing comes for any more, and returns the frame of a packet that stays incomplete; 0: none, or one that
// was counted.
func (x *passed) pass(r *reassembly, n uint64) (frame int) {
	if c := r.open[n]; c != nil {
		x.going, x.left = true, max(0, c.need-len(c.buf))
		return c.frames[0]
	}
	p := r.held[n]
	if _, came := r.seen[n]; !came || p != nil && p.pad {
		return 0
	}
	if p == nil {
		x.going = false // whatever went on there was put together
		return 0
	}
	if !x.going || x.left > 0 && p.offset > x.left {
		frame = p.frame
	}
	x.going, x.left = !p.ends(), 0
	return frame
}
