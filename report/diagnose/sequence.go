package diagnose

import (
	"math"

	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about what a sender does with its sequence numbers (RFC 4303, section 3.3.3).

// counters finds senders that count anew, that have no number left, and that write the numbers in the wrong byte order.
func (d *diagnosis) counters() {
	var list []Finding
	told := make(map[*traffic.Counter]bool) // several keys may be given for one flow
	for _, f := range d.flows() {
		c := d.watch.Numbers.Of(d.watch.Duplex.Seen(f.About))
		if x, ok := counterFacts(c, f.SA.Extended(), f.Stats.Opened > 0); ok && !told[c] {
			told[c] = true
			x.Flow = f.About
			x.Nonces = x.Fault == CountsAnew && f.SA.Cipher != nil && f.SA.Cipher.BlockLen == 1 && !f.SA.Cipher.Null()
			list = append(list, counterFinding(c, x, f.Child))
		}
	}
	for _, u := range d.ClosedFlows() {
		f := traffic.OfClosed(u)
		if _, _, altered := d.alteredSPI(u); altered {
			continue
		}
		c := d.watch.Numbers.Of(f)
		if x, ok := counterFacts(c, false, false); ok {
			x.Flow = f
			list = append(list, counterFinding(c, x, d.Child(negotiation.ChildKey{Protocol: u.Protocol, SPI: u.SPI})))
		}
	}
	d.addBounded(list)
}

// counterFacts judges a counter. Of what is not decrypted nobody knows whether the numbers have 64 bits.
func counterFacts(c *traffic.Counter, extended, opened bool) (x CounterFault, ok bool) {
	if c == nil {
		return x, false
	}
	first, anew := c.Restarted()
	switch {
	case c.Swapped():
		return CounterFault{Fault: BytesSwapped, First: c.First.Frame, From: c.Low}, true
	case anew && c.Wrapped.Frame == 0:
		x = CounterFault{Fault: CountsAnew, First: first.Frame, Packets: c.Reused, From: c.FellFrom, To: c.FellTo}
		if c.Fell != first {
			x.From, x.To = c.ReusedAfter, c.ReusedNumber
		}
		return x, true
	case extended:
	case c.Wrapped.Frame != 0 && opened:
		return CounterFault{Fault: WrapsAround, First: c.Wrapped.Frame, Packets: c.Behind}, true
	case c.High == math.MaxUint32 && c.Wrapped.Frame == 0 && c.Different > 1:
		return CounterFault{Fault: RunsOut, First: c.Last.Frame, Likely: !opened}, true
	}
	return x, false
}

var counterCodes = map[CounterKind]Code{CountsAnew: CodeESPCounterRestart, RunsOut: CodeESPExhausted, WrapsAround: CodeESPWrapped, BytesSwapped: CodeESPSwapped}

func counterFinding(c *traffic.Counter, x CounterFault, ref negotiation.ChildRef) Finding {
	f := Finding{Code: counterCodes[x.Fault], Severity: Problem, Grade: Wire, Frames: Frames(x.First, c.Last.Frame), Span: true, Facts: x}
	if x.Likely {
		f.Severity, f.Grade = Warning, Likely
	}
	if ref.SA != nil {
		f.Subject = subjectOf(ref.SA)
	}
	return f
}

// miscounted reports whether the numbers of a flow tell nothing of loss and replay.
func (d *diagnosis) miscounted(f traffic.Flow) bool {
	c := d.watch.Numbers.Of(d.watch.Duplex.Seen(f))
	if c == nil {
		return false
	}
	_, anew := c.Restarted()
	return anew || c.Swapped() || c.Wrapped.Frame != 0
}

// missingOf is how many packets of a flow were lost, by its own numbers or by those that it shares with others of its sender. Those that came with
// an altered SPI were not.
func (d *diagnosis) missingOf(f traffic.Flow, lost uint64) uint64 {
	if d.miscounted(f) {
		return 0
	}
	if a := d.alteredSPIs()[d.watch.Duplex.Seen(f)]; a != nil {
		lost -= min(lost, uint64(a.Numbers))
	}
	if shared, ok := d.watch.Numbers.Shared(d.watch.Duplex.Seen(f)); ok {
		return min(lost, shared)
	}
	return lost
}

// missingAlone is missingOf of a flow whose packets are not verified: those with a number that stands alone most likely had another one.
func (d *diagnosis) missingAlone(f traffic.Flow, lost uint64) uint64 {
	if c := d.watch.Numbers.Of(d.watch.Duplex.Seen(f)); c != nil {
		lost = min(lost, c.Missing())
	}
	return d.missingOf(f, lost)
}
