package decode

import "testing"

func basic(typ, v uint16) Attribute { return Attribute{typ, true, []byte{byte(v >> 8), byte(v)}} }

func long(typ uint16, v ...byte) Attribute { return Attribute{typ, false, v} }

func TestPhase1Summary(t *testing.T) {
	tests := []struct {
		want  string
		attrs []Attribute
	}{
		{"AES-CBC-128/SHA1/PSK/MODP-1024/15840 s", []Attribute{
			basic(Phase1Encryption, 7), basic(Phase1KeyLength, 128), basic(Phase1Hash, 2), basic(Phase1Group, 2),
			basic(Phase1AuthMethod, AuthPSK), basic(Phase1LifeType, 1), basic(Phase1LifeDuration, 15840)}},
		{"3DES-CBC/MD5/RSA signatures/MODP-1536/86400 s 1000 kB", []Attribute{
			basic(Phase1Encryption, 5), basic(Phase1Hash, 1), basic(Phase1AuthMethod, AuthRSA), basic(Phase1Group, 5),
			basic(Phase1LifeType, 1), long(Phase1LifeDuration, 0, 1, 0x51, 0x80),
			basic(Phase1LifeType, 2), basic(Phase1LifeDuration, 1000)}},
		{"encryption algorithm 99/hash algorithm 77/authentication method 4711/group 999", []Attribute{
			basic(Phase1Encryption, 99), basic(Phase1Hash, 77), basic(Phase1AuthMethod, 4711), basic(Phase1Group, 999)}},
		{"AES-CBC-256/SHA2-256/XAUTH-Init-RSA/Curve25519/PRF 3", []Attribute{
			long(Phase1Encryption, 0, 0, 0, 7), basic(Phase1KeyLength, 256), basic(Phase1Hash, 4),
			basic(Phase1AuthMethod, AuthXAUTHInitRSA), basic(Phase1Group, 31), basic(Phase1PRF, 3)}},
		{"", nil},
	}
	for _, tt := range tests {
		tr := Transform1{ID: TransformKeyIKE, Attributes: tt.attrs}
		if got := tr.Phase1Summary(); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
		if got := tr.Summary(ProtocolISAKMP); got != tt.want {
			t.Errorf("Summary: got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestPhase2Summary(t *testing.T) {
	tests := []struct {
		want  string
		proto ProtocolID
		id    uint8
		attrs []Attribute
	}{
		{"AES-CBC-128 HMAC-SHA1-96 tunnel 4200 s", ProtocolESP, 12, []Attribute{
			basic(Phase2KeyLength, 128), basic(Phase2Authentication, 2), basic(Phase2Encapsulation, 1),
			basic(Phase2LifeType, 1), basic(Phase2LifeDuration, 4200)}},
		{"AES-GCM-16-256 UDP-transport PFS ECP-256 ESN 3600 s 4608000 kB", ProtocolESP, 20, []Attribute{
			basic(Phase2KeyLength, 256), basic(Phase2Encapsulation, 4), basic(Phase2Group, 19), basic(Phase2ESN, 1),
			basic(Phase2LifeType, 1), basic(Phase2LifeDuration, 3600),
			basic(Phase2LifeType, 2), long(Phase2LifeDuration, 0, 0x46, 0x50, 0)}},
		{"HMAC-SHA1-96 tunnel", ProtocolAH, 3, []Attribute{basic(Phase2Authentication, 2), basic(Phase2Encapsulation, 1)}},
		{"AH-SHA2-256 transport", ProtocolAH, 5, []Attribute{basic(Phase2Encapsulation, 2)}},
		{"DEFLATE UDP-tunnel (draft)", ProtocolIPComp, 2, []Attribute{basic(Phase2Encapsulation, 61443)}},
		{"NULL authentication algorithm 4711 encapsulation mode 99", ProtocolESP, 11, []Attribute{
			basic(Phase2Authentication, 4711), basic(Phase2Encapsulation, 99)}},
		{"transform 99", ProtocolESP, 99, nil},
		{"transform 12", 9, 12, nil},
	}
	for _, tt := range tests {
		tr := Transform1{ID: tt.id, Attributes: tt.attrs}
		if got := tr.Summary(tt.proto); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestAttributeNames(t *testing.T) {
	tests := []struct{ got, want string }{
		{basic(Phase1Group, 14).Phase1Name(), "Group-Description"},
		{basic(Phase1Group, 14).Phase1Value(), "MODP-2048"},
		{long(Phase1GroupPrime, 1, 2, 3).Phase1Value(), "0x010203"},
		{basic(Phase1GroupType, 2).Phase1Value(), "ECP"},
		{basic(Phase1LifeType, 1).Phase1Value(), "seconds"},
		{basic(99, 3).Phase1Name(), "attribute 99"},
		{basic(99, 3).Phase1Value(), "3"},
		{long(99, 1, 2, 3, 4, 5, 6, 7, 8, 9).Phase1Value(), "0x010203040506070809"},
		{long(Phase1GSSIdentity, 'a', 0, 'b', 0).Phase1Value(), "ab"},
		{basic(Phase2Encapsulation, 3).Phase2Value(), "UDP-tunnel"},
		{basic(Phase2Encapsulation, 61444).Phase2Value(), "UDP-transport (draft)"},
		{basic(Phase2ESN, 1).Phase2Name(), "Extended-Sequence-Number"},
		{basic(Phase2ESN, 1).Phase2Value(), "64-bit"},
		{basic(Phase2Authentication, 5).Phase2Value(), "HMAC-SHA2-256-128"},
		{basic(Phase2SADirection, 3).Phase2Value(), "symmetric"},
		// The low 16 bits of this number have a name; the number has none.
		{long(Phase2Encapsulation, 0, 1, 0, 1).Phase2Value(), "65537"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestAttributeUint(t *testing.T) {
	tests := []struct {
		value []byte
		want  uint64
		ok    bool
	}{
		{nil, 0, false},
		{[]byte{7}, 7, true},
		{[]byte{0, 0, 0x0e, 0x10}, 3600, true},
		{[]byte{1, 0, 0, 0, 0, 0, 0, 0}, 1 << 56, true},
		{[]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 5}, 5, true},
		{[]byte{1, 0, 0, 0, 0, 0, 0, 0, 0}, 0, false},
	}
	for _, tt := range tests {
		if got, ok := (Attribute{Value: tt.value}).Uint(); got != tt.want || ok != tt.ok {
			t.Errorf("%x: got %d, %v", tt.value, got, ok)
		}
	}
}

func TestLifetime(t *testing.T) {
	tests := []struct {
		name  string
		attrs []Attribute
		want  Lifetime
	}{
		{"seconds", []Attribute{basic(1, 1), basic(2, 3600)}, Lifetime{Seconds: 3600}},
		{"3 bytes", []Attribute{basic(1, 1), long(2, 1, 0, 0)}, Lifetime{Seconds: 65536}},
		{"kilobytes first", []Attribute{basic(1, 2), basic(2, 9), basic(1, 1), basic(2, 60)}, Lifetime{60, 9}},
		{"no type", []Attribute{basic(2, 60)}, Lifetime{Seconds: 60}},
		{"unknown type", []Attribute{basic(1, 3), basic(2, 60)}, Lifetime{}},
		{"first counts", []Attribute{basic(1, 1), basic(2, 60), basic(1, 1), basic(2, 90)}, Lifetime{Seconds: 60}},
		{"10 bytes", []Attribute{basic(1, 1), long(2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)}, Lifetime{Seconds: 1<<64 - 1}},
		{"empty", []Attribute{basic(1, 1), long(2)}, Lifetime{}},
	}
	for _, tt := range tests {
		if got := (Transform1{Attributes: tt.attrs}).Phase2Lifetime(); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestTransformLookup(t *testing.T) {
	tr := Transform1{Attributes: []Attribute{basic(Phase2KeyLength, 128), basic(Phase2KeyLength, 256)}}
	if v, ok := tr.Value(Phase2KeyLength); v != 128 || !ok {
		t.Errorf("got %d, %v", v, ok)
	}
	if _, ok := tr.Value(Phase2ESN); ok {
		t.Error("found what is not there")
	}
}

func TestProposalString(t *testing.T) {
	p := Proposal1{Number: 1, Protocol: ProtocolESP, SPI: []byte{0xc0, 0xff, 0xee, 1}, Transforms: make([]Transform1, 2)}
	if got, want := p.String(), "1: ESP SPI c0ffee01, 2 transforms"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (Proposal1{Number: 2, Protocol: ProtocolISAKMP, Transforms: make([]Transform1, 1)}).String(),
		"2: ISAKMP, 1 transform"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
