package report

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// exchanges are what reports show as exchanges: of IKEv2 all rounds of IKE_AUTH are one (RFC 7296, section 2.16).
func (s *story) exchanges() []*ikesa.Exchange {
	if s.sa.Version == 2 {
		return s.blocks
	}
	return s.sa.Exchanges
}

// tell2 says how the exchanges of an IKEv2 SA ended.
func (s *story) tell2() {
	s.blocks = blocks2(s.sa)
	byMessage := make(map[*ikesa.Message]*negotiation.Outcome)
	for _, x := range s.blocks {
		o := s.outcome2(x)
		s.outcomes[x] = o
		for _, m := range x.Messages {
			byMessage[m] = o
		}
	}
	for _, x := range s.sa.Exchanges {
		o := &negotiation.Outcome{Code: negotiation.Incomplete, Lost: negotiation.LostAll}
		if len(x.Messages) > 0 {
			o = byMessage[x.Messages[0]]
		}
		s.outcomes[x] = o
	}
}

// blocks2 puts the requests and answers of IKE_AUTH, which are several with EAP, into one exchange.
func blocks2(sa *ikesa.SA) (list []*ikesa.Exchange) {
	var auth *ikesa.Exchange
	for _, x := range sa.Exchanges {
		switch {
		case len(x.Messages) == 0:
		case x.Type != ikev2.ExchangeAuth || x.Exchange == nil:
			list = append(list, x)
		case auth == nil:
			auth = &ikesa.Exchange{Exchange: &exchange.Exchange{Type: x.Type, MessageID: x.MessageID}, Messages: x.Messages, Child: x.Child}
			list = append(list, auth)
		default:
			auth.Messages = append(auth.Messages[:len(auth.Messages):len(auth.Messages)], x.Messages...)
			if x.Child != nil {
				auth.Child = x.Child
			}
		}
	}
	return list
}

// outcome2 tells how an exchange of IKEv2 ended.
func (s *story) outcome2(x *ikesa.Exchange) *negotiation.Outcome {
	last := x.Messages[len(x.Messages)-1]
	if o := silent2(x); o != nil {
		return o
	}
	if o := closedOutcome(x); o != nil {
		o.Answered = true
		return o
	}
	switch x.Type {
	case ikev2.ExchangeSAInit, ikev2.ExchangeSessionResume:
		return initOutcome(x)
	case ikev2.ExchangeAuth:
		return s.authOutcome(x)
	case ikev2.ExchangeCreateChild:
		return s.createOutcome(x)
	case ikev2.ExchangeInformational:
		return informational2(x)
	}
	if o := refused2(x); o != nil {
		return o
	}
	return &negotiation.Outcome{Code: negotiation.Done, Frame: last.Frame}
}

// silent2 is for an exchange in which requests, or answers, are all there is.
func silent2(x *ikesa.Exchange) *negotiation.Outcome {
	requests, responses := 0, 0
	for _, m := range x.Messages {
		if isResponse(m) {
			responses++
		} else {
			requests++
		}
	}
	switch {
	case responses == 0:
		return unanswered(x)
	case requests == 0:
		return &negotiation.Outcome{Code: negotiation.Incomplete, Lost: negotiation.LostRequest, Frame: x.Messages[0].Frame}
	}
	return nil
}

// error2 is the first error notification in an answer of x, nil where there is none.
func error2(x *ikesa.Exchange) (*ikesa.Message, *ikev2.Notify) {
	for _, m := range x.Messages {
		if !isResponse(m) {
			continue
		}
		for _, n := range notifies2(m) {
			if n.IsError() {
				return m, n
			}
		}
	}
	return nil, nil
}

// refused2 is for an exchange that an error notification answers; nil for others.
func refused2(x *ikesa.Exchange) *negotiation.Outcome {
	m, n := error2(x)
	if n == nil {
		return nil
	}
	return &negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.ErrorNotify, Frame: m.Frame, From: ike.SideOf(m.FromInitiator), Notify: notifyType2(n.Type), Error: n}
}

func notifyType2(t ikev2.NotifyType) ike.NotifyType {
	return ike.NotifyType{Version: ike.V2, Number: uint16(t)}
}

// initOutcome tells what IKE_SA_INIT came to. A first answer may ask for a COOKIE or another group; the last one counts.
func initOutcome(x *ikesa.Exchange) *negotiation.Outcome {
	var wanted []negotiation.Retry
	for _, m := range x.Messages {
		switch {
		case !isResponse(m):
		case findNotify2(m, ikev2.NotifyCookie) != nil:
			wanted = append(wanted, negotiation.Retry{Frame: m.Frame, Cookie: true, Notify: findNotify2(m, ikev2.NotifyCookie)})
		case findNotify2(m, ikev2.NotifyInvalidKE) != nil:
			wanted = append(wanted, negotiation.Retry{Frame: m.Frame, Notify: findNotify2(m, ikev2.NotifyInvalidKE)})
		case agrees(m):
			return &negotiation.Outcome{Code: negotiation.Done, Retries: wanted, Frame: m.Frame}
		}
	}
	last := x.Messages[len(x.Messages)-1]
	if n := findNotify2(last, ikev2.NotifyRedirect); n != nil {
		return &negotiation.Outcome{Code: negotiation.Done, Redirect: n, Frame: last.Frame}
	}
	if !isResponse(last) {
		o := unanswered(x)
		o.Retries = wanted
		return o
	}
	if o := refused2(x); o != nil {
		return o
	}
	if len(wanted) > 0 {
		return &negotiation.Outcome{Code: negotiation.NoAnswer, Retries: wanted, Frame: last.Frame}
	}
	return &negotiation.Outcome{Code: negotiation.Incomplete, Lost: negotiation.LostKeys, Frame: last.Frame}
}

