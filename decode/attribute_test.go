package decode

import "testing"

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
		if got, ok := (Attribute{Value: tt.value}).Uint(); got != tt.want || ok != tt.ok {
			t.Errorf("%x: got %d, %v", tt.value, got, ok)
		}
	}
}

func TestLifetime(t *testing.T) {
	tests := []struct {
		name  string
		attrs []Attribute
		want  Lifetime
	}{
		{"seconds", []Attribute{basic(1, 1), basic(2, 3600)}, Lifetime{Seconds: 3600}},
		{"3 bytes", []Attribute{basic(1, 1), long(2, 1, 0, 0)}, Lifetime{Seconds: 65536}},
		{"kilobytes first", []Attribute{basic(1, 2), basic(2, 9), basic(1, 1), basic(2, 60)}, Lifetime{60, 9}},
		{"no type", []Attribute{basic(2, 60)}, Lifetime{Seconds: 60}},
		{"unknown type", []Attribute{basic(1, 3), basic(2, 60)}, Lifetime{}},
		{"first counts", []Attribute{basic(1, 1), basic(2, 60), basic(1, 1), basic(2, 90)}, Lifetime{Seconds: 60}},
		{"10 bytes", []Attribute{basic(1, 1), long(2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)}, Lifetime{Seconds: 1<<64 - 1}},
		{"empty", []Attribute{basic(1, 1), long(2)}, Lifetime{}},
	}
	for _, tt := range tests {
		if got := LifetimeOf(tt.attrs, 1, 2); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestConfigValue(t *testing.T) {
	tests := []struct {
		attr Attribute
		want string
	}{
		{long(ConfigIP4Address, 10, 9, 0, 1), "INTERNAL_IP4_ADDRESS=10.9.0.1"},
		{long(ConfigIP4Address), "INTERNAL_IP4_ADDRESS="},
		{long(ConfigIP4Address, 1, 2, 3), "INTERNAL_IP4_ADDRESS=0x010203"},
		{long(ConfigIP4Netmask, 255, 255, 0, 0), "INTERNAL_IP4_NETMASK=255.255.0.0"},
		{long(ConfigAddressExpiry, 0, 0, 0x0e, 0x10), "INTERNAL_ADDRESS_EXPIRY=3600 s"},
		{long(ConfigApplicationVersion, []byte("Client 1")...), "APPLICATION_VERSION=Client 1"},
		{long(ConfigIP6Address, append(make([]byte, 15), 1, 64)...), "INTERNAL_IP6_ADDRESS=::1/64"},
		{long(ConfigIP4Subnet, 10, 0, 0, 0, 255, 0, 0, 0), "INTERNAL_IP4_SUBNET=10.0.0.0/8"},
		{long(ConfigSupportedAttributes, 0, 1, 0, 3, 0, 99),
			"SUPPORTED_ATTRIBUTES=INTERNAL_IP4_ADDRESS INTERNAL_IP4_DNS attribute 99"},
		{long(ConfigSupportedAttributes, 0, 1, 0), "SUPPORTED_ATTRIBUTES=0x000100"},
		{basic(XAUTHType, 1), "XAUTH-TYPE=RADIUS-CHAP"},
		{long(XAUTHUserName, []byte("alice")...), "XAUTH-USER-NAME=alice"},
		{long(XAUTHChallenge, 1, 2, 255), "XAUTH-CHALLENGE=0x0102ff"},
		{long(XAUTHMessage, []byte("Enter \x1b[1mPIN")...), `XAUTH-MESSAGE="Enter \x1b[1mPIN"`},
		{basic(XAUTHStatus, 1), "XAUTH-STATUS=OK"},
		{basic(XAUTHStatus, 0), "XAUTH-STATUS=FAIL"},
		{long(UnityBanner, []byte("Welcome")...), "UNITY_BANNER=Welcome"},
		{long(UnitySplitInclude, 10, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 9, 0, 0, 255, 255, 0, 0, 0, 6, 0, 0, 0, 80),
			"UNITY_SPLIT_INCLUDE=10.0.0.0/8 10.9.0.0/16 (000600000050)"},
		{long(UnitySplitInclude, 10, 0, 0, 0, 255, 0, 0, 0), "UNITY_SPLIT_INCLUDE=0x0a000000ff000000"},
		{basic(UnityPFS, 2), "UNITY_PFS=2"},
		{basic(28700, 2), "attribute 28700=2"},
	}
	for _, tt := range tests {
		if got := tt.attr.ConfigName() + "=" + tt.attr.ConfigValue(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
