package report

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode"
)

func basic(typ uint16, v byte) decode.Attribute {
	return decode.Attribute{Type: typ, Basic: true, Value: []byte{0, v}}
}

// The answer marks what was chosen of an offer: by number and attributes, whatever their order and form, lifetimes aside.
func TestChosen(t *testing.T) {
	aes := decode.Transform1{Number: 1, ID: 1, Attributes: []decode.Attribute{
		basic(decode.Phase1Encryption, 7), basic(decode.Phase1Hash, 2), basic(decode.Phase1KeyLength, 128),
		basic(decode.Phase1LifeType, 1), basic(decode.Phase1LifeDuration, 100)}}
	des := decode.Transform1{Number: 2, ID: 1, Attributes: []decode.Attribute{
		basic(decode.Phase1Encryption, 1), basic(decode.Phase1Hash, 2)}}
	offer := decode.Proposal1{Number: 1, Protocol: decode.ProtocolISAKMP, Transforms: []decode.Transform1{aes, des}}

	reordered := decode.Transform1{Number: 9, ID: 1, Attributes: []decode.Attribute{
		{Type: decode.Phase1KeyLength, Value: []byte{0, 0, 0, 128}}, basic(decode.Phase1Hash, 2),
		basic(decode.Phase1Encryption, 7), basic(decode.Phase1LifeDuration, 50)}}
	other := decode.Transform1{Number: 1, ID: 1, Attributes: []decode.Attribute{basic(decode.Phase1Encryption, 7)}}

	for _, c := range []struct {
		name   string
		answer decode.Proposal1
		want   [2]bool
	}{
		{"the first as it was", decode.Proposal1{Number: 1, Protocol: 1, Transforms: []decode.Transform1{aes}}, [2]bool{true, false}},
		{"the second", decode.Proposal1{Number: 1, Protocol: 1, Transforms: []decode.Transform1{des}}, [2]bool{false, true}},
		{"reordered, another lifetime", decode.Proposal1{Number: 1, Protocol: 1, Transforms: []decode.Transform1{reordered}}, [2]bool{true, false}},
		{"another proposal", decode.Proposal1{Number: 2, Protocol: 1, Transforms: []decode.Transform1{aes}}, [2]bool{}},
		{"fewer attributes", decode.Proposal1{Number: 1, Protocol: 1, Transforms: []decode.Transform1{other}}, [2]bool{}},
	} {
		got := newProposal(offer, []decode.Proposal1{c.answer})
		for i, want := range c.want {
			if got.Transforms[i].Chosen != want {
				t.Errorf("%s: transform %d chosen: %v", c.name, i+1, got.Transforms[i].Chosen)
			}
		}
	}
}
