package ikev1

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
)

func TestPhase1Summary(t *testing.T) {
	tests := []struct {
		want  string
		attrs []decode.Attribute
	}{
		{"AES-CBC-128/SHA1/PSK/MODP-1024/15840 s", []decode.Attribute{
			decodetest.Basic(Phase1Encryption, 7), decodetest.Basic(Phase1KeyLength, 128), decodetest.Basic(Phase1Hash, 2), decodetest.Basic(Phase1Group, 2),
			decodetest.Basic(Phase1AuthMethod, 1), decodetest.Basic(Phase1LifeType, 1), decodetest.Basic(Phase1LifeDuration, 15840)}},
		{"3DES-CBC/MD5/RSA signatures/MODP-1536/86400 s 1000 kB", []decode.Attribute{
			decodetest.Basic(Phase1Encryption, 5), decodetest.Basic(Phase1Hash, 1), decodetest.Basic(Phase1AuthMethod, 3), decodetest.Basic(Phase1Group, 5),
			decodetest.Basic(Phase1LifeType, 1), decodetest.Long(Phase1LifeDuration, 0, 1, 0x51, 0x80),
			decodetest.Basic(Phase1LifeType, 2), decodetest.Basic(Phase1LifeDuration, 1000)}},
		{"encryption algorithm 99/hash algorithm 77/authentication method 4711/group 999", []decode.Attribute{
			decodetest.Basic(Phase1Encryption, 99), decodetest.Basic(Phase1Hash, 77), decodetest.Basic(Phase1AuthMethod, 4711), decodetest.Basic(Phase1Group, 999)}},
		{"AES-CBC-256/SHA2-256/XAUTH-Init-RSA/Curve25519/PRF 3", []decode.Attribute{
			decodetest.Long(Phase1Encryption, 0, 0, 0, 7), decodetest.Basic(Phase1KeyLength, 256), decodetest.Basic(Phase1Hash, 4),
			decodetest.Basic(Phase1AuthMethod, 65005), decodetest.Basic(Phase1Group, 31), decodetest.Basic(Phase1PRF, 3)}},
		{"", nil},
	}
	for _, tt := range tests {
		tr := Transform{ID: TransformKeyIKE, Attributes: tt.attrs}
		s := tr.Suite(ike.IKE)
		if got := s.Summary(ike.IKE); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestPhase2Summary(t *testing.T) {
	tests := []struct {
		want  string
		proto ike.Protocol
		id    uint8
		attrs []decode.Attribute
	}{
		{"AES-CBC-128 HMAC-SHA1-96 tunnel 4200 s", ike.ESP, 12, []decode.Attribute{
			decodetest.Basic(Phase2KeyLength, 128), decodetest.Basic(Phase2Authentication, 2), decodetest.Basic(Phase2Encapsulation, 1),
			decodetest.Basic(Phase2LifeType, 1), decodetest.Basic(Phase2LifeDuration, 4200)}},
		{"AES-GCM-16-256 UDP-transport PFS ECP-256 ESN 3600 s 4608000 kB", ike.ESP, 20, []decode.Attribute{
			decodetest.Basic(Phase2KeyLength, 256), decodetest.Basic(Phase2Encapsulation, 4), decodetest.Basic(Phase2Group, 19), decodetest.Basic(Phase2ESN, 1),
			decodetest.Basic(Phase2LifeType, 1), decodetest.Basic(Phase2LifeDuration, 3600),
			decodetest.Basic(Phase2LifeType, 2), decodetest.Long(Phase2LifeDuration, 0, 0x46, 0x50, 0)}},
		{"HMAC-SHA1-96 tunnel", ike.AH, 3, []decode.Attribute{decodetest.Basic(Phase2Authentication, 2), decodetest.Basic(Phase2Encapsulation, 1)}},
		{"AH-SHA2-256 transport", ike.AH, 5, []decode.Attribute{decodetest.Basic(Phase2Encapsulation, 2)}},
		{"DEFLATE UDP-tunnel (draft)", ike.IPComp, 2, []decode.Attribute{decodetest.Basic(Phase2Encapsulation, 61443)}},
		{"NULL authentication algorithm 4711 encapsulation mode 99", ike.ESP, 11, []decode.Attribute{
			decodetest.Basic(Phase2Authentication, 4711), decodetest.Basic(Phase2Encapsulation, 99)}},
		{"transform 99", ike.ESP, 99, nil},
		{"12", 9, 12, nil},
	}
	for _, tt := range tests {
		tr := Transform{ID: tt.id, Attributes: tt.attrs}
		s := tr.Suite(tt.proto)
		if got := s.Summary(tt.proto); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestAttributeNames(t *testing.T) {
	tests := []struct{ got, want string }{
		{Phase1Name(decodetest.Basic(Phase1Group, 14)), "Group-Description"},
		{Phase1Value(decodetest.Basic(Phase1Group, 14)), "MODP-2048"},
		{Phase1Value(decodetest.Long(Phase1GroupPrime, 1, 2, 3)), "0x010203"},
		{Phase1Value(decodetest.Basic(Phase1GroupType, 2)), "ECP"},
		{Phase1Value(decodetest.Basic(Phase1LifeType, 1)), "seconds"},
		{Phase1Name(decodetest.Basic(99, 3)), "attribute 99"},
		{Phase1Value(decodetest.Basic(99, 3)), "3"},
		{Phase1Value(decodetest.Long(99, 1, 2, 3, 4, 5, 6, 7, 8, 9)), "0x010203040506070809"},
		{Phase1Value(decodetest.Long(Phase1GSSIdentity, 'a', 0, 'b', 0)), "ab"},
		{Phase2Value(decodetest.Basic(Phase2Encapsulation, 3)), "UDP-tunnel"},
		{Phase2Value(decodetest.Basic(Phase2Encapsulation, 61444)), "UDP-transport (draft)"},
		{Phase2Name(decodetest.Basic(Phase2ESN, 1)), "Extended-Sequence-Number"},
		{Phase2Value(decodetest.Basic(Phase2ESN, 1)), "64-bit"},
		{Phase2Value(decodetest.Basic(Phase2Authentication, 5)), "HMAC-SHA2-256-128"},
		{Phase2Value(decodetest.Basic(Phase2SADirection, 3)), "symmetric"},
		// The low 16 bits of this number have a name; the number has none.
		{Phase2Value(decodetest.Long(Phase2Encapsulation, 0, 1, 0, 1)), "65537"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestTransformLookup(t *testing.T) {
	tr := Transform{Attributes: []decode.Attribute{decodetest.Basic(Phase2KeyLength, 128), decodetest.Basic(Phase2KeyLength, 256)}}
	if v, ok := tr.Value(Phase2KeyLength); v != 128 || !ok {
		t.Errorf("got %d, %v", v, ok)
	}
	if _, ok := tr.Value(Phase2ESN); ok {
		t.Error("found what is not there")
	}
}

func TestProposalString(t *testing.T) {
	p := Proposal{Number: 1, Protocol: ike.ESP, SPI: []byte{0xc0, 0xff, 0xee, 1}, Transforms: make([]Transform, 2)}
	if got, want := p.String(), "1: ESP SPI c0ffee01, 2 transforms"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (Proposal{Number: 2, Protocol: ike.IKE, Transforms: make([]Transform, 1)}).String(),
		"2: ISAKMP, 1 transform"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
