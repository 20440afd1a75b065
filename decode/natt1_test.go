package decode

import (
	"errors"
	"net/netip"
	"testing"
)

var natt1Vectors = []bodyVector{
	{name: "NAT-D", typ: PayloadNATD, hex: "47c875aad4fc5b6c895d0089bf76b914f3357aaa",
		want: &NATD1{Data: []byte("\x47\xc8\x75\xaa\xd4\xfc\x5b\x6c\x89\x5d\x00\x89\xbf\x76\xb9\x14\xf3\x35\x7a\xaa")}},
	{name: "NAT-D of drafts 00 to 03", typ: PayloadNATDDraft, hex: "0102", want: &NATD1{Data: []byte{1, 2}}},
	{name: "NAT-D of drafts 04 to 08", typ: PayloadNATDDraft4, hex: "000102030405060708090a0b0c0d0e0f",
		want: &NATD1{Data: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}},
	{name: "SAK", typ: PayloadNATDDraft4, hex: "010203", want: &Unknown{Data: []byte{1, 2, 3}}},
	{name: "NAT-OA, IPv4", typ: PayloadNATOA, hex: "01 000000 0a010001",
		want: &NATOA1{Type: IDIPv4Addr, Addr: netip.MustParseAddr("10.1.0.1")}},
	{name: "NAT-OA, IPv6", typ: PayloadNATOA, hex: "05 000000 20010db8000000000000000000000001",
		want: &NATOA1{Type: IDIPv6Addr, Addr: netip.MustParseAddr("2001:db8::1")}},
	{name: "NAT-OA, IPv4 in IPv6", typ: PayloadNATOA, hex: "05 000000 00000000000000000000ffff0a010001",
		want: &NATOA1{Type: IDIPv6Addr, Addr: netip.MustParseAddr("::ffff:10.1.0.1")}},
	{name: "NAT-OA, reserved bytes and more", typ: PayloadNATOA, hex: "01 010203 0a010001 ff",
		want:  &NATOA1{Type: IDIPv4Addr, Reserved: 0x010203, Addr: netip.MustParseAddr("10.1.0.1"), Spare: []byte{0xff}},
		notes: 2},
	{name: "NAT-OA of drafts 00 to 03", typ: PayloadNATOADraft, hex: "01 000000 c0000201",
		want: &NATOA1{Type: IDIPv4Addr, Addr: netip.MustParseAddr("192.0.2.1")}},
	{name: "NAT-OA of drafts 05 to 08", typ: PayloadNATOADraft5, hex: "01 000000 c0000201",
		want: &NATOA1{Type: IDIPv4Addr, Addr: netip.MustParseAddr("192.0.2.1")}},
	{name: "SAT", typ: PayloadNATOADraft5, hex: "01 000000 c0000201 00",
		want: &Unknown{Data: []byte{1, 0, 0, 0, 192, 0, 2, 1, 0}}},
}

func TestNATT1(t *testing.T) { testVectors(t, natt1Vectors) }

func TestNATOAType(t *testing.T) {
	ps, _, err := ParsePayloads(PayloadNATOA, payloadBytes([]byte{2, 0, 0, 0, 'a'}))
	if !errors.Is(err, ErrValue) || len(ps) != 1 || ps[0].Err == nil {
		t.Errorf("FQDN as NAT-OA: %v", err)
	}
}

func TestDraftNames(t *testing.T) {
	tests := []struct {
		typ  PayloadType
		n    int // length of the body
		want string
	}{
		{PayloadNATDDraft4, 20, "NAT-D"}, {PayloadNATDDraft4, 21, "SAK"}, {PayloadNATOADraft5, 9, "SAT"}, {PayloadNATD, 20, "NAT-D"},
		{PayloadKE, 20, "KE"},
	}
	for _, tt := range tests {
		ps, _, err := ParsePayloads(tt.typ, payloadBytes(make([]byte, tt.n)))
		if err != nil || ps[0].Name() != tt.want {
			t.Errorf("%v of %d bytes: %q, %v", tt.typ, tt.n, ps[0].Name(), err)
		}
	}
}
