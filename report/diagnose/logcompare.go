package diagnose

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What a log says of the settings of its side, beside what came from the peer.

// compareLogged compares what both sides say, where the log has it.
func (d *diagnosis) compareLogged(sa *ikesa.SA, e *entry, f *Finding, facts *LoggedRefusal) {
	row := func(name, prover, refuser string) {
		c := Compared{Name: name, Initiator: prover, Responder: refuser, Differs: true}
		if e.side == Initiator {
			c.Initiator, c.Responder = c.Responder, c.Initiator
		}
		f.Compared = append(f.Compared, c)
	}
	switch e.Reason {
	case logs.NoPeer:
		if facts.Came != "" {
			row("identity of the "+e.side.Other().String(), facts.Came, NoConnection)
		}
	case logs.IdentityMismatch, logs.CertificateName:
		if facts.Wanted != "" {
			row("identity of the "+e.side.Other().String(), cmp.Or(facts.Came, NotKnown), facts.Wanted)
		}
	case logs.PSKMissing:
		row("pre-shared key", KeyOne, KeyNone)
	case logs.PSKMismatch, logs.Unreadable, logs.InvalidHash, logs.PSKLikely:
		if !facts.PPK && !facts.Unsure {
			row("pre-shared key", KeyOne, KeyOther)
		}
	case logs.NoProposal, logs.PFSRequired:
		d.compareOffers(sa, e, f, facts)
	case logs.NoTraffic:
		d.compareSelectors(sa, e, f, facts)
	}
}

// beside are the events of a kind that the same log has of the same exchange.
func (d *diagnosis) beside(sa *ikesa.SA, e *entry, kind logs.Kind) (list []*entry) {
	for _, o := range d.logbook().events[sa] {
		if o.Kind == kind && o.side == e.side && o.File == e.File && o.x == e.x {
			list = append(list, o)
		}
	}
	return list
}

// compareOffers compares the offer that a log says came with what it says is configured.
func (d *diagnosis) compareOffers(sa *ikesa.SA, e *entry, f *Finding, facts *LoggedRefusal) {
	phase := 1
	if f.Code != CodePhase1NoProposal {
		phase = 2
	}
	for _, o := range d.beside(sa, e, logs.Offers) {
		if phaseOf(&o.Received.Offer) != phase {
			continue
		}
		v := ike.Version(sa.Version)
		if m, ok := nearestStance(loggedOffer(o.Received, v, e.x), loggedOffer(o.Configured, v, e.x), e.side == Responder); ok {
			f.Compared = m.rows
			if len(m.differing) == 0 && e.x != nil && e.x.Type == ikev2.ExchangeCreateChild {
				m.differing = f.compareUnseen(&m)
			}
			facts.Differing = m.differing
			if len(m.differing) == 0 {
				facts.Private = privateIn(sa, e.side.Other(), m.offer)
			}
			facts.Offered, facts.Configured = o.Received.Words, o.Configured.Words
			if f.Code == CodePhase2NoProposal && slices.Equal(m.differing, []string{TraitPFS}) {
				f.Code = CodePFSMismatch
			}
		}
	}
}

// compareSelectors compares the selectors that a log says were asked for with what it says is configured.
func (d *diagnosis) compareSelectors(sa *ikesa.SA, e *entry, f *Finding, facts *LoggedRefusal) {
	for _, o := range d.beside(sa, e, logs.Selectors) {
		if len(o.Allowed.Local) == 0 {
			continue
		}
		asked := policy{local: o.Asked.Remote, remote: o.Asked.Local}
		own := policy{local: o.Allowed.Local, remote: o.Allowed.Remote}
		f.Compared = selectorRows(asked, own, e.side == Responder, sa.Version)
		facts.Asked, facts.Allowed = asked.pair(), own.pair()
	}
}

// loggedStances are the proposals that a side which rejected an offer is configured for, by its own log.
func (d *diagnosis) loggedStances(sa *ikesa.SA, x *ikesa.Exchange, refuser Side, phase int, offered []stance) (list []stance) {
	v := ike.Version(sa.Version)
	for _, e := range d.ownEvents(sa, refuser, logs.Offers) {
		asked := loggedOffer(e.Received, v, e.x)
		if phaseOf(&e.Received.Offer) != phase {
			continue
		}
		if (e.x != x || e.grade != Log) && (len(asked) != len(offered) && v == ike.V2 || !allOffered(asked, offered)) {
			continue
		}
		for i, s := range loggedOffer(e.Configured, v, e.x) {
			s.logged, s.text = e.Where(), e.Configured.Words[i]
			list = append(list, s)
		}
	}
	return list
}

