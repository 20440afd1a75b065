package solve

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/exchange"
)

// conversations are those of datagrams.
func conversations(t testing.TB, ds []capture.Datagram) []*exchange.Conversation {
	t.Helper()
	tr := exchange.NewTracker(exchange.Options{})
	for i := range ds {
		if err := tr.Add(&ds[i]); err != nil {
			t.Fatal(err)
		}
	}
	return tr.Conversations()
}

// conversation is the one that there is without the frames in drop.
func conversation(t testing.TB, ds []capture.Datagram, drop []int) *exchange.Conversation {
	t.Helper()
	ds = slices.DeleteFunc(slices.Clone(ds), func(d capture.Datagram) bool { return slices.Contains(drop, d.Frame) })
	cs := conversations(t, ds)
	if len(cs) != 1 {
		t.Fatalf("%d conversations, want 1", len(cs))
	}
	return cs[0]
}

// damaged are the conversations of datagrams of which one has another payload.
func damaged(ds []capture.Datagram, at int, payload []byte) []*exchange.Conversation {
	tr := exchange.NewTracker(exchange.Options{})
	for i, d := range ds {
		if i == at%len(ds) {
			d.Payload = payload
		}
		_ = tr.Add(&d)
	}
	return tr.Conversations()
}
