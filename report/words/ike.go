package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

func oneWayIKE(f *diagnose.Finding) Text {
	if _, ok := f.Facts.(diagnose.OneSided); ok {
		return Text{Headline: fmt.Sprintf("the capture has only the IKE messages of %s, although its peer sent some, too", role(f, f.From)),
			Details: []string{Subject(f.Subject)}, Hint: "capture both directions"}
	}
	e, ok := f.Facts.(diagnose.DeadEnd)
	if !ok {
		return Text{}
	}
	sender, receiver := peer(f, f.From), peer(f, f.From.Other())
	t := Text{
		Headline: fmt.Sprintf("frame %d of %s did not arrive: %s retransmitted frame %d %s after it", e.Answer, sender, receiver, e.Asked, Times(e.Again)),
		Details:  []string{fmt.Sprintf("%s from %v to %v", e.Exchange, e.From, e.To)},
		Hint:     fmt.Sprintf("look for a filter or route that drops packets from %v to %v", e.From, e.To),
	}
	if e.First > 0 {
		t.Headline = fmt.Sprintf("frames %d to %d of %s did not all arrive: %s retransmitted frame %d %s after them", e.First, e.Answer, sender, receiver, e.Asked, Times(e.Again))
		t.Details = append(t.Details, "they are the IKE fragments of one message, which is lost if one of them is")
	}
	switch {
	case e.From.Addr() != e.AskedAt.Addr():
		t.Details = append(t.Details, fmt.Sprintf("%s sent its requests to %v, but the responses come from %v", receiver, e.AskedAt, e.From))
		t.Hint = fmt.Sprintf("on %s respond from %v, the address that %s sends to", e.From.Addr(), e.AskedAt.Addr(), receiver)
	case e.Large > 0:
		t.Details = append(t.Details, fmt.Sprintf("frame %d has %s: the path may drop large packets", e.Answer, Count(e.Large, "byte")))
		switch e.Exchange {
		case ikev2.ExchangeSAInit: // which IKE fragmentation does not cover
			t.Hint = hint(t.Hint, "; or make it smaller: ML-KEM as an additional key exchange")
		default:
			t.Hint = hint(t.Hint, "; allow IKE fragmentation on both peers")
		}
	default:
		t.Hint = hint(t.Hint, fmt.Sprintf("; capture at %v to confirm", e.To.Addr()))
	}
	return t
}
