package exchange

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

var (
	hostA = netip.MustParseAddrPort("192.0.2.1:500")
	hostB = netip.MustParseAddrPort("192.0.2.2:500")
	spiI  = decode.SPI{1}
	spiR  = decode.SPI{2}
)

// A line makes datagrams, one frame after the other.
type line struct{ frame int }

func (w *line) message(src, dst netip.AddrPort, h decode.Header, body []byte) *capture.Datagram {
	w.frame++
	h.Version = 0x10
	h.Length = uint32(decode.HeaderLen + len(body))
	return &capture.Datagram{
		Frame: w.frame, Time: time.Unix(int64(w.frame), 0), Src: src, Dst: dst, Kind: capture.IKE,
		Payload: append(h.Append(nil), body...),
	}
}

func payload(next decode.PayloadType, body ...byte) []byte {
	b := []byte{byte(next), 0}
	b = binary.BigEndian.AppendUint16(b, uint16(4+len(body)))
	return append(b, body...)
}

func header(x decode.ExchangeType, i, r decode.SPI, first decode.PayloadType) decode.Header {
	return decode.Header{Initiator: i, Responder: r, NextPayload: first, Exchange: x}
}

// sa is a minimal SA payload.
var sa = payload(0, 0, 0, 0, 1, 0, 0, 0, 1)

func track(t *testing.T, ds ...*capture.Datagram) *Tracker {
	t.Helper()
	tr := NewTracker(Options{})
	for _, d := range ds {
		if err := tr.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	return tr
}

func TestOneConversation(t *testing.T) {
	var w line
	one := w.message(hostA, hostB, header(ikev1.ExchangeMain, spiI, decode.SPI{}, ikev1.PayloadSA), sa)
	two := w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa)
	again := *one
	again.Frame, again.Time = 9, time.Unix(9, 0)
	mirror := *two
	mirror.Frame, mirror.Repeat = 10, true
	cs := track(t, one, two, &again, &mirror).Conversations()
	if len(cs) != 1 || len(cs[0].Messages) != 2 || cs[0].Responder != spiR || !cs[0].RolesKnown {
		t.Fatalf("got %+v", cs)
	}
	m := cs[0].Messages
	if !m[0].FromInitiator || m[1].FromInitiator {
		t.Error("roles are wrong")
	}
	if m[0].Sent() != 2 || m[1].Sent() != 1 || len(m[1].Repeats) != 1 {
		t.Errorf("message 1 sent %d times, message 2 %d times", m[0].Sent(), m[1].Sent())
	}
	if xs := cs[0].Exchanges(); len(xs) != 1 || len(xs[0].Messages) != 2 {
		t.Errorf("exchanges: %+v", xs)
	}
}

// Whatever message the capture starts with, the roles come out as the messages prove them.
func TestRolesWithoutTheFirstMessage(t *testing.T) {
	var w line
	two := w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa)
	c := track(t, two).Conversations()[0]
	if !c.RolesKnown || c.Messages[0].FromInitiator || c.InitiatorAddr != hostA {
		t.Errorf("starting at message 2: known %v, initiator %v", c.RolesKnown, c.InitiatorAddr)
	}
	// The first message seen is taken for the initiator's, until message 2, captured late, proves otherwise.
	four := w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadKE), payload(0, 1, 2, 3))
	late := w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa)
	tr := track(t, four)
	if c = tr.Conversations()[0]; c.RolesKnown || !c.Messages[0].FromInitiator {
		t.Errorf("starting at message 4: known %v", c.RolesKnown)
	}
	if err := tr.Add(late); err != nil {
		t.Fatal(err)
	}
	if c = tr.Conversations()[0]; !c.RolesKnown || c.Messages[0].FromInitiator || c.InitiatorAddr != hostA {
		t.Errorf("message 2 late: known %v, initiator %v", c.RolesKnown, c.InitiatorAddr)
	}

	// Message 5 is the first that is encrypted, and follows message 4 of its peer.
	five := header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadID)
	five.Flags = ikev1.FlagEncryption
	tr = track(t, w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadKE), payload(0, 1, 2, 3)), w.message(hostA, hostB, five, make([]byte, 32)))
	if c = tr.Conversations()[0]; !c.RolesByOrder || c.Messages[0].FromInitiator || c.InitiatorAddr != hostA {
		t.Errorf("messages 4 and 5: by order %v, initiator %v", c.RolesByOrder, c.InitiatorAddr)
	}
}

