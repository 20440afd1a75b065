package negotiation

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

func (s *Story) phase1(x *ikesa.Exchange) *Outcome {
	last := LastStep(x)
	if s.SA.Established {
		o := &Outcome{Code: Established, Made: MadeIKESA, Frame: last.Frame}
		if m := IKEDelete(s.SA); m != nil {
			o.Deleted = []int{m.Frame}
		}
		return o
	}
	if r := s.refusalOf(x, nil); r != nil {
		return refused(r)
	}
	if r := s.silentRefusal(x); r != nil {
		return refused(r)
	}
	o := unanswered(x)
	o.Silence.Late = !Begins(s.SA)
	return o
}

// initOutcome tells what IKE_SA_INIT came to. A first answer may ask for a COOKIE or another group; the last one counts.
func initOutcome(x *ikesa.Exchange) *Outcome {
	var wanted []Retry
	for _, m := range x.Messages {
		switch {
		case !m.IsResponse():
		case NotifyOf(m, ikev2.NotifyCookie) != nil:
			wanted = append(wanted, Retry{Frame: m.Frame, Cookie: true, Notify: NotifyOf(m, ikev2.NotifyCookie)})
		case NotifyOf(m, ikev2.NotifyInvalidKE) != nil:
			wanted = append(wanted, Retry{Frame: m.Frame, Notify: NotifyOf(m, ikev2.NotifyInvalidKE)})
		case Agrees(m):
			return &Outcome{Code: Done, Retries: wanted, Frame: m.Frame}
		}
	}
	last := x.Messages[len(x.Messages)-1]
	if n := NotifyOf(last, ikev2.NotifyRedirect); n != nil {
		return &Outcome{Code: Done, Redirect: n, Frame: last.Frame}
	}
	if !last.IsResponse() {
		o := unanswered(x)
		o.Retries = wanted
		return o
	}
	if o := refusedBy(x); o != nil {
		return o
	}
	if len(wanted) > 0 {
		return &Outcome{Code: NoAnswer, Retries: wanted, Frame: last.Frame}
	}
	return &Outcome{Code: Incomplete, Lost: LostKeys, Frame: last.Frame}
}

// linkRetries finds the conversations that ended with a request to start again, where the next try went through. A responder
// may give each of its answers another SPI, and then they look like two IKE SAs.
func linkRetries(list []*Story) {
	agreed, byHosts := make(map[decode.SPI]*Story), make(map[Hosts][]*Story)
	for _, s := range list {
		if s.agreed() {
			agreed[s.SA.Initiator] = s
			if k := HostsOf(s.SA); len(byHosts[k]) < maxBetween {
				byHosts[k] = append(byHosts[k], s)
			}
		}
	}
	for _, s := range list {
		next := agreed[s.SA.Initiator]
		if s.SA.Version == 2 && next == nil && !s.agreed() {
			next = s.retryWithGroup(byHosts[HostsOf(s.SA)])
		}
		if s.SA.Version != 2 || next == nil || next == s || s.agreed() {
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
			s.Retried = true
			*s.outcomes[x] = Outcome{Code: Done, Frame: m.Frame, Next: next.SA,
				Retries: []Retry{{Frame: m.Frame, Cookie: n.Type == ikev2.NotifyCookie, Notify: n}}}
		}
	}
}

// retryWithin is how long after it was told of another group an initiator comes back with it under another SPI, at most.
const retryWithin = 30 * time.Second

// retryWithGroup is the one of list, which agreed on keys, that the initiator of s, told to use another group, started with that group and an
// SPI of its own; nil: there is none.
func (s *Story) retryWithGroup(list []*Story) *Story {
	last := s.SA.Messages[len(s.SA.Messages)-1]
	n := NotifyOf(last, ikev2.NotifyInvalidKE)
	if n == nil || len(n.Data) != 2 {
		return nil
	}
	for _, o := range list {
		first := o.SA.Messages[0]
		ke, ok := publicValue(first)
		wait := first.Time.Sub(last.Time)
		if ok && ke.Group == decode.Group(binary.BigEndian.Uint16(n.Data)) && first.Src.Addr() == last.Dst.Addr() && wait >= 0 && wait <= retryWithin {
			return o
		}
	}
	return nil
}

