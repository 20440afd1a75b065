package ikedecode_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/internal/testfile"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// What a message says in the words of both versions stands beside its payloads, and what a child is follows from it, in every capture.
func TestParts(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	dirs, err := filepath.Glob(filepath.Join("testdata", "pcaps", "*", ""))
	if err != nil || len(dirs) == 0 {
		t.Fatal("no captures")
	}
	for _, dir := range append(dirs, testfile.Beside(t, "captures/*")...) {
		wires, _ := filepath.Glob(filepath.Join(dir, "wire.pcap*"))
		if len(wires) == 0 {
			continue
		}
		logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
		bag := &secret.Bag{}
		if len(logs) > 0 {
			bag = readBag(t, logs...)
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r := analyze(t, bag, wires[0])
			for _, sa := range r.SAs {
				checkParts(t, sa)
				checkChildren(t, sa)
			}
		})
	}
}

func checkParts(t *testing.T, sa *ikesa.SA) {
	t.Helper()
	for _, m := range sa.Messages {
		if len(m.Parts) != len(m.Payloads) {
			t.Fatalf("frame %d: %d payloads, %d parts", m.Frame, len(m.Payloads), len(m.Parts))
		}
	}
}

// A child's facts follow from its messages: the choice is inside the offer, and what is agreed inside what was asked for.
func checkChildren(t *testing.T, sa *ikesa.SA) {
	t.Helper()
	for _, c := range sa.Children {
		if c.Offer != nil && c.Choice != nil && !c.Offer.Takes(c.Choice) {
			t.Errorf("child %#x: %v does not take %v", c.MessageID, c.Offer, c.Choice)
		}
		if c.Complete && (!c.Agreed.Known() || c.Mode == ike.NoMode && !ipcompAlone(c)) {
			t.Errorf("child %#x is complete, yet its traffic is %v, its mode %q", c.MessageID, c.Agreed, c.Mode)
		}
		if c.Asked.Known() && c.Agreed.Known() && (!c.Asked.Initiator.Covers(c.Agreed.Initiator) || !c.Asked.Responder.Covers(c.Agreed.Responder)) {
			t.Errorf("child %#x: asked for %v, agreed on %v", c.MessageID, c.Asked, c.Agreed)
		}
		if c.Complete && c.PFS.Group != 0 && !c.PFS.Applies {
			t.Errorf("child %#x: PFS %+v", c.MessageID, c.PFS)
		}
		for _, d := range c.SAs {
			if len(d.Candidates) > 0 && d.Choice != nil && d.Candidates[0].ESN != c.ESN {
				t.Errorf("child %#x: ESN %v", c.MessageID, c.ESN)
			}
			if x := d.Candidates; len(x) > 0 && d.Choice != nil && (x[0].Transport != (c.Mode == ike.Transport)) {
				t.Errorf("child %#x: mode %v", c.MessageID, c.Mode)
			}
		}
	}
}

func ipcompAlone(c *ikesa.Child) bool {
	return !slices.ContainsFunc(c.Choice.Proposals, func(p ike.Proposal) bool { return p.Protocol != ike.IPComp })
}
