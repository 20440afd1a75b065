package decode_test

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
)

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
		if got, ok := (decode.Attribute{Value: tt.value}).Uint(); got != tt.want || ok != tt.ok {
			t.Errorf("%x: got %d, %v", tt.value, got, ok)
		}
	}
}

func TestLifetime(t *testing.T) {
	tests := []struct {
		name  string
		attrs []decode.Attribute
		want  decode.Lifetime
	}{
		{"seconds", []decode.Attribute{decodetest.Basic(1, 1), decodetest.Basic(2, 3600)}, decode.Lifetime{Seconds: 3600}},
		{"3 bytes", []decode.Attribute{decodetest.Basic(1, 1), decodetest.Long(2, 1, 0, 0)}, decode.Lifetime{Seconds: 65536}},
		{"kilobytes first", []decode.Attribute{decodetest.Basic(1, 2), decodetest.Basic(2, 9), decodetest.Basic(1, 1), decodetest.Basic(2, 60)}, decode.Lifetime{60, 9}},
		{"no type", []decode.Attribute{decodetest.Basic(2, 60)}, decode.Lifetime{Seconds: 60}},
		{"unknown type", []decode.Attribute{decodetest.Basic(1, 3), decodetest.Basic(2, 60)}, decode.Lifetime{}},
		{"first counts", []decode.Attribute{decodetest.Basic(1, 1), decodetest.Basic(2, 60), decodetest.Basic(1, 1), decodetest.Basic(2, 90)}, decode.Lifetime{Seconds: 60}},
		{"10 bytes", []decode.Attribute{decodetest.Basic(1, 1), decodetest.Long(2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)}, decode.Lifetime{Seconds: 1<<64 - 1}},
		{"empty", []decode.Attribute{decodetest.Basic(1, 1), decodetest.Long(2)}, decode.Lifetime{}},
	}
	for _, tt := range tests {
		if got := decode.LifetimeOf(tt.attrs, 1, 2); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestConfigValue(t *testing.T) {
	tests := []struct {
		attr decode.Attribute
		want string
	}{
		{decodetest.Long(decode.ConfigIP4Address, 10, 9, 0, 1), "INTERNAL_IP4_ADDRESS=10.9.0.1"},
		{decodetest.Long(decode.ConfigIP4Address), "INTERNAL_IP4_ADDRESS="},
		{decodetest.Long(decode.ConfigIP4Address, 1, 2, 3), "INTERNAL_IP4_ADDRESS=0x010203"},
		{decodetest.Long(decode.ConfigIP4Netmask, 255, 255, 0, 0), "INTERNAL_IP4_NETMASK=255.255.0.0"},
		{decodetest.Long(decode.ConfigAddressExpiry, 0, 0, 0x0e, 0x10), "INTERNAL_ADDRESS_EXPIRY=3600 s"},
		{decodetest.Long(decode.ConfigApplicationVersion, []byte("Client 1")...), "APPLICATION_VERSION=Client 1"},
		{decodetest.Long(decode.ConfigIP6Address, append(make([]byte, 15), 1, 64)...), "INTERNAL_IP6_ADDRESS=::1/64"},
		{decodetest.Long(decode.ConfigIP4Subnet, 10, 0, 0, 0, 255, 0, 0, 0), "INTERNAL_IP4_SUBNET=10.0.0.0/8"},
		{decodetest.Long(decode.ConfigSupportedAttributes, 0, 1, 0, 3, 0, 99),
			"SUPPORTED_ATTRIBUTES=INTERNAL_IP4_ADDRESS INTERNAL_IP4_DNS attribute 99"},
		{decodetest.Long(decode.ConfigSupportedAttributes, 0, 1, 0), "SUPPORTED_ATTRIBUTES=0x000100"},
		{decodetest.Basic(decode.XAUTHType, 1), "XAUTH-TYPE=RADIUS-CHAP"},
		{decodetest.Long(decode.XAUTHUserName, []byte("alice")...), "XAUTH-USER-NAME=alice"},
		{decodetest.Long(decode.XAUTHChallenge, 1, 2, 255), "XAUTH-CHALLENGE=0x0102ff"},
		{decodetest.Long(decode.XAUTHMessage, []byte("Enter \x1b[1mPIN")...), `XAUTH-MESSAGE="Enter \x1b[1mPIN"`},
		{decodetest.Basic(decode.XAUTHStatus, 1), "XAUTH-STATUS=OK"},
		{decodetest.Basic(decode.XAUTHStatus, 0), "XAUTH-STATUS=FAIL"},
		{decodetest.Long(decode.UnityBanner, []byte("Welcome")...), "UNITY_BANNER=Welcome"},
		{decodetest.Long(decode.UnitySplitInclude, 10, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 9, 0, 0, 255, 255, 0, 0, 0, 6, 0, 0, 0, 80),
			"UNITY_SPLIT_INCLUDE=10.0.0.0/8 10.9.0.0/16 (000600000050)"},
		{decodetest.Long(decode.UnitySplitInclude, 10, 0, 0, 0, 255, 0, 0, 0), "UNITY_SPLIT_INCLUDE=0x0a000000ff000000"},
		{decodetest.Basic(decode.UnityPFS, 2), "UNITY_PFS=2"},
		{decodetest.Basic(28700, 2), "attribute 28700=2"},
	}
	for _, tt := range tests {
		if got := tt.attr.ConfigName() + "=" + tt.attr.ConfigValue(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
