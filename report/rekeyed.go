package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// IKE SAs that take the place of others (RFC 7296, section 2.18).

// rekeyedFrom finds the IKE SA that a CREATE_CHILD_SA of another one set up: the older one and the frame of the answer.
func rekeyedFrom(sa *ikesa.SA, all []*ikesa.SA) (*ikesa.SA, int) {
	for _, old := range all {
		if old.Version != 2 || old == sa {
			continue
		}
		for _, x := range old.Exchanges {
			if x.Type != ikev2.ExchangeCreateChild {
				continue
			}
			if i, r, frame, ok := newSPIs(x); ok && i == sa.Initiator && r == sa.Responder {
				return old, frame
			}
		}
	}
	return nil, 0
}

// newSPIs are the SPIs of the IKE SA that x sets up in place of its own (RFC 7296, section 1.3.2).
func newSPIs(x *ikesa.Exchange) (i, r decode.SPI, frame int, ok bool) {
	chosen := answerOf(x)
	if chosen == nil || len(chosen.Proposals) == 0 || chosen.Proposals[0].Protocol != ike.IKE || len(chosen.Proposals[0].SPI) != len(r) {
		return i, r, 0, false
	}
	answer := &chosen.Proposals[0]
	var request *ike.Proposal
	for _, m := range x.Messages {
		o := m.Offer()
		switch {
		case o == nil:
		case m.IsResponse():
			frame = m.Frame
		default:
			for k := range o.Proposals {
				if p := &o.Proposals[k]; len(p.SPI) == len(i) && (request == nil || p.Number == answer.Number) {
					request = p
				}
			}
		}
	}
	if request == nil {
		return i, r, 0, false
	}
	copy(i[:], request.SPI)
	copy(r[:], answer.SPI)
	return i, r, frame, true
}

// noteRekey names the IKE SA that sa replaced, and the identities that it has from there (RFC 7296, section 2.18).
func (r *IKESA) noteRekey(sa *ikesa.SA, all []*ikesa.SA) {
	if sa.Version != 2 {
		return
	}
	old, frame := rekeyedFrom(sa, all)
	if old == nil {
		return
	}
	r.RekeyedFrom = fmt.Sprintf("%v:%v in frame %d", old.Initiator, old.Responder, frame)
	first := firstOf(sa, all)
	i, resp := newIdentity(first.IDi), newIdentity(first.IDr)
	if first.InitiatorAddr.Addr() == sa.ResponderAddr.Addr() { // the other side has started the rekey
		i, resp = resp, i
	}
	if r.InitiatorID == nil {
		r.InitiatorID = i
	}
	if r.ResponderID == nil {
		r.ResponderID = resp
	}
}

// maxRekeys bounds the rekeys of an IKE SA that are followed back.
const maxRekeys = 1000

// firstOf is the IKE SA in which the peers of sa said who they are: the first one, if sa replaced it by rekeying.
func firstOf(sa *ikesa.SA, all []*ikesa.SA) *ikesa.SA {
	for range maxRekeys {
		old, _ := rekeyedFrom(sa, all)
		if old == nil {
			break
		}
		sa = old
	}
	return sa
}
