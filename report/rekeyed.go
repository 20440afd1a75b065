package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
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
			if i, r, frame, ok := negotiation.NewSPIs(x); ok && i == sa.Initiator && r == sa.Responder {
				return old, frame
			}
		}
	}
	return nil, 0
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