// linkRetries finds the conversations that ended with a request to start again, where the next try went through. A responder
// may give each of its answers another SPI, and then they look like two IKE SAs.
func linkRetries(list []*story) {
	agreed := make(map[decode.SPI]*story)
	for _, s := range list {
		if s.agreed() {
			agreed[s.sa.Initiator] = s
		}
	}
	for _, s := range list {
		next := agreed[s.sa.Initiator]
		if s.sa.Version != 2 || next == nil || next == s || s.agreed() {
			continue
		}
		for _, x := range s.blocks {
			if x.Type != ikev2.ExchangeSAInit {
				continue
			}
			m, n := wanted(x)
			if n == nil {
				continue
			}
			s.retried = true
			*s.outcomes[x] = negotiation.Outcome{Code: negotiation.Done, Frame: m.Frame, Next: next.sa,
				Retries: []negotiation.Retry{{Frame: m.Frame, Cookie: n.Type == ikev2.NotifyCookie, Notify: n}}}
		}
	}
}

// agreed reports whether IKE_SA_INIT made keys.
func (s *story) agreed() bool {
	for _, x := range s.blocks {
		for _, m := range x.Messages {
			if x.Type == ikev2.ExchangeSAInit && agrees(m) {
				return true
			}
		}
	}
	return false
}

// wanted is the answer of x that asks for another try, with what it asks for.
func wanted(x *ikesa.Exchange) (*ikesa.Message, *ikev2.Notify) {
	for _, m := range x.Messages {
		for _, t := range []ikev2.NotifyType{ikev2.NotifyInvalidKE, ikev2.NotifyCookie} {
			if n := findNotify2(m, t); n != nil && isResponse(m) {
				return m, n
			}
		}
	}
	return nil, nil
}

// agrees reports whether m is the answer of IKE_SA_INIT, or of IKE_SESSION_RESUME, that makes keys.
func agrees(m *ikesa.Message) bool {
	_, nonce := decode.Find(m.Payloads, ikev2.PayloadNonce)
	return isResponse(m) && nonce
}

func (s *story) authOutcome(x *ikesa.Exchange) *negotiation.Outcome {
	var proof *ikesa.Message // the responder's last AUTH payload
	for _, m := range x.Messages {
		if _, ok := decode.Find(m.Payloads, ikev2.PayloadAuth); ok && isResponse(m) && !eapFollows(m) {
			proof = m
		}
		if o := eapFailed(m); o != nil {
			return o
		}
	}
	if o := refused2(x); o != nil {
		if proof != nil && !o.Notify.Is(ike.AuthenticationFailed) {
			o.Made = negotiation.MadeIKESA
		}
		return o
	}
	if c := x.Child; c != nil && c.Complete {
		if !established(s.sa) {
			return &negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.ProofRefused, Frame: x.Messages[len(x.Messages)-1].Frame,
				Notify: notifyType2(ikev2.NotifyAuthenticationFailed), From: ike.Initiator}
		}
		return &negotiation.Outcome{Code: negotiation.Established, Made: negotiation.MadeChild, Frame: c.Frames[len(c.Frames)-1], Deleted: s.childDeleted(c)}
	}
	last := x.Messages[len(x.Messages)-1]
	switch {
	case proof != nil:
		return &negotiation.Outcome{Code: negotiation.Established, Made: negotiation.MadeIKESA, Childless: true, Frame: proof.Frame}
	case last.State == ikesa.Closed:
		return &negotiation.Outcome{Code: negotiation.Closed, Answered: true, Partly: true, Frame: last.Frame}
	}
	if m := authRefusal(s.sa); m != nil {
		return &negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.GaveUp,
			Frame: m.Frame, Notify: notifyType2(ikev2.NotifyAuthenticationFailed), From: ike.SideOf(m.FromInitiator)}
	}
	return unanswered(x)
}

// authRefusal is the message, outside IKE_AUTH, with which a side says that it does not take the other's proof (RFC 7296, section
// 2.21.2); nil: there is none.
func authRefusal(sa *ikesa.SA) *ikesa.Message {
	for _, m := range sa.Messages {
		if typeOf(m) == ikev2.ExchangeInformational && findNotify2(m, ikev2.NotifyAuthenticationFailed) != nil {
			return m
		}
	}
	return nil
}