// Two responders that answer one first message make two conversations, each with the first message.
// A first message that came damaged, and again whole: one conversation with both, and whoever sent them is the initiator. So it is
// where an answer came before either.
func TestDamagedFirstMessage(t *testing.T) {
	first := header(ikev1.ExchangeMain, spiI, decode.SPI{}, ikev1.PayloadSA)
	answer := header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA)
	damaged := bytes.Clone(sa)
	damaged[3] = 200 // longer than there is
	for _, order := range [][]int{{0, 1, 2}, {1, 0, 2}, {2, 0, 1}, {2, 1, 0}, {0, 2, 1}} {
		var w line
		ds := []*capture.Datagram{w.message(hostA, hostB, first, damaged), w.message(hostA, hostB, first, sa), w.message(hostB, hostA, answer, sa)}
		var in []*capture.Datagram
		for n, i := range order {
			ds[i].Frame, ds[i].Time = n+1, time.Unix(int64(n), 0)
			in = append(in, ds[i])
		}
		all := track(t, in...).Conversations()
		if len(all) != 1 {
			t.Fatalf("%v: %d conversations", order, len(all))
		}
		c := all[0]
		if c.InitiatorAddr != hostA || c.ResponderAddr != hostB || !c.RolesKnown || c.Initiator != spiI || c.Responder != spiR || len(c.Messages) != 3 {
			t.Errorf("%v: %v > %v, %v:%v, %d messages", order, c.InitiatorAddr, c.ResponderAddr, c.Initiator, c.Responder, len(c.Messages))
		}
		for n, m := range c.Messages {
			if m.FromInitiator != (order[n] < 2) {
				t.Errorf("%v: message %d: from the initiator %v", order, n, m.FromInitiator)
			}
		}
	}
}

// One cookie may be used again: by the other version of IKE, and by hosts that have nothing to do with each other.
func TestSameCookieElsewhere(t *testing.T) {
	hostC, hostD := netip.MustParseAddrPort("192.0.2.3:500"), netip.MustParseAddrPort("192.0.2.4:500")
	first := header(ikev1.ExchangeMain, spiI, decode.SPI{}, ikev1.PayloadSA)
	var w line
	two := w.message(hostA, hostB, header(34, spiI, decode.SPI{}, 0), nil)
	two.Payload[17], two.Payload[19] = 0x20, byte(ikev2.FlagInitiator)
	for name, ds := range map[string][]*capture.Datagram{
		"other version": {w.message(hostA, hostB, first, sa), w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa), two},
		"other hosts":   {w.message(hostA, hostB, first, sa), w.message(hostD, hostC, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa)},
	} {
		if all := track(t, ds...).Conversations(); len(all) != 2 {
			t.Errorf("%s: %d conversations", name, len(all))
		}
	}
}

// Messages are in order of time, whatever the order of their frames.
func TestOrderOfTime(t *testing.T) {
	var w line
	late := w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa)
	early := w.message(hostA, hostB, header(ikev1.ExchangeMain, spiI, decode.SPI{}, ikev1.PayloadSA), sa)
	late.Time, early.Time = early.Time, late.Time
	for _, in := range [][]*capture.Datagram{{late, early}, {early, late}} {
		c := track(t, in...).Conversations()[0]
		if len(c.Messages) != 2 || c.Messages[0].Frame != early.Frame || !c.Messages[0].FromInitiator || c.Messages[1].FromInitiator {
			t.Errorf("%+v", c.Messages)
		}
	}
}

// Two daemons on one host are told apart by their ports.
func TestOneHost(t *testing.T) {
	one, other := netip.MustParseAddrPort("127.0.0.1:500"), netip.MustParseAddrPort("127.0.0.1:501")
	var w line
	c := track(t, w.message(one, other, header(ikev1.ExchangeMain, spiI, decode.SPI{}, ikev1.PayloadSA), sa),
		w.message(other, one, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa),
		w.message(one, other, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadKE), payload(0, 1, 2, 3)),
		w.message(other, one, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadKE), payload(0, 4, 5, 6))).Conversations()[0]
	for n, m := range c.Messages {
		if m.FromInitiator != (n%2 == 0) {
			t.Errorf("message %d: from the initiator %v", n, m.FromInitiator)
		}
	}
}

// Fragments that wait count as messages.
func TestFragmentsAreBounded(t *testing.T) {
	var w line
	tr := NewTracker(Options{MaxMessages: 3})
	for id := range uint16(5) {
		whole := w.message(hostA, hostB, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadKE), payload(0, make([]byte, 40)...)).Payload
		if err := tr.Add(w.fragments(hostA, hostB, whole, id+1, 2, spiR)[0]); err != nil {
			t.Fatal(err)
		}
	}
	if c := tr.Conversations()[0]; c.Dropped != 2 {
		t.Errorf("%d dropped", c.Dropped)
	}
}