func publicValue(m *ikesa.Message) (*ikev2.KE, bool) {
	p, _ := decode.Find(m.Payloads, ikev2.PayloadKE)
	ke, ok := p.Body.(*ikev2.KE)
	return ke, ok
}

// agreed reports whether IKE_SA_INIT made keys.
func (s *Story) agreed() bool {
	for _, x := range s.blocks {
		for _, m := range x.Messages {
			if x.Type == ikev2.ExchangeSAInit && Agrees(m) {
				return true
			}
		}
	}
	return false
}

// wanted is the last response of x that asks for another try, with what it asks for.
func wanted(x *ikesa.Exchange) (*ikesa.Message, *ikev2.Notify) {
	for _, m := range slices.Backward(x.Messages) {
		for _, t := range []ikev2.NotifyType{ikev2.NotifyInvalidKE, ikev2.NotifyCookie} {
			if n := NotifyOf(m, t); n != nil && m.IsResponse() {
				return m, n
			}
		}
	}
	return nil, nil
}

// Agrees reports whether m is the response of IKE_SA_INIT, or of IKE_SESSION_RESUME, that makes keys.
func Agrees(m *ikesa.Message) bool {
	_, nonce := decode.Find(m.Payloads, ikev2.PayloadNonce)
	return m.IsResponse() && nonce
}

func (s *Story) authOutcome(x *ikesa.Exchange) *Outcome {
	var proof *ikesa.Message // the responder's last AUTH payload
	for _, m := range x.Messages {
		if _, ok := decode.Find(m.Payloads, ikev2.PayloadAuth); ok && m.IsResponse() && !EAPFollows(m) {
			proof = m
		}
		if o := eapFailed(m); o != nil {
			return o
		}
	}
	if o := refusedBy(x); o != nil {
		if proof != nil && !o.Notify.Is(ike.AuthenticationFailed) {
			o.Made = MadeIKESA
		}
		return o
	}
	if c := x.Child; c != nil && (c.Complete || proof != nil && c.Choice != nil) { // the response alone shows a Child SA
		if !s.SA.Established {
			return &Outcome{Code: Failed, Cause: ProofRefused, Frame: x.Messages[len(x.Messages)-1].Frame,
				Notify: notifyType(ikev2.NotifyAuthenticationFailed), From: ike.Initiator}
		}
		return &Outcome{Code: Established, Made: MadeChild, Frame: c.Frames[len(c.Frames)-1], Deleted: s.ChildDeleted(c)}
	}
	last := x.Messages[len(x.Messages)-1]
	switch {
	case proof != nil:
		return &Outcome{Code: Established, Made: MadeIKESA, Childless: true, Frame: proof.Frame}
	case last.State == ikesa.Closed:
		return &Outcome{Code: Closed, Answered: true, Partly: true, Frame: last.Frame}
	}
	if m := authRefusal(s.SA); m != nil {
		return &Outcome{Code: Failed, Cause: GaveUp,
			Frame: m.Frame, Notify: notifyType(ikev2.NotifyAuthenticationFailed), From: ike.SideOf(m.FromInitiator)}
	}
	return unanswered(x)
}

// authRefusal is the message, outside IKE_AUTH, with which a side rejects the authentication of the other (RFC 7296, section
// 2.21.2); nil: there is none.
func authRefusal(sa *ikesa.SA) *ikesa.Message {
	for _, m := range sa.Messages {
		if TypeOf(m) == ikev2.ExchangeInformational && NotifyOf(m, ikev2.NotifyAuthenticationFailed) != nil {
			return m
		}
	}
	return nil
}

// AuthRefused reports whether the initiator rejected what the responder sent as its proof (RFC 7296, section 2.21.2).
func AuthRefused(sa *ikesa.SA) bool { return authRefusal(sa) != nil }

// eapFailed is for EAP's Failure (RFC 3748, section 4.2).
func eapFailed(m *ikesa.Message) *Outcome {
	p, ok := decode.Find(m.Payloads, ikev2.PayloadEAP)
	if !ok {
		return nil
	}
	if e, ok := p.Body.(*ikev2.EAP); !ok || e.Code != ike.EAPFailure {
		return nil
	}
	return &Outcome{Code: Failed, Cause: EAPFailure, Frame: m.Frame, From: ike.SideOf(m.FromInitiator)}
}
