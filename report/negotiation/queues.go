package negotiation

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Child SAs that are there at once with the same traffic selectors, each for a CPU or another resource of its peers (RFC 9611).

// A Queue is the place of a Child SA among those with its traffic selectors. One that was rekeyed and its successor have the same.
type Queue struct {
	*Queues
	Number int // from 1, in the order in which they came up
	// Resources are the CPUs, or whatever, that the initiator and the responder of the negotiation bind it to, in their own words; nil where
	// they name none.
	Resources [2][]byte
}

// Queues are the Child SAs with the same traffic selectors, of IKE SAs that replace one another.
type Queues struct {
	Count   int // that were there at once, at most
	SA      *ikesa.SA
	First   *ikesa.Child // that came up first
	Traffic ikesa.Traffic
	Frames  []int // that show them: the last message of each negotiation
	// Told are the frames with an SA_RESOURCE_INFO; where there is none, their traffic shows that they were used side by side.
	Told []int
}

// Sure reports whether a peer says that they are queues.
func (q *Queues) Sure() bool { return len(q.Told) > 0 }

// Queue is the place of a Child SA among several at once with its traffic selectors; nil where it is the only one. Read after the second pass: where no
// peer tells, the traffic does.
func (r *Reading) Queue(c *ikesa.Child) *Queue { return r.queues().of[c] }

// AllQueues are the groups of Child SAs with the same traffic selectors at once, in the order of the session.
func (r *Reading) AllQueues() []*Queues { return r.queues().groups }

type queues struct {
	of     map[*ikesa.Child]*Queue
	groups []*Queues
}

// A queueKey is what queues have in common: their IKE SA, or the first of those that replaced one another, hosts and selectors.
type queueKey struct {
	first  *ikesa.SA
	tunnel traffic.Tunnel
}

func (r *Reading) findQueues() *queues {
	found := &queues{of: make(map[*ikesa.Child]*Queue)}
	children, order := make(map[queueKey][]ChildRef), []queueKey(nil)
	for _, sa := range r.Session.SAs {
		if sa.Version != 2 {
			continue
		}
		for _, c := range sa.Children {
			if _, known := c.Carries(); !known || !c.Complete || len(c.SAs) == 0 {
				continue
			}
			k := queueKey{r.Family().First(sa), traffic.TunnelOf(sa, c)}
			if children[k] == nil {
				order = append(order, k)
			}
			children[k] = append(children[k], ChildRef{SA: sa, Child: c, Exchange: r.madeBy(c)})
		}
	}
	for _, k := range order {
		r.addQueues(found, children[k])
	}
	return found
}

// madeBy is the exchange that set a child up; nil where it is not known.
func (r *Reading) madeBy(c *ikesa.Child) *ikesa.Exchange {
	return r.Child(ChildKey{c.SAs[0].Protocol, c.SAs[0].SPI}).Exchange
}

// addQueues gives each child its place: that of the one that it rekeys, else the first whose child is gone.
func (r *Reading) addQueues(found *queues, list []ChildRef) {
	slices.SortStableFunc(list, func(a, b ChildRef) int { return r.Negotiated(a.Child).Compare(r.Negotiated(b.Child)) })
	group := &Queues{SA: list[0].SA, First: list[0].Child}
	group.Traffic, _ = group.First.Carries()
	places, bySPI := make(map[*ikesa.Child]int), make(map[uint32]*ikesa.Child)
	var last placed
	for _, ref := range list {
		at, rekeys := 0, rekeyedBy(ref.Exchange, bySPI)
		if rekeys != nil {
			at = places[rekeys]
		} else {
			at = last.free(r.Negotiated(ref.Child))
		}
		if at == maxQueues {
			return
		}
		last.put(at, r.ended(ref.Child))
		places[ref.Child] = at
		for _, d := range ref.Child.SAs {
			bySPI[d.SPI] = ref.Child
		}
		group.Count = max(group.Count, at+1)
		group.Frames = append(group.Frames, slices.Max(ref.Child.Frames))
		group.tell(ref.Exchange)
	}
	if !group.Sure() && (group.Count < 2 || !r.sideBySide(places)) {
		return
	}
	for _, ref := range list {
		q := &Queue{Queues: group, Number: places[ref.Child] + 1}
		if ref.Exchange != nil {
			for _, m := range ref.Exchange.Messages {
				if n := m.Notify(ike.SAResourceInfo); n != nil && m.IsResponse() {
					q.Resources[1] = n.Data
				} else if n != nil {
					q.Resources[0] = n.Data
				}
			}
		}
		found.of[ref.Child] = q
	}
	if group.Count > 1 {
		found.groups = append(found.groups, group)
	}
}

