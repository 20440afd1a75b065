package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

func oneWayIKE(f *diagnose.Finding) Text {
	if _, ok := f.Facts.(diagnose.OneSided); ok {
		return Text{Headline: fmt.Sprintf("%s: the capture has the messages of the %s alone, although it was answered", Subject(f.Subject), Side(f.From)), Hint: "capture both directions"}
	}
	e, ok := f.Facts.(diagnose.DeadEnd)
	if !ok {
		return Text{}
	}
	sender, receiver := Side(f.From), Side(f.From.Other())
	t := Text{
		Headline: fmt.Sprintf("%s: what the %s sends in frame %d does not reach the %s: it sends frame %d again %s after that", e.Exchange, sender, e.Answer,
			receiver, e.Asked, Count(e.Again, "time")),
		Hint: fmt.Sprintf("look for a packet filter or a route that loses packets from %v to %v; a capture at %v shows whether they arrive", e.From, e.To, e.To.Addr()),
	}
	switch {
	case e.From.Addr() != e.AskedAt.Addr():
		t.Headline += fmt.Sprintf("; it comes from %v, but %v was asked", e.From, e.AskedAt)
		t.Hint = fmt.Sprintf("have the %s answer from the address that the %s asks", sender, receiver)
	case e.Large > 0:
		t.Headline += fmt.Sprintf("; it is %d bytes large", e.Large)
		t.Hint += "; large packets may be lost on the way: use IKE fragmentation (RFC 7383)"
	}
	return t
}
