package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Traffic selectors that were rejected, against those that the peer is known to have.

// maxPolicies bounds the selectors that are compared for one finding.
const maxPolicies = 256

// compared are as many selectors as are compared.
func compared(list ike.Selectors) ike.Selectors {
	return list[:min(len(list), maxTraitValues)]
}

// textsOf lists selectors for people.
func textsOf(list ike.Selectors) string {
	if len(list) == 0 {
		return "not known"
	}
	return list.String()
}

// proposedPolicy are the networks that the side that started x asks for; seen from that side.
func proposedPolicy(sa *ikesa.SA, x *ikesa.Exchange) (policy, bool) {
	if sa.Version == 2 {
		for _, m := range x.Messages {
			if t, ok := m.Traffic(); ok && !m.IsResponse() {
				return policy{local: compared(t.Initiator), remote: compared(t.Responder), frame: m.Frame}, true
			}
		}
		return policy{}, false
	}
	c := x.Child
	if c == nil || !c.Asked.Known() || c.Implied && c.Offer == nil {
		return policy{}, false
	}
	return policy{local: compared(c.Asked.Initiator), remote: compared(c.Asked.Responder), frame: x.Messages[0].Frame}, true
}

// policiesOf are the networks that a side has, seen from that side: of the exchanges that it starts, and of those that it has
// accepted.
func (d *diagnosis) policiesOf(host netip.Addr, version int) []policy {
	if d.policies == nil {
		d.policies = make(map[policyKey][]policy)
		for _, s := range d.Stories() {
			for _, x := range s.Exchanges() {
				d.learnPolicies(s, x)
			}
		}
	}
	return d.policies[policyKey{host, version}]
}

// learnPolicies takes in what x shows of both peers.
func (d *diagnosis) learnPolicies(s *negotiation.Story, x *ikesa.Exchange) {
	if len(x.Messages) == 0 {
		return
	}
	asked, ok := proposedPolicy(s.SA, x)
	if !ok {
		return
	}
	add := func(host netip.Addr, p policy) {
		k := policyKey{host, s.SA.Version}
		if len(d.policies[k]) < maxPolicies {
			d.policies[k] = append(d.policies[k], p)
		}
	}
	first, deleted := x.Messages[0], 0
	if x.Child != nil {
		if frames := s.ChildDeleted(x.Child); len(frames) > 0 {
			deleted = frames[0]
		}
	}
	add(first.Src.Addr(), asked)
	if s.SA.Version == 2 {
		for _, m := range x.Messages {
			if t, ok := m.Traffic(); ok && m.IsResponse() {
				add(m.Src.Addr(), policy{local: compared(t.Responder), remote: compared(t.Initiator), frame: m.Frame, took: true, sa: s.SA, deleted: deleted})
			}
		}
	} else if c := x.Child; c != nil && c.Complete {
		add(first.Dst.Addr(), policy{local: asked.remote, remote: asked.local, frame: asked.frame, took: true, sa: s.SA, deleted: deleted})
	}
}

// refusedSelectors is the finding about rejected selectors, with those of the side that rejected them. equal tells that they mirror each
// other.
func (d *diagnosis) refusedSelectors(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome, facts RefusedSelectors) (f Finding, equal bool) {
	facts.Notify, facts.LogGiven = o.Notify, d.hasLogOf(s.SA, o.From)
	f = Finding{Code: CodeTSMismatch, Severity: Problem, Grade: Wire, From: o.From, Frames: Frames(x.Messages[0].Frame, o.Frame), Facts: facts}
	asked, ok := proposedPolicy(s.SA, x)
	if !ok {
		return f, false
	}
	facts.Asked = asked.pair()
	var best *policy
	score := -1
	known := d.loggedPolicies(s.SA, o.From, asked)
	if len(known) == 0 {
		known = d.policiesOf(x.Messages[0].Dst.Addr(), s.SA.Version)
	}
	for _, p := range notChanged(known, asked, s.SA.Version) {
		if n := p.mirrors(asked, s.SA.Version); n > score {
			best, score = &p, n
		}
	}
	if best == nil {
		f.Facts = facts
		return f, false
	}
	f.Frames = Frames(append(f.Frames, best.frame)...)
	facts.OwnUsed = slices.ContainsFunc(d.policiesOf(x.Messages[0].Dst.Addr(), s.SA.Version), func(p policy) bool {
		used := p.took && p.sa == s.SA && (p.deleted == 0 || p.deleted > o.Frame)
		return used && p.local.Equal(best.local) && (len(best.remote) == 0 || p.remote.Equal(best.remote))
	})
	if score > 0 || !facts.OwnUsed { // two Child SAs that have nothing in common differ as they should
		f.Compared = selectorRows(asked, *best, f.From != Initiator, s.SA.Version)
	}
	facts.Own, facts.OwnLog, facts.OwnTook = best.pair(), best.logged, best.took
	facts.Reversed = asked.local.Equal(best.local) && !asked.local.Equal(asked.remote) && !fits(asked.remote, best.local, s.SA.Version)
	facts.Common = [2]string{asked.local.Common(best.remote).String(), asked.remote.Common(best.local).String()}
	f.Facts = facts
	return f, score > 0 && !slices.ContainsFunc(f.Compared, func(c Compared) bool { return c.Differs })
}

