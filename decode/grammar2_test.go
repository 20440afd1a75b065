package decode

import (
	"bytes"
	"testing"
)

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
		if got, ok := AssociatedLen(m); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %d, %v", tt.name, got, ok)
		}
	}
}

// The critical bit is that of the payload, known or not, and survives; one that is set by hand goes out.
func TestCriticalBit(t *testing.T) {
	b := []byte{byte(Payload2Vendor), 0x80, 0, 5, 9, 0, 0, 0, 4}
	ps, rest, err := Grammar2.ParsePayloads(200, b)
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
	if ps, _, _ := Grammar1.ParsePayloads(PayloadHash, []byte{0, 0x80, 0, 4}); ps[0].Critical || len(ps[0].Notes) != 1 {
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
		if end, ok := Grammar2.WalkChain(tt.first, tt.body); end != tt.end || ok != tt.ok {
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
