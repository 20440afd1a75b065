package negotiation

import "github.com/ikedecode/ikedecode/keys/ikesa"

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
func (r *Reading) Followed() map[*ikesa.Child]bool {
	type place struct {
		hosts    Hosts
		networks string
	}
	list := make(map[*ikesa.Child]bool)
	newest := make(map[place]*ikesa.Child)
	for _, sa := range r.Session.SAs {
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
			if old != nil && r.Negotiated(old).After(r.Negotiated(c)) {
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
