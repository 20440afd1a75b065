package traffic

import (
	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
)

// An Observer takes the frames of the second pass in, in the order of the capture. A frame is valid during the call only.
type Observer interface {
	Frame(*ikedecode.Frame)
}

// Shown is what ikedecode.Session.Run is to call for each frame, so that all of these see it; nil for none.
func Shown(observers ...Observer) func(*ikedecode.Frame) error {
	if len(observers) == 0 {
		return nil
	}
	return func(f *ikedecode.Frame) error {
		for _, o := range observers {
			o.Frame(f)
		}
		return nil
	}
}

// A Watch is what the diagnosis needs of the second pass.
type Watch struct {
	Clock    Clock
	ICMP     ICMP
	Ports    Ports
	Inside   Inside
	Loops    Loops
	Pairs    Pairs
	Sums     Sums
	Duplex   Duplex
	Numbers  Numbers
	Notes    Notes
	Checks   Checks
	Sizes    Sizes
	Clear    Clear
	Times    Times
	Connects Connects
	Places   Places

	order inTime
}

// Frame takes one packet in. But for the clock, all look at packets in the order in which they were sent.
func (w *Watch) Frame(f *ikedecode.Frame) {
	w.Clock.packet(f.Packet)
	w.Times.packet(f.Packet)
	if f.Late == 0 || len(f.Items) == 0 {
		w.take(f)
		return
	}
	w.order.late = f.Late
	w.order.add(f, w.take)
}

// Settle takes in the packets that wait for earlier ones, when no more packets come.
func (w *Watch) Settle() { w.order.end(w.take) }

func (w *Watch) take(f *ikedecode.Frame) {
	for i := range f.Items {
		it := &f.Items[i]
		switch d := it.Datagram; {
		case d.Kind == capture.ICMPError:
			w.ICMP.datagram(d)
		case d.Kind == capture.Other && d.IP != nil:
			w.Clear.datagram(f, d)
			w.Duplex.decrypted(f.ClearCopy)
			w.Connects.datagram(d)
		}
		w.Clear.carried(it, w.order.copied)
		var c carriage
		if it.Opened != nil {
			c.read(it.Opened)
		}
		if ask := w.Inside.item(it, &c); !w.Numbers.item(it) {
			w.Duplex.item(it, ask, &w.Numbers) // a copy says nothing of who sends
		}
		w.Loops.item(it, &c)
		w.Pairs.item(it)
		w.Sums.item(it, &c)
		w.Ports.item(it)
		w.Notes.item(it)
		w.Checks.item(it)
		w.Sizes.item(it)
		w.Places.item(it, f.Packet.File)
	}
}
