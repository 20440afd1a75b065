package traffic

import (
	"fmt"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// A control message of L2TP waits for one with a higher Nr; what PPP inside says of users is noted.
func TestInsideL2TP(t *testing.T) {
	sa := &esp.SA{Params: &esp.Params{}}
	message := func(src, dst byte, l2tp ...byte) *ikedecode.Item {
		p := []byte{0x45, 0, 0, byte(28 + len(l2tp)), 0, 1, 0, 0, 64, 17, 0, 0, 10, 1, 0, src, 10, 1, 0, dst, 6, 0xa5, 6, 0xa5, 0, byte(8 + len(l2tp)), 0, 0}
		return &ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, IP: make([]byte, 100)}, Opened: &esp.Opened{SA: sa, IP: append(p, l2tp...)}}
	}
	control := func(ns, nr byte, avps ...byte) []byte {
		return append([]byte{0xc8, 2, 0, byte(12 + len(avps)), 0, 0, 0, 0, 0, ns, 0, nr}, avps...)
	}
	request := []byte{0x80, 8, 0, 0, 0, 0, 0, 1}
	var w Inside
	for i, x := range []struct {
		it   *ikedecode.Item
		want Ask
	}{
		{message(1, 2, control(0, 0, request...)...), AskControl},
		{message(2, 1, control(0, 1, request...)...), AskControl},
		{message(1, 2, control(1, 1)...), AskNothing},             // acknowledges the response
		{message(1, 2, control(1, 1, request...)...), AskControl}, // nobody does so
		{message(2, 1, control(1, 1)...), AskNothing},
		{message(1, 2, control(1, 1, request...)[:11]...), AskUnknown},
		{message(1, 2, control(1, 1, 0, 0, 0, 0, 0, 0, 0, 0)...), AskUnknown}, // no Message Type
		{message(2, 1, 0, 2, 0, 7, 0, 9, 0xff, 3, 0xc2, 0x23, 4, 1, 0, 4), AskUnknown},
		{message(2, 1, 0x42, 2, 0, 18, 0, 7, 0, 9, 0, 2, 0, 0, 0xc2, 0x23, 4, 2, 0, 4), AskUnknown}, // a length, an offset, no address
		{message(1, 2, 0, 2, 0, 7, 0, 9, 0xff, 3, 0xc0, 0x23, 2, 1, 0, 4), AskUnknown},
		{message(2, 1, 0, 2, 0, 7, 0, 9, 0xff, 3, 0xc2, 0x23, 1, 1, 0, 4), AskUnknown}, // a challenge
		{message(2, 1, 0, 3, 0, 7, 0, 9, 0xff, 3, 0xc2, 0x23, 4, 1, 0, 4), AskUnknown}, // version 3
		{message(2, 1, 0x42, 2, 0, 18, 0, 7, 0, 9, 0xff, 0xff, 0xc2, 0x23, 4, 2, 0, 4), AskUnknown},
	} {
		if got := w.take(x.it); got != x.want {
			t.Errorf("packet %d asks %d, want %d", i, got, x.want)
		}
	}
	if c := w.Contents(); len(c) != 1 || c[0].Asked != 3 || c[0].Answered != 2 {
		t.Errorf("%+v, want 3 messages, 2 of them acknowledged", c)
	}
	got := ""
	for _, r := range w.Rejections() {
		got += fmt.Sprint([]any{r.From, r.Protocol, r.Count, r.Accepted})
	}
	if want := "[10.1.0.2 CHAP 2 false][10.1.0.1  0 true]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
