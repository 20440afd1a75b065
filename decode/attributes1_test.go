package decode

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

var attributes1Vectors = []bodyVector{
	{Name: "XAUTH request", Type: PayloadAttributes, Hex: "01 00 0000 40890000 408a0000",
		Want: &Attributes1{Type: ConfigRequest, Attributes: []Attribute{
			{XAUTHUserName, false, []byte{}}, {XAUTHUserPassword, false, []byte{}}}}},
	{Name: "XAUTH status", Type: PayloadAttributes, Hex: "03 00 1234 c08f0001",
		Want: &Attributes1{Type: ConfigSet, ID: 0x1234, Attributes: []Attribute{{XAUTHStatus, true, []byte{0, 1}}}}},
	{Name: "address reply", Type: PayloadAttributes, Hex: "02 00 0000 0001 0004 0a090001 0003 0004 0a010035",
		Want: &Attributes1{Type: ConfigReply, Attributes: []Attribute{
			{ConfigIP4Address, false, []byte{10, 9, 0, 1}}, {ConfigIP4DNS, false, []byte{10, 1, 0, 53}}}}},
	{Name: "reserved byte", Type: PayloadAttributes, Hex: "04 ff 0000",
		Want: &Attributes1{Type: ConfigAck, Reserved: 0xff}, Notes: 1},
}

func TestAttributes1(t *testing.T) { testVectors(t, Grammar1, attributes1Vectors) }

func TestAttributes1Cut(t *testing.T) {
	ps, _, err := Grammar1.ParsePayloads(PayloadAttributes, payloadBytes(unhex(t, "02000000 0001 0004 0a090001 0003 ffff 0a")))
	if !errors.Is(err, ErrTruncated) {
		t.Fatalf("error %v", err)
	}
	if got, want := ps[0].Body.(*Attributes1).String(), "REPLY INTERNAL_IP4_ADDRESS=10.9.0.1"; got != want {
		t.Errorf("got %q, want %q", got, want)
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
