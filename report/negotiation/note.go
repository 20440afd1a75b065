package negotiation

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// transaction tells what XAUTH or Mode Config came to.
func (s *Story) transaction(x *ikesa.Exchange) *Outcome {
	if r := s.refusalOf(x, nil); r != nil {
		return refused(r)
	}
	for _, m := range x.Messages {
		for _, p := range m.Payloads {
			a, ok := p.Body.(*ikev1.Attributes)
			if !ok {
				continue
			}
			if o := configOutcome(a, m.Frame); o != nil {
				return o
			}
		}
	}
	if o := closedOutcome(x); o != nil {
		return o
	}
	return requestOutcome(x)
}

func configOutcome(a *ikev1.Attributes, frame int) *Outcome {
	if st, ok := a.Attr(ike.XAUTHStatus); ok && a.Type == ike.ConfigSet {
		if v, _ := st.Uint(); v == 1 {
			return &Outcome{Code: Done, Made: MadeUser, Frame: frame}
		}
		return &Outcome{Code: Failed, Cause: XAUTHFailure, Frame: frame}
	}
	if a.Type != ike.ConfigReply && a.Type != ike.ConfigSet {
		return nil
	}
	for _, typ := range []uint16{ike.ConfigIP4Address, ike.ConfigIP6Address} {
		if v, ok := a.Attr(typ); ok && len(v.Value) > 0 {
			return &Outcome{Code: Done, Made: MadeAddress, Address: v, Frame: frame}
		}
	}
	return nil
}

func informational(x *ikesa.Exchange) *Outcome {
	if o := closedOutcome(x); o != nil {
		return o
	}
	o := &Outcome{Code: Done, Note: true, Frame: x.Messages[0].Frame}
	for _, m := range x.Messages {
		for _, p := range m.Payloads {
			switch p.Body.(type) {
			case *ikev1.Notify, *ikev1.Delete:
				o.Says = append(o.Says, p.Body)
			}
		}
	}
	return o
}

// answeredNote tells what an INFORMATIONAL exchange was about.
func answeredNote(x *ikesa.Exchange) *Outcome {
	if o := refusedBy(x); o != nil {
		return o
	}
	last := x.Messages[len(x.Messages)-1]
	return &Outcome{Code: Done, Frame: last.Frame}
}
