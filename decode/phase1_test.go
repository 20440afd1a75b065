package decode

import "testing"

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
		{Phase1Name(basic(Phase1Group, 14)), "Group-Description"},
		{Phase1Value(basic(Phase1Group, 14)), "MODP-2048"},
		{Phase1Value(long(Phase1GroupPrime, 1, 2, 3)), "0x010203"},
		{Phase1Value(basic(Phase1GroupType, 2)), "ECP"},
		{Phase1Value(basic(Phase1LifeType, 1)), "seconds"},
		{Phase1Name(basic(99, 3)), "attribute 99"},
		{Phase1Value(basic(99, 3)), "3"},
		{Phase1Value(long(99, 1, 2, 3, 4, 5, 6, 7, 8, 9)), "0x010203040506070809"},
		{Phase1Value(long(Phase1GSSIdentity, 'a', 0, 'b', 0)), "ab"},
		{Phase2Value(basic(Phase2Encapsulation, 3)), "UDP-tunnel"},
		{Phase2Value(basic(Phase2Encapsulation, 61444)), "UDP-transport (draft)"},
		{Phase2Name(basic(Phase2ESN, 1)), "Extended-Sequence-Number"},
		{Phase2Value(basic(Phase2ESN, 1)), "64-bit"},
		{Phase2Value(basic(Phase2Authentication, 5)), "HMAC-SHA2-256-128"},
		{Phase2Value(basic(Phase2SADirection, 3)), "symmetric"},
		// The low 16 bits of this number have a name; the number has none.
		{Phase2Value(long(Phase2Encapsulation, 0, 1, 0, 1)), "65537"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
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
