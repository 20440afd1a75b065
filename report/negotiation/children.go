package negotiation

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A ChildKey is what names one direction of a Child SA in a capture.
type ChildKey struct {
	Protocol esp.Protocol
	SPI      uint32
}

// A ChildRef is a direction of a Child SA and the IKE SA that it belongs to.
type ChildRef struct {
	SA    *ikesa.SA
	Child *ikesa.Child
	Dir   *ikesa.ChildSA
}

// Children are the directions of all Child SAs of a session. Of two with one SPI the later one counts.
func Children(s *ikedecode.Session) map[ChildKey]ChildRef {
	refs := make(map[ChildKey]ChildRef)
	for _, sa := range s.SAs {
		for _, c := range sa.Children {
			for i := range c.SAs {
				d := &c.SAs[i]
				refs[ChildKey{Protocol: d.Protocol, SPI: d.SPI}] = ChildRef{sa, c, d}
			}
		}
	}
	return refs
}

// MessageTimes are the times of all IKE messages by frame.
func MessageTimes(sas []*ikesa.SA) map[int]time.Time {
	at := make(map[int]time.Time)
	for _, sa := range sas {
		for _, m := range sa.Messages {
			at[m.Frame] = m.Time
		}
	}
	return at
}

// NegotiatedAt is when the last message of the exchange that made a child was seen, by the times of messages; zero for nil.
func NegotiatedAt(c *ikesa.Child, times map[int]time.Time) (at time.Time) {
	if c == nil {
		return at
	}
	for _, n := range c.Frames {
		if t := times[n]; t.After(at) {
			at = t
		}
	}
	return at
}

// Networks are source and destination of what a direction of a child is for; "" where that is the hosts themselves.
func Networks(c *ikesa.Child, fromInitiator bool) (from, to string) {
	if t, ok := c.Carries(); ok {
		from, to = t.Initiator.String(), t.Responder.String()
	}
	if !fromInitiator {
		from, to = to, from
	}
	return from, to
}

// Followed are the children that another one for the same networks followed, between the same hosts.
func Followed(sas []*ikesa.SA, times map[int]time.Time) map[*ikesa.Child]bool {
	type place struct {
		hosts    [2]netip.Addr
		networks string
	}
	list := make(map[*ikesa.Child]bool)
	newest := make(map[place]*ikesa.Child)
	for _, sa := range sas {
		for _, c := range sa.Children {
			if !c.Complete {
				continue
			}
			from, to := Networks(c, true)
			if from > to {
				from, to = to, from
			}
			k := place{HostsOf(sa), from + " " + to}
			old := newest[k]
			if old != nil && NegotiatedAt(old, times).After(NegotiatedAt(c, times)) {
				old, c = c, old
			}
			if old != nil {
				list[old] = true
			}
			newest[k] = c
		}
	}
	return list
}
