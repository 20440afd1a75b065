package decode

import "testing"

var (
	ke1Vectors = []bodyVector{
		{Name: "KE of 4 bytes", Type: PayloadKE, Hex: "00010203", Want: &KE1{Data: []byte{0, 1, 2, 3}}},
	}
	hash1Vectors = []bodyVector{
		{Name: "HASH", Type: PayloadHash, Hex: "a1a2a3a4", Want: &Hash1{Data: []byte{0xa1, 0xa2, 0xa3, 0xa4}}},
		{Name: "HASH, empty", Type: PayloadHash, Hex: "", Want: &Hash1{Data: []byte{}}},
	}
	sig1Vectors = []bodyVector{
		{Name: "SIG", Type: PayloadSig, Hex: "515253", Want: &Sig1{Data: []byte{0x51, 0x52, 0x53}}},
	}
	nonce1Vectors = []bodyVector{
		{Name: "NONCE", Type: PayloadNonce, Hex: "0001020304050607", Want: &Nonce1{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7}}},
		{Name: "NONCE too short", Type: PayloadNonce, Hex: "00", Want: &Nonce1{Data: []byte{0}}, Notes: 1},
	}
	vendorID1Vectors = []bodyVector{
		{Name: "XAUTH", Type: PayloadVendorID, Hex: "09002689dfd6b712",
			Want: &VendorID{Data: []byte("\x09\x00\x26\x89\xdf\xd6\xb7\x12")}},
		{Name: "unknown", Type: PayloadVendorID, Hex: "00", Want: &VendorID{Data: []byte{0}}},
	}
	unknown1Vectors = []bodyVector{
		{Name: "GDOI SEQ", Type: PayloadSEQ, Hex: "00000001", Want: &Unknown{Data: []byte{0, 0, 0, 1}}},
		{Name: "private 200", Type: 200, Hex: "ff", Want: &Unknown{Data: []byte{0xff}}},
	}
)

func TestOpaquePayloads1(t *testing.T) {
	testVectors(t, Grammar1, ke1Vectors)
	testVectors(t, Grammar1, hash1Vectors)
	testVectors(t, Grammar1, sig1Vectors)
	testVectors(t, Grammar1, nonce1Vectors)
	testVectors(t, Grammar1, vendorID1Vectors)
	testVectors(t, Grammar1, unknown1Vectors)
}
