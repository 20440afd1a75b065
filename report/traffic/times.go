package traffic

import (
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// Times are when the packets of a capture were seen, up to a bound.
type Times struct {
	first  time.Time
	chunks [][]time.Duration // since the first packet, by frame
}

const (
	timesChunk = 1 << 12 // frames
	maxTimes   = 1 << 22 // frames: 32 MB
)

// First is the time of the first packet; zero without one.
func (t *Times) First() time.Time { return t.first }

// Of is the time of a frame; ok is false where it is not known.
func (t *Times) Of(frame int) (at time.Time, ok bool) {
	if at := frame - 1; at >= 0 && at/timesChunk < len(t.chunks) && at%timesChunk < len(t.chunks[at/timesChunk]) {
		return t.first.Add(t.chunks[at/timesChunk][at%timesChunk]), true
	}
	return time.Time{}, false
}

func (t *Times) packet(p *capture.Packet) {
	at := p.Number - 1
	switch {
	case at == 0:
		t.first = p.Time
	case at >= maxTimes || at/timesChunk > len(t.chunks):
		return
	}
	if at%timesChunk == 0 {
		t.chunks = append(t.chunks, make([]time.Duration, 0, timesChunk))
	}
	last := len(t.chunks) - 1
	t.chunks[last] = append(t.chunks[last], p.Time.Sub(t.first))
}
