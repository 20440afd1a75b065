package traffic

import (
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// A packet that asks for no answer is looked at without an allocation.
func TestInsideAllocatesNothing(t *testing.T) {
	udp := []byte{0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 0, 10, 10, 2, 0, 10, 0x13, 0x88, 0x13, 0x89, 0, 8, 0, 0}
	sa := &esp.SA{Params: &esp.Params{}}
	it := &ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, IP: make([]byte, 100), Frames: []int{1}}, Opened: &esp.Opened{SA: sa, IP: udp}}
	var w Inside
	if n := testing.AllocsPerRun(100, func() { w.item(it) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// A ping in IP fragments waits for its reply as a small one does, with the size of its first fragment: inside the tunnel it is fragmented, too.
func TestInsideFragmentedPing(t *testing.T) {
	sa := &esp.SA{Params: &esp.Params{}}
	item := func(kind, seq byte, src, dst byte, frag, size int) *ikedecode.Item {
		p := make([]byte, size)
		copy(p, []byte{0x45, 0, byte(size >> 8), byte(size), 0, 1, byte(frag >> 8), byte(frag), 64, 1, 0, 0, 10, src, 0, 10, 10, dst, 0, 10, kind, 0, 0, 0, 0, 7, 0, seq})
		return &ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, IP: make([]byte, size+56)}, Opened: &esp.Opened{SA: sa, IP: p}}
	}
	const request, reply, more = 8, 0, 0x2000
	var w Inside
	for _, it := range []*ikedecode.Item{
		item(request, 1, 1, 2, 0, 84), item(reply, 1, 2, 1, 0, 84),
		item(request, 2, 1, 2, more, 1500), item(request, 2, 1, 2, 1480/8, 600), item(reply, 2, 2, 1, more, 1500), item(reply, 2, 2, 1, 1480/8, 600),
		item(request, 3, 1, 2, more, 1500), item(request, 3, 1, 2, 1480/8, 600),
	} {
		w.item(it)
	}
	for _, waiting := range w.Waiting()[sa] {
		if len(waiting) != 1 || waiting[0].Size != 1500 || waiting[0].Ask != AskEcho {
			t.Errorf("%d requests wait, want the first fragment of one", len(waiting))
		}
	}
	if c := w.Contents(); len(c) != 1 || c[0].Asked != 3 || c[0].Answered != 2 {
		t.Errorf("%+v, want 3 requests and 2 replies", c)
	}
	if len(w.Waiting()[sa]) != 1 {
		t.Error("no request waits")
	}
}
