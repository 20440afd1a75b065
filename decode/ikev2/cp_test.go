package ikev2

import (
	"errors"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

var cpVectors = []decodetest.Vector{
	{Name: "CFG_REQUEST", Type: PayloadCP, Hex: "01 000000 0001 0000 0003 0000",
		Want: &CP{Type: ike.ConfigRequest, Attributes: []ConfigAttribute{
			{Attribute: decode.Attribute{Type: ike.ConfigIP4Address, Value: []byte{}}},
			{Attribute: decode.Attribute{Type: ike.ConfigIP4DNS, Value: []byte{}}},
		}}},
	{Name: "CFG_REPLY, reserved bits", Type: PayloadCP, Hex: "02 000001 8001 0004 0a090001", Notes: 2,
		Want: &CP{Type: ike.ConfigReply, Reserved: 1, Attributes: []ConfigAttribute{
			{Attribute: decode.Attribute{Type: ike.ConfigIP4Address, Value: []byte{10, 9, 0, 1}}, ReservedBit: true},
		}}},
	{Name: "CFG_ACK", Type: PayloadCP, Hex: "04 000000", Want: &CP{Type: ike.ConfigAck}},
}

func TestCP(t *testing.T) { decodetest.TestVectors(t, Grammar, cpVectors) }

func TestCPCut(t *testing.T) {
	ps, _, err := Grammar.ParsePayloads(PayloadCP, decodetest.PayloadBytes(testbytes.Unhex(t, "02 000000 0001 0004 0a090001 0003 0005 0a090001")))
	if cp := ps[0].Body.(*CP); !errors.Is(err, wire.ErrTruncated) || len(cp.Attributes) != 1 {
		t.Errorf("%v, %v", cp, err)
	}
}

var cpTexts = []struct{ hex, want string }{
	{"01 000000", "REQUEST"},
	{"01 000000 0001 0000 000a 0000", "REQUEST INTERNAL_IP4_ADDRESS, INTERNAL_IP6_DNS"},
	{"02 000000 0001 0004 0a090001 0003 0004 0a020035", "REPLY INTERNAL_IP4_ADDRESS=10.9.0.1, INTERNAL_IP4_DNS=10.2.0.53"},
	{"02 000000 0008 0011 fd010000000000000000000000000001 40", "REPLY INTERNAL_IP6_ADDRESS=fd01::1/64"},
	{"02 000000 000d 0008 0a020000 ffffff00", "REPLY INTERNAL_IP4_SUBNET=10.2.0.0/24"},
	{"02 000000 0007 0003 616263", "REPLY APPLICATION_VERSION=abc"},
	{"03 000000 000e 0004 0001 001d", "SET SUPPORTED_ATTRIBUTES=INTERNAL_IP4_ADDRESS ENCDNS_DIGEST_INFO"},
	{"02 000000 0010 0015 00000e10 fd010000000000000000000000000000 30", "REPLY MIP6_HOME_PREFIX=fd01::/48 3600 s"},
	{"02 000000 0010 0001 00", "REPLY MIP6_HOME_PREFIX=0x00"},
	{"02 000000 0013 0014 fd010000000000000000000000000001 c0000201", "REPLY HOME_AGENT_ADDRESS=fd01::1 192.0.2.1"},
	{"02 000000 0018 0004 0000001e", "REPLY TIMEOUT_PERIOD_FOR_LIVENESS_CHECK=30 s"},
	{"02 000000 0019 000b 6578616d706c652e6f7267", "REPLY INTERNAL_DNS_DOMAIN=example.org"},
	{"02 000000 001a 0006 a9b8 08 02 beef", "REPLY INTERNAL_DNSSEC_TA=43448 8 2 beef"},
	{"02 000000 001a 0003 a9b8 08", "REPLY INTERNAL_DNSSEC_TA=0xa9b808"},
	{"02 000000 001b 0014 0001 01 09 c0000201 03646f68036f726700 0001ff", "REPLY ENCDNS_IP4=doh.org 192.0.2.1 priority 1 0x0001ff"},
	{"02 000000 001b 0005 0001 01 00 c0", "REPLY ENCDNS_IP4=0x00010100c0"},
	{"02 000000 001b 0006 0001 00 02 4161", "REPLY ENCDNS_IP4=0x000100024161"},
	{"02 000000 001c 0014 0001 01 00 fd010000000000000000000000000001", "REPLY ENCDNS_IP6=fd01::1 priority 1"},
	{"02 000000 5ba0 0004 0a090001", "REPLY INTERNAL_IP4_SERVER=10.9.0.1"},
	{"09 000000 7fff 0001 01", "configuration type 9 attribute 32767=1"},
}

func TestCPString(t *testing.T) {
	for _, tt := range cpTexts {
		ps, _, err := Grammar.ParsePayloads(PayloadCP, decodetest.PayloadBytes(testbytes.Unhex(t, tt.hex)))
		if err != nil {
			t.Errorf("%s: %v", tt.hex, err)
			continue
		}
		if got := ps[0].Body.(*CP).String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestCPAttr(t *testing.T) {
	cp := &CP{Attributes: []ConfigAttribute{{Attribute: decode.Attribute{Type: ike.ConfigIP4Address, Value: []byte{10, 9, 0, 1}}}}}
	if a, ok := cp.Attr(ike.ConfigIP4Address); !ok || a.ConfigValue() != "10.9.0.1" {
		t.Errorf("%v, %v", a, ok)
	}
	if _, ok := cp.Attr(ike.ConfigIP4DNS); ok {
		t.Error("found a DNS server")
	}
}
