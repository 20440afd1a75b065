package ikedecode

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// TestUnknownFlows lists each flow that no SA opens once, with its first and its last frame, up to a bound; what goes beyond it is counted.
func TestUnknownFlows(t *testing.T) {
	s := &Session{unknown: make(map[unknownKey]*UnknownSPI)}
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	packet := func(spi uint32, frame int) {
		p := &esp.Packet{Proto: esp.ESP, Src: a, Dst: b, Payload: binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, spi), uint32(frame))}
		s.closed(&Item{Datagram: &capture.Datagram{Frame: frame}, esp: p, Err: esp.ErrNoSA})
	}
	packet(1, 3)
	packet(1, 5)
	packet(1, 9)
	if len(s.Unknown) != 1 || s.Unknown[0].First != 3 || s.Unknown[0].Last != 9 || s.Unknown[0].Packets != 3 {
		t.Fatalf("one flow in frames 3, 5 and 9 is listed as %+v", s.Unknown)
	}
	for spi := range uint32(maxUnknown + 10) {
		packet(spi+1, 10)
	}
	if len(s.Unknown) != maxUnknown || s.UnknownMore != 10 || s.Counts.NoSA != maxUnknown+13 {
		t.Errorf("%d flows listed, %d packets beyond, %d counted; want %d, 10, %d", len(s.Unknown), s.UnknownMore, s.Counts.NoSA, maxUnknown, maxUnknown+13)
	}
}

// TestComplete holds that whatever was not decrypted, or not captured, makes a run incomplete.
func TestComplete(t *testing.T) {
	for _, x := range []struct {
		name string
		s    Session
		want bool
	}{
		{"nothing left over", Session{Counts: Counts{Packets: 9, IKE: 4, IKEOpened: 2, ESP: 5, Opened: 5, Unverified: 1}}, true},
		{"an IKE message", Session{Counts: Counts{IKE: 4, IKEClosed: 1}}, false},
		{"a packet without an SA", Session{Counts: Counts{ESP: 1, NoSA: 1}}, false},
		{"a packet with a wrong ICV", Session{Counts: Counts{ESP: 1, BadICV: 1}}, false},
		{"a malformed packet", Session{Counts: Counts{ESP: 1, Malformed: 1}}, false},
		{"a file that ends early", Session{Cuts: []capture.Cut{{}}}, false},
	} {
		if got := x.s.Complete(); got != x.want {
			t.Errorf("%s: complete %v, want %v", x.name, got, x.want)
		}
	}
}

// TestShut tells a child whose keys fail from one of which a packet or two are damaged.
func TestShut(t *testing.T) {
	f := flow{esp.ESP, 7}
	with, without := []esp.Params{{}}, []esp.Params(nil)
	for _, x := range []struct {
		name           string
		closed, proven bool
		keys           []esp.Params
		want           bool
	}{
		{"keys that fail", true, false, with, true},
		{"keys that fail for some packets", true, true, with, false},
		{"no packets", false, false, with, false},
		{"no keys", true, false, without, false},
	} {
		tr := &traffic{proven: map[flow]bool{f: x.proven}, closed: map[flow]bool{f: x.closed}}
		c := &ikesa.Child{SAs: []ikesa.ChildSA{{Protocol: esp.ESP, SPI: 7, Candidates: x.keys}}}
		if got := tr.shut(c); got != x.want {
			t.Errorf("%s: shut %v, want %v", x.name, got, x.want)
		}
	}
}
