package report

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// What each side is known to offer and to take.

// Names of traits that rules look for.
const (
	traitPFS       = diagnose.TraitPFS
	traitMode      = diagnose.TraitMode
	traitLife      = "lifetime"
	traitProtocols = "protocols"
)

// Bounds on what is compared, for a hostile capture may hold thousands of transforms.
const (
	maxStances      = 64  // of one message
	maxKnownStances = 256 // of one side
	maxTraitValues  = 32
	maxOfferLines   = 16
)

// none is the value of a trait that a proposal has not.
const none = "none"

// A trait is one thing that a proposal fixes.
type trait struct {
	name   string   // "encryption"
	values []string // any of which will do; never empty
}

// A stance is what a side offers or took: a transform of IKEv1, or a proposal of IKEv2.
type stance struct {
	traits   []trait
	life     decode.Lifetime // of IKEv1
	from, to netip.Addr
	frame    int
	text     string // "proposal 1 transform 2: ESP AES-CBC-128 …"
	took     bool   // as the answer to an offer
	logged   string // where a log says that it is configured: "gwb.log:489"; "" where a frame shows it
}

// A stanceKey names what one side is known for.
type stanceKey struct {
	side    netip.Addr
	version int
	phase   int // 1: of IKE SAs; 2: of ESP, AH and IPComp
}

// stances are the offers, or the answer, in the SA payload of a message; nil where there is none.
func stances(sa *ikesa.SA, m *ikesa.Message, took bool) (phase int, list []stance) {
	if sa.Version == 2 {
		phase, list = stances2(m)
	} else {
		phase, list = stances1(m)
	}
	for i := range list {
		list[i].from, list[i].to, list[i].frame, list[i].took = m.Src.Addr(), m.Dst.Addr(), m.Frame, took
	}
	return phase, list
}

func stances1(m *ikesa.Message) (phase int, list []stance) {
	p, ok := decode.Find(m.Payloads, ikev1.PayloadSA)
	if !ok {
		return 0, nil
	}
	sa, ok := p.Body.(*ikev1.SA)
	if !ok {
		return 0, nil
	}
	phase = 2
	for _, prop := range sa.Proposals {
		protocols := together(sa.Proposals, prop.Number)
		for _, t := range prop.Transforms {
			if len(list) == maxStances {
				return phase, list
			}
			s := stance{traits: traits1(prop.Protocol, t), life: decode.Lifetime(t.Suite(ike.Protocol(prop.Protocol)).Life), text: fmt.Sprintf("proposal %d transform %d: %v %s",
				prop.Number, t.Number, prop.Protocol, t.Summary(prop.Protocol))}
			if prop.Protocol == decode.ProtocolISAKMP {
				phase = 1
			} else {
				s.traits = append(s.traits, trait{traitProtocols, []string{protocols}})
			}
			list = append(list, s)
		}
	}
	return phase, list
}