// eapFailed is for EAP's Failure (RFC 3748, section 4.2).
func eapFailed(m *ikesa.Message) *negotiation.Outcome {
	p, ok := decode.Find(m.Payloads, ikev2.PayloadEAP)
	if !ok {
		return nil
	}
	if e, ok := p.Body.(*ikev2.EAP); !ok || e.Code != ikev2.EAPFailure {
		return nil
	}
	return &negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.EAPFailure, Frame: m.Frame, From: ike.SideOf(m.FromInitiator)}
}

func (s *story) createOutcome(x *ikesa.Exchange) *negotiation.Outcome {
	if o := refused2(x); o != nil {
		return o
	}
	if i, r, frame, ok := newSPIs(x); ok {
		return &negotiation.Outcome{Code: negotiation.Established, Made: negotiation.MadeIKESA, SPIs: &[2]decode.SPI{i, r}, Frame: frame}
	}
	last := x.Messages[len(x.Messages)-1]
	if c := x.Child; c != nil && c.Complete {
		return &negotiation.Outcome{Code: negotiation.Established, Made: negotiation.MadeChild, Frame: last.Frame, Deleted: s.childDeleted(c)}
	}
	if last.State == ikesa.Closed {
		return &negotiation.Outcome{Code: negotiation.Closed, Answered: true, Partly: true, Frame: last.Frame}
	}
	return &negotiation.Outcome{Code: negotiation.Incomplete, Lost: negotiation.LostPart, Frame: last.Frame}
}

// informational2 tells what an INFORMATIONAL exchange was about.
func informational2(x *ikesa.Exchange) *negotiation.Outcome {
	if o := refused2(x); o != nil {
		return o
	}
	last := x.Messages[len(x.Messages)-1]
	return &negotiation.Outcome{Code: negotiation.Done, Frame: last.Frame}
}

// purpose says what an exchange of IKEv2 is for, where its type does not: "rekey of ESP 0xc0ffee01", "liveness check".
func purpose(x *ikesa.Exchange) string {
	switch x.Type {
	case ikev2.ExchangeCreateChild:
		return createPurpose(x)
	case ikev2.ExchangeInformational:
		return informationalPurpose(x)
	}
	return ""
}

func createPurpose(x *ikesa.Exchange) string {
	offer, child := createRequest(x)
	switch {
	case child != nil:
		return "rekey of " + ikev2.ProtocolName(child.Protocol) + " " + spiText(child.SPI)
	case offer == nil:
		return ""
	case offer.Proposals[0].Protocol == ikev2.ProtocolIKE:
		return "rekey of the IKE SA"
	}
	return "new Child SA"
}

// createRequest is what the requests of a CREATE_CHILD_SA ask for: the first offer that can be read, and the Child SA that it is to
// replace. A damaged request may come before a good copy of it, so that not only the first one counts.
func createRequest(x *ikesa.Exchange) (offer *ikev2.SA, child *ikev2.Notify) {
	if x.Type != ikev2.ExchangeCreateChild {
		return nil, nil
	}
	for _, m := range x.Messages {
		if isResponse(m) {
			continue
		}
		if n := findNotify2(m, ikev2.NotifyRekeySA); n != nil {
			return sa2Of(m), n
		}
		if sa := sa2Of(m); sa != nil && len(sa.Proposals) > 0 {
			return sa, nil
		}
	}
	return nil, nil
}

// replaces tells whether a CREATE_CHILD_SA replaces the IKE SA, or a Child SA, which the notification names.
func replaces(x *ikesa.Exchange) (ike bool, child *ikev2.Notify) {
	offer, child := createRequest(x)
	return child == nil && offer != nil && offer.Proposals[0].Protocol == ikev2.ProtocolIKE, child
}

func informationalPurpose(x *ikesa.Exchange) string {
	var parts []string
	for _, m := range x.Messages {
		if m.State == ikesa.Closed {
			return ""
		}
		if isResponse(m) {
			continue
		}
		for _, p := range m.Payloads {
			switch b := p.Body.(type) {
			case *ikev2.Delete:
				parts = append(parts, "delete of "+deleteText(ikev2.PartOf(p.Type, b).(*ike.Delete)))
			case *ikev2.Notify:
				parts = append(parts, notifyPurpose(b)...)
			case *ikev2.CP:
				parts = append(parts, "configuration")
			}
		}
		if len(m.Payloads) == 0 {
			parts = append(parts, "liveness check")
		}
	}
	return join(parts, ", ")
}

func notifyPurpose(n *ikev2.Notify) []string {
	switch n.Type {
	case ikev2.NotifyUpdateSAAddresses:
		return []string{"address update (MOBIKE)"}
	case ikev2.NotifyAdditionalIP4, ikev2.NotifyAdditionalIP6, ikev2.NotifyNoAdditionalAddresses:
		return []string{n.String()}
	}
	if n.IsError() {
		return []string{n.String()}
	}
	return nil
}
