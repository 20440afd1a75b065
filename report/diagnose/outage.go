package diagnose

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Paths that carry nothing for a while, as the sequence numbers before and after it show.

// atOutage makes a finding about loss one about the outage in which nine tenths of the packets, or more, were lost.
func (d *diagnosis) atOutage(f Finding) Finding {
	loss := f.Facts.(Loss)
	o := d.outageOf(loss.Flow)
	if o.Missing == 0 || o.Missing > loss.Lost || o.Missing*10 < loss.Lost*9 {
		return f
	}
	loss.Outage = o
	f.Facts, f.Frames, f.Span = loss, Frames(o.From.Frame, o.To.Frame), false
	return f
}

func (d *diagnosis) outageOf(f traffic.Flow) (o traffic.Outage) {
	if c := d.watch.Numbers.Of(d.watch.Duplex.Seen(f)); c != nil {
		o = c.Outage
	}
	return o
}

// outageAt is an outage, from one time to another at the least, in the ESP or AH that a host sends in the SAs of an IKE SA, as far as it can be told.
func (d *diagnosis) outageAt(owner *ikesa.SA, host netip.Addr, from, to time.Time) (o traffic.Outage) {
	covers := func(f traffic.Flow) bool {
		o = d.outageOf(f)
		return o.Missing > 0 && !o.From.Time.After(from) && !o.To.Time.Before(to)
	}
	for _, f := range d.flows() {
		of := f.Child.SA
		if of == nil && f.About.Src == host { // its key was given
			of = d.Owner(negotiation.InOrder(f.About.Src, f.About.Dst), f.Stats.First.Frame)
		}
		if f.About.Src == host && of == owner && covers(f.About) {
			return o
		}
	}
	for _, u := range d.ClosedFlows() {
		if u.Src == host && d.Owner(negotiation.InOrder(u.Src, u.Dst), u.First) == owner && covers(traffic.OfClosed(u)) {
			return o
		}
	}
	return traffic.Outage{}
}