// ownEvents are the events of a kind in the log of a side: those of the IKE SA, else those of others between the same hosts. The log of
// its peer, who may have the same lines, is not among them.
func (d *diagnosis) ownEvents(sa *ikesa.SA, side Side, kind logs.Kind) (list []*entry) {
	host := hostOf(sa, side)
	book := d.logbook()
	for _, e := range book.events[sa] {
		if e.Kind == kind && e.side == side {
			list = append(list, e)
		}
	}
	if len(list) > 0 || len(book.events) == 0 {
		return list
	}
	for _, other := range d.Family().Between(negotiation.HostsOf(sa)) {
		for _, e := range book.events[other] {
			if e.Kind == kind && hostOf(other, e.side) == host {
				list = append(list, e)
			}
		}
	}
	return list
}

// hostOf is the address of a side.
func hostOf(sa *ikesa.SA, side Side) netip.Addr {
	if side == Responder {
		return sa.ResponderAddr.Addr()
	}
	return sa.InitiatorAddr.Addr()
}

// allOffered reports whether each of the proposals that a log says it received is in an offer.
func allOffered(asked, offered []stance) bool {
	for i := range asked {
		if !slices.ContainsFunc(offered, func(o stance) bool { return len(compareStances(&o, &asked[i], true).differing) == 0 }) {
			return false
		}
	}
	return len(asked) > 0
}

// loggedOffer are the stances of proposals in a log. What a log leaves out of those of IKEv1 is no trait of theirs: how to authenticate,
// the mode, and with AH what the transform says again. x is the exchange, nil where it is not known: IKE_AUTH names no PFS group, though one is configured.
func loggedOffer(logged *logs.Offer, v ike.Version, x *ikesa.Exchange) []stance {
	o := logged.In(v)
	inAuth := logged.InAuth || x != nil && x.Type == ikev2.ExchangeAuth
	return stancesOf(o, func(p *ike.Proposal, s *ike.Suite) []trait {
		if v == ike.V2 {
			return traits2(p, s, inAuth)
		}
		return slices.DeleteFunc(traits1(o, p, s), func(t trait) bool {
			return t.name == traitAuth || t.name == traitMode || t.name == traitProtocols || t.name == traitTransform
		})
	})
}

// loggedPolicies are the networks that a side which rejected some is configured for, by its own log.
func (d *diagnosis) loggedPolicies(sa *ikesa.SA, refuser Side, asked policy) (list []policy) {
	for _, e := range d.ownEvents(sa, refuser, logs.Selectors) {
		if sameAddrs(e.Asked.Local, asked.remote) && sameAddrs(e.Asked.Remote, asked.local) && len(e.Allowed.Local) > 0 {
			list = append(list, policy{local: e.Allowed.Local, remote: e.Allowed.Remote, logged: e.Where()})
		}
	}
	return list
}

// sameAddrs compares ranges of addresses: behind NAT, ports and protocols in a log are not those of the wire.
func sameAddrs(a, b ike.Selectors) bool {
	return len(a) > 0 && slices.EqualFunc(a, b, func(a, b ike.Selector) bool { return a.IsRange() && a.From == b.From && a.To == b.To })
}

// wantedByLog is the identity that a side expects instead of the one that came, by its own log; nil where it does not say.
func (d *diagnosis) wantedByLog(sa *ikesa.SA, refuser Side, came *ike.Identity) (wanted *ike.Identity, at string) {
	for _, e := range d.ownEvents(sa, refuser, logs.Refused) {
		if came != nil && e.Came != nil && e.Wanted != nil && sameIdentity(e.Came, came) {
			return e.Wanted, e.Where()
		}
	}
	return nil, ""
}

// sameIdentity compares an identity in a log with one in a message. A log does not say which kind it is: a key ID may look like a name.
func sameIdentity(logged, sent *ike.Identity) bool {
	return logged.Equal(*sent) || sent.Type == ike.IDKeyID && bytes.Equal(logged.Data, sent.Data)
}
