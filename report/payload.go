package report

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Payload is one payload of a message. Type is always set; of the others, what the payload holds.
type Payload struct {
	Type      string     `json:"type"`           // in the notation of RFC 2409: "SA", "KE", "ID"
	Text      string     `json:"text,omitempty"` // what it says in one line; passwords masked
	Proposals []Proposal `json:"proposals,omitempty"`
	Identity  *Identity  `json:"identity,omitempty"`
	Notify    *Notify    `json:"notify,omitempty"`
	Delete    *Delete    `json:"delete,omitempty"`
	Config    *Config    `json:"config,omitempty"`
	Selectors []string   `json:"selectors,omitempty"` // of IKEv2's TSi and TSr
	Critical  bool       `json:"critical,omitempty"`  // IKEv2's critical bit
	Error     string     `json:"error,omitempty"`
	Version   int        `json:"-"` // of IKE, 0: 1

	Certificates []*Certificate `json:"certificates,omitempty"` // of CERT
	Authorities  []Authority    `json:"authorities,omitempty"`  // of CERTREQ
	body         decode.Body    // of these two
	unknown      bool           // some bytes of it could not be had
	differs      bool           // a NAT detection hash of IKEv2 does not match the address that the message came with
}

// A Proposal is a proposal with its transforms in wire order.
type Proposal struct {
	Number     uint8       `json:"number"`
	Protocol   string      `json:"protocol"`
	SPI        string      `json:"spi,omitempty"`
	Chosen     bool        `json:"chosen,omitempty"` // of an offer of IKEv2: the peer accepted this one
	Transforms []Transform `json:"transforms"`
}

// A Transform is one transform of a proposal.
type Transform struct {
	Number    uint8  `json:"number"`
	Kind      string `json:"type,omitempty"` // of IKEv2: "ENCR", "PRF", ...
	ID        uint16 `json:"id,omitempty"`   // of IKEv2
	Text      string `json:"text"`
	Chosen    bool   `json:"chosen"` // of an offer: what the peer accepted
	Seconds   uint64 `json:"life_seconds,omitempty"`
	Kilobytes uint64 `json:"life_kilobytes,omitempty"`
	// Attributes are those of a transform of IKEv1, as the columns of a table of proposals have them.
	Attributes []TransformAttribute `json:"attributes,omitempty"`
}

// A Notify is a Notification payload.
type Notify struct {
	Type     string `json:"type"`
	Number   uint16 `json:"number"`
	Error    bool   `json:"error"`
	Protocol string `json:"protocol"`
	SPI      string `json:"spi,omitempty"`
	Data     string `json:"data,omitempty"` // of IKEv2, in hex
}

// A Delete is a Delete payload.
type Delete struct {
	Protocol string   `json:"protocol"`
	SPIs     []string `json:"spis"`
}

// A Config is an Attributes payload: Mode Config or XAUTH.
type Config struct {
	Type       string            `json:"type"`
	ID         uint16            `json:"id"`
	Attributes []ConfigAttribute `json:"attributes"`
}

// A ConfigAttribute is one attribute; secrets are masked.
type ConfigAttribute struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
}

// newPayload describes payload i of m. answer is what the peer accepted of an offer, nil if the payload is no offer or nothing was
// taken.
func newPayload(m *ikesa.Message, i int, answer *ike.Offer) Payload {
	p := m.Payloads[i]
	r := Payload{Type: p.Name(), Critical: p.Critical, Version: m.Major()}
	if p.Err != nil {
		r.Error = p.Err.Error()
	}
	switch part := m.Parts[i].(type) {
	case *ike.Offer:
		r.Proposals = newProposals(part, answer)
	case *ike.IdentityPart:
		r.Identity, r.Text = newIdentity(&part.Identity), part.String()
	case *ike.Notify:
		r.Notify, r.Text = newNotify(part), bodyText(p.Body)
	case *ike.Delete:
		r.Delete, r.Text = newDelete(part), deleteText(part)
	case *ike.SelectorsPart:
		r.Selectors, r.Text = selectorTexts(part.Selectors), part.Selectors.String()
	case *ike.Config:
		r.Config, r.Text = newConfig(part), bodyText(p.Body)
	case *ike.KeyExchangePart:
		r.Text = fmt.Sprintf("public value of %d bytes", part.Length)
		if r.Version == 2 {
			r.Text = ike.Group.AlgorithmName(part.Group) + ", " + count(part.Length, "byte")
		}
	case *ike.Nonce:
		if r.Version == 2 {
			r.Text = count(len(part.Data), "byte")
		}
	default:
		r.Text, r.body = bodyText(p.Body), p.Body
	}
	return r
}

