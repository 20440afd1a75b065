package ikev2

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

var (
	keVectors = []decodetest.Vector{
		{Name: "KE of ML-KEM-768", Type: PayloadKE, Hex: "0024 0000 3f51a2eb",
			Want: &KE{Group: 36, Data: []byte{0x3f, 0x51, 0xa2, 0xeb}}},
		{Name: "KE, reserved bytes set, empty", Type: PayloadKE, Hex: "001f 0001",
			Want: &KE{Group: 31, Reserved: 1, Data: []byte{}}, Notes: 1},
	}
	nonceVectors = []decodetest.Vector{
		{Name: "NONCE", Type: PayloadNonce, Hex: "000102030405060708090a0b0c0d0e0f",
			Want: &Nonce{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}},
		{Name: "NONCE too short", Type: PayloadNonce, Hex: "0001020304050607", Notes: 1,
			Want: &Nonce{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7}}},
	}
	deleteVectors = []decodetest.Vector{
		{Name: "the IKE SA", Type: PayloadDelete, Hex: "01 00 0000", Want: &Delete{Protocol: ike.IKE}},
		{Name: "two ESP SPIs", Type: PayloadDelete, Hex: "03 04 0002 c12159b6 df9cf623",
			Want: &Delete{Protocol: ike.ESP, SPISize: 4, SPIs: [][]byte{{0xc1, 0x21, 0x59, 0xb6}, {0xdf, 0x9c, 0xf6, 0x23}}}},
		{Name: "no SPIs of 4 bytes, bytes left over", Type: PayloadDelete, Hex: "02 04 0000 ff", Notes: 1,
			Want: &Delete{Protocol: ike.AH, SPISize: 4, Spare: []byte{0xff}}},
	}
	vendorIDVectors = []decodetest.Vector{
		{Name: "V", Type: PayloadVendorID, Hex: "882fe56d6fd20dbc2251613b2ebe5beb",
			Want: &decode.VendorID{Data: []byte("\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb")}},
	}
	skVectors = []decodetest.Vector{
		{Name: "SK", Type: PayloadSK, Hex: "0001020304", Want: &SK{Data: []byte{0, 1, 2, 3, 4}}},
		{Name: "SKF 1 of 2", Type: PayloadSKF, Hex: "0001 0002 ff", Want: &SKF{Number: 1, Total: 2, Data: []byte{0xff}}},
		{Name: "SKF 3 of 2", Type: PayloadSKF, Hex: "0003 0002 ff", Notes: 1,
			Want: &SKF{Number: 3, Total: 2, Data: []byte{0xff}}},
		{Name: "SKF 0 of 0", Type: PayloadSKF, Hex: "0000 0000", Notes: 1, Want: &SKF{Data: []byte{}}},
	}
	unknownVectors = []decodetest.Vector{
		{Name: "GSPM", Type: PayloadGSPM, Hex: "0001", Want: &decode.Unknown{Data: []byte{0, 1}}},
		{Name: "GSA", Type: PayloadGSA, Hex: "02", Want: &decode.Unknown{Data: []byte{2}}},
		{Name: "KD", Type: PayloadKD, Hex: "", Want: &decode.Unknown{Data: []byte{}}},
		{Name: "PS", Type: PayloadPS, Hex: "ffff", Want: &decode.Unknown{Data: []byte{0xff, 0xff}}},
	}
)

func TestOpaquePayloads(t *testing.T) {
	decodetest.TestVectors(t, Grammar, keVectors)
	decodetest.TestVectors(t, Grammar, nonceVectors)
	decodetest.TestVectors(t, Grammar, deleteVectors)
	decodetest.TestVectors(t, Grammar, vendorIDVectors)
	decodetest.TestVectors(t, Grammar, skVectors)
	decodetest.TestVectors(t, Grammar, unknownVectors)
}

// A count of SPIs with no bytes for them must not become that many SPIs.
func TestDeleteCount(t *testing.T) {
	ps, _, err := Grammar.ParsePayloads(PayloadDelete, decodetest.PayloadBytes(testbytes.Unhex(t, "03 00 ffff")))
	if !errors.Is(err, wire.ErrCount) || len(ps[0].Body.(*Delete).SPIs) != 0 {
		t.Errorf("65535 SPIs of 0 bytes: %v", err)
	}
	ps, _, err = Grammar.ParsePayloads(PayloadDelete, decodetest.PayloadBytes(testbytes.Unhex(t, "03 04 ffff 01020304 05")))
	if !errors.Is(err, wire.ErrTruncated) || len(ps[0].Body.(*Delete).SPIs) != 1 {
		t.Errorf("65535 SPIs, one there: %v, %v", ps[0].Body, err)
	}
}

func TestDeleteString(t *testing.T) {
	d := &Delete{Protocol: ike.ESP, SPIs: [][]byte{{0xc0, 0xff, 0xee, 1}, {0, 0, 0, 2}}}
	if got, want := d.String(), "ESP c0ffee01, 00000002"; got != want || d.IKE() {
		t.Errorf("got %q, want %q", got, want)
	}
	d = &Delete{Protocol: ike.IKE}
	if got, want := d.String(), "IKE"; got != want || !d.IKE() {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSplitSK(t *testing.T) {
	data := []byte{1, 2, 3, 4, 5, 6}
	tests := []struct {
		iv, icv            int
		wantIV, want, tail []byte
		ok                 bool
	}{
		{2, 3, data[:2], data[2:3], data[3:], true},
		{2, 4, data[:2], []byte{}, data[2:], true},
		{0, 0, []byte{}, data, []byte{}, true},
		{2, 5, nil, nil, nil, false},
		{7, 0, nil, nil, nil, false},
		{-1, 0, nil, nil, nil, false},
		{0, -1, nil, nil, nil, false},
	}
	for _, tt := range tests {
		iv, ct, icv, ok := (&SK{Data: data}).Split(tt.iv, tt.icv)
		if ok != tt.ok || !bytes.Equal(iv, tt.wantIV) || !bytes.Equal(ct, tt.want) || !bytes.Equal(icv, tt.tail) {
			t.Errorf("%d, %d: %x %x %x %v", tt.iv, tt.icv, iv, ct, icv, ok)
		}
		if _, _, _, okF := (&SKF{Data: data}).Split(tt.iv, tt.icv); okF != tt.ok {
			t.Errorf("SKF %d, %d: %v", tt.iv, tt.icv, okF)
		}
	}
}
