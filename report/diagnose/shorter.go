package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What the lengths of IKE_AUTH responses tell beside each other, where none is decrypted.

// An authKey is what IKE_AUTH exchanges have in common whose responses are as long where both set up a Child SA: the peers, the length of the request
// and of AUTH.
type authKey struct {
	initiator, responder netip.Addr
	request, auth        int
}

// A longAuth is the longest response to such requests, and how many IKE SAs have one.
type longAuth struct{ bytes, frame, ikeSAs int }

// authAlone is the request and the response of an IKE_AUTH that was not decrypted and has one round; ok is false for others.
func authAlone(sa *ikesa.SA) (k authKey, request, response *ikesa.Message, ok bool) {
	if sa.Version != 2 {
		return k, nil, nil, false
	}
	for _, m := range sa.Messages {
		switch {
		case negotiation.TypeOf(m) != ikev2.ExchangeAuth:
		case m.State != ikesa.Closed || m.MessageID != 1: // EAP has more
			return k, nil, nil, false
		case m.IsResponse():
			response = m
		default:
			request = m
		}
	}
	if request == nil || response == nil || contentLen(sa, request) == 0 || contentLen(sa, response) == 0 {
		return k, nil, nil, false
	}
	return authKey{sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr(), contentLen(sa, request), sa.Policy.PRF.Size}, request, response, true
}

// longAuths are the longest responses to IKE_AUTH, indexed once.
func (d *diagnosis) longAuths() map[authKey]longAuth {
	if d.longest != nil {
		return d.longest
	}
	d.longest = make(map[authKey]longAuth)
	for _, sa := range d.Session.SAs {
		k, _, response, ok := authAlone(sa)
		if !ok {
			continue
		}
		l := d.longest[k]
		if n := contentLen(sa, response); n > l.bytes {
			l.bytes, l.frame = n, response.Frame
		}
		l.ikeSAs++
		d.longest[k] = l
	}
	return d.longest
}

// shorterAuth finds a response to IKE_AUTH that is shorter than another one to the same peer's request of the same length by what a Child SA takes,
// while fewer Child SAs have traffic than there are IKE SAs.
func (d *diagnosis) shorterAuth(sa *ikesa.SA) (f Finding, ok bool) {
	const block, notification = 15, 8
	k, request, response, ok := authAlone(sa)
	if !ok {
		return f, false
	}
	l := d.longAuths()[k]
	less := l.bytes - contentLen(sa, response)
	if less < childPayloads-notification-block || l.bytes < childLen(sa) || d.begunBetween(negotiation.HostsOf(sa)) >= l.ikeSAs {
		return f, false
	}
	return Finding{Code: CodePhase2Refused, Severity: Problem, Grade: Likely, From: SideOf(response.FromInitiator), Frames: Frames(request.Frame, response.Frame),
		Facts: FailedExchange{Kind: AuthShorter, Bytes: less, Longer: l.frame}}, true
}

// begunBetween is how many flows of ESP and AH began between two hosts, in the direction that has more of them.
func (d *diagnosis) begunBetween(h negotiation.Hosts) int {
	if d.flowsFrom == nil {
		d.flowsFrom = make(map[[2]netip.Addr]int)
		for _, u := range d.ClosedFlows() {
			d.flowsFrom[[2]netip.Addr{u.Src, u.Dst}]++
		}
		for _, f := range d.flows() {
			d.flowsFrom[[2]netip.Addr{f.About.Src, f.About.Dst}]++
		}
	}
	return max(d.flowsFrom[[2]netip.Addr{h[0], h[1]}], d.flowsFrom[[2]netip.Addr{h[1], h[0]}])
}