// bodyText is what a payload says in one line, as far as it is worth showing.
func bodyText(b decode.Body) string {
	switch b := b.(type) {
	case *ikev1.NATOA:
		return b.Addr.String()
	case *ikev2.SK:
		return "encrypted, " + count(len(b.Data), "byte")
	case *ikev2.SKF:
		return fmt.Sprintf("encrypted fragment %d of %d", b.Number, b.Total)
	case fmt.Stringer:
		return b.String()
	}
	return ""
}

// newProposals describes an offer. Of IKEv1 it marks the transforms that the response holds, of IKEv2 the proposal and those of its
// transforms, too.
func newProposals(o, answer *ike.Offer) (list []Proposal) {
	for i := range o.Proposals {
		p := &o.Proposals[i]
		r := Proposal{Number: p.Number, Protocol: p.Protocol.Name(o.Version), SPI: spiText(p.SPI), Transforms: []Transform{}}
		if o.Version == ike.V2 {
			r.Chosen = p.TakenBy(answer) != nil
		}
		for k := range p.Suites {
			r.Transforms = append(r.Transforms, newTransforms(o.Version, p, &p.Suites[k], answer)...)
		}
		list = append(list, r)
	}
	return list
}

// newTransforms describes a suite of p: a transform of IKEv1, or those of an IKEv2 proposal.
func newTransforms(v ike.Version, p *ike.Proposal, s *ike.Suite, answer *ike.Offer) (list []Transform) {
	if v == ike.V1 {
		return []Transform{{Number: s.Number, Text: s.Summary(p.Protocol), Chosen: p.ChosenSuite(s, answer),
			Seconds: s.Life.Seconds, Kilobytes: s.Life.Kilobytes, Attributes: attributesOf(s, p.Protocol)}}
	}
	for i, t := range s.Transforms {
		list = append(list, Transform{Number: uint8(min(i+1, 255)), Kind: t.Kind.String(), ID: t.ID, Text: t.Name(),
			Chosen: p.ChosenTransform(t, answer)})
	}
	return list
}

func newNotify(n *ike.Notify) *Notify {
	v := n.Type.Version
	r := &Notify{Type: n.Type.String(), Number: n.Type.Number, Error: n.IsError(), Protocol: n.Protocol.Name(v), SPI: spiText(n.SPI)}
	if v == ike.V2 {
		r.Data = hex.EncodeToString(n.Data)
	}
	return r
}

func newDelete(d *ike.Delete) *Delete {
	r := &Delete{Protocol: d.Protocol.Name(d.Version), SPIs: []string{}}
	for _, spi := range d.SPIs {
		r.SPIs = append(r.SPIs, spiText(spi))
	}
	return r
}

// deleteText is "ESP 0xc0ffee01, 0xc0ffee02"; of IKEv2 "the IKE SA".
func deleteText(d *ike.Delete) string {
	if d.Version == ike.V2 && d.IKE() {
		return "the IKE SA"
	}
	r := newDelete(d)
	return r.Protocol + " " + join(r.SPIs, ", ")
}

func newConfig(c *ike.Config) *Config {
	r := &Config{Type: c.Type.String(), ID: c.ID, Attributes: []ConfigAttribute{}}
	for _, a := range c.Attributes {
		attr := decode.Attribute{Type: a.Type, Value: a.Value}
		r.Attributes = append(r.Attributes, ConfigAttribute{attr.ConfigName(), attr.ConfigValue()})
	}
	return r
}

func selectorTexts(list ike.Selectors) (texts []string) {
	for _, s := range list {
		texts = append(texts, s.String())
	}
	return texts
}

