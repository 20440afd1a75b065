package ikev1

import (
	"errors"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

var idVectors = []decodetest.Vector{
	{Name: "FQDN", Type: PayloadID, Hex: "02 00 0000 6777612e6578616d706c652e6f7267",
		Want: &ID{Type: ike.IDFQDN, Data: []byte("gwa.example.org")}},
	{Name: "IPv4 address with protocol and port", Type: PayloadID, Hex: "01 11 01f4 c0000201",
		Want: &ID{Type: ike.IDIPv4, Protocol: 17, Port: 500, Data: []byte{192, 0, 2, 1}}},
	{Name: "IPv4 subnet", Type: PayloadID, Hex: "04 00 0000 0a010000 ffff0000",
		Want: &ID{Type: ike.IDIPv4Subnet, Data: []byte{10, 1, 0, 0, 255, 255, 0, 0}}},
	{Name: "bytes left over", Type: PayloadID, Hex: "01 00 0000 c0000201 00",
		Want: &ID{Type: ike.IDIPv4, Data: []byte{192, 0, 2, 1, 0}}, Notes: 1},
	{Name: "unknown type", Type: PayloadID, Hex: "fa 00 0000 01", Want: &ID{Type: 250, Data: []byte{1}}},
}

func TestID(t *testing.T) { decodetest.TestVectors(t, Grammar, idVectors) }

func TestIDTooShort(t *testing.T) {
	for _, hex := range []string{"01000000 c00002", "04000000 0a010000 ffff00", "07000000 0a", "05000000",
		"06000000 20010db8000000000000000000000000 ffffffff"} {
		ps, _, err := Grammar.ParsePayloads(PayloadID, decodetest.PayloadBytes(testbytes.Unhex(t, hex)))
		if !errors.Is(err, wire.ErrTruncated) {
			t.Errorf("%s: error %v", hex, err)
		}
		// What is there is shown as bytes, not as an address.
		if id := ps[0].Body.(*ID); id.String() != ike.Hex(id.Data) {
			t.Errorf("%s: shown as %s", hex, id.String())
		}
		if _, _, ok := ps[0].Body.(*ID).Identity().Range(); ok {
			t.Errorf("%s: has a range", hex)
		}
	}
}

func TestIDString(t *testing.T) {
	tests := []struct {
		typ   ike.IDType
		proto uint8
		port  uint16
		hex   string
		want  string
	}{
		{ike.IDIPv4, 0, 0, "c0000201", "192.0.2.1"},
		{ike.IDIPv4, 17, 500, "c0000201", "192.0.2.1 udp/500"},
		{ike.IDIPv4, 6, 0, "c0000201", "192.0.2.1 tcp"},
		{ike.IDIPv4, 0, 500, "c0000201", "192.0.2.1 port 500"},
		{ike.IDIPv4, 99, 7, "c0000201", "192.0.2.1 protocol 99/7"},
		{ike.IDIPv4Subnet, 0, 0, "0a010000 ffffff00", "10.1.0.0/24"},
		{ike.IDIPv4Subnet, 0, 0, "00000000 00000000", "0.0.0.0/0"},
		{ike.IDIPv4Subnet, 0, 0, "0a010001 ffffffff", "10.1.0.1/32"},
		{ike.IDIPv4Subnet, 0, 0, "0a010000 ff00ff00", "10.1.0.0/255.0.255.0"},
		{ike.IDIPv4Range, 0, 0, "0a010001 0a010009", "10.1.0.1-10.1.0.9"},
		{ike.IDIPv6, 0, 0, "20010db8000000000000000000000001", "2001:db8::1"},
		{ike.IDIPv6Subnet, 0, 0, "fd010000000000000000000000000000 ffffffffffffffff0000000000000000", "fd01::/64"},
		{ike.IDIPv6Range, 0, 0, "fd010000000000000000000000000001 fd010000000000000000000000000002", "fd01::1-fd01::2"},
		{ike.IDFQDN, 0, 0, "6777612e6578616d706c652e6f7267", "gwa.example.org"},
		{ike.IDFQDN, 0, 0, "67771b5b306d", `"gw\x1b[0m"`},
		{ike.IDFQDN, 0, 0, "ff", `"\xff"`},
		{ike.IDUserFQDN, 0, 0, "61406578616d706c652e6f7267", "a@example.org"},
		{ike.IDDN, 0, 0, testbytes.DN, "C=CH, O=Lab, CN=gwa.example.org"},
		{ike.IDDN, 0, 0, "3035", "0x3035"},
		{ike.IDDN, 0, 0, "", ""},
		{ike.IDGN, 0, 0, "820467772e", "0x820467772e"},
		{ike.IDGN, 0, 0, "82036777 61", "gwa"},
		{ike.IDGN, 0, 0, "8704c0000201", "192.0.2.1"},
		{ike.IDGN, 0, 0, "870300ff00", "0x870300ff00"},
		{ike.IDKeyID, 0, 0, "67726f7570", "group"},
		{ike.IDKeyID, 0, 0, "0001", "0x0001"},
		{ike.IDKeyID, 0, 0, "", ""},
		{250, 0, 0, "0a", "0x0a"},
	}
	for _, tt := range tests {
		id := &ID{Type: tt.typ, Protocol: tt.proto, Port: tt.port, Data: testbytes.Unhex(t, tt.hex)}
		if got := id.String(); got != tt.want {
			t.Errorf("%d %s: got %q, want %q", tt.typ, tt.hex, got, tt.want)
		}
	}
}

func TestIDRange(t *testing.T) {
	tests := []struct {
		typ  ike.IDType
		hex  string
		want string
	}{
		{ike.IDIPv4, "c0000201", "192.0.2.1-192.0.2.1"},
		{ike.IDIPv4Subnet, "0a010005 ffffff00", "10.1.0.0-10.1.0.255"},
		{ike.IDIPv4Subnet, "00000000 00000000", "0.0.0.0-255.255.255.255"},
		{ike.IDIPv4Subnet, "0a010000 fffffff8", "10.1.0.0-10.1.0.7"},
		{ike.IDIPv4Subnet, "0a010000 ff00ff00", ""},
		{ike.IDIPv4Range, "0a010001 0a010009", "10.1.0.1-10.1.0.9"},
		{ike.IDIPv6Subnet, "fd010000000000000000000000000000 ffffffffffffffff0000000000000000",
			"fd01::-fd01::ffff:ffff:ffff:ffff"},
		{ike.IDFQDN, "61", ""},
	}
	for _, tt := range tests {
		from, to, ok := (&ID{Type: tt.typ, Data: testbytes.Unhex(t, tt.hex)}).Identity().Range()
		got := ""
		if ok {
			got = from.String() + "-" + to.String()
		}
		if got != tt.want {
			t.Errorf("%d %s: got %q, want %q", tt.typ, tt.hex, got, tt.want)
		}
	}
}
