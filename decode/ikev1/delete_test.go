package ikev1

import (
	"errors"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

var deleteVectors = []decodetest.Vector{
	{Name: "one ESP SPI", Type: PayloadDelete, Hex: "00000001 03 04 0001 c9e510a3",
		Want: &Delete{DOI: 1, Protocol: ike.ESP, SPISize: 4, SPIs: [][]byte{{0xc9, 0xe5, 0x10, 0xa3}}}},
	{Name: "two AH SPIs", Type: PayloadDelete, Hex: "00000001 02 04 0002 c9e510a3 00000100",
		Want: &Delete{DOI: 1, Protocol: ike.AH, SPISize: 4, SPIs: [][]byte{{0xc9, 0xe5, 0x10, 0xa3}, {0, 0, 1, 0}}}},
	{Name: "phase 1, by cookies", Type: PayloadDelete, Hex: "00000001 01 10 0001 38db764f3d5447cabae238c60a99624e",
		Want: &Delete{DOI: 1, Protocol: ike.IKE, SPISize: 16,
			SPIs: [][]byte{[]byte("\x38\xdb\x76\x4f\x3d\x54\x47\xca\xba\xe2\x38\xc6\x0a\x99\x62\x4e")}}},
	{Name: "no SPIs", Type: PayloadDelete, Hex: "00000001 03 04 0000",
		Want: &Delete{DOI: 1, Protocol: ike.ESP, SPISize: 4}},
	{Name: "bytes left over", Type: PayloadDelete, Hex: "00000001 04 02 0001 1234 ff",
		Want:  &Delete{DOI: 1, Protocol: ike.IPComp, SPISize: 2, SPIs: [][]byte{{0x12, 0x34}}, Spare: []byte{0xff}},
		Notes: 1},
}

func TestDelete(t *testing.T) { decodetest.TestVectors(t, Grammar, deleteVectors) }

// A count of SPIs with no bytes for them must not become that many SPIs.
func TestDeleteCount(t *testing.T) {
	ps, _, err := Grammar.ParsePayloads(PayloadDelete, decodetest.PayloadBytes(testbytes.Unhex(t, "00000001 03 00 ffff")))
	if !errors.Is(err, wire.ErrCount) || len(ps[0].Body.(*Delete).SPIs) != 0 {
		t.Errorf("65535 SPIs of 0 bytes: %v", err)
	}
	ps, _, err = Grammar.ParsePayloads(PayloadDelete, decodetest.PayloadBytes(testbytes.Unhex(t, "00000001 03 04 ffff 01020304 05")))
	if !errors.Is(err, wire.ErrTruncated) || len(ps[0].Body.(*Delete).SPIs) != 1 {
		t.Errorf("65535 SPIs, one there: %v, %v", ps[0].Body, err)
	}
}

func TestDeleteString(t *testing.T) {
	d := &Delete{Protocol: ike.ESP, SPIs: [][]byte{{0xc0, 0xff, 0xee, 1}, {0, 0, 0, 2}}}
	if got, want := d.String(), "ESP c0ffee01, 00000002"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