func newIdentity(id *ike.Identity) *Identity {
	if id == nil {
		return nil
	}
	return &Identity{Type: id.TypeName(), Value: id.Value(), Protocol: id.Protocol, Port: id.Port, Text: id.String()}
}

// attributesOf are the attributes of a transform of IKEv1 for protocol p, in the order of the columns, those that have no column of
// their own last.
func attributesOf(s *ike.Suite, p ike.Protocol) (list []TransformAttribute) {
	add := func(name, value string) { list = append(list, TransformAttribute{name, value}) }
	columns, name, value := phase2Columns, ikev1.Phase2Name, ikev1.Phase2Value
	if p == ike.IKE {
		columns, name, value = phase1Columns, ikev1.Phase1Name, ikev1.Phase1Value
	}
	for _, c := range columns {
		if c.kind == modeColumn {
			if s.Encapsulation != 0 {
				add(c.name, s.Encapsulation.String())
			}
			continue
		}
		t, ok := s.Find(c.kind)
		if ok && (c.space == ike.NoSpace || t.Space == c.space) {
			add(c.name, valueName(t))
		}
	}
	if l := s.Life.String(); l != "" {
		add("lifetime", l)
	}
	for _, l := range s.FurtherLives {
		add("lifetime", l.String())
	}
	for _, a := range s.Other {
		attr := decode.Attribute{Type: a.Type, Value: a.Value}
		add("other", name(attr)+" "+value(attr))
	}
	return list
}

// valueName is the name of an algorithm as an attribute's value: the number alone where it has none.
func valueName(t ike.Transform) string {
	name := t.Name()
	if _, ok := t.Space.Name(t.ID); !ok && t.Space != ike.Group && t.Space != ike.ESPTransform && t.Space != ike.IPCompAlg && t.Space != ike.AHTransform {
		name = strconv.Itoa(int(t.ID))
		if t.Bits != 0 {
			name += fmt.Sprintf("-%d", t.Bits)
		}
	}
	return name
}

// A column is an attribute that has a column of its own.
type column struct {
	name  string
	kind  ike.Kind
	space ike.Space // of the transform; NoSpace: any
}

// modeColumn stands for the encapsulation mode, which is no transform.
const modeColumn ike.Kind = 0

var phase1Columns = []column{
	{name: "encryption", kind: ike.Encryption}, {name: "hash", kind: ike.HashAlg}, {name: "auth", kind: ike.Auth},
	{name: "group", kind: ike.KeyExchange}, {name: "PRF", kind: ike.PRF},
}

var phase2Columns = []column{
	{name: "encryption", kind: ike.Encryption}, {name: "transform", kind: ike.Compression}, {name: "integrity", kind: ike.Integrity},
	{name: "mode", kind: modeColumn}, {name: "PFS", kind: ike.KeyExchange}, {name: "ESN", kind: ike.ESN},
}

// noteNAT says of a NAT detection hash of IKEv2 whether it matches the address that m came with.
func (r *Payload) noteNAT(sa *ikesa.SA, m *ikesa.Message, body decode.Body) {
	n, ok := body.(*ikev2.Notify)
	if !ok {
		return
	}
	hash, ok := n.NATHash()
	if !ok {
		return
	}
	addr, h := m.Src, sa.NATHashes(m)
	if n.Type == ikev2.NotifyNATDetectionDest {
		addr = m.Dst
	}
	if r.differs = !h.Fit([][]byte{hash}, addr); r.differs {
		r.Text += " differs"
	} else {
		r.Text += " matches"
	}
}

// A TransformAttribute is one attribute of a transform of IKEv1, under the name of its column.
type TransformAttribute struct {
	Name  string `json:"name"` // "encryption", "group", "lifetime"
	Value string `json:"value"`
}

// An Identity is an Identification payload.
type Identity struct {
	Type     string `json:"type"`
	Value    string `json:"value"`
	Protocol uint8  `json:"protocol,omitempty"`
	Port     uint16 `json:"port,omitempty"`
	// Text is the identity as reports call it.
	Text string `json:"-"`
}

func (id *Identity) String() string { return id.Text }
