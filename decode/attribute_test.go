package decode_test

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
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

func TestConfigValue(t *testing.T) {
	tests := []struct {
		attr decode.Attribute
		want string
	}{
		{decodetest.Long(ike.ConfigIP4Address, 10, 9, 0, 1), "INTERNAL_IP4_ADDRESS=10.9.0.1"},
		{decodetest.Long(ike.ConfigIP4Address), "INTERNAL_IP4_ADDRESS="},
		{decodetest.Long(ike.ConfigIP4Address, 1, 2, 3), "INTERNAL_IP4_ADDRESS=0x010203"},
		{decodetest.Long(ike.ConfigIP4Netmask, 255, 255, 0, 0), "INTERNAL_IP4_NETMASK=255.255.0.0"},
		{decodetest.Long(ike.ConfigAddressExpiry, 0, 0, 0x0e, 0x10), "INTERNAL_ADDRESS_EXPIRY=3600 s"},
		{decodetest.Long(ike.ConfigApplicationVersion, []byte("Client 1")...), "APPLICATION_VERSION=Client 1"},
		{decodetest.Long(ike.ConfigIP6Address, append(make([]byte, 15), 1, 64)...), "INTERNAL_IP6_ADDRESS=::1/64"},
		{decodetest.Long(ike.ConfigIP4Subnet, 10, 0, 0, 0, 255, 0, 0, 0), "INTERNAL_IP4_SUBNET=10.0.0.0/8"},
		{decodetest.Long(ike.ConfigSupportedAttributes, 0, 1, 0, 3, 0, 99),
			"SUPPORTED_ATTRIBUTES=INTERNAL_IP4_ADDRESS INTERNAL_IP4_DNS attribute 99"},
		{decodetest.Long(ike.ConfigSupportedAttributes, 0, 1, 0), "SUPPORTED_ATTRIBUTES=0x000100"},
		{decodetest.Basic(ike.XAUTHType, 1), "XAUTH-TYPE=RADIUS-CHAP"},
		{decodetest.Long(ike.XAUTHUserName, []byte("alice")...), "XAUTH-USER-NAME=alice"},
		{decodetest.Long(ike.XAUTHChallenge, 1, 2, 255), "XAUTH-CHALLENGE=0x0102ff"},
		{decodetest.Long(ike.XAUTHMessage, []byte("Enter \x1b[1mPIN")...), `XAUTH-MESSAGE="Enter \x1b[1mPIN"`},
		{decodetest.Basic(ike.XAUTHStatus, 1), "XAUTH-STATUS=OK"},
		{decodetest.Basic(ike.XAUTHStatus, 0), "XAUTH-STATUS=FAIL"},
		{decodetest.Long(ike.UnityBanner, []byte("Welcome")...), "UNITY_BANNER=Welcome"},
		{decodetest.Long(ike.UnitySplitInclude, 10, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 9, 0, 0, 255, 255, 0, 0, 0, 6, 0, 0, 0, 80),
			"UNITY_SPLIT_INCLUDE=10.0.0.0/8 10.9.0.0/16 (000600000050)"},
		{decodetest.Long(ike.UnitySplitInclude, 10, 0, 0, 0, 255, 0, 0, 0), "UNITY_SPLIT_INCLUDE=0x0a000000ff000000"},
		{decodetest.Basic(ike.UnityPFS, 2), "UNITY_PFS=2"},
		{decodetest.Basic(28700, 2), "attribute 28700=2"},
	}
	for _, tt := range tests {
		if got := tt.attr.ConfigName() + "=" + tt.attr.ConfigValue(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
