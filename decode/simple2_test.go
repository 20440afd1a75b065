package decode

import (
	"bytes"
	"errors"
	"testing"
)

var (
	ke2Vectors = []bodyVector{
		{name: "KE2 of ML-KEM-768", typ: Payload2KE, hex: "0024 0000 3f51a2eb",
			want: &KE2{Group: 36, Data: []byte{0x3f, 0x51, 0xa2, 0xeb}}},
		{name: "KE2, reserved bytes set, empty", typ: Payload2KE, hex: "001f 0001",
			want: &KE2{Group: 31, Reserved: 1, Data: []byte{}}, notes: 1},
	}
	nonce2Vectors = []bodyVector{
		{name: "NONCE2", typ: Payload2Nonce, hex: "000102030405060708090a0b0c0d0e0f",
			want: &Nonce2{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}},
		{name: "NONCE2 too short", typ: Payload2Nonce, hex: "0001020304050607", notes: 1,
			want: &Nonce2{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7}}},
	}
	delete2Vectors = []bodyVector{
		{name: "the IKE SA", typ: Payload2Delete, hex: "01 00 0000", want: &Delete2{Protocol: ProtocolIKE}},
		{name: "two ESP SPIs", typ: Payload2Delete, hex: "03 04 0002 c12159b6 df9cf623",
			want: &Delete2{Protocol: ProtocolESP, SPISize: 4, SPIs: [][]byte{{0xc1, 0x21, 0x59, 0xb6}, {0xdf, 0x9c, 0xf6, 0x23}}}},
		{name: "no SPIs of 4 bytes, bytes left over", typ: Payload2Delete, hex: "02 04 0000 ff", notes: 1,
			want: &Delete2{Protocol: ProtocolAH, SPISize: 4, Spare: []byte{0xff}}},
	}
	vendorID2Vectors = []bodyVector{
		{name: "V", typ: Payload2Vendor, hex: "882fe56d6fd20dbc2251613b2ebe5beb",
			want: &VendorID{Data: []byte("\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb")}},
	}
	sk2Vectors = []bodyVector{
		{name: "SK", typ: Payload2SK, hex: "0001020304", want: &SK2{Data: []byte{0, 1, 2, 3, 4}}},
		{name: "SKF 1 of 2", typ: Payload2SKF, hex: "0001 0002 ff", want: &SKF2{Number: 1, Total: 2, Data: []byte{0xff}}},
		{name: "SKF 3 of 2", typ: Payload2SKF, hex: "0003 0002 ff", notes: 1,
			want: &SKF2{Number: 3, Total: 2, Data: []byte{0xff}}},
		{name: "SKF 0 of 0", typ: Payload2SKF, hex: "0000 0000", notes: 1, want: &SKF2{Data: []byte{}}},
	}
	unknown2Vectors = []bodyVector{
		{name: "GSPM", typ: Payload2GSPM, hex: "0001", want: &Unknown{Data: []byte{0, 1}}},
		{name: "GSA", typ: Payload2GSA, hex: "02", want: &Unknown{Data: []byte{2}}},
		{name: "KD", typ: Payload2KD, hex: "", want: &Unknown{Data: []byte{}}},
		{name: "PS", typ: Payload2PS, hex: "ffff", want: &Unknown{Data: []byte{0xff, 0xff}}},
	}
)

func TestOpaquePayloads2(t *testing.T) {
	testVectors(t, ke2Vectors)
	testVectors(t, nonce2Vectors)
	testVectors(t, delete2Vectors)
	testVectors(t, vendorID2Vectors)
	testVectors(t, sk2Vectors)
	testVectors(t, unknown2Vectors)
}

// A count of SPIs with no bytes for them must not become that many SPIs.
func TestDelete2Count(t *testing.T) {
	ps, _, err := ParsePayloads2(Payload2Delete, payloadBytes(unhex(t, "03 00 ffff")))
	if !errors.Is(err, ErrCount) || len(ps[0].Body.(*Delete2).SPIs) != 0 {
		t.Errorf("65535 SPIs of 0 bytes: %v", err)
	}
	ps, _, err = ParsePayloads2(Payload2Delete, payloadBytes(unhex(t, "03 04 ffff 01020304 05")))
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

// message2 puts a header of IKE_AUTH before body.
func message2(next PayloadType, body ...byte) []byte {
	h := Header{Initiator: SPI{1}, Responder: SPI{2}, NextPayload: next, Version: 0x20, Exchange: ExchangeAuth,
		Flags: FlagInitiator, MessageID: 1, Length: uint32(HeaderLen + len(body))}
	return append(h.Append(nil), body...)
}

func TestAssociatedLen(t *testing.T) {
	nonce := append([]byte{byte(Payload2SK), 0, 0, 20}, make([]byte, 16)...)
	sk := []byte{byte(Payload2IDi), 0, 0, 9, 1, 2, 3, 4, 5}
	tests := []struct {
		name string
		b    []byte
		want int
		ok   bool
	}{
		{"SK", message2(Payload2SK, sk...), 32, true},
		{"SKF", message2(Payload2SKF, byte(Payload2IDi), 0, 0, 9, 0, 1, 0, 1, 5), 36, true},
		{"SK behind a clear payload", message2(Payload2Nonce, append(nonce, sk...)...), 52, true},
		{"bytes behind SK", message2(Payload2SK, append(sk, 0)...), 0, false},
		{"no SK", message2(Payload2Vendor, 0, 0, 0, 4), 0, false},
		{"nothing", message2(PayloadNone), 0, false},
	}
	for _, tt := range tests {
		m, err := Parse(tt.b)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got, ok := m.AssociatedLen(); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %d, %v", tt.name, got, ok)
		}
	}
}