func TestTwoResponders(t *testing.T) {
	var w line
	other := decode.SPI{3}
	cs := track(t,
		w.message(hostA, hostB, header(ikev1.ExchangeMain, spiI, decode.SPI{}, ikev1.PayloadSA), sa),
		w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa),
		w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, other, ikev1.PayloadSA), sa),
	).Conversations()
	if len(cs) != 2 || len(cs[0].Messages) != 2 || len(cs[1].Messages) != 2 {
		t.Fatalf("%d conversations: %+v", len(cs), cs)
	}
}

// An answer in fragments, the first of which comes before the message that it answers, is of the same conversation.
func TestFragmentBeforeItsRequest(t *testing.T) {
	var w line
	answer := w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa).Payload
	request := w.message(hostA, hostB, header(ikev1.ExchangeMain, spiI, decode.SPI{}, ikev1.PayloadSA), sa)
	parts := w.fragments(hostB, hostA, answer, 1, 30, spiR)
	cs := track(t, append([]*capture.Datagram{parts[0], request}, parts[1:]...)...).Conversations()
	if len(cs) != 1 || len(cs[0].Messages) != 2 || !cs[0].RolesKnown || cs[0].InitiatorAddr != hostA {
		t.Fatalf("%d conversations: %+v", len(cs), cs)
	}
}

// In IKEv2 both sides count their message IDs: the same number in both directions is two exchanges.
func TestSameMessageIDFromBothSides(t *testing.T) {
	var w line
	h := header(ikev2.ExchangeInformational, spiI, spiR, ikev2.PayloadVendorID)
	send := func(src, dst netip.AddrPort, flags decode.Flags, body byte) *capture.Datagram {
		h.Flags, h.MessageID = flags, 5
		d := w.message(src, dst, h, payload(0, body))
		d.Payload[17] = 0x20
		return d
	}
	c := track(t,
		send(hostA, hostB, ikev2.FlagInitiator, 1), send(hostB, hostA, 0, 2),
		send(hostA, hostB, ikev2.FlagInitiator|ikev2.FlagResponse, 3), send(hostB, hostA, ikev2.FlagResponse, 4),
	).Conversations()[0]
	xs := c.Exchanges()
	if len(xs) != 2 || len(xs[0].Messages) != 2 || xs[0].Messages[1].Flags != ikev2.FlagResponse {
		t.Errorf("%d exchanges: %+v", len(xs), xs)
	}
}

// fragments cuts a message into IKE fragments of n bytes.
func (w *line) fragments(src, dst netip.AddrPort, whole []byte, id uint16, n int, r decode.SPI) []*capture.Datagram {
	var out []*capture.Datagram
	for i := 1; len(whole) > 0; i++ {
		k := min(n, len(whole))
		flags := byte(0)
		if k == len(whole) {
			flags = 1
		}
		body := payload(0, append([]byte{byte(id >> 8), byte(id), byte(i), flags}, whole[:k]...)...)
		out = append(out, w.message(src, dst, header(ikev1.ExchangeMain, spiI, r, ikev1.PayloadFragment), body))
		whole = whole[k:]
	}
	return out
}

// Fragments come together in any order; a sender that uses one fragment ID for all messages, two SAs at once, a resent
// fragment and a message with a hole before it are told apart.
func TestFragments(t *testing.T) {
	var w line
	h := header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadVendorID)
	first := w.message(hostA, hostB, h, payload(0, bytes.Repeat([]byte{0xaa}, 90)...))
	second := w.message(hostA, hostB, h, payload(0, bytes.Repeat([]byte{0xbb}, 90)...))
	f1 := w.fragments(hostA, hostB, first.Payload, 1, 40, spiR)
	f2 := w.fragments(hostA, hostB, second.Payload, 1, 40, spiR)
	other := decode.SPI{7}
	f3 := w.fragments(hostA, hostB, first.Payload, 1, 40, other)
	cases := []struct {
		name string
		in   []*capture.Datagram
		want int // messages
		open int // fragments left over
	}{
		{"in order", append(append([]*capture.Datagram{}, f1...), f2...), 2, 0},
		{"last first", []*capture.Datagram{f1[3], f1[2], f1[1], f1[0]}, 1, 0},
		{"resent", []*capture.Datagram{f1[0], f1[0], f1[1], f1[2], f1[1], f1[3], f1[0]}, 1, 0},
		{"a hole, then another message", []*capture.Datagram{f1[0], f1[2], f1[3], f2[0], f2[1], f2[2], f2[3]}, 1, 3},
		{"one lost", f1[1:], 0, 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			conv := track(t, c.in...).quiet.first
			if len(conv.Messages) != c.want || len(conv.OpenFragments()) != c.open {
				t.Fatalf("%d messages and %d fragments left, want %d and %d", len(conv.Messages), len(conv.OpenFragments()), c.want, c.open)
			}
			for _, m := range conv.Messages {
				if !bytes.Equal(m.Raw, first.Payload) && !bytes.Equal(m.Raw, second.Payload) {
					t.Error("a message came out changed")
				}
				if m.Fragments != 4 || len(m.Frames) != 4 {
					t.Errorf("%d fragments in frames %v", m.Fragments, m.Frames)
				}
			}
		})
	}
	mixed := track(t, f1[0], f3[0], f1[1], f3[1], f3[2], f1[2], f1[3], f3[3])
	all := mixed.Conversations()
	if n := len(all); n != 2 {
		t.Errorf("two SAs at once: %d conversations", n)
	}
	for _, c := range all {
		if len(c.OpenFragments()) != 0 {
			t.Error("two SAs at once: fragments were mixed up")
		}
	}
}