// notChanged leaves out the policies that a side accepted elsewhere, or that its log tells of, and that are those which it rejected now: its settings were
// others then. Where all are so, they stay.
func notChanged(known []policy, asked policy, version int) []policy {
	var list []policy
	for _, p := range known {
		if !p.took && p.logged == "" || !fits(asked.local, p.remote, version) || !fits(asked.remote, p.local, version) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return known
	}
	return list
}

// otherSelectors finds Child SAs of IKEv2 that were answered with selectors of which nothing was asked for: an answer may only narrow them
// (RFC 7296, section 2.9). In transport mode NAT makes them addresses of another side (section 2.23.1).
func (d *diagnosis) otherSelectors() {
	for _, s := range d.Stories() {
		for _, x := range s.Exchanges() {
			c := x.Child
			if s.SA.Version != 2 || c == nil || !c.Complete || c.Mode == ike.Transport || !c.Asked.Known() || !c.Agreed.Known() {
				continue
			}
			if len(c.Asked.Initiator.Common(c.Agreed.Initiator)) > 0 && len(c.Asked.Responder.Common(c.Agreed.Responder)) > 0 {
				continue
			}
			d.addSA(s.SA, d.answeredOutside(s, x))
		}
	}
}

func (d *diagnosis) answeredOutside(s *negotiation.Story, x *ikesa.Exchange) Finding {
	c, request, answer := x.Child, x.Child.Frames[0], x.Child.Frames[len(x.Child.Frames)-1]
	asked := policy{local: compared(c.Asked.Initiator), remote: compared(c.Asked.Responder), frame: request}
	own := policy{local: compared(c.Agreed.Responder), remote: compared(c.Agreed.Initiator), frame: answer, took: true}
	facts := RefusedSelectors{For: ForChild, Exchange: exchangeOf(x, negotiation.PurposeOf(x)), Asked: asked.pair(), Own: own.pair(), OwnTook: true, Outside: true}
	f := Finding{Code: CodeTSMismatch, Severity: Problem, Grade: Wire, From: SideOf(!c.FromInitiator), Frames: Frames(request, answer),
		Compared: selectorRows(asked, own, c.FromInitiator, s.SA.Version)}
	if deleted := s.ChildDeleted(c); len(deleted) > 0 {
		facts.Deleted = deleted[0]
		f.Frames = Frames(append(f.Frames, facts.Deleted)...)
	}
	f.Facts = facts
	return f
}

// pair is a policy as findings show it.
func (p *policy) pair() *SelectorPair {
	return &SelectorPair{Local: textsOf(p.local), Remote: textsOf(p.remote), Frame: p.frame, Several: len(p.local) > 1}
}

// fits reports whether the peer's view of a network allows it: in IKEv2 a part in common will do (RFC 7296, section
// 2.9), in IKEv1 they are to be the same.
func fits(a, b ike.Selectors, version int) bool {
	if len(a) == 0 || len(b) == 0 {
		return true // not known
	}
	if version == 2 {
		return len(a.Common(b)) > 0
	}
	return a.Equal(b)
}

// mirrors counts how well p, of one peer, and asked, of the other, fit.
func (p *policy) mirrors(asked policy, version int) (n int) {
	for _, pair := range [][2]ike.Selectors{{asked.local, p.remote}, {asked.remote, p.local}} {
		switch {
		case pair[0].Equal(pair[1]):
			n += 3
		case fits(pair[0], pair[1], version):
			n += 2
		case len(pair[0].Common(pair[1])) > 0:
			n++
		}
	}
	return n
}

// selectorRows compares the networks; those behind the IKE SA's initiator come first.
func selectorRows(asked, own policy, initiator bool, version int) []Compared {
	near, far := Compared{Name: "network behind the initiator"}, Compared{Name: "network behind the responder"}
	if initiator {
		near.Initiator, near.Responder = textsOf(asked.local), textsOf(own.remote)
		far.Initiator, far.Responder = textsOf(asked.remote), textsOf(own.local)
		near.Differs, far.Differs = !fits(asked.local, own.remote, version), !fits(asked.remote, own.local, version)
	} else {
		near.Initiator, near.Responder = textsOf(own.local), textsOf(asked.remote)
		far.Initiator, far.Responder = textsOf(own.remote), textsOf(asked.local)
		near.Differs, far.Differs = !fits(asked.remote, own.local, version), !fits(asked.local, own.remote, version)
	}
	return []Compared{near, far}
}
