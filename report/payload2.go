package report

import (
	"encoding/hex"
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// newPayload2 describes a payload of IKEv2. chosen is what the other side took of an offer, nil if p is no offer or
// nothing was taken.
func newPayload2(p decode.Payload, chosen []ikev2.Proposal) Payload {
	r := Payload{Type: p.Type.String(), Critical: p.Critical, Version: 2}
	if p.Err != nil {
		r.Error = p.Err.Error()
	}
	switch b := p.Body.(type) {
	case *ikev2.SA:
		for _, prop := range b.Proposals {
			r.Proposals = append(r.Proposals, newProposal2(prop, chosen))
		}
	case *ikev2.KE:
		r.Text = fmt.Sprintf("%v, %s", b.Group, count(len(b.Data), "byte"))
	case *ikev2.ID:
		r.Identity = newIdentity2(b)
		r.Text = b.String()
	case *ikev2.Nonce:
		r.Text = count(len(b.Data), "byte")
	case *ikev2.Notify:
		r.Notify = newNotify2(b)
		r.Text = b.String()
	case *ikev2.Delete:
		r.Delete = newDelete2(b)
		r.Text = deleteText2(b)
	case *ikev2.TS:
		r.Selectors = selectorTexts(b)
		r.Text = b.String()
	case *ikev2.CP:
		r.Config = newConfig2(b)
		r.Text = b.String()
	case *ikev2.SK:
		r.Text = "encrypted, " + count(len(b.Data), "byte")
	case *ikev2.SKF:
		r.Text = fmt.Sprintf("encrypted fragment %d of %d", b.Number, b.Total)
	case fmt.Stringer: // AUTH, EAP, vendor IDs, certificates and requests for them
		r.Text, r.body = b.String(), p.Body
	}
	return r
}

func newIdentity2(id *ikev2.ID) *Identity {
	if id == nil {
		return nil
	}
	return &Identity{Type: ikev2.IDTypeName(id.Type), Value: id.Value(), Text: id.String()}
}

func newNotify2(n *ikev2.Notify) *Notify {
	r := &Notify{Type: n.Type.String(), Number: uint16(n.Type), Error: n.IsError(), Protocol: ikev2.ProtocolName(n.Protocol), SPI: spiText(n.SPI)}
	r.Data = hex.EncodeToString(n.Data)
	return r
}

func newDelete2(d *ikev2.Delete) *Delete {
	r := &Delete{Protocol: ikev2.ProtocolName(d.Protocol), SPIs: []string{}}
	for _, spi := range d.SPIs {
		r.SPIs = append(r.SPIs, spiText(spi))
	}
	return r
}

// deleteText2 is "IKE SA", or "ESP 0xc0ffee01, 0xc0ffee02".
func deleteText2(d *ikev2.Delete) string {
	if d.IKE() {
		return "the IKE SA"
	}
	r := newDelete2(d)
	return r.Protocol + " " + join(r.SPIs, ", ")
}

func newConfig2(p *ikev2.CP) *Config {
	r := &Config{Type: p.Type.String(), Attributes: []ConfigAttribute{}}
	for _, a := range p.Attributes {
		r.Attributes = append(r.Attributes, ConfigAttribute{a.ConfigName(), a.ConfigValue()})
	}
	return r
}

func selectorTexts(ts *ikev2.TS) (list []string) {
	if ts == nil {
		return nil
	}
	for _, s := range ts.Selectors {
		list = append(list, s.String())
	}
	return list
}

// newProposal2 describes a proposal; the transforms of an offer that the answer holds are marked.
func newProposal2(p ikev2.Proposal, answer []ikev2.Proposal) Proposal {
	r := Proposal{Number: p.Number, Protocol: ikev2.ProtocolName(p.Protocol), SPI: spiText(p.SPI), Transforms: []Transform{}}
	var taken *ikev2.Proposal
	for i, a := range answer {
		if a.Number == p.Number && a.Protocol == p.Protocol {
			taken = &answer[i]
		}
	}
	r.Chosen = taken != nil
	for i, t := range p.Transforms {
		r.Transforms = append(r.Transforms, Transform{Number: uint8(min(i+1, 255)), Kind: t.Type.String(), ID: t.ID, Text: t.Name(),
			Chosen: taken != nil && holds(taken, t)})
	}
	return r
}

// holds reports whether the answer has the transform: of a type, an ID can be offered with several key lengths.
func holds(answer *ikev2.Proposal, t ikev2.Transform) bool {
	for _, a := range answer.Transforms {
		if a.Type == t.Type && a.ID == t.ID && a.Name() == t.Name() {
			return true
		}
	}
	return false
}

// answers2 are the proposals that the other side sent back, nil if its SA payload was not seen.
func answers2(x *ikesa.Exchange) []ikev2.Proposal {
	for _, m := range x.Messages {
		if sa := sa2Of(m); sa != nil && isResponse(m) {
			return sa.Proposals
		}
	}
	return nil
}

// sa2Of is the SA payload of m, nil where it has none.
func sa2Of(m *ikesa.Message) *ikev2.SA {
	p, ok := decode.Find(m.Payloads, ikev2.PayloadSA)
	if !ok {
		return nil
	}
	sa, _ := p.Body.(*ikev2.SA)
	return sa
}

// isResponse reports whether m of IKEv2 answers a request (RFC 7296, section 3.1).
func isResponse(m *ikesa.Message) bool { return m.Flags&ikev2.FlagResponse != 0 }

// notifies2 are the Notify payloads of m.
func notifies2(m *ikesa.Message) (list []*ikev2.Notify) {
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev2.Notify); ok && p.Err == nil {
			list = append(list, n)
		}
	}
	return list
}

// findNotify2 is the first Notify payload of a type in m, nil where there is none.
func findNotify2(m *ikesa.Message, t ikev2.NotifyType) *ikev2.Notify {
	for _, n := range notifies2(m) {
		if n.Type == t {
			return n
		}
	}
	return nil
}
