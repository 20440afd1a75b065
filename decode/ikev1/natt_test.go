package ikev1

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

var nattVectors = []decodetest.Vector{
	{Name: "NAT-D", Type: PayloadNATD, Hex: "47c875aad4fc5b6c895d0089bf76b914f3357aaa",
		Want: &NATD{Data: []byte("\x47\xc8\x75\xaa\xd4\xfc\x5b\x6c\x89\x5d\x00\x89\xbf\x76\xb9\x14\xf3\x35\x7a\xaa")}},
	{Name: "NAT-D of drafts 00 to 03", Type: PayloadNATDDraft, Hex: "0102", Want: &NATD{Data: []byte{1, 2}}},
	{Name: "NAT-D of drafts 04 to 08", Type: PayloadNATDDraft4, Hex: "000102030405060708090a0b0c0d0e0f",
		Want: &NATD{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}},
	{Name: "SAK", Type: PayloadNATDDraft4, Hex: "010203", Want: &decode.Unknown{Data: []byte{1, 2, 3}}},
	{Name: "NAT-OA, IPv4", Type: PayloadNATOA, Hex: "01 000000 0a010001",
		Want: &NATOA{Type: ike.IDIPv4, Addr: netip.MustParseAddr("10.1.0.1")}},
	{Name: "NAT-OA, IPv6", Type: PayloadNATOA, Hex: "05 000000 20010db8000000000000000000000001",
		Want: &NATOA{Type: ike.IDIPv6, Addr: netip.MustParseAddr("2001:db8::1")}},
	{Name: "NAT-OA, IPv4 in IPv6", Type: PayloadNATOA, Hex: "05 000000 00000000000000000000ffff0a010001",
		Want: &NATOA{Type: ike.IDIPv6, Addr: netip.MustParseAddr("::ffff:10.1.0.1")}},
	{Name: "NAT-OA, reserved bytes and more", Type: PayloadNATOA, Hex: "01 010203 0a010001 ff",
		Want:  &NATOA{Type: ike.IDIPv4, Reserved: 0x010203, Addr: netip.MustParseAddr("10.1.0.1"), Spare: []byte{0xff}},
		Notes: 2},
	{Name: "NAT-OA of drafts 00 to 03", Type: PayloadNATOADraft, Hex: "01 000000 c0000201",
		Want: &NATOA{Type: ike.IDIPv4, Addr: netip.MustParseAddr("192.0.2.1")}},
	{Name: "NAT-OA of drafts 05 to 08", Type: PayloadNATOADraft5, Hex: "01 000000 c0000201",
		Want: &NATOA{Type: ike.IDIPv4, Addr: netip.MustParseAddr("192.0.2.1")}},
	{Name: "SAT", Type: PayloadNATOADraft5, Hex: "01 000000 c0000201 00",
		Want: &decode.Unknown{Data: []byte{1, 0, 0, 0, 192, 0, 2, 1, 0}}},
}

func TestNATT(t *testing.T) { decodetest.TestVectors(t, Grammar, nattVectors) }

func TestNATOAType(t *testing.T) {
	ps, _, err := Grammar.ParsePayloads(PayloadNATOA, decodetest.PayloadBytes([]byte{2, 0, 0, 0, 'a'}))
	if !errors.Is(err, wire.ErrValue) || len(ps) != 1 || ps[0].Err == nil {
		t.Errorf("FQDN as NAT-OA: %v", err)
	}
}

func TestDraftNames(t *testing.T) {
	tests := []struct {
		typ  decode.PayloadType
		n    int // length of the body
		want string
	}{
		{PayloadNATDDraft4, 20, "NAT-D"}, {PayloadNATDDraft4, 21, "SAK"}, {PayloadNATOADraft5, 9, "SAT"}, {PayloadNATD, 20, "NAT-D"},
		{PayloadKE, 20, "KE"},
	}
	for _, tt := range tests {
		ps, _, err := Grammar.ParsePayloads(tt.typ, decodetest.PayloadBytes(make([]byte, tt.n)))
		if err != nil || ps[0].Name() != tt.want {
			t.Errorf("%v of %d bytes: %q, %v", tt.typ, tt.n, ps[0].Name(), err)
		}
	}
}
