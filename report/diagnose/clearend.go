package diagnose

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A Delete that is not decrypted, after which what the tunnel was for may go unencrypted.

// endsInClear reports whether two hosts sent no ESP or AH after an Informational that was not decrypted and may have deleted the tunnel, while packets
// from one private network to another came unencrypted that had not come before. x becomes that about it.
func (d *diagnosis) endsInClear(t *tunnel, x *Doubt) bool {
	const some, most = 2, 256 // packets, pairs of hosts
	if t.open {
		return false
	}
	var last time.Time
	for _, w := range d.waysOf(t) {
		if w.Last.Time.After(last) {
			last = w.Last.Time
		}
	}
	m := d.closedNoteAfter(t.hosts, last)
	if m == nil {
		return false
	}
	begun, pairs := 0, d.watch.Clear.Hosts()
	for _, p := range slices.Backward(pairs[max(0, len(pairs)-most):]) { // the last to begin first
		if n := clearSince(t.hosts, p, m.Time); n > 0 {
			begun += n
			x.Src, x.Dst = p.Src, p.Dst
		}
	}
	x.Frame = m.Frame
	return begun >= some
}

// leavesTunnel reports whether hosts went on unencrypted, for as long as the capture lasts, whose packets ESP or AH had carried, as copies of these show. x
// becomes that about them. Where the negotiation is known, the rule about traffic outside the tunnel tells more.
func (d *diagnosis) leavesTunnel(t *tunnel, x *Doubt) bool {
	const some, apart = 2, time.Second
	if !t.open || t.up || d.unreadBetween(t.hosts) {
		return false
	}
	for _, p := range d.watch.Clear.Hosts() {
		later := slices.DeleteFunc(slices.Clone(p.Packets), func(q esp.Point) bool { return q.Time.Sub(p.Copied) < apart })
		if !p.CopiedFirst.IsZero() && p.Before == 0 && p.Src.IsPrivate() && p.Dst.IsPrivate() && len(later) >= some {
			x.Src, x.Dst, x.Frame = p.Src, p.Dst, later[0].Frame
			return true
		}
	}
	return false
}

// closedNoteAfter is the first Informational between two hosts at or after t, without any other message, that was not decrypted; nil: there is none.
func (d *diagnosis) closedNoteAfter(h negotiation.Hosts, t time.Time) (first *ikesa.Message) {
	for _, sa := range d.Family().Between(h) {
		for _, m := range sa.Messages {
			switch typ := negotiation.TypeOf(m); {
			case m.Time.Before(t):
			case typ != ikev1.ExchangeInformational && typ != ikev2.ExchangeInformational:
				return nil // they negotiate
			case m.State == ikesa.Closed && (first == nil || m.Time.Before(first.Time)):
				first = m
			}
		}
	}
	return first
}

// clearSince counts the packets, as far as they are kept, between private addresses that are not those of the gateways and had sent none before t.
func clearSince(gateways negotiation.Hosts, p *traffic.ClearPackets, t time.Time) int {
	if len(p.Packets) == 0 || !p.Src.IsPrivate() || !p.Dst.IsPrivate() || slices.Contains(gateways[:], p.Src) || slices.Contains(gateways[:], p.Dst) ||
		slices.ContainsFunc(p.Packets, func(q esp.Point) bool { return !q.Time.After(t) }) {
		return 0
	}
	return len(p.Packets)
}
