package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What each side is known to offer and to take.

// Names of traits that rules look for.
const (
	traitPFS       = TraitPFS
	traitGroup     = "DH group"
	traitMode      = TraitMode
	traitLife      = "lifetime"
	traitProtocols = "protocol"
	traitAuth      = "authentication"
	traitTransform = "transform"
)

// Bounds on what is compared, for a hostile capture may hold thousands of transforms.
const (
	maxStances      = 64  // of one message
	maxKnownStances = 256 // of one peer
	maxTraitValues  = 32
	maxOfferLines   = 16
)

// none is what stands for the value of a trait that a proposal has not.
const none = "none"

// A trait is one thing that a proposal fixes.
type trait struct {
	name   string  // "encryption"
	values []value // any of which will do; never empty
}

// A value is what a trait is fixed to: one of the fields. The zero value is none at all.
type value struct {
	algorithm ike.Transform
	mode      ike.Mode          // without what NAT makes of it
	other     ike.Encapsulation // of an unknown mode
	protocols string            // the numbers of protocols that go together
}

// isNone reports whether a value says that there is nothing; some say it with an algorithm of that name.
func (v value) isNone() bool {
	t := v.algorithm
	return v == value{} || t.ID == 0 && (t.Kind == ike.KeyExchange || t.Kind == ike.Integrity || t.Kind == ike.Encryption || t.Kind.IsAdditional())
}

// same reports whether both values are the same, with what says that there is nothing.
func (v value) same(o value) bool { return v == o || v.isNone() && o.isNone() }

func (v value) String() string {
	switch {
	case v.mode != ike.NoMode:
		return v.mode.String()
	case v.other != 0:
		return v.other.String()
	case v.protocols != "":
		names := make([]string, 0, len(v.protocols))
		for _, p := range []byte(v.protocols) {
			names = append(names, ike.Protocol(p).Name(ike.V1))
		}
		return strings.Join(names, "+")
	case v == value{}:
		return none
	}
	return v.algorithm.Name()
}

// valuesText is "SHA1|MD5".
func valuesText(list []value) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = v.String()
	}
	return strings.Join(parts, "|")
}

// A stance is what a side offers or took: a transform of IKEv1, or a proposal of IKEv2.
type stance struct {
	traits   []trait
	life     ike.Lifetime // of IKEv1
	from, to netip.Addr
	frame    int
	text     string // "proposal 1 transform 2: ESP AES-CBC-128 …"
	took     bool   // as the response to an offer
	logged   string // where a log says that it is configured: "gwb.log:489"; "" where a frame shows it
}

// A stanceKey names what one side is known for.
type stanceKey struct {
	side    netip.Addr
	version int
	phase   int // 1: of IKE SAs; 2: of ESP, AH and IPComp
}

// stances are the offers, or the response, in the SA payload of a message; nil where there is none.
func stances(sa *ikesa.SA, m *ikesa.Message, took bool) (phase int, list []stance) {
	offer := m.Offer()
	if offer == nil {
		return 0, nil
	}
	list = stancesOf(offer, func(p *ike.Proposal, s *ike.Suite) []trait {
		if offer.Version == ike.V1 {
			return traits1(offer, p, s)
		}
		return traits2(p, s, negotiation.TypeOf(m) == ikev2.ExchangeAuth)
	})
	for i := range list {
		list[i].from, list[i].to, list[i].frame, list[i].took = m.Src.Addr(), m.Dst.Addr(), m.Frame, took
	}
	return phaseOf(offer), list
}

// phaseOf is 1 for an offer for the IKE SA, and 2 for any other.
func phaseOf(o *ike.Offer) int {
	if slices.ContainsFunc(o.Proposals, func(p ike.Proposal) bool { return p.Protocol == ike.IKE }) {
		return 1
	}
	return 2
}

func stancesOf(o *ike.Offer, traits func(*ike.Proposal, *ike.Suite) []trait) (list []stance) {
	for i := range o.Proposals {
		p := &o.Proposals[i]
		for k := range p.Suites {
			if len(list) == maxStances {
				return list
			}
			s := &p.Suites[k]
			text := fmt.Sprintf("proposal %d: %s %s", p.Number, p.Protocol.Name(o.Version), s.Kinds())
			if o.Version == ike.V1 {
				text = fmt.Sprintf("proposal %d transform %d: %s %s", p.Number, s.Number, p.Protocol.Name(o.Version), s.Summary(p.Protocol))
			}
			list = append(list, stance{traits: traits(p, s), life: s.Life, text: text})
		}
	}
	return list
}

// traits1 are the traits of a suite of IKEv1 but for its lifetime.
func traits1(o *ike.Offer, p *ike.Proposal, s *ike.Suite) []trait {
	if p.Protocol == ike.IKE {
		return []trait{{"encryption", inSpace(s, ike.Phase1Cipher, ike.ENCR)}, {"hash", inSpace(s, ike.Phase1Hash)}, {traitAuth, inSpace(s, ike.Phase1Auth)},
			{traitGroup, inSpace(s, ike.Group)}}
	}
	mode := value{mode: s.Encapsulation.Mode()}
	if mode.mode == ike.NoMode {
		mode.other = s.Encapsulation
	}
	list := []trait{{"encryption", inSpace(s, ike.ESPTransform, ike.ENCR)}, {"integrity", inSpace(s, ike.Phase2Auth, ike.INTEG)}, {traitMode, []value{mode}},
		{traitPFS, inSpace(s, ike.Group)}}
	switch p.Protocol {
	case ike.ESP:
	case ike.AH:
		list[0] = trait{traitTransform, inSpace(s, ike.AHTransform)}
	case ike.IPComp:
		list[0] = trait{traitTransform, inSpace(s, ike.IPCompAlg)}
	default:
		list[0] = trait{traitTransform, inSpace(s, ike.NoSpace)}
	}
	numbers := make([]byte, 0, 2)
	for _, x := range o.Protocols(p.Number) {
		numbers = append(numbers, byte(x))
	}
	return append(list, trait{traitProtocols, []value{{protocols: string(numbers)}}})
}

