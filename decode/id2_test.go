package decode

import (
	"errors"
	"testing"
)

var id2Vectors = []bodyVector{
	{Name: "IDi, FQDN", Type: Payload2IDi, Hex: "02 000000 6777612e6578616d706c652e6f7267",
		Want: &ID2{Type: IDFQDN, Data: []byte("gwa.example.org")}},
	{Name: "IDr, IPv4 address and more", Type: Payload2IDr, Hex: "01 000001 c0000201 ff", Notes: 2,
		Want: &ID2{Type: IDIPv4Addr, Reserved: 1, Data: []byte{192, 0, 2, 1, 0xff}}},
	{Name: "IDg, key ID", Type: Payload2IDg, Hex: "0b 000000 0001", Want: &ID2{Type: IDKeyID, Data: []byte{0, 1}}},
	{Name: "IDi, NULL", Type: Payload2IDi, Hex: "0d 000000", Want: &ID2{Type: IDNull, Data: []byte{}}},
}

func TestID2(t *testing.T) { testVectors(t, Grammar2, id2Vectors) }

func TestID2TooShort(t *testing.T) {
	for _, hex := range []string{"01000000 c00002", "05000000", "05000000 20010db80000000000000000000000"} {
		ps, _, err := Grammar2.ParsePayloads(Payload2IDi, payloadBytes(unhex(t, hex)))
		if !errors.Is(err, ErrTruncated) {
			t.Errorf("%s: error %v", hex, err)
		}
		if id := ps[0].Body.(*ID2); id.Value() != hexValue(id.Data) {
			t.Errorf("%s: shown as %s", hex, id.Value())
		}
	}
}

func TestID2String(t *testing.T) {
	tests := []struct {
		typ  IDType
		hex  string
		want string
	}{
		{IDIPv4Addr, "c0000201", "192.0.2.1"},
		{IDIPv6Addr, "20010db8000000000000000000000001", "2001:db8::1"},
		{IDFQDN, "6777612e6578616d706c652e6f7267", "gwa.example.org"},
		{IDFQDN, "67771b5b306d", `"gw\x1b[0m"`},
		{IDRFC822Addr, "61406578616d706c652e6f7267", "a@example.org"},
		{IDDERASN1DN, dnHex, "C=CH, O=Lab, CN=gwa.example.org"},
		{IDDERASN1GN, "82036777 61", "gwa"},
		{IDKeyID, "67726f7570", "group"},
		{IDNull, "", "%any"},
		{IDNull, "01", "0x01"},
		{IDFCName, "0102", "0x0102"},
		{IDIPv4Subnet, "0a010000 ffffff00", "0x0a010000ffffff00"}, // not of IKEv2
		{250, "0a", "0x0a"},
	}
	for _, tt := range tests {
		id := &ID2{Type: tt.typ, Data: unhex(t, tt.hex)}
		if got := id.String(); got != tt.want {
			t.Errorf("%s %s: got %q, want %q", IDTypeName2(tt.typ), tt.hex, got, tt.want)
		}
	}
	if got := IDTypeName2(IDRFC822Addr); got != "ID_RFC822_ADDR" {
		t.Errorf("got %s", got)
	}
	if got := IDTypeName2(IDIPv4Range); got != "ID type 7" {
		t.Errorf("got %s", got)
	}
}
