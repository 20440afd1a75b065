package traffic

import (
	"errors"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

const (
	maxChecks = 4096 // flows
	maxFailed = 8    // frames of a flow
)

// Checks notes which packets of ESP and AH fail the check of their ICV.
type Checks struct {
	flows map[Flow]*Check
}

// A Check is what became of the packets of a flow.
type Check struct {
	Failed   []int // frames, the first of them
	Smallest int   // bytes of the smallest packet that failed
	Passed   int   // frame of the last packet that did not fail
	Largest  int   // bytes of the largest one of those
}

// Of is what is known of a flow; nil: nothing.
func (w *Checks) Of(f Flow) *Check { return w.flows[f] }

func (w *Checks) item(it *ikedecode.Item) {
	f, ok := FlowOf(it)
	if !ok || f.Protocol == esp.IPComp || it.Err != nil && !errors.Is(it.Err, esp.ErrICV) {
		return
	}
	c := w.flows[f]
	if c == nil {
		if len(w.flows) >= maxChecks {
			return
		}
		if w.flows == nil {
			w.flows = make(map[Flow]*Check)
		}
		c = &Check{}
		w.flows[f] = c
	}
	c.packet(it.Datagram, it.Err != nil)
}

func (c *Check) packet(d *capture.Datagram, failed bool) {
	n := len(d.Payload)
	if !failed {
		c.Passed, c.Largest = d.Frame, max(c.Largest, n)
		return
	}
	if len(c.Failed) < maxFailed {
		c.Failed = append(c.Failed, d.Frame)
	}
	if c.Smallest == 0 || n < c.Smallest {
		c.Smallest = n
	}
}