func (q *Queues) tell(x *ikesa.Exchange) {
	if x == nil {
		return
	}
	for _, m := range x.Messages {
		if m.Notify(ike.SAResourceInfo) != nil {
			q.Told = append(q.Told, m.Frame)
		}
	}
}

// maxQueues bounds the Child SAs with the same traffic selectors at once: more are no queues.
const maxQueues = 1024

// rekeyedBy is the child that an exchange replaces, among those with an SPI; nil: none.
func rekeyedBy(x *ikesa.Exchange, bySPI map[uint32]*ikesa.Child) *ikesa.Child {
	if x == nil {
		return nil
	}
	n := PurposeOf(x).Rekeys
	if n == nil {
		return nil
	}
	spi, _ := ike.ParseChildSPI(n.SPI)
	return bySPI[uint32(spi)]
}

// A placed has when the last child in each place was deleted; zero where it was not.
type placed struct {
	ends    []time.Time
	soonest time.Time // of them; zero: none was
}

// free is the first place whose child is gone by the time, or a new one.
func (p *placed) free(by time.Time) int {
	if p.soonest.IsZero() || p.soonest.After(by) {
		return len(p.ends)
	}
	return slices.IndexFunc(p.ends, func(t time.Time) bool { return !t.IsZero() && !t.After(by) })
}

// put puts a child into a place, or a new one.
func (p *placed) put(at int, end time.Time) {
	if at == len(p.ends) {
		p.ends = append(p.ends, time.Time{})
	}
	was := p.ends[at]
	p.ends[at] = end
	switch {
	case !was.IsZero():
		p.soonest = time.Time{}
		for _, t := range p.ends {
			p.sooner(t)
		}
	default:
		p.sooner(end)
	}
}

func (p *placed) sooner(t time.Time) {
	if !t.IsZero() && (p.soonest.IsZero() || t.Before(p.soonest)) {
		p.soonest = t
	}
}

// ended is when a child was deleted; zero where it was not.
func (r *Reading) ended(c *ikesa.Child) (at time.Time) {
	for _, d := range c.SAs {
		for _, m := range r.Deletes(ChildKey{d.Protocol, d.SPI}) {
			if at.IsZero() || m.Time.Before(at) {
				at = m.Time
			}
		}
	}
	return at
}

// A used is the time in which one peer sent on a child.
type used struct {
	place       int
	byInitiator bool // of the IKE SA
	first, last time.Time
}

// sideBySide reports whether one peer sent on children in different places in turn, for most of the time of one of them. A rekeying without REKEY_SA has but
// packets out of order there.
func (r *Reading) sideBySide(places map[*ikesa.Child]int) bool {
	const enough = 3 // packets
	var list []used
	for c, place := range places {
		for _, d := range c.SAs {
			if first, last, n := r.carried(ChildKey{d.Protocol, d.SPI}); n >= enough {
				list = append(list, used{place, d.FromInitiator == c.FromInitiator, first, last})
			}
		}
	}
	list = list[:min(len(list), 2*maxQueues)]
	slices.SortFunc(list, func(a, b used) int { return a.first.Compare(b.first) })
	for i, a := range list {
		for _, b := range list[i+1:] {
			from, to := b.first, a.last
			if from.After(to) {
				break // as are those that begin later
			}
			if b.last.Before(to) {
				to = b.last
			}
			shorter := min(a.last.Sub(a.first), b.last.Sub(b.first))
			if a.place != b.place && a.byInitiator == b.byInitiator && 2*to.Sub(from) > shorter {
				return true
			}
		}
	}
	return false
}

// carried is when the first and the last packet of an SA were seen, and how many.
func (r *Reading) carried(k ChildKey) (first, last time.Time, n int) {
	for _, sa := range r.sent()[k] {
		n += sa.n
		if first.IsZero() || sa.first.Before(first) {
			first = sa.first
		}
		if sa.last.After(last) {
			last = sa.last
		}
	}
	return first, last, n
}

// A span is the packets of an SA, or of a flow that was not decrypted.
type span struct {
	n           int
	first, last time.Time
}

func (r *Reading) findSent() map[ChildKey][]span {
	all := make(map[ChildKey][]span)
	if r.Session.Table == nil {
		return all
	}
	for _, sa := range r.Session.Table.Used() {
		if st := sa.Stats(); st.Packets > 0 {
			all[KeyOf(sa)] = append(all[KeyOf(sa)], span{st.Packets, st.First.Time, st.Last.Time})
		}
	}
	for _, u := range r.Session.Unknown {
		k := ChildKey{u.Protocol, u.SPI}
		all[k] = append(all[k], span{u.Packets, u.Start, u.End})
	}
	return all
}
