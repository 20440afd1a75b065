package ikev1

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
		Name: "phase 1 of strongSwan", Type: PayloadSA,
		Hex: `00000001 00000001
			00 00 002c 01 01 00 01
			00 00 0024 01 01 0000
			80010007 800e0080 80020002 80040002 8003fde9 800b0001 800c3de0`,
		Want: &SA{DOI: 1, Situation: []byte{0, 0, 0, 1}, Proposals: []Proposal{{
			Number: 1, Protocol: ike.IKE, SPI: []byte{}, Transforms: []Transform{{
				Number: 1, ID: TransformKeyIKE, Attributes: []decode.Attribute{
					{Type: Phase1Encryption, Basic: true, Value: []byte{0, 7}}, {Type: Phase1KeyLength, Basic: true, Value: []byte{0, 128}},
					{Type: Phase1Hash, Basic: true, Value: []byte{0, 2}}, {Type: Phase1Group, Basic: true, Value: []byte{0, 2}},
					{Type: Phase1AuthMethod, Basic: true, Value: []byte{0xfd, 0xe9}}, {Type: Phase1LifeType, Basic: true, Value: []byte{0, 1}},
					{Type: Phase1LifeDuration, Basic: true, Value: []byte{0x3d, 0xe0}},
				}}}}}},
	},
	{
		Name: "ESP and IPComp together, two transforms", Type: PayloadSA,
		Hex: `00000001 00000001
			02 00 0024 01 03 04 02 c769ac63
			03 00 000c 01 0c 0000 80040001
			00 00 000c 02 03 0000 80040002
			00 00 0016 01 04 02 01 1234
			00 00 000c 01 02 0000 00030000`,
		Want: &SA{DOI: 1, Situation: []byte{0, 0, 0, 1}, Proposals: []Proposal{
			{Number: 1, Protocol: ike.ESP, SPI: []byte{0xc7, 0x69, 0xac, 0x63}, Transforms: []Transform{
				{Number: 1, ID: 12, Attributes: []decode.Attribute{{Type: Phase2Encapsulation, Basic: true, Value: []byte{0, 1}}}},
				{Number: 2, ID: 3, Attributes: []decode.Attribute{{Type: Phase2Encapsulation, Basic: true, Value: []byte{0, 2}}}},
			}},
			{Number: 1, Protocol: ike.IPComp, SPI: []byte{0x12, 0x34}, Transforms: []Transform{
				{Number: 1, ID: 2, Attributes: []decode.Attribute{{Type: Phase2Group, Value: []byte{}}}},
			}},
		}},
	},
	{
		Name: "no transforms", Type: PayloadSA, Hex: "00000001 00000001 00 00 0008 01 03 00 00",
		Want: &SA{DOI: 1, Situation: []byte{0, 0, 0, 1},
			Proposals: []Proposal{{Number: 1, Protocol: ike.ESP, SPI: []byte{}}}},
	},
	{
		Name: "reserved bytes and bytes left over", Type: PayloadSA,
		Hex: `00000001 00000001
			00 a1 0012 01 03 00 01
			00 a2 0008 01 0c a3a4
			a5a6 a7`,
		Want: &SA{DOI: 1, Situation: []byte{0, 0, 0, 1}, Spare: []byte{0xa7}, Proposals: []Proposal{{
			Reserved: 0xa1, Number: 1, Protocol: ike.ESP, SPI: []byte{}, Spare: []byte{0xa5, 0xa6},
			Transforms: []Transform{{Reserved: 0xa2, Number: 1, ID: 12, Reserved2: 0xa3a4}}}}},
		Notes: 5,
	},
	{
		Name: "situation with secrecy and integrity", Type: PayloadSA,
		Hex: `00000001 00000007 0000000a
			0003 0000 01020300 0009 0000 ffff0000
			0000 0000 0000 0000
			00 00 0008 01 03 00 00`,
		Want: &SA{DOI: 1, Situation: []byte{0, 0, 0, 7, 0, 0, 0, 10, 0, 3, 0, 0, 1, 2, 3, 0, 0, 9, 0, 0, 0xff, 0xff, 0, 0,
			0, 0, 0, 0, 0, 0, 0, 0},
			Proposals: []Proposal{{Number: 1, Protocol: ike.ESP, SPI: []byte{}}}},
	},
	{
		Name: "GDOI", Type: PayloadSA, Hex: "00000002 00000001 000f 0000",
		Want: &SA{DOI: 2, Situation: []byte{0, 0, 0, 1, 0, 15, 0, 0}}, Notes: 1,
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
		{"no proposal", "00000001 00000001", wire.ErrTruncated, 0, 0},
		{"proposal length 3", "00000001 00000001 00 00 0003 01 03 00 00", wire.ErrLength, 0, 0},
		{"proposal length too long", "00000001 00000001 00 00 0009 01 03 00 00", wire.ErrTruncated, 0, 0},
		{"next payload 13", "00000001 00000001 0d 00 0008 01 03 00 00", wire.ErrValue, 0, 0},
		{"another proposal promised", "00000001 00000001 02 00 0008 01 03 00 00", wire.ErrTruncated, 1, 0},
		{"SPI size 250", "00000001 00000001 00 00 000c 01 03 fa 01 01020304", wire.ErrTruncated, 0, 0},
		{"transform length 0", "00000001 00000001 00 00 0010 01 03 00 01 00 00 0000 01 0c 0000", wire.ErrLength, 0, 0},
		{"one transform of two", "00000001 00000001 00 00 0010 01 03 00 02 00 00 0008 01 0c 0000", wire.ErrCount, 1, 1},
		{"second transform cut", "00000001 00000001 00 00 0016 01 03 00 02 03 00 0008 01 0c 0000 00 00 0008 02 0c",
			wire.ErrTruncated, 1, 1},
		{"attribute past the end",
			"00000001 00000001 00 00 0015 01 03 00 01 00 00 000d 01 0c 0000 0002 0004 00", wire.ErrTruncated, 0, 0},
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

func TestSAErrorOffset(t *testing.T) {
	_, _, err := Grammar.ParsePayloads(PayloadSA, decodetest.PayloadBytes(testbytes.Unhex(t, "00000001 00000001 00 00 000c 01 03 fa 01 01020304")))
	if got, want := err.Error(), "SPI at offset 48: data ends early"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
