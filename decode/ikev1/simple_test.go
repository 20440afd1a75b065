package ikev1

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
)

var (
	keVectors = []decodetest.Vector{
		{Name: "KE of 4 bytes", Type: PayloadKE, Hex: "00010203", Want: &KE{Data: []byte{0, 1, 2, 3}}},
	}
	hashVectors = []decodetest.Vector{
		{Name: "HASH", Type: PayloadHash, Hex: "a1a2a3a4", Want: &Hash{Data: []byte{0xa1, 0xa2, 0xa3, 0xa4}}},
		{Name: "HASH, empty", Type: PayloadHash, Hex: "", Want: &Hash{Data: []byte{}}},
	}
	sigVectors = []decodetest.Vector{
		{Name: "SIG", Type: PayloadSig, Hex: "515253", Want: &Sig{Data: []byte{0x51, 0x52, 0x53}}},
	}
	nonceVectors = []decodetest.Vector{
		{Name: "NONCE", Type: PayloadNonce, Hex: "0001020304050607", Want: &Nonce{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7}}},
		{Name: "NONCE too short", Type: PayloadNonce, Hex: "00", Want: &Nonce{Data: []byte{0}}, Notes: 1},
	}
	vendorIDVectors = []decodetest.Vector{
		{Name: "XAUTH", Type: PayloadVendorID, Hex: "09002689dfd6b712",
			Want: &decode.VendorID{Data: []byte("\x09\x00\x26\x89\xdf\xd6\xb7\x12")}},
		{Name: "unknown", Type: PayloadVendorID, Hex: "00", Want: &decode.VendorID{Data: []byte{0}}},
	}
	unknownVectors = []decodetest.Vector{
		{Name: "GDOI SEQ", Type: PayloadSEQ, Hex: "00000001", Want: &decode.Unknown{Data: []byte{0, 0, 0, 1}}},
		{Name: "private 200", Type: 200, Hex: "ff", Want: &decode.Unknown{Data: []byte{0xff}}},
	}
)

func TestOpaquePayloads(t *testing.T) {
	decodetest.TestVectors(t, Grammar, keVectors)
	decodetest.TestVectors(t, Grammar, hashVectors)
	decodetest.TestVectors(t, Grammar, sigVectors)
	decodetest.TestVectors(t, Grammar, nonceVectors)
	decodetest.TestVectors(t, Grammar, vendorIDVectors)
	decodetest.TestVectors(t, Grammar, unknownVectors)
}