// inSpace is the first algorithm of a suite whose number is of one of spaces: a log may name one that IKEv1 has no number for.
func inSpace(s *ike.Suite, spaces ...ike.Space) []value {
	for _, t := range s.Transforms {
		if slices.Contains(spaces, t.Space) {
			return []value{{algorithm: t}}
		}
	}
	return []value{{}}
}

// traitNames2 are the kinds of transforms of IKEv2 in the terms of an administrator.
var traitNames2 = map[ike.Kind]string{ike.Encryption: "encryption", ike.PRF: "PRF", ike.Integrity: "integrity", ike.KeyExchange: traitGroup, ike.ESN: "ESN"}

// traits2 are the traits of a proposal of IKEv2. That IKE_AUTH names no group for a Child SA tells nothing: it has no key
// exchange of its own (RFC 7296, section 1.2).
func traits2(p *ike.Proposal, s *ike.Suite, inAuth bool) (list []trait) {
	want := []ike.Kind{ike.Encryption, ike.PRF, ike.Integrity, ike.KeyExchange}
	if p.Protocol != ike.IKE {
		want = []ike.Kind{ike.Encryption, ike.Integrity, ike.KeyExchange, ike.ESN}
		if inAuth {
			want = []ike.Kind{ike.Encryption, ike.Integrity, ike.ESN}
		}
	}
	if p.Protocol == ike.AH {
		want = want[1:] // it encrypts nothing
	}
	values := make(map[ike.Kind][]value)
	for _, t := range s.Transforms {
		if v := (value{algorithm: t}); len(values[t.Kind]) < maxTraitValues && !slices.Contains(values[t.Kind], v) {
			values[t.Kind] = append(values[t.Kind], v)
		}
		if !slices.Contains(want, t.Kind) && len(want) < maxTraitValues {
			want = append(want, t.Kind)
		}
	}
	for _, k := range want {
		name, ok := traitNames2[k]
		switch {
		case k.IsAdditional():
			name = k.String() + " key exchange"
		case !ok:
			name = k.String()
		}
		if k == ike.KeyExchange && p.Protocol != ike.IKE {
			name = traitPFS
		}
		v := values[k]
		if len(v) == 0 {
			v = []value{{}}
		}
		list = append(list, trait{name, v})
	}
	if p.Protocol == ike.ESP || p.Protocol == ike.AH {
		list = append(list, trait{traitProtocols, []value{{protocols: string([]byte{byte(p.Protocol)})}}})
	}
	return list
}

// What each host is known to offer, to accept and to be.

// known are the stances of every side, from all SAs of the capture.
func (d *diagnosis) known() map[stanceKey][]stance {
	if d.stances != nil {
		return d.stances
	}
	d.stances = make(map[stanceKey][]stance)
	for _, s := range d.Stories() {
		for _, x := range s.SA.Exchanges {
			offered := false
			for _, m := range x.Messages {
				took := offered && tookOffer(s.SA, x, m)
				phase, list := stances(s.SA, m, took)
				offered = offered || len(list) > 0
				d.learn(stanceKey{m.Src.Addr(), s.SA.Version, phase}, list)
			}
		}
	}
	return d.stances
}

// tookOffer reports whether m answers an offer of x.
func tookOffer(sa *ikesa.SA, x *ikesa.Exchange, m *ikesa.Message) bool {
	if sa.Version == 2 {
		return m.IsResponse()
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

func (d *diagnosis) identities() *ids {
	if d.ids != nil {
		return d.ids
	}
	d.ids = &ids{make(map[idKey]idSeen), make(map[idKey]idSeen)}
	note := func(at map[idKey]idSeen, k idKey, id *ike.IdentityPart, frame int) {
		if _, ok := at[k]; !ok {
			at[k] = idSeen{&id.Identity, frame}
		}
	}
	for _, s := range d.Stories() {
		// Where the responder is who it was asked to be, both peers may have several connections, of which this is one.
		asked, _ := askedID(s.SA)
		met := asked != nil && s.SA.IDr != nil && s.SA.IDr.Equal(*asked)
		for _, m := range s.SA.Messages {
			src, dst := idKey{m.Src.Addr(), m.Dst.Addr(), s.SA.Version}, idKey{m.Dst.Addr(), m.Src.Addr(), s.SA.Version}
			for _, p := range m.Parts {
				id, ok := p.(*ike.IdentityPart)
				switch {
				case !ok, met && id.Role != ike.OfInitiator:
				case id.Role == ike.AskedFor:
					note(d.ids.wanted, dst, id, m.Frame)
				case id.Role == ike.OfInitiator, id.Role == ike.OfResponder:
					note(d.ids.own, src, id, m.Frame)
				}
			}
		}
	}
	return d.ids
}
