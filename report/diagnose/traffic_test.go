package diagnose

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// In a child that the responder of the IKE SA started it is the responder that sends where the starter does.
func TestOneWaySide(t *testing.T) {
	for _, fromInitiator := range []bool{true, false} {
		c := &ikesa.Child{FromInitiator: fromInitiator, SAs: []ikesa.ChildSA{{Protocol: esp.ESP, SPI: 1, FromInitiator: true}, {Protocol: esp.ESP, SPI: 2}}}
		x := &ways{byKey: map[negotiation.ChildKey]*way{{Protocol: esp.ESP, SPI: 1}: {packets: 5}}}
		f, ok := x.oneWay(c)
		want := Compared{Name: "packets sent", Initiator: "5", Responder: "0", Differs: true}
		if !fromInitiator {
			want.Initiator, want.Responder = "0", "5"
		}
		if !ok || f.From != SideOf(fromInitiator) || !slices.Equal(f.Compared, []Compared{want}) {
			t.Errorf("started by the initiator %v: %+v", fromInitiator, f)
		}
	}
}

// A tunnel whose other direction runs over an older SA of the same selectors is not one-way.
func TestNotOneWayAfterRekeying(t *testing.T) {
	const name = "v1-reauth-rekey"
	dir := filepath.Join("..", "..", "testdata", "pcaps", name)
	bag, err := source.ReadFile(filepath.Join(dir, "gwa.log"))
	if err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open([]string{filepath.Join(dir, "wire.pcap")}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	d := newDiagnosis(negotiation.Read(s), nil)
	flows := d.flows()
	x := d.newWays(flows)
	if len(s.SAs[0].Children) < 2 {
		t.Fatalf("%d children", len(s.SAs[0].Children))
	}
	old, now := s.SAs[0].Children[0], s.SAs[0].Children[1]
	var back, oldBack *way
	for i := range now.SAs {
		if d := now.SAs[i]; d.Src == netip.MustParseAddr("192.0.2.2") {
			back = x.byKey[negotiation.ChildKey{Protocol: d.Protocol, SPI: d.SPI}]
			delete(x.byKey, negotiation.ChildKey{Protocol: d.Protocol, SPI: d.SPI})
		}
		if d := old.SAs[i]; d.Src == netip.MustParseAddr("192.0.2.2") {
			oldBack = x.byKey[negotiation.ChildKey{Protocol: d.Protocol, SPI: d.SPI}]
		}
	}
	hosts := [2]netip.Addr{back.Src, back.Dst}
	x.byHost[hosts] = slices.DeleteFunc(x.byHost[hosts], func(w *way) bool { return w == back })
	if _, ok := x.oneWay(now); !ok {
		t.Error("nothing comes back, and it is not found")
	}
	oldBack.last = back.last
	if f, ok := x.oneWay(now); ok {
		t.Errorf("packets come back on the older SA: %+v", f.Facts)
	}
}