// together names the protocols of the proposals with a number, which are to be taken together: "ESP", "ESP+IPComp".
func together(list []ikev1.Proposal, number uint8) string {
	var names []string
	for _, p := range list {
		if name := p.Protocol.String(); p.Number == number && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return join(names, "+")
}

// traits1 are the traits of a transform of IKEv1 but for its lifetime.
func traits1(p decode.ProtocolID, t ikev1.Transform) []trait {
	value := func(typ uint16, text func(decode.Attribute) string) []string {
		if a, ok := t.Attr(typ); ok {
			return []string{text(a)}
		}
		return []string{none}
	}
	if p == decode.ProtocolISAKMP {
		return []trait{
			{"encryption", withKeyLength(t, value(ikev1.Phase1Encryption, ikev1.Phase1Value), ikev1.Phase1KeyLength)},
			{"hash", value(ikev1.Phase1Hash, ikev1.Phase1Value)},
			{"authentication", value(ikev1.Phase1AuthMethod, ikev1.Phase1Value)},
			{"DH group", value(ikev1.Phase1Group, ikev1.Phase1Value)},
		}
	}
	list := []trait{
		{"transform", withKeyLength(t, []string{ikev1.TransformName(p, t.ID)}, ikev1.Phase2KeyLength)},
		{"integrity", value(ikev1.Phase2Authentication, ikev1.Phase2Value)},
		{traitMode, value(ikev1.Phase2Encapsulation, plainMode)},
		{traitPFS, value(ikev1.Phase2Group, ikev1.Phase2Value)},
	}
	if p == decode.ProtocolESP {
		list[0].name = "encryption"
	}
	return list
}

// plainMode is the encapsulation mode without what NAT makes of it.
func plainMode(a decode.Attribute) string {
	switch v, _ := a.Uint(); v {
	case ikev1.ModeTunnel, ikev1.ModeUDPTunnel, ikev1.ModeUDPTunnelDraft:
		return "tunnel"
	case ikev1.ModeTransport, ikev1.ModeUDPTransport, ikev1.ModeUDPTransportDraft:
		return "transport"
	}
	return ikev1.Phase2Value(a)
}

func withKeyLength(t ikev1.Transform, name []string, typ uint16) []string {
	if a, ok := t.Attr(typ); ok {
		if bits, ok := a.Uint(); ok {
			return []string{fmt.Sprintf("%s-%d", name[0], bits)}
		}
	}
	return name
}

// traitNames2 are the transform types of IKEv2 in the words of an administrator.
var traitNames2 = map[ikev2.TransformType]string{
	ikev2.TransformENCR: "encryption", ikev2.TransformPRF: "PRF", ikev2.TransformINTEG: "integrity", ikev2.TransformKE: "DH group",
	ikev2.TransformESN: "ESN",
}

func stances2(m *ikesa.Message) (phase int, list []stance) {
	sa := sa2Of(m)
	if sa == nil {
		return 0, nil
	}
	phase = 2
	for _, p := range sa.Proposals {
		if len(list) == maxStances {
			break
		}
		if p.Protocol == ikev2.ProtocolIKE {
			phase = 1
		}
		list = append(list, stance{traits: traits2(p, typeOf(m)), text: fmt.Sprintf("proposal %d: %s %s", p.Number, ikev2.ProtocolName(p.Protocol), p.Summary())})
	}
	return phase, list
}

// traits2 are the traits of a proposal of IKEv2. That IKE_AUTH names no group for a Child SA tells nothing: it has no key
// exchange of its own (RFC 7296, section 1.2).
func traits2(p ikev2.Proposal, x decode.ExchangeType) (list []trait) {
	values := make(map[ikev2.TransformType][]string)
	var order []ikev2.TransformType
	for _, t := range p.Transforms {
		if len(values[t.Type]) == 0 {
			order = append(order, t.Type)
		}
		if name := t.Name(); len(values[t.Type]) < maxTraitValues && !slices.Contains(values[t.Type], name) {
			values[t.Type] = append(values[t.Type], name)
		}
	}
	want := []ikev2.TransformType{ikev2.TransformENCR, ikev2.TransformPRF, ikev2.TransformINTEG, ikev2.TransformKE}
	if p.Protocol != ikev2.ProtocolIKE {
		want = []ikev2.TransformType{ikev2.TransformENCR, ikev2.TransformINTEG, ikev2.TransformKE, ikev2.TransformESN}
		if x == ikev2.ExchangeAuth {
			want = slices.DeleteFunc(want, func(t ikev2.TransformType) bool { return t == ikev2.TransformKE })
		}
	}
	for _, t := range order {
		if !slices.Contains(want, t) && len(want) < maxTraitValues {
			want = append(want, t)
		}
	}
	for _, t := range want {
		name, ok := traitNames2[t]
		if !ok {
			name = t.String()
		}
		if t == ikev2.TransformKE && p.Protocol != ikev2.ProtocolIKE {
			name = traitPFS
		}
		v := values[t]
		if len(v) == 0 {
			v = []string{none}
		}
		list = append(list, trait{name, v})
	}
	return list
}

// known are the stances of every side, from all SAs of the capture.
func (d *diagnosis) known() map[stanceKey][]stance {
	if d.stances != nil {
		return d.stances
	}
	d.stances = make(map[stanceKey][]stance)
	for _, s := range d.stories {
		for _, x := range s.sa.Exchanges {
			offered := false
			for _, m := range x.Messages {
				took := offered && tookOffer(s.sa, x, m)
				phase, list := stances(s.sa, m, took)
				offered = offered || len(list) > 0
				d.learn(stanceKey{m.Src.Addr(), s.sa.Version, phase}, list)
			}
		}
	}
	return d.stances
}

// tookOffer reports whether m answers an offer of x.
func tookOffer(sa *ikesa.SA, x *ikesa.Exchange, m *ikesa.Message) bool {
	if sa.Version == 2 {
		return isResponse(m)
	}
	return m.FromInitiator != x.Messages[0].FromInitiator
}

func (d *diagnosis) learn(k stanceKey, list []stance) {
	for _, s := range list {
		have := d.stances[k]
		if len(have) >= maxKnownStances {
			return
		}
		if !slices.ContainsFunc(have, func(o stance) bool { return o.text == s.text && o.to == s.to && o.took == s.took }) {
			d.stances[k] = append(have, s)
		}
	}
}

// knownOf is what a side is known for, towards a peer where that is known, else towards anybody.
func (d *diagnosis) knownOf(k stanceKey, peer netip.Addr) []stance {
	all := d.known()[k]
	var same []stance
	for _, s := range all {
		if s.to == peer {
			same = append(same, s)
		}
	}
	if len(same) > 0 {
		return same
	}
	return all
}
