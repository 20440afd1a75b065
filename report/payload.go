package report

import (
	"bytes"
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
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
	differs      bool           // a NAT detection hash of IKEv2 does not fit the address that the message came with
}

// A Proposal is a proposal with its transforms in wire order.
type Proposal struct {
	Number     uint8       `json:"number"`
	Protocol   string      `json:"protocol"`
	SPI        string      `json:"spi,omitempty"`
	Chosen     bool        `json:"chosen,omitempty"` // of an offer of IKEv2: the other side took this one
	Transforms []Transform `json:"transforms"`
}

// A Transform is one transform of a proposal.
type Transform struct {
	Number    uint8  `json:"number"`
	Kind      string `json:"type,omitempty"` // of IKEv2: "ENCR", "PRF", ...
	ID        uint16 `json:"id,omitempty"`   // of IKEv2
	Text      string `json:"text"`
	Chosen    bool   `json:"chosen"` // of an offer: this is what the other side took
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

// newPayload describes p. chosen is what the other side took of an offer, nil if p is no offer or nothing was taken.
func newPayload(p decode.Payload, chosen []ikev1.Proposal) Payload {
	r := Payload{Type: p.Type.String()}
	if p.Err != nil {
		r.Error = p.Err.Error()
	}
	switch b := p.Body.(type) {
	case *ikev1.SA:
		for _, prop := range b.Proposals {
			r.Proposals = append(r.Proposals, newProposal(prop, chosen))
		}
	case *ikev1.KE:
		r.Text = fmt.Sprintf("public value of %d bytes", len(b.Data))
	case *ikev1.ID:
		r.Identity = newIdentity(b)
		r.Text = b.String()
	case *ikev1.Notify:
		r.Notify = &Notify{Type: b.Type.String(), Number: uint16(b.Type), Error: b.Type.IsError(), Protocol: b.Protocol.String(), SPI: spiText(b.SPI)}
		r.Text = b.String()
	case *ikev1.Delete:
		r.Delete = newDelete(b)
		r.Text = b.Protocol.String() + " " + join(r.Delete.SPIs, ", ")
	case *ikev1.Attributes:
		r.Config = newConfig(b)
		r.Text = b.String()
	case *ikev1.NATOA:
		r.Text = b.Addr.String()
	case fmt.Stringer: // vendor IDs, certificates and requests for them
		r.Text, r.body = b.String(), p.Body
	}
	return r
}

func newProposal(p ikev1.Proposal, chosen []ikev1.Proposal) Proposal {
	r := Proposal{Number: p.Number, Protocol: p.Protocol.String(), SPI: spiText(p.SPI), Transforms: []Transform{}}
	for _, t := range p.Transforms {
		life := lifetimeOf(t, p.Protocol)
		r.Transforms = append(r.Transforms, Transform{
			Number: t.Number, Text: transformSummary(t, p.Protocol), Chosen: isChosen(p, t, chosen),
			Seconds: life.Seconds, Kilobytes: life.Kilobytes, Attributes: attributes1(t, p.Protocol),
		})
	}
	return r
}

// isChosen reports whether t of the offer p is what the answer holds. A responder repeats the numbers and the
// attributes; some number anew or reorder attributes, and then the attributes decide.
func isChosen(p ikev1.Proposal, t ikev1.Transform, answer []ikev1.Proposal) bool {
	for _, a := range answer {
		for _, c := range a.Transforms {
			if a.Protocol == p.Protocol && a.Number == p.Number && c.ID == t.ID && sameAttributes(c, t, p.Protocol) {
				return true
			}
		}
	}
	return false
}

// sameAttributes compares the attributes regardless of order and of the form, TV or TLV. Lifetimes are left out: a
// responder may shorten them.
func sameAttributes(a, b ikev1.Transform, p decode.ProtocolID) bool {
	return subset(a, b, p) && subset(b, a, p)
}

func subset(a, b ikev1.Transform, p decode.ProtocolID) bool {
	for _, x := range a.Attributes {
		if isLifetime(x.Type, p) {
			continue
		}
		y, ok := b.Attr(x.Type)
		if !ok || !bytes.Equal(bytes.TrimLeft(x.Value, "\x00"), bytes.TrimLeft(y.Value, "\x00")) {
			return false
		}
	}
	return true
}

// isLifetime reports whether an attribute is a life type or duration.
func isLifetime(typ uint16, p decode.ProtocolID) bool {
	if p == decode.ProtocolISAKMP {
		return typ == ikev1.Phase1LifeType || typ == ikev1.Phase1LifeDuration
	}
	return typ == ikev1.Phase2LifeType || typ == ikev1.Phase2LifeDuration
}

func newDelete(d *ikev1.Delete) *Delete {
	r := &Delete{Protocol: d.Protocol.String(), SPIs: []string{}}
	for _, spi := range d.SPIs {
		r.SPIs = append(r.SPIs, spiText(spi))
	}
	return r
}

func newConfig(a *ikev1.Attributes) *Config {
	r := &Config{Type: a.Type.String(), ID: a.ID, Attributes: []ConfigAttribute{}}
	for _, attr := range a.Attributes {
		r.Attributes = append(r.Attributes, ConfigAttribute{attr.ConfigName(), attr.ConfigValue()})
	}
	return r
}
