package report

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// offerOf1 is a phase 1 offer of all combinations, in the order in which a client would list them, and the answer that
// takes one of them.
func offerOf1(chosen int) (offer, answer ikev1.Proposal) {
	offer = ikev1.Proposal{Number: 1, Protocol: ike.IKE}
	for _, cipher := range []struct{ id, bits uint16 }{{7, 256}, {7, 128}, {5, 0}} {
		for _, hash := range []uint16{4, 2} {
			for _, group := range []uint16{14, 5, 2, 19} {
				t := ikev1.Transform{Number: uint8(len(offer.Transforms) + 1), ID: 1, Attributes: []decode.Attribute{
					basic16(ikev1.Phase1Encryption, cipher.id), basic16(ikev1.Phase1Hash, hash), basic16(ikev1.Phase1AuthMethod, 1),
					basic16(ikev1.Phase1Group, group), basic16(ikev1.Phase1LifeType, 1), basic16(ikev1.Phase1LifeDuration, 28800)}}
				if cipher.bits != 0 {
					t.Attributes = append(t.Attributes, basic16(ikev1.Phase1KeyLength, cipher.bits))
				}
				offer.Transforms = append(offer.Transforms, t)
			}
		}
	}
	answer = offer
	answer.Transforms = offer.Transforms[chosen-1 : chosen]
	return offer, answer
}

// offerV1 is what an SA payload of IKEv1 offers.
func offerV1(list ...ikev1.Proposal) *ike.Offer { return (&ikev1.SA{Proposals: list}).Offer() }

func basic16(typ, v uint16) decode.Attribute {
	return decode.Attribute{Type: typ, Basic: true, Value: binary.BigEndian.AppendUint16(nil, v)}
}

// cellText is a cell in one line, with a * before what was chosen.
func cellText(c Cell) string {
	var parts []string
	for _, one := range c {
		if one.Chosen {
			one.Text = "*" + one.Text
		}
		parts = append(parts, one.Text)
	}
	return strings.Join(parts, ", ")
}

// sheetText is a sheet with a line for each row.
func sheetText(s *Sheet) string {
	var lines []string
	for _, cells := range append([][]Cell{s.Head}, rowsOf(s)...) {
		var row []string
		for _, c := range cells {
			row = append(row, cellText(c))
		}
		lines = append(lines, strings.Join(row, " | "))
	}
	return strings.Join(lines, "\n")
}

func rowsOf(s *Sheet) (list [][]Cell) {
	for _, r := range s.Rows {
		list = append(list, r.Cells)
	}
	return list
}

func remarkTexts(list []Remark) string {
	var b strings.Builder
	for _, r := range list {
		b.WriteString(r.Text + "\n")
	}
	return b.String()
}

// Of many transforms those that differ in one attribute share a line; each is still there, and what was chosen stands alone.
func TestManyTransforms(t *testing.T) {
	offer, answer := offerOf1(14)
	r := &Payload{Type: "SA", Proposals: newProposals(offerV1(offer), offerV1(answer))}
	s := r.proposalSheet(false)
	chosen, all := 0, 0
	for _, row := range s.Rows {
		lines := 1
		for _, c := range row.Cells {
			lines = max(lines, len(strings.Split(strings.ReplaceAll(cellText(c), ", ", "/"), "/")))
		}
		if row.Chosen {
			chosen++
			if lines != 1 || cellText(row.Cells[1]) != "14" {
				t.Errorf("the chosen one shares its line: %v", row.Cells)
			}
		}
		all += lines
	}
	if chosen != 1 || all != len(offer.Transforms) {
		t.Errorf("%d chosen, %d transforms of %d", chosen, all, len(offer.Transforms))
	}
	if n := len(r.proposalSheet(true).Rows); n != len(offer.Transforms) {
		t.Errorf("in full %d rows", n)
	}
}

func transform2(typ ikev2.TransformType, id uint16, bits ...uint16) ikev2.Transform {
	t := ikev2.Transform{Type: typ, ID: id}
	for _, b := range bits {
		t.Attributes = append(t.Attributes, basic16(ikev2.TransformKeyLength, b))
	}
	return t
}

// Proposals of IKEv2 stand side by side, those that do not fit below the others, with what was chosen marked in each type.
func TestProposalsSideBySide(t *testing.T) {
	aead := ikev2.Proposal{Number: 2, Protocol: ike.IKE}
	cbc := ikev2.Proposal{Number: 1, Protocol: ike.IKE}
	for _, bits := range []uint16{128, 192, 256} {
		cbc.Transforms = append(cbc.Transforms, transform2(ikev2.TransformENCR, 12, bits))
		aead.Transforms = append(aead.Transforms, transform2(ikev2.TransformENCR, 20, bits))
	}
	for _, id := range []uint16{12, 13, 14} {
		cbc.Transforms = append(cbc.Transforms, transform2(ikev2.TransformINTEG, id))
	}
	for _, q := range []*ikev2.Proposal{&cbc, &aead} {
		for _, id := range []uint16{5, 6, 7, 2} {
			q.Transforms = append(q.Transforms, transform2(ikev2.TransformPRF, id))
		}
		for _, id := range []uint16{31, 32, 19, 20, 21, 15, 16, 17, 18, 14} {
			q.Transforms = append(q.Transforms, transform2(ikev2.TransformKE, id))
		}
	}
	answer := ikev2.Proposal{Number: 2, Protocol: ike.IKE, Transforms: []ikev2.Transform{
		transform2(ikev2.TransformENCR, 20, 256), transform2(ikev2.TransformPRF, 5), transform2(ikev2.TransformKE, 20)}}
	third, fourth := cbc, aead
	third.Number, fourth.Number = 3, 4
	r := &Payload{Type: "SA", Version: 2}
	offer, taken := &ikev2.SA{Proposals: []ikev2.Proposal{cbc, aead, third, fourth}}, &ikev2.SA{Proposals: []ikev2.Proposal{answer}}
	r.Proposals = newProposals(offer.Offer(), taken.Offer())
	text := sheetText(r.proposalSheet(false))
	for _, want := range []string{"*AES-GCM-16-256", "*HMAC-SHA2-256", "*ECP-384", "*2 IKE", "AES-GCM-16-128/192"} {
		if strings.Count(text, want) != 1 && want[0] == '*' || !strings.Contains(text, want) {
			t.Errorf("%s is there %d times:\n%s", want, strings.Count(text, want), text)
		}
	}
}

