package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What an exchange negotiates for ESP, AH and IPComp.

// newChild describes the child of an exchange: where it was rejected, what was offered for it; nil where there is none.
func newChild(x *ikesa.Exchange) *Child {
	c := x.Child
	if c == nil {
		return offeredChild(x)
	}
	r := &Child{}
	if c.Version == 2 {
		r.selectors(x)
	} else {
		r.InitiatorSelector, r.ResponderSelector = newIdentity(netOf(x, ike.OfInitiatorNet)), newIdentity(netOf(x, ike.OfResponderNet))
	}
	if c.PFS.Group != 0 {
		r.PFS = ike.Group.AlgorithmName(c.PFS.Group)
	}
	if c.Choice != nil {
		for i := range c.Choice.Proposals {
			if _, named := c.Choice.Proposals[i].Find(ike.KeyExchange); named && c.Version != 2 {
				r.pfsNamed = true
			}
			r.Algorithms = append(r.Algorithms, algorithmsOf(c.Choice.Version, &c.Choice.Proposals[i])...)
		}
	}
	for _, sa := range c.SAs {
		r.SPIs = append(r.SPIs, fmt.Sprintf("%v %v>%v %s", sa.Protocol, sa.Src, sa.Dst, spiOf(sa)))
	}
	if c.Gap != nil {
		g := newGap(*c.Gap)
		r.Gap = &g
	}
	return r
}

// selectors fills in what IKEv2 says of the traffic: as it was agreed upon, or, without a response, as it is asked for.
func (r *Child) selectors(x *ikesa.Exchange) {
	c := x.Child
	if o := offeredChild(x); o != nil && c.Choice == nil {
		*r = *o // nothing is chosen yet
	} else {
		r.TSi, r.TSr = selectorTexts(c.Agreed.Initiator), selectorTexts(c.Agreed.Responder)
	}
	r.ESN, r.Rekeys = c.ESN, rekeyedSPI(x)
	if c.Choice != nil {
		r.Mode = modeText(c)
	}
	r.IPTFS = c.IPTFS != nil
}

// iptfsText says what the peers agreed on for AGGFRAG payloads; "" where they did not.
func iptfsText(t *ikesa.IPTFS) string {
	if t == nil {
		return ""
	}
	s := "IP-TFS"
	for _, side := range []struct {
		name string
		says ikesa.AGGFRAG
	}{{"initiator", t.Initiator}, {"responder", t.Responder}} {
		var wants []string
		if side.says.NoFragment {
			wants = append(wants, "no fragments")
		}
		if side.says.Congestion {
			wants = append(wants, "congestion control")
		}
		if len(wants) > 0 {
			s += ", to the " + side.name + " " + join(wants, " and ")
		}
	}
	return s
}

// netOf is the identity that a Quick Mode has for the traffic behind one of its sides; nil where it names none.
func netOf(x *ikesa.Exchange, role ike.IdentityRole) *ike.Identity {
	for _, m := range x.Messages {
		if id := m.Identity(role); id != nil {
			return id
		}
	}
	return nil
}

// modeText is the mode of a child as JSON has it: "tunnel", "transport", "beet"; tunnel where nothing says another one.
func modeText(c *ikesa.Child) string {
	if c.Mode == ike.NoMode {
		return ike.Tunnel.String()
	}
	return strings.ToLower(c.Mode.String())
}

// algorithmsOf names the algorithms of a chosen proposal: each suite of IKEv1 with all that it says; of IKEv2 without the key exchange,
// which is PFS, and sequence numbers, which stand apart.
func algorithmsOf(v ike.Version, p *ike.Proposal) (list []string) {
	name := p.Protocol.Name(v) + " "
	for i := range p.Suites {
		if v == ike.V1 {
			list = append(list, name+p.Suites[i].Summary(p.Protocol))
			continue
		}
		var parts []string
		for _, t := range p.Suites[i].Transforms {
			switch {
			case t.Kind == ike.ESN, t.Kind == ike.KeyExchange, t.Kind == ike.Integrity && t.ID == 0, t.Kind.IsAdditional() && t.ID == 0:
			case t.Kind.IsAdditional():
				parts = append(parts, t.String())
			default:
				parts = append(parts, t.Name())
			}
		}
		list = append(list, name+join(parts, ", "))
	}
	return list
}

// offeredChild has the selectors that a request of IKEv2 offers where nothing came of it; nil where it has none.
func offeredChild(x *ikesa.Exchange) *Child {
	for _, m := range x.Messages {
		if m.Major() != 2 || m.IsResponse() {
			continue
		}
		if t, ok := m.Traffic(); ok {
			return &Child{TSi: selectorTexts(t.Initiator), TSr: selectorTexts(t.Responder), Offered: true}
		}
	}
	return nil
}

// rekeyedSPI names the Child SA that a request is to replace.
func rekeyedSPI(x *ikesa.Exchange) string {
	for _, m := range x.Messages {
		if n := m.Notify(ike.RekeySA); n != nil && !m.IsResponse() {
			return n.Protocol.Name(ike.V2) + " " + spiText(n.SPI)
		}
	}
	return ""
}

// each2 tells what a Child SA of IKEv2 is.
func (c *Child) each2(fn func(tone Tone, text string)) {
	traffic := join(c.TSi, ", ") + " <-> " + join(c.TSr, ", ")
	if len(c.SPIs) > 0 {
		fn(TonePlain, "SAs: "+join(c.SPIs, ", "))
	}
	if c.Offered {
		fn(TonePlain, "offered traffic: "+traffic)
		return
	}
	s := "chosen: " + join(append(slices.Clone(c.Algorithms), c.Mode), ", ")
	if c.IPTFS {
		s += ", IP-TFS"
	}
	if c.ESN {
		s += ", ESN"
	}
	if c.PFS != "" {
		s += ", PFS " + c.PFS
	} else if c.Rekeys != "" {
		s += ", no PFS"
	}
	fn(TonePlain, s)
	if len(c.TSi)+len(c.TSr) > 0 {
		fn(TonePlain, "traffic: "+traffic)
	}
	if c.Queue != nil {
		fn(TonePlain, c.Queue.Text())
	}
}

// completeV2 fills in what the negotiation of IKEv2 says of an SA.
func (t *TrafficSA) completeV2(ref negotiation.ChildRef) {
	x, c := ref.Exchange, ref.Child
	if x == nil {
		return
	}
	t.Selectors = ""
	if c.Agreed.Known() {
		t.Selectors = c.Agreed.Initiator.String() + " <-> " + c.Agreed.Responder.String()
	}
	switch {
	case t.Protocol == esp.IPComp.String():
		t.PFS = ""
	case c.PFS.Group != 0:
		t.PFS = ike.Group.AlgorithmName(c.PFS.Group)
	case !c.PFS.Applies || c.Choice == nil:
		t.PFS = "" // its keys come from the IKE SA's key exchange, or what was chosen is not in the capture
	default:
		t.PFS = "no"
	}
	t.RekeyedFrom, t.IPTFSMode = rekeyedSPI(x), iptfsText(c.IPTFS)
	if t.Mode == "" || c.Mode == ike.BEET {
		t.Mode = modeText(c)
	}
}

// setUpBy names the exchange that set up c.
func setUpBy(c *ikesa.Child) string {
	if c.Version == 2 {
		return fmt.Sprintf("Child SA of message 0x%08x", c.MessageID)
	}
	return fmt.Sprintf("Quick Mode 0x%08x", c.MessageID)
}
