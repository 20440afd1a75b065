package ikev2

import (
	"errors"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

var idVectors = []decodetest.Vector{
	{Name: "IDi, FQDN", Type: PayloadIDi, Hex: "02 000000 6777612e6578616d706c652e6f7267",
		Want: &ID{Type: ike.IDFQDN, Data: []byte("gwa.example.org")}},
	{Name: "IDr, IPv4 address and more", Type: PayloadIDr, Hex: "01 000001 c0000201 ff", Notes: 2,
		Want: &ID{Type: ike.IDIPv4, Reserved: 1, Data: []byte{192, 0, 2, 1, 0xff}}},
	{Name: "IDg, key ID", Type: PayloadIDg, Hex: "0b 000000 0001", Want: &ID{Type: ike.IDKeyID, Data: []byte{0, 1}}},
	{Name: "IDi, NULL", Type: PayloadIDi, Hex: "0d 000000", Want: &ID{Type: ike.IDNull, Data: []byte{}}},
}

func TestID(t *testing.T) { decodetest.TestVectors(t, Grammar, idVectors) }

func TestIDTooShort(t *testing.T) {
	for _, hex := range []string{"01000000 c00002", "05000000", "05000000 20010db80000000000000000000000"} {
		ps, _, err := Grammar.ParsePayloads(PayloadIDi, decodetest.PayloadBytes(testbytes.Unhex(t, hex)))
		if !errors.Is(err, wire.ErrTruncated) {
			t.Errorf("%s: error %v", hex, err)
		}
		if id := ps[0].Body.(*ID); id.String() != ike.Hex(id.Data) {
			t.Errorf("%s: shown as %s", hex, id.String())
		}
	}
}

func TestIDString(t *testing.T) {
	tests := []struct {
		typ  ike.IDType
		hex  string
		want string
	}{
		{ike.IDIPv4, "c0000201", "192.0.2.1"},
		{ike.IDIPv6, "20010db8000000000000000000000001", "2001:db8::1"},
		{ike.IDFQDN, "6777612e6578616d706c652e6f7267", "gwa.example.org"},
		{ike.IDFQDN, "67771b5b306d", `"gw\x1b[0m"`},
		{ike.IDUserFQDN, "61406578616d706c652e6f7267", "a@example.org"},
		{ike.IDDN, testbytes.DN, "C=CH, O=Lab, CN=gwa.example.org"},
		{ike.IDGN, "82036777 61", "gwa"},
		{ike.IDKeyID, "67726f7570", "group"},
		{ike.IDNull, "", "%any"},
		{ike.IDNull, "01", "0x01"},
		{ike.IDList, "0102", "0x0102"},
		{ike.IDIPv4Subnet, "0a010000 ffffff00", "0x0a010000ffffff00"}, // not of IKEv2
		{250, "0a", "0x0a"},
	}
	for _, tt := range tests {
		id := &ID{Type: tt.typ, Data: testbytes.Unhex(t, tt.hex)}
		if got := id.String(); got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.typ.Name(ike.V2), tt.hex, got, tt.want)
		}
	}
}
