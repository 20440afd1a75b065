package negotiation

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A Reading is what a session shows of the negotiations in it. Each part is found when it is first asked for, and only once.
type Reading struct {
	Session      *ikedecode.Session
	index        func() *index
	certificates func() *Certificates
	stories      func() []*Story
	family       func() *Family
	elsewhere    func() elsewhere
	null         func() *nullFlows
	followed     func() map[*ikesa.Child]bool
	groups       func() *groups
	flows        func() []Flow
	queues       func() *queues
	sent         func() map[ChildKey][]span
}

// Read reads a session after its first pass, by the messages alone.
func Read(s *ikedecode.Session) *Reading {
	r := &Reading{Session: s}
	r.index = sync.OnceValue(func() *index { return newIndex(s.SAs) })
	r.certificates = sync.OnceValue(func() *Certificates { return NewCertificates(s.SAs) })
	r.family = sync.OnceValue(func() *Family { return NewFamily(s.SAs) })
	r.elsewhere = sync.OnceValue(func() elsewhere { return elsewhereOf(s.SAs) })
	return r.Settle()
}

// Settle reads the same session anew after its second pass, whose traffic tells how exchanges ended that nobody seems to have
// answered. What the traffic does not change is shared.
func (r *Reading) Settle() *Reading {
	n := &Reading{Session: r.Session, index: r.index, certificates: r.certificates, family: r.family, elsewhere: r.elsewhere}
	n.stories = sync.OnceValue(func() []*Story { return follow(n.Session, n.index()) })
	n.null = sync.OnceValue(func() *nullFlows { return newNullFlows(n.Session) })
	n.groups = sync.OnceValue(func() *groups { return newGroups(n.Session.Table) })
	n.flows = sync.OnceValue(n.findFlows)
	n.queues = sync.OnceValue(n.findQueues)
	n.sent = sync.OnceValue(n.findSent)
	n.followed = sync.OnceValue(n.findFollowed)
	return n
}

// Stories are the IKE SAs with what became of their exchanges, in the order of the session.
func (r *Reading) Stories() []*Story { return r.stories() }

// Certificates are the certificates of the capture.
func (r *Reading) Certificates() *Certificates { return r.certificates() }

// Message is the message of IKE that a frame completed; nil where there is none.
func (r *Reading) Message(frame int) *ikesa.Message { return r.index().messages[frame] }

// Child is the direction of a Child SA that an SPI names. Of two with one SPI it is the later one.
func (r *Reading) Child(k ChildKey) ChildRef { return r.index().children[k] }

// Deletes are the messages whose Delete payloads name an SPI, in order.
func (r *Reading) Deletes(k ChildKey) []*ikesa.Message { return r.index().deletes[k] }

// Negotiated is when the last message of the exchange that made a child was seen; zero where none was.
func (r *Reading) Negotiated(c *ikesa.Child) (at time.Time) {
	if c == nil {
		return at
	}
	for _, n := range c.Frames {
		if m := r.Message(n); m != nil && m.Time.After(at) {
			at = m.Time
		}
	}
	return at
}

// Family knows which IKE SAs replace which.
func (r *Reading) Family() *Family { return r.family() }

// NullOf is what the packets of an SA say about its encryption; nil where nothing was looked at.
func (r *Reading) NullOf(sa *esp.SA) *esp.NullFlow { return r.null().sas[sa] }

// NullUnknown is what the packets of a flow that were not decrypted say about its encryption, likewise; nil also where that was agreed on
// in SIP.
func (r *Reading) NullUnknown(u *ikedecode.UnknownSPI) *esp.NullFlow {
	if ims := r.Session.IMSOf(u.SPI, u.Dst); u.Protocol != esp.ESP || ims != nil && ims.Encrypts() {
		return nil
	}
	return r.null().flows[nullFlowKey{u.Src, u.Dst, u.SPI}]
}

// Groups are the SAs of the table, the candidates for one SA together, the best one first, without Twins.
func (r *Reading) Groups() [][]*esp.SA { return r.groups().list }

// Twins are the further sources of an SA that name other addresses.
func (r *Reading) Twins(sa *esp.SA) []Twin { return r.groups().twins[sa] }

// Flows are the SAs with packets, of each group the best one.
func (r *Reading) Flows() []Flow { return r.flows() }

func (r *Reading) findFlows() []Flow {
	list := []Flow{}
	for _, group := range r.Groups() {
		sa := group[0]
		st := sa.Stats()
		if st.Packets == 0 {
			continue
		}
		ref := r.Child(KeyOf(sa))
		list = append(list, Flow{About: traffic.OfSA(sa), SA: sa, Stats: st, Child: ref, Began: r.Negotiated(ref.Child)})
	}
	return list
}

// FirstPlace are the addresses of two hosts at the first place where they were captured, in the same order. Who has one address at both
// places keeps it.
func (r *Reading) FirstPlace(a, b netip.Addr) (netip.Addr, netip.Addr) {
	hosts, ok := r.elsewhere()[InOrder(a, b)]
	other := func(x netip.Addr) netip.Addr {
		if hosts[0] == x {
			return hosts[1]
		}
		return hosts[0]
	}
	switch {
	case !ok:
	case hosts[0] == a || hosts[1] == a:
		return a, other(a)
	case hosts[0] == b || hosts[1] == b:
		return other(b), b
	}
	return a, b
}

// AtSecondPlace reports whether packets between two hosts are those of others, captured at a second place, too.
func (r *Reading) AtSecondPlace(a, b netip.Addr) bool {
	x, y := r.FirstPlace(a, b)
	return x != a || y != b
}

// ClosedFlows are the flows that were not decrypted, without those of the second place of a capture from both sides of a NAT: they are the same
// packets.
func (r *Reading) ClosedFlows() []*ikedecode.UnknownSPI {
	if len(r.elsewhere()) == 0 {
		return r.Session.Unknown
	}
	return slices.DeleteFunc(slices.Clone(r.Session.Unknown), func(u *ikedecode.UnknownSPI) bool {
		return r.AtSecondPlace(u.Src, u.Dst)
	})
}

// Owner is the IKE SA that most likely negotiated a flow between two hosts that was not decrypted, by the frame of its first packet: of those
// that were not deleted before, the one with the last exchange that may have set it up; where none was captured, the youngest that was
// there before. nil: none can have.
func (r *Reading) Owner(hosts Hosts, first int) (owner *ikesa.SA) {
	last := 0
	var alive []*ikesa.SA
	for _, sa := range r.Family().met[hosts] {
		// IPsec SAs of IKEv1 outlive their IKE SA.
		if m := IKEDelete(sa); m == nil || m.Frame >= first || sa.Version == 1 {
			alive = append(alive, sa)
		}
	}
	for _, sa := range alive {
		for _, x := range sa.Exchanges {
			if !AsksForChild(x) || !slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool { return m.State == ikesa.Closed }) {
				continue
			}
			if at := x.Messages[len(x.Messages)-1].Frame; at < first && at > last {
				owner, last = sa, at
			}
		}
	}
	if owner != nil {
		return owner
	}
	for _, sa := range alive {
		if at := sa.Messages[0].Frame; mayOwn(sa) && (at < first || !Begins(sa)) && at > last {
			owner, last = sa, at
		}
	}
	return owner
}

// mayOwn reports whether sa may have set up what is not known: not where all that it did is decrypted.
func mayOwn(sa *ikesa.SA) bool {
	return slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool { return m.State == ikesa.Closed }) ||
		!slices.ContainsFunc(sa.Exchanges, func(x *ikesa.Exchange) bool { return AsksForChild(x) && len(x.Messages) > 0 })
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
