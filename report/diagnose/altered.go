package diagnose

import (
	"errors"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// AlteredSPIs are packets of a flow whose SPI differs from that of the flow in one bit.
type AlteredSPIs struct {
	Flow    traffic.Flow // that they were sent on
	Packets int          // of the flow that came with their own SPI
	Altered int          // packets that did not
	Numbers int          // sequence numbers of those that are different
	SPI     uint32       // that the first of them has
	Number  uint32       // its sequence number
	Frame   int
	frames  []int
}

// alteredSPI is the flow that the packets of u were sent on before their SPI was altered, and their sequence numbers.
func (d *diagnosis) alteredSPI(u *ikedecode.UnknownSPI) (from traffic.Flow, numbers []uint32, ok bool) {
	if !errors.Is(u.Err, esp.ErrNoSA) || d.Child(negotiation.ChildKey{Protocol: u.Protocol, SPI: u.SPI}).Child != nil {
		return from, nil, false
	}
	return d.watch.Numbers.AlteredFrom(traffic.OfClosed(u))
}

// alteredSPIs are the packets with altered SPIs by the flow that they were sent on.
func (d *diagnosis) alteredSPIs() map[traffic.Flow]*AlteredSPIs {
	if d.altered != nil {
		return d.altered
	}
	d.altered = make(map[traffic.Flow]*AlteredSPIs)
	for _, u := range d.ClosedFlows() {
		from, numbers, ok := d.alteredSPI(u)
		if !ok {
			continue
		}
		a := d.altered[from]
		if a == nil {
			a = &AlteredSPIs{Flow: from, SPI: u.SPI, Number: numbers[0], Frame: u.First, Packets: d.watch.Numbers.Of(from).Packets}
			d.altered[from], d.alteredOrder = a, append(d.alteredOrder, a)
		}
		a.Altered += u.Packets
		a.Numbers += len(numbers)
		a.frames = append(a.frames, Frames(u.First, u.Last)...)
	}
	return d.altered
}

// alteredOnPath finds packets whose SPI was altered on the path.
func (d *diagnosis) alteredOnPath() {
	d.alteredSPIs()
	var list []Finding
	for _, a := range d.alteredOrder {
		f := Finding{Code: CodeSPIAltered, Severity: Warning, Grade: Likely, Frames: Frames(a.frames...), Facts: *a}
		if sa := d.Child(negotiation.ChildKey{Protocol: a.Flow.Protocol, SPI: a.Flow.SPI}).SA; sa != nil {
			f.Subject = subjectOf(sa)
		}
		list = append(list, f)
	}
	d.addBounded(list)
}
