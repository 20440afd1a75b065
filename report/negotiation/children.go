package negotiation

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Networks are source and destination of what a direction of a child is for; the zero value where that is the hosts themselves.
// fromInitiator tells that it is the one from the host that started the child.
func Networks(c *ikesa.Child, fromInitiator bool) (from, to ike.SelectorsKey) {
	if t, ok := c.Carries(); ok {
		from, to = t.Initiator.Key(), t.Responder.Key()
	}
	if !fromInitiator {
		from, to = to, from
	}
	return from, to
}

// Followed are the children that another one for the same networks followed, between the same hosts.
func (r *Reading) Followed() map[*ikesa.Child]bool { return r.followed() }

func (r *Reading) findFollowed() map[*ikesa.Child]bool {
	list := make(map[*ikesa.Child]bool)
	newest := make(map[traffic.Tunnel]*ikesa.Child)
	for _, sa := range r.Session.SAs {
		for _, c := range sa.Children {
			if !c.Complete {
				continue
			}
			k := traffic.TunnelOf(sa, c)
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
