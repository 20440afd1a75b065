package diagnose

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// TestOneWayCounted: what the counts of one side, and of both, say of a Child SA of which the capture has no packet.
func TestOneWayCounted(t *testing.T) {
	a := func(in, out uint64) Tally { return Tally{Side: Initiator, In: in, Out: out} }
	b := func(in, out uint64) Tally { return Tally{Side: Responder, In: in, Out: out} }
	sa := &ikesa.SA{Conversation: &exchange.Conversation{}, Messages: []*ikesa.Message{{Message: &exchange.Message{Frame: 1}}}}
	for _, tt := range []struct {
		name string
		list []Tally
		way  countedWay
		from Side
		why  WayWhy
		code Code
	}{
		{"nothing", []Tally{a(0, 0), b(0, 0)}, countedNone, NoSide, WayUnknown, ""},
		{"one log, both ways", []Tally{a(84, 84)}, countedBoth, NoSide, WayUnknown, ""},
		{"one log, received alone", []Tally{b(84, 0)}, countedOne, Initiator, NotSentBack, CodeESPOneWay},
		{"one log, sent alone", []Tally{b(0, 84)}, countedOne, Responder, WayUnknown, CodeESPOneWay},
		{"both logs, both ways", []Tally{a(84, 84), b(84, 84)}, countedBoth, NoSide, WayUnknown, ""},
		{"the initiator's packets are lost", []Tally{a(0, 84), b(0, 0)}, countedOne, Initiator, NotReceived, CodeESPNotArriving},
		{"the responder's packets are lost", []Tally{a(0, 84), b(84, 84)}, countedOne, Responder, NotReceived, CodeESPNotArriving},
		{"the initiator's are lost, and the responder sends on its own", []Tally{a(84, 84), b(0, 84)}, countedOne, Initiator, NotReceived, CodeESPNotArriving},
		{"the responder sends nothing back", []Tally{a(0, 84), b(84, 0)}, countedOne, Initiator, NotSentBack, CodeESPOneWay},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := wayOf(tt.list); got != tt.way {
				t.Fatalf("way %d, want %d", got, tt.way)
			}
			if tt.way != countedOne {
				return
			}
			f := oneWayCounted(childTally{sa, tt.list, tt.way})
			if x := f.Facts.(CountedOneWay); x.From != tt.from || x.Why != tt.why || f.From != tt.from || f.Code != tt.code {
				t.Errorf("%s from %v, %d; want %s from %v, %d", f.Code, x.From, x.Why, tt.code, tt.from, tt.why)
			}
		})
	}
}
