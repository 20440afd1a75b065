package traffic

import (
	"net/netip"
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
	if n := testing.AllocsPerRun(100, func() { w.take(it) }); n > 0 {
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
		w.take(it)
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

// A ping in GRE, in transport mode, waits for its reply, and is given up where an error quotes it; one to a group waits for nothing.
func TestInsideGRE(t *testing.T) {
	sa := &esp.SA{Params: &esp.Params{}}
	gre := func(kind, seq byte, src, dst [4]byte) []byte {
		p := []byte{0, 0, 8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0}
		return append(append(append(p, src[:]...), dst[:]...), kind, 0, 0, 0, 0, 7, 0, seq)
	}
	a, b, group := [4]byte{10, 1, 0, 10}, [4]byte{10, 2, 0, 10}, [4]byte{224, 0, 0, 5}
	outer := append([]byte{0x45, 0, 0, 52, 0, 1, 0, 0, 64, 47, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}, gre(8, 3, a, b)...)
	refused := append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, outer...)
	var w Inside
	for i, x := range []struct {
		next    uint8
		content []byte
		want    Ask
	}{
		{47, gre(8, 1, a, b), AskEcho}, {47, gre(0, 1, b, a), AskNothing}, {47, gre(8, 2, a, group), AskUnknown}, {47, gre(8, 3, a, b), AskEcho}, {1, refused, AskNothing}, {47, gre(8, 4, a, b), AskEcho},
	} {
		it := &ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, IP: make([]byte, 100), Src: netip.MustParseAddrPort("192.0.2.1:0"), Dst: netip.MustParseAddrPort("192.0.2.2:0")},
			Opened: &esp.Opened{SA: sa, NextHeader: x.next, Payload: x.content}}
		if got := w.take(it); got != x.want {
			t.Errorf("packet %d asks %d, want %d", i, got, x.want)
		}
	}
	if c := w.Contents(); len(c) != 1 || c[0].Asked != 3 || c[0].Answered != 1 {
		t.Errorf("%+v, want 3 requests and 1 reply", c)
	}
	for _, waiting := range w.Waiting()[sa] {
		if len(waiting) != 1 || waiting[0].Size != len(gre(8, 4, a, b)) {
			t.Errorf("%+v waits", waiting)
		}
	}
}

// An ICMP error inside the tunnel says that what it is about arrived: nothing more is waited for.
func TestInsideRefusals(t *testing.T) {
	there, back := &esp.SA{Params: &esp.Params{SPI: 1}}, &esp.SA{Params: &esp.Params{SPI: 2}}
	ping := []byte{0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0, 10, 1, 0, 10, 10, 2, 0, 77, 8, 0, 0, 0, 0, 7, 0, 1}
	syn := append([]byte{0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 1, 0, 10, 10, 2, 0, 77, 0x80, 0, 0, 22, 0, 0, 0, 9, 0, 0, 0, 0, 0x50, 2}, make([]byte, 6)...)
	about := func(code byte, packet []byte) []byte {
		e := append([]byte{0x45, 0, 0, byte(28 + len(packet)), 0, 1, 0, 0, 64, 1, 0, 0, 10, 2, 0, 1, 10, 1, 0, 10, 3, code, 0, 0, 0, 0, 0, 0}, packet...)
		return e
	}
	var w Inside
	for _, x := range []struct {
		sa *esp.SA
		ip []byte
	}{{there, ping}, {there, syn}, {back, about(1, ping)}, {back, about(3, syn[:28])}, {back, about(1, ping)}} {
		w.take(&ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, IP: make([]byte, 100)}, Opened: &esp.Opened{SA: x.sa, IP: x.ip}})
	}
	if n := len(w.Waiting()); n != 0 {
		t.Errorf("%d SAs with packets that wait", n)
	}
	r := w.Refusals()
	if len(r) != 2 || r[0].Count != 2 || r[0].Reason.String() != "host unreachable" || r[1].Reason.String() != "port unreachable" || r[1].Protocol != 6 ||
		r[0].From.String() != "10.2.0.1" || r[0].Dst.String() != "10.2.0.77" || r[0].SA != back {
		t.Errorf("%+v", r)
	}
}

// A reply that goes to another host than the one whose request it answers is counted as astray.
func TestInsideAstray(t *testing.T) {
	there, back, other := &esp.SA{Params: &esp.Params{SPI: 1}}, &esp.SA{Params: &esp.Params{SPI: 2}}, &esp.SA{Params: &esp.Params{SPI: 3}}
	gateway, a, c := netip.MustParseAddrPort("192.0.2.2:0"), netip.MustParseAddrPort("192.0.2.1:0"), netip.MustParseAddrPort("203.0.113.3:0")
	var w Inside
	send := func(sa *esp.SA, src, dst netip.AddrPort, kind, seq, from, to byte) {
		p := []byte{0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0, 10, from, 0, 10, 10, to, 0, 10, kind, 0, 0, 0, 0, 7, 0, seq}
		w.take(&ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, Src: src, Dst: dst, IP: make([]byte, 84)}, Opened: &esp.Opened{SA: sa, IP: p}})
	}
	for seq := range byte(4) {
		send(there, a, gateway, 8, seq, 1, 2)
		if seq == 0 {
			send(back, gateway, a, 0, seq, 2, 1)
		} else {
			send(other, gateway, c, 0, seq, 2, 1)
		}
	}
	if got := w.Contents()[0].Astray; got.To != c.Addr() || got.Packets != 3 {
		t.Errorf("%+v, want 3 to %v", got, c.Addr())
	}
}
