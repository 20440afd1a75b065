package traffic

import (
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// A query of DNS waits for the response with its ID, to its ports; what else goes to port 53 or comes from it asks for nothing that is known.
func TestInsideRequests(t *testing.T) {
	sa := &esp.SA{Params: &esp.Params{}}
	message := func(src, dst byte, from, to uint16, id, flags byte, n int) *ikedecode.Item {
		p := []byte{0x45, 0, 0, byte(28 + n), 0, 1, 0, 0, 64, 17, 0, 0, 10, src, 0, 10, 10, dst, 0, 53, byte(from >> 8), byte(from), byte(to >> 8), byte(to), 0, byte(8 + n), 0, 0}
		p = append(p, append([]byte{0, id, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0}, make([]byte, 20)...)[:n]...)
		p[15], p[19] = 10, 10
		return &ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, IP: make([]byte, 100)}, Opened: &esp.Opened{SA: sa, IP: p}}
	}
	const query, answer = 0, 0x80
	ntp := func(src, dst byte, from, to uint16, mode, number byte) *ikedecode.Item {
		it := message(src, dst, from, to, 0, 0, 12)
		body := make([]byte, 48)
		body[0], body[31], body[47] = 0x20|mode, number, number
		it.Opened.IP = append(it.Opened.IP[:28], body...)
		it.Opened.IP[3] = byte(len(it.Opened.IP))
		return it
	}
	radius := func(src, dst byte, from, to uint16, code, id byte) *ikedecode.Item {
		it := message(src, dst, from, to, 0, 0, 20)
		it.Opened.IP[28], it.Opened.IP[29] = code, id
		return it
	}
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
		{ntp(1, 2, 123, 123, 3, 7), AskQuery},
		{ntp(2, 1, 123, 123, 4, 7), AskNothing},
		{ntp(1, 2, 123, 123, 5, 7), AskUnknown}, // broadcast
		{radius(1, 2, 5001, 1812, 1, 9), AskQuery},
		{radius(2, 1, 1812, 5001, 11, 9), AskNothing}, // a challenge
		{radius(1, 2, 5001, 1812, 12, 9), AskUnknown},
	} {
		if got := w.take(x.it); got != x.want {
			t.Errorf("packet %d asks %d, want %d", i, got, x.want)
		}
	}
	if c := w.Contents(); len(c) != 1 || c[0].Asked != 5 || c[0].Answered != 3 {
		t.Fatalf("%+v, want 5 requests and 3 responses", c)
	}
	if n := len(w.Waiting()[sa]); n != 2 || w.queries != 2 || len(w.flows) != 2 {
		t.Errorf("%d connections wait, %d counted, %d kept, want 2", n, w.queries, len(w.flows))
	}
}

// Queries that nobody answers take no more room than others leave.
func TestInsideRequestsBound(t *testing.T) {
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
