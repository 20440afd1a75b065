package diagnose

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// refusesKeyExchange reports whether message 3 of Main Mode was rejected with INVALID-KEY-INFORMATION: nobody has authenticated by then. With
// pre-shared keys the responder needs the one for this peer as soon as it derives keys (RFC 2409, section 5).
func refusesKeyExchange(x *ikesa.Exchange, o *negotiation.Outcome) bool {
	return o.Notify.Is(ike.InvalidKE) && x.Type == ikev1.ExchangeMain && !sentEncrypted(x)
}

func (d *diagnosis) refusedKeyExchange(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	f := Finding{Code: CodePhase1Failed, Severity: Problem, Grade: Wire, From: o.From, Frames: Frames(x.Messages[len(x.Messages)-1].Frame, o.Frame),
		Facts: FailedExchange{Kind: KeyExchangeRefused, Outcome: o, PSK: usesPSK(s.SA, x)}}
	if usesPSK(s.SA, x) {
		f.Code, f.Grade = CodePSKMissing, Likely
	}
	return f
}
