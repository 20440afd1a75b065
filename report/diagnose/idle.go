package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// noESP finds Child SAs that came up, as the capture or a log says, and after which the capture has no ESP or AH at all.
func (d *diagnosis) noESP() {
	for _, t := range d.tunnels() {
		if len(t.sent) > 0 {
			continue
		}
		told := d.countedBetween(t.hosts)
		if told.bothWays() {
			d.notCaptured(t, &told)
			continue
		}
		if facts, ok := told.oneWay(); ok {
			d.found = append(d.found, oneWayCounted(&told, facts))
			continue
		}
		for _, sa := range d.Family().Between(t.hosts) {
			if d.idleChild(t, sa) || !t.up && d.idleByLog(t, sa) {
				break
			}
		}
	}
}

// idleChild adds the last Child SA of an IKE SA that came up.
func (d *diagnosis) idleChild(t *tunnel, sa *ikesa.SA) bool {
	c := lastChild(sa)
	if c == nil || !sa.Established || readAfterDecryption(sa) || d.undone(sa, c) {
		return false
	}
	return d.idle(t, sa, Finding{Frames: Frames(c.Frames...)}, d.Negotiated(c), narrowing(sa, c))
}

// idleByLog adds the last one that came up as a log says, of messages that are not decrypted.
func (d *diagnosis) idleByLog(t *tunnel, sa *ikesa.SA) bool {
	e := d.upAsTold(sa)
	if e == nil {
		return false
	}
	last := e.x.Messages[len(e.x.Messages)-1]
	return d.idle(t, sa, Finding{Frames: Frames(e.x.Messages[0].Frame, last.Frame), Logs: []LogLine{{At: e.Where(), Text: e.Text}}}, last.Time, nil)
}

// idle adds that nothing came over a Child SA since it came up, which f shows, if that is long enough ago.
func (d *diagnosis) idle(t *tunnel, sa *ikesa.SA, f Finding, since time.Time, n *Narrowing) bool {
	const enough = 2 * time.Second // for the first packet to come
	lasted := d.Session.Last.Sub(since)
	if lasted < enough || d.nextOf(sa) != nil { // its initiator does not use it
		return false
	}
	f.Code, f.Severity, f.Grade = CodeNoESP, Warning, Wire
	f.Facts = NoTraffic{Hosts: t.hosts, For: lasted, Keepalives: d.Session.Counts.Keepalives, UDP: inUDP(sa), Narrowed: n}
	d.addSA(sa, f)
	return true
}

// notCaptured adds that the capture has nothing of what a Child SA carried, as a log says.
func (d *diagnosis) notCaptured(t *tunnel, told *hostTally) {
	f := Finding{Code: CodeNoESP, Severity: Noteworthy, Grade: Log, Frames: Frames(told.sa.Messages[0].Frame)}
	f.Logs = told.logs
	f.Facts = NoTraffic{Hosts: t.hosts, UDP: inUDP(told.sa), Counted: true}
	d.addSA(told.sa, f)
}

// upAsTold is what a log says of the last Child SA of an IKE SA that came up and was not deleted on its own; nil: none says it.
func (d *diagnosis) upAsTold(sa *ikesa.SA) *entry {
	e, gone := d.childToldOf(sa)
	if gone != nil && len(gone.Children) > 0 {
		return nil
	}
	return e
}

// childToldOf is what a log says of the last Child SA of an IKE SA that came up, and that it or its IKE SA was deleted; nil: none says it.
func (d *diagnosis) childToldOf(sa *ikesa.SA) (up, gone *entry) {
	var deleted []*entry
	for _, e := range slices.Backward(d.logbook().events[sa]) {
		switch {
		case e.grade != Log || e.x == nil || len(e.x.Messages) == 0:
		case e.Kind == logs.Deleted && e.Reason != logs.Replaced:
			deleted = append(deleted, e)
		case e.Kind == logs.ChildUp:
			for _, x := range slices.Backward(deleted) { // the first of them
				if len(x.Children) == 0 || len(e.Children) == 0 || slices.ContainsFunc(x.Children, func(c ike.ChildSPI) bool { return slices.Contains(e.Children, c) }) {
					return e, x
				}
			}
			return e, nil
		}
	}
	return nil, nil
}

// lastChild is the last Child SA of an IKE SA that came up; nil: none did.
func lastChild(sa *ikesa.SA) (last *ikesa.Child) {
	for _, c := range sa.Children {
		if c.Complete && len(c.Frames) > 0 {
			last = c
		}
	}
	return last
}

// nextOf is the IKE SA that the initiator of one began as soon as it had the IKE_AUTH response, after which that one has nothing more: it may have rejected
// the response silently, as pluto does, or have another connection. nil: there is none.
func (d *diagnosis) nextOf(sa *ikesa.SA) *ikesa.SA {
	const atMost = 10 * time.Second
	last := sa.Messages[len(sa.Messages)-1]
	if sa.Version != 2 || negotiation.TypeOf(last) != ikev2.ExchangeAuth || !last.IsResponse() {
		return nil
	}
	for _, o := range d.Family().Between(negotiation.HostsOf(sa)) {
		if after := o.Start().Sub(last.Time); o != sa && negotiation.Begins(o) && o.InitiatorAddr.Addr() == sa.InitiatorAddr.Addr() && after >= 0 && after < atMost {
			return o
		}
	}
	return nil
}

// begunAnew is the frame of the last IKE SA between two hosts that follows another one so, and its initiator; 0: there is none.
func (d *diagnosis) begunAnew(h negotiation.Hosts) (frame int, by netip.Addr) {
	for _, sa := range d.Family().Between(h) {
		if next := d.nextOf(sa); next != nil {
			frame, by = next.Messages[0].Frame, next.InitiatorAddr.Addr()
		}
	}
	return frame, by
}
