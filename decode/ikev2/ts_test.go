package ikev2

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

var tsVectors = []decodetest.Vector{
	{
		Name: "TSi, IPv4 and IPv6", Type: PayloadTSi,
		Hex: `02 000000
			07 00 0010 0000 ffff 0a010000 0a0100ff
			08 11 0028 06a5 06a5 fd010000000000000000000000000000 fd01000000000000ffffffffffffffff`,
		Want: &TS{Selectors: []TrafficSelector{
			{Type: ike.TSIPv4Range, EndPort: 0xffff, From: netip.MustParseAddr("10.1.0.0"), To: netip.MustParseAddr("10.1.0.255")},
			{Type: ike.TSIPv6Range, Protocol: 17, StartPort: 1701, EndPort: 1701, From: netip.MustParseAddr("fd01::"),
				To: netip.MustParseAddr("fd01::ffff:ffff:ffff:ffff")},
		}},
	},
	{
		Name: "TSr, Fibre Channel and a label", Type: PayloadTSr,
		Hex: `02 000000
			09 00 0010 00 010203 00 040506 01 02 03 04
			0a 00 0008 6c61 6265`,
		Want: &TS{Selectors: []TrafficSelector{
			{Type: ike.TSFCRange, Data: []byte{0, 1, 2, 3, 0, 4, 5, 6, 1, 2, 3, 4}},
			{Type: ike.TSSecLabel, Data: []byte("labe")},
		}},
	},
	{
		Name: "TSr, bytes left over", Type: PayloadTSr, Hex: "01 a1a2a3 07 00 0011 0000 ffff 0a010000 0a0100ff b1 b2", Notes: 3,
		Want: &TS{Reserved: 0xa1a2a3, Spare: []byte{0xb2}, Selectors: []TrafficSelector{{Type: ike.TSIPv4Range, EndPort: 0xffff,
			From: netip.MustParseAddr("10.1.0.0"), To: netip.MustParseAddr("10.1.0.255"), Spare: []byte{0xb1}}}},
	},
	{Name: "TSi, none", Type: PayloadTSi, Hex: "00 000000", Want: &TS{}},
	{
		Name: "TSi, IPv4-mapped", Type: PayloadTSi,
		Hex: "01 000000 08 00 0028 0000 ffff 00000000000000000000ffff0a010001 00000000000000000000ffff0a010001",
		Want: &TS{Selectors: []TrafficSelector{{Type: ike.TSIPv6Range, EndPort: 0xffff, From: netip.MustParseAddr("::ffff:10.1.0.1"),
			To: netip.MustParseAddr("::ffff:10.1.0.1")}}},
	},
}

func TestTS(t *testing.T) { decodetest.TestVectors(t, Grammar, tsVectors) }

func TestTSErrors(t *testing.T) {
	tests := []struct {
		name, hex string
		want      error
		selectors int
	}{
		{"count too high", "02 000000 07 00 0010 0000 ffff 0a010000 0a0100ff", wire.ErrTruncated, 1},
		{"selector length 3", "01 000000 07 00 0003", wire.ErrLength, 0},
		{"selector length past the end", "01 000000 07 00 0011 0000 ffff 0a010000 0a0100ff", wire.ErrTruncated, 0},
		{"IPv6 with addresses of IPv4", "01 000000 08 00 0010 0000 ffff 0a010000 0a0100ff", wire.ErrTruncated, 0},
		{"255 selectors, none there", "ff 000000", wire.ErrTruncated, 0},
	}
	for _, tt := range tests {
		ps, _, err := Grammar.ParsePayloads(PayloadTSi, decodetest.PayloadBytes(testbytes.Unhex(t, tt.hex)))
		if !errors.Is(err, tt.want) || len(ps[0].Body.(*TS).Selectors) != tt.selectors {
			t.Errorf("%s: %v, %v", tt.name, ps[0].Body, err)
		}
	}
}

func TestSelectorString(t *testing.T) {
	tests := []struct {
		typ      ike.TSType
		protocol uint8
		from, to string
		start    uint16
		end      uint16
		want     string
	}{
		{ike.TSIPv4Range, 0, "10.1.0.0", "10.1.0.255", 0, 65535, "10.1.0.0/24"},
		{ike.TSIPv4Range, 0, "10.1.0.1", "10.1.0.1", 0, 65535, "10.1.0.1"},
		{ike.TSIPv4Range, 0, "0.0.0.0", "255.255.255.255", 0, 65535, "0.0.0.0/0"},
		{ike.TSIPv4Range, 0, "10.1.0.1", "10.1.0.9", 0, 65535, "10.1.0.1-10.1.0.9"},
		{ike.TSIPv4Range, 0, "10.1.0.9", "10.1.0.1", 0, 65535, "10.1.0.9-10.1.0.1"},
		{ike.TSIPv4Range, 0, "10.1.0.0", "10.1.1.254", 0, 65535, "10.1.0.0-10.1.1.254"},
		{ike.TSIPv4Range, 17, "10.1.0.1", "10.1.0.1", 1701, 1701, "10.1.0.1 udp/1701"},
		{ike.TSIPv4Range, 6, "10.1.0.1", "10.1.0.1", 80, 443, "10.1.0.1 tcp/80-443"},
		{ike.TSIPv4Range, 47, "10.1.0.1", "10.1.0.1", 0, 65535, "10.1.0.1 gre"},
		{ike.TSIPv4Range, 0, "10.1.0.1", "10.1.0.1", 53, 53, "10.1.0.1 port 53"},
		{ike.TSIPv4Range, 17, "10.1.0.1", "10.1.0.1", 65535, 0, "10.1.0.1 udp/opaque"},
		{ike.TSIPv4Range, 1, "10.1.0.1", "10.1.0.1", 0x0800, 0x0800, "10.1.0.1 icmp/8(0)"},
		{ike.TSIPv4Range, 1, "10.1.0.1", "10.1.0.1", 0x0300, 0x03ff, "10.1.0.1 icmp/3"},
		{ike.TSIPv4Range, 1, "10.1.0.1", "10.1.0.1", 0x0300, 0x0304, "10.1.0.1 icmp/3(0-4)"},
		{ike.TSIPv4Range, 1, "10.1.0.1", "10.1.0.1", 0x0000, 0x08ff, "10.1.0.1 icmp/0-2303"},
		{ike.TSIPv6Range, 0, "fd01::", "fd01::ffff:ffff:ffff:ffff", 0, 65535, "fd01::/64"},
		{ike.TSIPv6Range, 0, "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, 65535, "::/0"},
	}
	for _, tt := range tests {
		s := TrafficSelector{Type: tt.typ, Protocol: tt.protocol, StartPort: tt.start, EndPort: tt.end,
			From: netip.MustParseAddr(tt.from), To: netip.MustParseAddr(tt.to)}
		if got := s.Neutral().String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	ts := TS{Selectors: []TrafficSelector{{Type: ike.TSSecLabel, Data: []byte("system_u:object_r")}, {Type: ike.TSFCRange, Data: []byte{1}},
		{Type: 99}}}
	if got, want := ts.String(), "label system_u:object_r, TS_FC_ADDR_RANGE 0x01, traffic selector type 99"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, ok := (TrafficSelector{}).Neutral().Prefix(); ok {
		t.Error("nothing has a prefix")
	}
}
