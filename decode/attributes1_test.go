package decode

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

var attributes1Vectors = []bodyVector{
	{name: "XAUTH request", typ: PayloadAttributes, hex: "01 00 0000 40890000 408a0000",
		want: &Attributes1{Type: ConfigRequest, Attributes: []Attribute{
			{XAUTHUserName, false, []byte{}}, {XAUTHUserPassword, false, []byte{}}}}},
	{name: "XAUTH status", typ: PayloadAttributes, hex: "03 00 1234 c08f0001",
		want: &Attributes1{Type: ConfigSet, ID: 0x1234, Attributes: []Attribute{{XAUTHStatus, true, []byte{0, 1}}}}},
	{name: "address reply", typ: PayloadAttributes, hex: "02 00 0000 0001 0004 0a090001 0003 0004 0a010035",
		want: &Attributes1{Type: ConfigReply, Attributes: []Attribute{
			{ConfigIP4Address, false, []byte{10, 9, 0, 1}}, {ConfigIP4DNS, false, []byte{10, 1, 0, 53}}}}},
	{name: "reserved byte", typ: PayloadAttributes, hex: "04 ff 0000",
		want: &Attributes1{Type: ConfigAck, Reserved: 0xff}, notes: 1},
}

func TestAttributes1(t *testing.T) { testVectors(t, attributes1Vectors) }

func TestAttributes1Cut(t *testing.T) {
	ps, _, err := ParsePayloads(PayloadAttributes, payloadBytes(unhex(t, "02000000 0001 0004 0a090001 0003 ffff 0a")))
	if !errors.Is(err, ErrTruncated) {
		t.Fatalf("error %v", err)
	}
	if got, want := ps[0].Body.(*Attributes1).String(), "REPLY INTERNAL_IP4_ADDRESS=10.9.0.1"; got != want {
		t.Errorf("got %q, want %q", got, want)
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

func TestConfigSecretsAreMasked(t *testing.T) {
	for _, typ := range []uint16{XAUTHUserPassword, XAUTHPasscode, XAUTHNextPIN, XAUTHAnswer} {
		a := long(typ, []byte("wonderland")...)
		body := &Attributes1{Type: ConfigReply, Attributes: []Attribute{a}}
		if !a.IsSecret() || strings.Contains(a.ConfigValue()+body.String()+fmt.Sprint(body), "wonder") {
			t.Errorf("%s: %s", a.ConfigName(), body)
		}
		// Not even the length may show.
		if a.ConfigValue() != long(typ, 'x').ConfigValue() {
			t.Errorf("%s: the mask tells the length", a.ConfigName())
		}
	}
	if basic(XAUTHStatus, 1).IsSecret() {
		t.Error("a status is no secret")
	}
}

func TestAttributes1String(t *testing.T) {
	a := &Attributes1{Type: ConfigReply, Attributes: []Attribute{
		long(XAUTHUserName, 'b'), long(XAUTHUserPassword, 'c'), long(XAUTHDomain)}}
	if got, want := a.String(), "REPLY XAUTH-USER-NAME=b, XAUTH-USER-PASSWORD=********, XAUTH-DOMAIN"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (&Attributes1{Type: 77}).String(), "configuration type 77"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
