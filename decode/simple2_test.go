package decode

import (
	"bytes"
	"errors"
	"testing"
)

var (
	ke2Vectors = []bodyVector{
		{Name: "KE2 of ML-KEM-768", Type: Payload2KE, Hex: "0024 0000 3f51a2eb",
			Want: &KE2{Group: 36, Data: []byte{0x3f, 0x51, 0xa2, 0xeb}}},
		{Name: "KE2, reserved bytes set, empty", Type: Payload2KE, Hex: "001f 0001",
			Want: &KE2{Group: 31, Reserved: 1, Data: []byte{}}, Notes: 1},
	}
	nonce2Vectors = []bodyVector{
		{Name: "NONCE2", Type: Payload2Nonce, Hex: "000102030405060708090a0b0c0d0e0f",
			Want: &Nonce2{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}},
		{Name: "NONCE2 too short", Type: Payload2Nonce, Hex: "0001020304050607", Notes: 1,
			Want: &Nonce2{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7}}},
	}
	delete2Vectors = []bodyVector{
		{Name: "the IKE SA", Type: Payload2Delete, Hex: "01 00 0000", Want: &Delete2{Protocol: ProtocolIKE}},
		{Name: "two ESP SPIs", Type: Payload2Delete, Hex: "03 04 0002 c12159b6 df9cf623",
			Want: &Delete2{Protocol: ProtocolESP, SPISize: 4, SPIs: [][]byte{{0xc1, 0x21, 0x59, 0xb6}, {0xdf, 0x9c, 0xf6, 0x23}}}},
		{Name: "no SPIs of 4 bytes, bytes left over", Type: Payload2Delete, Hex: "02 04 0000 ff", Notes: 1,
			Want: &Delete2{Protocol: ProtocolAH, SPISize: 4, Spare: []byte{0xff}}},
	}
	vendorID2Vectors = []bodyVector{
		{Name: "V", Type: Payload2Vendor, Hex: "882fe56d6fd20dbc2251613b2ebe5beb",
			Want: &VendorID{Data: []byte("\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb")}},
	}
	sk2Vectors = []bodyVector{
		{Name: "SK", Type: Payload2SK, Hex: "0001020304", Want: &SK2{Data: []byte{0, 1, 2, 3, 4}}},
		{Name: "SKF 1 of 2", Type: Payload2SKF, Hex: "0001 0002 ff", Want: &SKF2{Number: 1, Total: 2, Data: []byte{0xff}}},
		{Name: "SKF 3 of 2", Type: Payload2SKF, Hex: "0003 0002 ff", Notes: 1,
			Want: &SKF2{Number: 3, Total: 2, Data: []byte{0xff}}},
		{Name: "SKF 0 of 0", Type: Payload2SKF, Hex: "0000 0000", Notes: 1, Want: &SKF2{Data: []byte{}}},
	}
	unknown2Vectors = []bodyVector{
		{Name: "GSPM", Type: Payload2GSPM, Hex: "0001", Want: &Unknown{Data: []byte{0, 1}}},
		{Name: "GSA", Type: Payload2GSA, Hex: "02", Want: &Unknown{Data: []byte{2}}},
		{Name: "KD", Type: Payload2KD, Hex: "", Want: &Unknown{Data: []byte{}}},
		{Name: "PS", Type: Payload2PS, Hex: "ffff", Want: &Unknown{Data: []byte{0xff, 0xff}}},
	}
)

func TestOpaquePayloads2(t *testing.T) {
	testVectors(t, Grammar2, ke2Vectors)
	testVectors(t, Grammar2, nonce2Vectors)
	testVectors(t, Grammar2, delete2Vectors)
	testVectors(t, Grammar2, vendorID2Vectors)
	testVectors(t, Grammar2, sk2Vectors)
	testVectors(t, Grammar2, unknown2Vectors)
}

// A count of SPIs with no bytes for them must not become that many SPIs.
func TestDelete2Count(t *testing.T) {
	ps, _, err := Grammar2.ParsePayloads(Payload2Delete, payloadBytes(unhex(t, "03 00 ffff")))
	if !errors.Is(err, ErrCount) || len(ps[0].Body.(*Delete2).SPIs) != 0 {
		t.Errorf("65535 SPIs of 0 bytes: %v", err)
	}
	ps, _, err = Grammar2.ParsePayloads(Payload2Delete, payloadBytes(unhex(t, "03 04 ffff 01020304 05")))
	if !errors.Is(err, ErrTruncated) || len(ps[0].Body.(*Delete2).SPIs) != 1 {
		t.Errorf("65535 SPIs, one there: %v, %v", ps[0].Body, err)
	}
}

func TestDelete2String(t *testing.T) {
	d := &Delete2{Protocol: ProtocolESP, SPIs: [][]byte{{0xc0, 0xff, 0xee, 1}, {0, 0, 0, 2}}}
	if got, want := d.String(), "ESP c0ffee01, 00000002"; got != want || d.IKE() {
		t.Errorf("got %q, want %q", got, want)
	}
	d = &Delete2{Protocol: ProtocolIKE}
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
		iv, ct, icv, ok := (&SK2{Data: data}).Split(tt.iv, tt.icv)
		if ok != tt.ok || !bytes.Equal(iv, tt.wantIV) || !bytes.Equal(ct, tt.want) || !bytes.Equal(icv, tt.tail) {
			t.Errorf("%d, %d: %x %x %x %v", tt.iv, tt.icv, iv, ct, icv, ok)
		}
		if _, _, _, okF := (&SKF2{Data: data}).Split(tt.iv, tt.icv); okF != tt.ok {
			t.Errorf("SKF %d, %d: %v", tt.iv, tt.icv, okF)
		}
	}
}
