package report

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Traffic selectors that were refused, against those that the other side is known to have.

// maxPolicies bounds the selectors that are compared for one finding.
const maxPolicies = 256

// A network is one side of a traffic selector.
type network struct {
	from, to netip.Addr // not valid where it is no range of addresses
	text     string     // with protocol and ports
}

// A policy is a pair of networks as one side has them.
type policy struct {
	local, remote []network // seen from the side that has them
	frame         int
	took          bool   // as the answer to what was asked; else it asks for them itself
	logged        string // where a log says that it is configured: "gwb.log:639"; "" where a frame shows it
}

func networksOf(selectors ike.Selectors) (list []network) {
	for _, s := range selectors {
		if len(list) == maxTraitValues {
			break
		}
		list = append(list, network{s.From, s.To, s.String()})
	}
	return list
}

func (n network) overlaps(o network) bool {
	return n.from.IsValid() && o.from.IsValid() && n.from.BitLen() == o.from.BitLen() && n.from.Compare(o.to) <= 0 && o.from.Compare(n.to) <= 0
}

// common is what both networks have of addresses: "10.2.0.0/25"; "" for nothing.
func (n network) common(o network) string {
	if !n.overlaps(o) {
		return ""
	}
	from, to, typ := n.from, n.to, ikev2.TSIPv4Range
	if o.from.Compare(from) > 0 {
		from = o.from
	}
	if o.to.Compare(to) < 0 {
		to = o.to
	}
	if from.Is6() {
		typ = ikev2.TSIPv6Range
	}
	return ikev2.TrafficSelector{Type: typ, EndPort: 0xffff, From: from, To: to}.Addrs()
}

func textsOf(list []network) string {
	if len(list) == 0 {
		return "not known"
	}
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = n.text
	}
	return join(parts, ", ")
}

// commonOf is what two lists of networks have of addresses.
func commonOf(a, b []network) (parts []string) {
	for _, x := range a {
		for _, y := range b {
			if c := x.common(y); c != "" && !slices.Contains(parts, c) {
				parts = append(parts, c)
			}
		}
	}
	return parts
}

// proposedPolicy are the networks that the side that started x asks for; seen from that side.
func proposedPolicy(sa *ikesa.SA, x *ikesa.Exchange) (policy, bool) {
	if sa.Version == 2 {
		for _, m := range x.Messages {
			if t, ok := m.Traffic(); ok && !m.IsResponse() {
				return policy{local: networksOf(t.Initiator), remote: networksOf(t.Responder), frame: m.Frame}, true
			}
		}
		return policy{}, false
	}
	c := x.Child
	if c == nil || !c.Asked.Known() || c.Implied && c.Offer == nil {
		return policy{}, false
	}
	return policy{local: networksOf(c.Asked.Initiator), remote: networksOf(c.Asked.Responder), frame: x.Messages[0].Frame}, true
}

// A policyKey names one side.
type policyKey struct {
	host    netip.Addr
	version int
}

// policiesOf are the networks that a side has, seen from that side: of the exchanges that it starts, and of those that it has
// accepted.
func (d *diagnosis) policiesOf(host netip.Addr, version int) []policy {
	if d.policies == nil {
		d.policies = make(map[policyKey][]policy)
		for _, s := range d.stories {
			for _, x := range s.exchanges() {
				d.learnPolicies(s, x)
			}
		}
	}
	return d.policies[policyKey{host, version}]
}

// learnPolicies takes in what x shows of both sides.
func (d *diagnosis) learnPolicies(s *story, x *ikesa.Exchange) {
	if len(x.Messages) == 0 {
		return
	}
	asked, ok := proposedPolicy(s.sa, x)
	if !ok {
		return
	}
	add := func(host netip.Addr, p policy) {
		k := policyKey{host, s.sa.Version}
		if len(d.policies[k]) < maxPolicies {
			d.policies[k] = append(d.policies[k], p)
		}
	}
	first := x.Messages[0]
	add(first.Src.Addr(), asked)
	if s.sa.Version == 2 {
		for _, m := range x.Messages {
			if t, ok := m.Traffic(); ok && m.IsResponse() {
				add(m.Src.Addr(), policy{local: networksOf(t.Responder), remote: networksOf(t.Initiator), frame: m.Frame, took: true})
			}
		}
	} else if c := x.Child; c != nil && c.Complete {
		add(first.Dst.Addr(), policy{local: asked.remote, remote: asked.local, frame: asked.frame, took: true})
	}
}

// refusedSelectors is the finding about refused selectors, with those of the side that refused them. equal tells that they mirror each
// other.
func (d *diagnosis) refusedSelectors(s *story, x *ikesa.Exchange, o *Outcome, facts diagnose.RefusedSelectors) (f diagnose.Finding, equal bool) {
	facts.Notify = o.Notify
	f = diagnose.Finding{Code: diagnose.CodeTSMismatch, Severity: SeverityProblem, Grade: diagnose.Wire, From: sideNamed(o.From), Frames: frames(x.Messages[0].Frame, o.Frame), Facts: facts}
	asked, ok := proposedPolicy(s.sa, x)
	if !ok {
		return f, false
	}
	facts.Asked = asked.pair()
	var best *policy
	score := -1
	known := d.loggedPolicies(asked)
	if len(known) == 0 {
		known = d.policiesOf(x.Messages[0].Dst.Addr(), s.sa.Version)
	}
	for _, p := range known {
		if n := p.mirrors(asked, s.sa.Version); n > score {
			best, score = &p, n
		}
	}
	if best == nil {
		f.Facts = facts
		return f, false
	}
	f.Frames = frames(append(f.Frames, best.frame)...)
	f.Compared = selectorRows(asked, *best, f.From != diagnose.Initiator, s.sa.Version)
	facts.Own, facts.OwnLog, facts.OwnTook = best.pair(), best.logged, best.took
	facts.Common = [2]string{join(commonOf(asked.local, best.remote), ", "), join(commonOf(asked.remote, best.local), ", ")}
	f.Facts = facts
	return f, !slices.ContainsFunc(f.Compared, func(c Compared) bool { return c.Differs })
}

// pair is a policy as findings show it.
func (p *policy) pair() *diagnose.SelectorPair {
	return &diagnose.SelectorPair{Local: textsOf(p.local), Remote: textsOf(p.remote), Frame: p.frame}
}

// fits reports whether the other side's view of a network allows it: in IKEv2 a part in common will do (RFC 7296, section
// 2.9), in IKEv1 they are to be the same.
func fits(a, b []network, version int) bool {
	if len(a) == 0 || len(b) == 0 {
		return true // not known
	}
	if version == 2 {
		return len(commonOf(a, b)) > 0
	}
	return textsOf(a) == textsOf(b)
}

// mirrors counts how well p, of one side, and asked, of the other, fit.
func (p *policy) mirrors(asked policy, version int) (n int) {
	for _, pair := range [][2][]network{{asked.local, p.remote}, {asked.remote, p.local}} {
		switch {
		case textsOf(pair[0]) == textsOf(pair[1]):
			n += 3
		case fits(pair[0], pair[1], version):
			n += 2
		case len(commonOf(pair[0], pair[1])) > 0:
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
