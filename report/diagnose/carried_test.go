package diagnose

import (
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// TestHostTally: what the counts of one side, and of both, say of Child SAs of which the capture has no packet. A count of nothing sent is no evidence: charon writes it
// of a Child SA that was rekeyed.
func TestHostTally(t *testing.T) {
	begunBy := func(addr string) *ikesa.SA {
		return &ikesa.SA{Conversation: &exchange.Conversation{InitiatorAddr: netip.MustParseAddrPort(addr)}}
	}
	sa, other := begunBy("192.0.2.1:500"), begunBy("192.0.2.2:500")
	a := func(in, out uint64) tally { return tally{SA: sa, Side: Initiator, In: in, Out: out} }
	b := func(in, out uint64) tally { return tally{SA: sa, Side: Responder, In: in, Out: out} }
	otherA := func(in, out uint64) tally { return tally{SA: other, Side: Responder, In: in, Out: out} } // where the other host began
	for _, tt := range []struct {
		name   string
		list   []tally
		both   bool
		oneWay bool
		from   Side
		why    WayWhy
	}{
		{"nothing", []tally{a(0, 0), b(0, 0)}, false, false, NoSide, WayUnknown},
		{"one log, both ways", []tally{a(84, 84)}, true, false, NoSide, WayUnknown},
		{"one log, on two Child SAs", []tally{a(84, 0), a(0, 84)}, true, false, NoSide, WayUnknown},
		{"one log, on Child SAs that each host began", []tally{a(84, 0), otherA(0, 84)}, true, false, NoSide, WayUnknown},
		{"one log, sent alone on both of them", []tally{a(0, 84), otherA(0, 84)}, false, true, Initiator, WayUnknown},
		{"one log, received alone", []tally{b(84, 0)}, false, false, NoSide, WayUnknown},
		{"one log, sent alone", []tally{b(0, 84)}, false, true, Responder, WayUnknown},
		{"both logs, both ways", []tally{a(84, 84), b(84, 84)}, true, false, NoSide, WayUnknown},
		{"both logs, rekeyed", []tally{a(84, 0), b(84, 0)}, true, false, NoSide, WayUnknown},
		{"the initiator's packets are lost, or the responder was not asked", []tally{a(0, 84), b(0, 0)}, false, true, Initiator, WayUnknown},
		{"the responder's packets are lost", []tally{a(0, 84), b(84, 84)}, false, true, Responder, NotReceived},
		{"the initiator's are lost, and the responder sends on its own", []tally{a(84, 84), b(0, 84)}, false, true, Initiator, NotReceived},
		{"the responder sends nothing back, or it is lost", []tally{a(0, 84), b(84, 0)}, false, true, Initiator, WayUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var all hostTally
			for _, x := range tt.list {
				all.add(x)
			}
			if got := all.bothWays(); got != tt.both {
				t.Errorf("both ways: %v, want %v", got, tt.both)
			}
			if all.bothWays() {
				return
			}
			if x, ok := all.oneWay(); ok != tt.oneWay || x.From != tt.from || x.Why != tt.why {
				t.Errorf("one way: %v from %v, %d; want %v from %v, %d", ok, x.From, x.Why, tt.oneWay, tt.from, tt.why)
			}
		})
	}
}
