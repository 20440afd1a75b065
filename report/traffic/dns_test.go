package traffic

import (
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// A query of DNS waits for the response with its ID, to its ports; what else goes to port 53 or comes from it asks for nothing that is known.
func TestInsideDNS(t *testing.T) {
	sa := &esp.SA{Params: &esp.Params{}}
	message := func(src, dst byte, from, to uint16, id, flags byte, n int) *ikedecode.Item {
		p := []byte{0x45, 0, 0, byte(28 + n), 0, 1, 0, 0, 64, 17, 0, 0, 10, src, 0, 10, 10, dst, 0, 53, byte(from >> 8), byte(from), byte(to >> 8), byte(to), 0, byte(8 + n), 0, 0}
		p = append(p, append([]byte{0, id, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0}, make([]byte, 20)...)[:n]...)
		p[15], p[19] = 10, 10
		return &ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, IP: make([]byte, 100)}, Opened: &esp.Opened{SA: sa, IP: p}}
	}
	const query, answer = 0, 0x80
	var w Inside
	for i, x := range []struct {
		it   *ikedecode.Item
		want Ask
	}{
		{message(1, 2, 4001, 53, 1, query, 30), AskQuery},
		{message(2, 1, 53, 4001, 1, answer, 30), AskNothing},
		{message(1, 2, 4002, 53, 2, query, 30), AskQuery},
		{message(2, 1, 53, 4002, 9, answer, 30), AskNothing}, // to another query
		{message(1, 2, 4003, 53, 3, query, 30), AskQuery},
		{message(1, 2, 4003, 53, 3, query, 30), AskQuery}, // again
		{message(1, 2, 4004, 53, 4, query, 11), AskUnknown},
		{message(1, 2, 4005, 5353, 5, query, 30), AskUnknown},
		{message(2, 1, 53, 4006, 6, query, 30), AskUnknown},
	} {
		if got := w.take(x.it); got != x.want {
			t.Errorf("packet %d asks %d, want %d", i, got, x.want)
		}
	}
	if c := w.Contents(); len(c) != 1 || c[0].Asked != 3 || c[0].Answered != 1 {
		t.Fatalf("%+v, want 3 queries and 1 response", c)
	}
	if n := len(w.Waiting()[sa]); n != 2 || w.queries != 2 || len(w.flows) != 2 {
		t.Errorf("%d connections wait, %d counted, %d kept, want 2", n, w.queries, len(w.flows))
	}
}

// Queries that nobody answers take no more room than others leave.
func TestInsideDNSBound(t *testing.T) {
	sa := &esp.SA{Params: &esp.Params{}}
	var w Inside
	for i := range 3 * maxQueries {
		p := []byte{0x45, 0, 0, 40, 0, 1, 0, 0, 64, 17, 0, 0, 10, 1, 0, 10, 10, 2, 0, 53, byte(i >> 8), byte(i), 0, 53, 0, 20, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}
		w.take(&ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, IP: make([]byte, 100)}, Opened: &esp.Opened{SA: sa, IP: p}})
	}
	if len(w.flows) != maxQueries {
		t.Errorf("%d connections, want %d", len(w.flows), maxQueries)
	}
}
