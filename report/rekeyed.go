package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// noteRekey names the IKE SA that sa replaced, and the identities that it has from there (RFC 7296, section 2.18).
func (r *IKESA) noteRekey(sa *ikesa.SA, family *negotiation.Family) {
	l := family.Rekeyed(sa)
	if l.Kind == negotiation.NoLineage {
		return
	}
	r.RekeyedFrom = fmt.Sprintf("%v:%v in frame %d", l.From.Initiator, l.From.Responder, l.Frame)
	first := family.First(sa)
	i, resp := newIdentity(first.IDi), newIdentity(first.IDr)
	if first.InitiatorAddr.Addr() == sa.ResponderAddr.Addr() { // the peer has started the rekey
		i, resp = resp, i
	}
	if r.InitiatorID == nil {
		r.InitiatorID = i
	}
	if r.ResponderID == nil {
		r.ResponderID = resp
	}
}