// Nothing of a proposal is lost between the decoder and the table, whatever the protocol.
func TestTransformAttributes(t *testing.T) {
	for _, c := range []struct {
		name     string
		protocol ike.Protocol
		t        ikev1.Transform
		want     string
	}{
		{"phase 1", ike.IKE, ikev1.Transform{ID: 1, Attributes: []decode.Attribute{
			basic16(ikev1.Phase1Encryption, 7), basic16(ikev1.Phase1KeyLength, 256), basic16(ikev1.Phase1Hash, 2),
			basic16(ikev1.Phase1AuthMethod, 65001), basic16(ikev1.Phase1Group, 14), basic16(ikev1.Phase1FieldSize, 5)}},
			"encryption AES-CBC-256; hash SHA1; auth XAUTH-Init-PSK; group MODP-2048; other Field-Size 5"},
		{"unknown numbers", ike.IKE, ikev1.Transform{ID: 1, Attributes: []decode.Attribute{
			basic16(ikev1.Phase1Encryption, 999), basic16(ikev1.Phase1Encryption, 7), basic16(777, 1)}},
			"encryption 999; other Encryption-Algorithm AES-CBC; other attribute 777 1"},
		{"ESP", ike.ESP, ikev1.Transform{ID: 12, Attributes: []decode.Attribute{
			basic16(ikev1.Phase2KeyLength, 128), basic16(ikev1.Phase2Authentication, 2), basic16(ikev1.Phase2Encapsulation, 1),
			basic16(ikev1.Phase2Group, 14), basic16(ikev1.Phase2ESN, 1), basic16(ikev1.Phase2LifeType, 1), basic16(ikev1.Phase2LifeDuration, 3600)}},
			"encryption AES-CBC-128; integrity HMAC-SHA1-96; mode tunnel; PFS MODP-2048; ESN 64-bit; lifetime 3600 s"},
		{"AH", ike.AH, ikev1.Transform{ID: 3, Attributes: []decode.Attribute{basic16(ikev1.Phase2Authentication, 2)}},
			"integrity HMAC-SHA1-96"},
		{"AH without its attribute", ike.AH, ikev1.Transform{ID: 3}, "integrity AH-SHA1"},
		{"IPComp", ike.IPComp, ikev1.Transform{ID: 2, Attributes: []decode.Attribute{basic16(ikev1.Phase2Encapsulation, 2)}},
			"transform DEFLATE; mode transport"},
	} {
		var got []string
		s := c.t.Suite(ike.Protocol(c.protocol))
		for _, a := range attributesOf(&s, ike.Protocol(c.protocol)) {
			got = append(got, a.Name+" "+a.Value)
			if !slices.Contains(columnOrder, a.Name) {
				t.Errorf("%s: no column for %s", c.name, a.Name)
			}
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}

// Protocols that are combined, and alternatives, are in one table with their numbers, protocols and SPIs.
func TestCombinedProposals(t *testing.T) {
	r := &Payload{Type: "SA"}
	for i, protocol := range []ike.Protocol{ike.AH, ike.ESP, ike.ESP} {
		q := ikev1.Proposal{Number: uint8(1 + i/2), Protocol: protocol, SPI: []byte{0xc0, 0xff, 0xee, byte(i)}}
		for n := range 2 {
			q.Transforms = append(q.Transforms, ikev1.Transform{Number: uint8(n + 1), ID: uint8(3 + 9*n), Attributes: []decode.Attribute{
				basic16(ikev1.Phase2Authentication, uint16(1+n))}})
		}
		r.Proposals = append(r.Proposals, newProposals(offerV1(q), nil)...)
	}
	text := sheetText(r.proposalSheet(false))
	for _, want := range []string{"1.1 | AH | 0xc0ffee00", "1.2 | ESP | 0xc0ffee01", "2.2 | ESP | 0xc0ffee02"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// What a responder asks for again, as after a COOKIE, is not listed again.
func TestProposalsAsBefore(t *testing.T) {
	offer, answer := offerOf1(3)
	r := Payload{Type: "SA", Proposals: newProposals(offerV1(offer), offerV1(answer))}
	x := &Exchange{Messages: []Message{
		{Frame: 1, Sender: "initiator", Payloads: []Payload{r}}, {Frame: 2, Sender: "responder"},
		{Frame: 3, Sender: "initiator", Payloads: []Payload{r}},
	}}
	if got := remarkTexts(x.Details(2, false, nil)); got != "proposals as in frame 1\n" {
		t.Error(got)
	}
	x.Messages[2].Payloads[0].Proposals = r.Proposals[:0:0]
	x.Messages[2].Payloads[0].Proposals = append(x.Messages[2].Payloads[0].Proposals, newProposals(offerV1(offer), nil)...)
	if got := x.Details(2, false, nil); got[0].Sheet == nil {
		t.Errorf("another offer: %v", remarkTexts(got))
	}
}
