package ikedecode_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// What a message says in the words of both versions is what its payloads say, in every capture.
func TestPartsAgreeWithPayloads(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "pcaps", "*", ""))
	if err != nil || len(dirs) == 0 {
		t.Fatal("no captures")
	}
	more, _ := filepath.Glob(filepath.Join("..", "shared", "captures", "*", ""))
	for _, dir := range append(dirs, more...) {
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
		for i, p := range m.Payloads {
			if got, want := partText(m.Parts[i]), payloadText(p); got != want {
				t.Errorf("frame %d: %s says %q, its payload %q", m.Frame, p.Type, got, want)
			}
		}
	}
}

// partText is a part in the words of the payload's own text.
func partText(p ike.Part) string {
	switch p := p.(type) {
	case *ike.Offer:
		var parts []string
		for _, q := range p.Proposals {
			for i := range q.Suites {
				s := q.Suites[i].Summary(q.Protocol)
				if p.Version == ike.V2 {
					s = ""
					for _, t := range q.Suites[i].Transforms {
						s += t.String() + ", "
					}
				}
				parts = append(parts, q.Protocol.Name(p.Version)+" "+s)
			}
		}
		return strings.Join(parts, "; ")
	case *ike.IdentityPart:
		return p.TypeName() + " " + p.String()
	case *ike.Notify:
		return p.Type.String() + " " + p.Protocol.Name(p.Type.Version)
	case *ike.Delete:
		return p.Protocol.Name(p.Version)
	case *ike.SelectorsPart:
		return p.Selectors.String()
	case *ike.AuthPart:
		if p.Method.Version != 0 {
			return p.Method.String()
		}
	case *ike.Cert:
		return p.Encoding.String()
	case *ike.Config:
		return p.Type.String()
	}
	return ""
}

func payloadText(p decode.Payload) string {
	switch b := p.Body.(type) {
	case *ikev1.SA:
		var parts []string
		for _, q := range b.Proposals {
			for _, t := range q.Transforms {
				parts = append(parts, q.Protocol.String()+" "+t.Summary(q.Protocol))
			}
		}
		return strings.Join(parts, "; ")
	case *ikev2.SA:
		var parts []string
		for _, q := range b.Proposals {
			s := ""
			for _, t := range q.Transforms {
				s += t.String() + ", "
			}
			parts = append(parts, ikev2.ProtocolName(q.Protocol)+" "+s)
		}
		return strings.Join(parts, "; ")
	case *ikev1.ID:
		return b.Type.String() + " " + b.String()
	case *ikev2.ID:
		return ikev2.IDTypeName(b.Type) + " " + b.String()
	case *ikev1.Notify:
		return b.Type.String() + " " + b.Protocol.String()
	case *ikev2.Notify:
		return b.Type.String() + " " + ikev2.ProtocolName(b.Protocol)
	case *ikev1.Delete:
		return b.Protocol.String()
	case *ikev2.Delete:
		return ikev2.ProtocolName(b.Protocol)
	case *ikev2.TS:
		return b.String()
	case *ikev2.Auth:
		return b.Method.String()
	case *ikev1.Cert:
		return b.Encoding.String()
	case *ikev2.Cert:
		return b.Encoding.String()
	case *ikev1.CertReq:
		return b.Encoding.String()
	case *ikev2.CertReq:
		return b.Encoding.String()
	case *ikev1.Attributes:
		return b.Type.String()
	case *ikev2.CP:
		return b.Type.String()
	}
	return ""
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