// The critical bit is that of the payload, known or not, and survives; one that is set by hand goes out.
func TestCriticalBit(t *testing.T) {
	b := []byte{byte(Payload2Vendor), 0x80, 0, 5, 9, 0, 0, 0, 4}
	ps, rest, err := ParsePayloads2(200, b)
	if err != nil || len(rest) != 0 || len(ps) != 2 || !ps[0].Critical || ps[1].Critical {
		t.Fatalf("%+v, %x, %v", ps, rest, err)
	}
	if u, ok := ps[0].Body.(*Unknown); !ok || !bytes.Equal(u.Data, []byte{9}) || len(ps[0].Notes) != 0 {
		t.Errorf("unknown payload %+v", ps[0])
	}
	if got := AppendPayloads(nil, ps); !bytes.Equal(got, b) {
		t.Errorf("became %x", got)
	}
	p := Payload{Type: Payload2Nonce, Critical: true, Body: &Nonce2{}}
	if got := p.Append(nil); !bytes.Equal(got, []byte{0, 0x80, 0, 4}) {
		t.Errorf("became %x", got)
	}
	if ps, _, _ := ParsePayloads(PayloadHash, []byte{0, 0x80, 0, 4}); ps[0].Critical || len(ps[0].Notes) != 1 {
		t.Errorf("IKEv1 has no critical bit: %+v", ps[0])
	}
}

func TestWalkChain2(t *testing.T) {
	tests := []struct {
		name  string
		first PayloadType
		body  []byte
		end   int
		ok    bool
	}{
		{"nothing", PayloadNone, nil, 0, true},
		{"one", Payload2Nonce, []byte{0, 0, 0, 5, 9}, 5, true},
		{"two and more, critical bit", Payload2SA, []byte{byte(Payload2TSi), 0x80, 0, 5, 9, 0, 0, 0, 4, 7}, 9, true},
		{"empty", Payload2SA, nil, 0, false},
		{"length 3", Payload2SA, []byte{0, 0, 0, 3, 9}, 0, false},
		{"length past the end", Payload2SA, []byte{0, 0, 0, 6, 9}, 0, false},
		{"reserved bits", Payload2SA, []byte{0, 0x81, 0, 5, 9}, 0, false},
		{"of IKEv1", PayloadHash, []byte{0, 0, 0, 4}, 0, false},
		{"SK inside SK", Payload2SK, []byte{0, 0, 0, 4}, 0, false},
		{"unknown type", Payload2SA, []byte{55, 0, 0, 4, 0, 0, 0, 4}, 4, false},
	}
	for _, tt := range tests {
		if end, ok := WalkChain2(tt.first, tt.body); end != tt.end || ok != tt.ok {
			t.Errorf("%s: got %d, %v", tt.name, end, ok)
		}
	}
}

func TestPlausible2(t *testing.T) {
	tests := []struct {
		first PayloadType
		hex   string
		want  bool
	}{
		{Payload2Delete, "00000008 01000000 00", true},
		{Payload2Delete, "00000008 01000000 278c0351ac2103 07", true},
		{Payload2Delete, "00000008 01000000 278c0351ac2103 06", false}, // a byte between chain and padding
		{Payload2Delete, "00000008 01000000 278c0351ac2103 08", false}, // padding inside the chain
		{Payload2Delete, "00000008 01000000 278c0351ac2103 f7", false},
		{PayloadNone, "", false},
		{PayloadNone, "00", true},
		{PayloadNone, "ffff02", true},
		{PayloadNone, "ffff01", false},
	}
	for _, tt := range tests {
		if got := Plausible2(tt.first, unhex(t, tt.hex)); got != tt.want {
			t.Errorf("%v %s: %v", tt.first, tt.hex, got)
		}
	}
	b := unhex(t, "00000008 01000000 278c0351ac2103 07")
	if n := testing.AllocsPerRun(100, func() { Plausible2(Payload2Delete, b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	body, padding, ok := Unpad2(b)
	if !ok || !bytes.Equal(body, b[:8]) || !bytes.Equal(padding, b[8:15]) {
		t.Errorf("%x, %x, %v", body, padding, ok)
	}
}
