package diagnose

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What the logs that were given say of a refusal, besides keys: the settings of the side that they are from, and its reasons. A log is
// taken for one of this negotiation where what came from the peer, as it says, is what the capture shows.

// loggedStances are the proposals that the side which rejected an offer is configured for, by its own log.
func (d *diagnosis) loggedStances(version, phase int, offered []stance) (list []stance) {
	v := ike.Version(version)
	for _, e := range d.events(logs.Offers) {
		asked := loggedOffer(e.Received, v)
		if phaseOf(&e.Received.Offer) != phase || len(asked) != len(offered) && v == ike.V2 || !allOffered(asked, offered) {
			continue
		}
		for i, s := range loggedOffer(e.Configured, v) {
			s.logged, s.text = e.Where(), e.Configured.Words[i]
			list = append(list, s)
		}
	}
	return list
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
// the mode, and with AH what the transform says again.
func loggedOffer(logged *logs.Offer, v ike.Version) []stance {
	o := logged.In(v)
	return stancesOf(o, func(p *ike.Proposal, s *ike.Suite) []trait {
		if v == ike.V2 {
			return traits2(p, s, false)
		}
		return slices.DeleteFunc(traits1(o, p, s), func(t trait) bool {
			return t.name == traitAuth || t.name == traitMode || t.name == traitProtocols || t.name == traitTransform
		})
	})
}

// loggedPolicies are the networks that the side which rejected some is configured for, by its own log.
func (d *diagnosis) loggedPolicies(asked policy) (list []policy) {
	for _, e := range d.events(logs.Selectors) {
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

// wantedByLog is the identity that a side expects instead of the one that came, by its own log; nil where none says.
func (d *diagnosis) wantedByLog(came *ike.Identity) (wanted *ike.Identity, at string) {
	for _, e := range d.events(logs.Refused) {
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
