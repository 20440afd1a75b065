package report

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
)

func basic(typ uint16, v byte) decode.Attribute {
	return decode.Attribute{Type: typ, Basic: true, Value: []byte{0, v}}
}

// A number with two meanings is called by the one that it has.
func TestPayloadOfDraft(t *testing.T) {
	hash := &ikev1.NATD{Data: make([]byte, 20)}
	sa := build1(hostA, hostB, 1, sketch1{ikev1.ExchangeMain, 0, true, []decode.Payload{payload1(ikev1.PayloadNATDDraft4, hash)}, false})
	m := sa.Messages[0]
	if got, name := newPayload(m, 0, nil).Type, payloadName(m, 0); got != "NAT-D" || name != "NAT-D" {
		t.Errorf("called %s and %s", got, name)
	}
}

// The answer marks what was chosen of an offer: by number and attributes, whatever their order and form, lifetimes aside.
func TestChosen(t *testing.T) {
	aes := ikev1.Transform{Number: 1, ID: 1, Attributes: []decode.Attribute{
		basic(ikev1.Phase1Encryption, 7), basic(ikev1.Phase1Hash, 2), basic(ikev1.Phase1KeyLength, 128),
		basic(ikev1.Phase1LifeType, 1), basic(ikev1.Phase1LifeDuration, 100)}}
	des := ikev1.Transform{Number: 2, ID: 1, Attributes: []decode.Attribute{
		basic(ikev1.Phase1Encryption, 1), basic(ikev1.Phase1Hash, 2)}}
	offer := ikev1.Proposal{Number: 1, Protocol: ike.IKE, Transforms: []ikev1.Transform{aes, des}}

	reordered := ikev1.Transform{Number: 9, ID: 1, Attributes: []decode.Attribute{
		{Type: ikev1.Phase1KeyLength, Value: []byte{0, 0, 0, 128}}, basic(ikev1.Phase1Hash, 2),
		basic(ikev1.Phase1Encryption, 7), basic(ikev1.Phase1LifeDuration, 50)}}
	other := ikev1.Transform{Number: 1, ID: 1, Attributes: []decode.Attribute{basic(ikev1.Phase1Encryption, 7)}}

	for _, c := range []struct {
		name   string
		answer ikev1.Proposal
		want   [2]bool
	}{
		{"the first as it was", ikev1.Proposal{Number: 1, Protocol: 1, Transforms: []ikev1.Transform{aes}}, [2]bool{true, false}},
		{"the second", ikev1.Proposal{Number: 1, Protocol: 1, Transforms: []ikev1.Transform{des}}, [2]bool{false, true}},
		{"reordered, another lifetime", ikev1.Proposal{Number: 1, Protocol: 1, Transforms: []ikev1.Transform{reordered}}, [2]bool{true, false}},
		{"another proposal", ikev1.Proposal{Number: 2, Protocol: 1, Transforms: []ikev1.Transform{aes}}, [2]bool{}},
		{"fewer attributes", ikev1.Proposal{Number: 1, Protocol: 1, Transforms: []ikev1.Transform{other}}, [2]bool{}},
	} {
		got := newProposals(offerV1(offer), offerV1(c.answer))[0]
		for i, want := range c.want {
			if got.Transforms[i].Chosen != want {
				t.Errorf("%s: transform %d chosen: %v", c.name, i+1, got.Transforms[i].Chosen)
			}
		}
	}
}
