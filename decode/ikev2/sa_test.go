package ikev2

import (
	"errors"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

var saVectors = []decodetest.Vector{
	{
		Name: "IKE_SA_INIT of strongSwan", Type: PayloadSA,
		Hex: `00 00 002c 01 01 00 04
			03 00 000c 01 00 000c 800e0080
			03 00 0008 03 00 000c
			03 00 0008 02 00 0005
			00 00 0008 04 00 000e`,
		Want: &SA{Proposals: []Proposal{{Number: 1, Protocol: ike.IKE, SPI: []byte{}, Transforms: []Transform{
			{Type: TransformENCR, ID: 12, Attributes: []decode.Attribute{{Type: TransformKeyLength, Basic: true, Value: []byte{0, 128}}}},
			{Type: TransformINTEG, ID: 12}, {Type: TransformPRF, ID: 5}, {Type: TransformKE, ID: 14},
		}}}},
	},
	{
		Name: "two proposals, the second for AH", Type: PayloadSA,
		Hex: `02 00 0028 01 03 04 03 c3a141b1
			03 00 000c 01 00 0014 800e0100
			03 00 0008 06 00 0024
			00 00 0008 05 00 0000
			00 00 0014 02 02 04 01 c3a141b2
			00 00 0008 03 00 0002`,
		Want: &SA{Proposals: []Proposal{
			{Number: 1, Protocol: ike.ESP, SPI: []byte{0xc3, 0xa1, 0x41, 0xb1}, Transforms: []Transform{
				{Type: TransformENCR, ID: 20, Attributes: []decode.Attribute{{Type: TransformKeyLength, Basic: true, Value: []byte{1, 0}}}},
				{Type: TransformADDKE1, ID: 36}, {Type: TransformESN, ID: 0},
			}},
			{Number: 2, Protocol: ike.AH, SPI: []byte{0xc3, 0xa1, 0x41, 0xb2},
				Transforms: []Transform{{Type: TransformINTEG, ID: 2}}},
		}},
	},
	{
		Name: "reserved bytes, bytes left over, a long attribute", Type: PayloadSA,
		Hex: `00 a1 001a 01 01 00 01
			00 a2 0010 0e a3 0002 0012 0004 30003000
			a5a6 a7`,
		Want: &SA{Spare: []byte{0xa7}, Proposals: []Proposal{{
			Reserved: 0xa1, Number: 1, Protocol: ike.IKE, SPI: []byte{}, Spare: []byte{0xa5, 0xa6},
			Transforms: []Transform{{Reserved: 0xa2, Type: TransformGCAUTH, Reserved2: 0xa3, ID: 2,
				Attributes: []decode.Attribute{{Type: TransformSignatureAlgorithm, Value: []byte{0x30, 0, 0x30, 0}}}}}}}},
		Notes: 5,
	},
}

func TestSA(t *testing.T) { decodetest.TestVectors(t, Grammar, saVectors) }

func TestSAErrors(t *testing.T) {
	tests := []struct {
		name, hex  string
		want       error
		proposals  int
		transforms int // of the first
	}{
		{"empty", "", wire.ErrTruncated, 0, 0},
		{"proposal length 3", "00 00 0003 01 01 00 00", wire.ErrLength, 0, 0},
		{"proposal length too long", "00 00 0009 01 01 00 00", wire.ErrTruncated, 0, 0},
		{"last substructure 3", "03 00 0008 01 01 00 00", wire.ErrValue, 0, 0},
		{"another proposal promised", "02 00 0008 01 01 00 00", wire.ErrTruncated, 1, 0},
		{"SPI size 250", "00 00 000c 01 03 fa 01 01020304", wire.ErrTruncated, 0, 0},
		{"transform length 7", "00 00 0010 01 01 00 01 00 00 0007 01 00 000c", wire.ErrTruncated, 0, 0},
		{"one transform of two", "00 00 0010 01 01 00 02 00 00 0008 01 00 000c", wire.ErrCount, 1, 1},
		{"two transforms of one", "00 00 0018 01 01 00 01 03 00 0008 01 00 000c 00 00 0008 01 00 000c", wire.ErrCount, 1, 2},
		{"attribute past the end", "00 00 0015 01 01 00 01 00 00 000d 01 00 000c 000e 0002 00", wire.ErrTruncated, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ps, _, err := Grammar.ParsePayloads(PayloadSA, decodetest.PayloadBytes(testbytes.Unhex(t, tt.hex)))
			if !errors.Is(err, tt.want) || len(ps) != 1 || ps[0].Err == nil {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			sa := ps[0].Body.(*SA)
			if len(sa.Proposals) != tt.proposals {
				t.Fatalf("%d proposals, want %d", len(sa.Proposals), tt.proposals)
			}
			if tt.proposals > 0 && len(sa.Proposals[0].Transforms) != tt.transforms {
				t.Errorf("%d transforms, want %d", len(sa.Proposals[0].Transforms), tt.transforms)
			}
		})
	}
}

func TestProposalText(t *testing.T) {
	bits := func(n uint16) []decode.Attribute {
		return []decode.Attribute{{Type: TransformKeyLength, Basic: true, Value: []byte{byte(n >> 8), byte(n)}}}
	}
	tests := []struct {
		p    Proposal
		text string
	}{
		{Proposal{Number: 1, Protocol: ike.IKE, Transforms: []Transform{
			{Type: TransformENCR, ID: 12, Attributes: bits(128)}, {Type: TransformINTEG, ID: 12}, {Type: TransformPRF, ID: 5},
			{Type: TransformKE, ID: 14},
		}},
			"1: IKE, ENCR AES-CBC-128, PRF HMAC-SHA2-256, INTEG HMAC-SHA2-256-128, KE MODP-2048"},
		{Proposal{Number: 2, Protocol: ike.ESP, SPI: []byte{0xc0, 0xff, 0xee, 1}, Transforms: []Transform{
			{Type: TransformENCR, ID: 20, Attributes: bits(128)}, {Type: TransformESN, ID: 1},
			{Type: TransformENCR, ID: 20, Attributes: bits(256)}, {Type: TransformESN, ID: 0},
		}},
			"2: ESP SPI c0ffee01, ENCR AES-GCM-16-128|AES-GCM-16-256, ESN yes|no"},
		{Proposal{Number: 3, Protocol: 9, Transforms: []Transform{
			{Type: TransformENCR, ID: 28}, {Type: TransformKE, ID: 31}, {Type: TransformADDKE1, ID: 36},
			{Type: TransformADDKE7, ID: 0}, {Type: TransformADDKE2, ID: 999}, {Type: TransformENCR, ID: 999},
			{Type: 99, ID: 1}, {Type: TransformKWA, ID: 3}, {Type: TransformGCAUTH, ID: 1},
		}},
			"3: protocol 9, ENCR ChaCha20-Poly1305|999, KE Curve25519, ADDKE1 ML-KEM-768, ADDKE2 group 999, ADDKE7 none, " +
				"KWA KW-5649-256, GCAUTH implicit, transform type 99 1"},
		{Proposal{Number: 4, Protocol: ike.IKE}, "4: IKE"},
	}
	for _, tt := range tests {
		if got := tt.p.String(); got != tt.text {
			t.Errorf("got  %q\nwant %q", got, tt.text)
		}
	}
}

func TestTransformKeyLength(t *testing.T) {
	tests := []struct {
		attributes []decode.Attribute
		want       int
		ok         bool
	}{
		{nil, 0, false},
		{[]decode.Attribute{{Type: TransformKeyLength, Basic: true, Value: []byte{1, 0}}}, 256, true},
		{[]decode.Attribute{{Type: 1, Basic: true, Value: []byte{1, 0}}, {Type: TransformKeyLength, Value: []byte{0, 0, 0, 192}}}, 192, true},
		{[]decode.Attribute{{Type: TransformKeyLength, Value: []byte{}}}, 0, false},
		{[]decode.Attribute{{Type: TransformKeyLength, Value: []byte{0xff, 0, 0, 0, 0, 0, 0, 0}}}, 0, false},
	}
	for _, tt := range tests {
		got, ok := Transform{Type: TransformENCR, ID: 12, Attributes: tt.attributes}.KeyLength()
		if got != tt.want || ok != tt.ok {
			t.Errorf("%v: got %d, %v", tt.attributes, got, ok)
		}
	}
	p := Proposal{Transforms: []Transform{{Type: TransformPRF, ID: 5}, {Type: TransformPRF, ID: 6}}}
	if tr, ok := p.Find(TransformPRF); !ok || tr.String() != "PRF HMAC-SHA2-256" {
		t.Errorf("found %v, %v", tr, ok)
	}
	if _, ok := p.Find(TransformKE); ok {
		t.Error("found a KE")
	}
}
