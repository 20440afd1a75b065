package decode

import "testing"

var (
	ke1Vectors = []bodyVector{
		{name: "KE of 4 bytes", typ: PayloadKE, hex: "00010203", want: &KE1{Data: []byte{0, 1, 2, 3}}},
	}
	hash1Vectors = []bodyVector{
		{name: "HASH", typ: PayloadHash, hex: "a1a2a3a4", want: &Hash1{Data: []byte{0xa1, 0xa2, 0xa3, 0xa4}}},
		{name: "HASH, empty", typ: PayloadHash, hex: "", want: &Hash1{Data: []byte{}}},
	}
	sig1Vectors = []bodyVector{
		{name: "SIG", typ: PayloadSig, hex: "515253", want: &Sig1{Data: []byte{0x51, 0x52, 0x53}}},
	}
	nonce1Vectors = []bodyVector{
		{name: "NONCE", typ: PayloadNonce, hex: "0001020304050607", want: &Nonce1{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7}}},
		{name: "NONCE too short", typ: PayloadNonce, hex: "00", want: &Nonce1{Data: []byte{0}}, notes: 1},
	}
	unknownVectors = []bodyVector{
		{name: "GDOI SEQ", typ: PayloadSEQ, hex: "00000001", want: &Unknown{Data: []byte{0, 0, 0, 1}}},
		{name: "private 200", typ: 200, hex: "ff", want: &Unknown{Data: []byte{0xff}}},
	}
)

func TestOpaquePayloads(t *testing.T) {
	testVectors(t, ke1Vectors)
	testVectors(t, hash1Vectors)
	testVectors(t, sig1Vectors)
	testVectors(t, nonce1Vectors)
	testVectors(t, unknownVectors)
}