// Memory is bounded: the oldest conversation goes, and is handed out before.
func TestEviction(t *testing.T) {
	var w line
	var gone []*Conversation
	tr := NewTracker(Options{MaxConversations: 10, MaxMessages: 5})
	tr.OnEvict = func(c *Conversation) { gone = append(gone, c) }
	for i := range 100 {
		spi := decode.SPI{0xff, byte(i)}
		if err := tr.Add(w.message(hostA, hostB, header(ikev1.ExchangeMain, spi, decode.SPI{}, ikev1.PayloadSA), sa)); err != nil {
			t.Fatal(err)
		}
	}
	if len(tr.Conversations()) != 10 || tr.Evicted() != 90 || len(gone) != 90 || gone[0].Initiator != (decode.SPI{0xff, 0}) {
		t.Errorf("%d kept, %d evicted", len(tr.Conversations()), tr.Evicted())
	}
	if len(tr.byInit) != 10 {
		t.Errorf("%d entries in the index", len(tr.byInit))
	}
	for i := range 20 {
		h := header(ikev1.ExchangeInformational, spiI, spiR, ikev1.PayloadVendorID)
		h.MessageID = uint32(i)
		if err := tr.Add(w.message(hostA, hostB, h, payload(0, byte(i)))); err != nil {
			t.Fatal(err)
		}
	}
	last := tr.Conversations()[9]
	if len(last.Messages) != 5 || last.Dropped != 15 {
		t.Errorf("%d messages kept, %d dropped", len(last.Messages), last.Dropped)
	}
	bytesOnly := NewTracker(Options{MaxMemory: 100_000})
	for i := range 100 {
		if err := bytesOnly.Add(w.message(hostA, hostB, header(ikev1.ExchangeMain, decode.SPI{9, byte(i)}, decode.SPI{}, ikev1.PayloadSA), sa)); err != nil {
			t.Fatal(err)
		}
	}
	if bytesOnly.memory > 100_000 || bytesOnly.memory < 50_000 || bytesOnly.Evicted() < 50 {
		t.Errorf("%d bytes kept, %d conversations evicted", bytesOnly.memory, bytesOnly.Evicted())
	}
}

func FuzzTracker(f *testing.F) {
	var w line
	whole := w.message(hostA, hostB, header(ikev1.ExchangeMain, spiI, decode.SPI{}, ikev1.PayloadSA), sa).Payload
	f.Add(whole, whole, uint8(0))
	for _, d := range w.fragments(hostA, hostB, whole, 1, 20, spiR) {
		f.Add(d.Payload, whole, uint8(1))
	}
	f.Fuzz(func(t *testing.T, a, b []byte, how uint8) {
		tr := NewTracker(Options{MaxConversations: 2, MaxMessages: 4})
		for i, p := range [][]byte{a, b, a, b} {
			d := &capture.Datagram{Frame: i + 1, Src: hostA, Dst: hostB, Kind: capture.IKE, Payload: p}
			if how>>i&1 != 0 {
				d.Src, d.Dst = hostB, hostA
			}
			_ = tr.Add(d)
		}
		for _, c := range tr.Conversations() {
			c.Exchanges()
			for i, m := range c.Messages {
				if m.Message == nil || (i > 0 && m.Time.Before(c.Messages[i-1].Time)) {
					t.Error("messages out of order")
				}
			}
		}
	})
}
