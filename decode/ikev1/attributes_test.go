package ikev1

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

var attributesVectors = []decodetest.Vector{
	{Name: "XAUTH request", Type: PayloadAttributes, Hex: "01 00 0000 40890000 408a0000",
		Want: &Attributes{Type: ike.ConfigRequest, Attributes: []decode.Attribute{
			{Type: ike.XAUTHUserName, Value: []byte{}}, {Type: ike.XAUTHUserPassword, Value: []byte{}}}}},
	{Name: "XAUTH status", Type: PayloadAttributes, Hex: "03 00 1234 c08f0001",
		Want: &Attributes{Type: ike.ConfigSet, ID: 0x1234, Attributes: []decode.Attribute{{Type: ike.XAUTHStatus, Basic: true, Value: []byte{0, 1}}}}},
	{Name: "address reply", Type: PayloadAttributes, Hex: "02 00 0000 0001 0004 0a090001 0003 0004 0a010035",
		Want: &Attributes{Type: ike.ConfigReply, Attributes: []decode.Attribute{
			{Type: ike.ConfigIP4Address, Value: []byte{10, 9, 0, 1}}, {Type: ike.ConfigIP4DNS, Value: []byte{10, 1, 0, 53}}}}},
	{Name: "reserved byte", Type: PayloadAttributes, Hex: "04 ff 0000",
		Want: &Attributes{Type: ike.ConfigAck, Reserved: 0xff}, Notes: 1},
}

func TestAttributes(t *testing.T) { decodetest.TestVectors(t, Grammar, attributesVectors) }

func TestAttributesCut(t *testing.T) {
	ps, _, err := Grammar.ParsePayloads(PayloadAttributes, decodetest.PayloadBytes(testbytes.Unhex(t, "02000000 0001 0004 0a090001 0003 ffff 0a")))
	if !errors.Is(err, wire.ErrTruncated) {
		t.Fatalf("error %v", err)
	}
	if got, want := ps[0].Body.(*Attributes).String(), "REPLY INTERNAL_IP4_ADDRESS=10.9.0.1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConfigSecretsAreMasked(t *testing.T) {
	for _, typ := range []uint16{ike.XAUTHUserPassword, ike.XAUTHPasscode, ike.XAUTHNextPIN, ike.XAUTHAnswer} {
		a := decodetest.Long(typ, []byte("wonderland")...)
		body := &Attributes{Type: ike.ConfigReply, Attributes: []decode.Attribute{a}}
		if !a.IsSecret() || strings.Contains(a.ConfigValue()+body.String()+fmt.Sprint(body), "wonder") {
			t.Errorf("%s: %s", a.ConfigName(), body)
		}
		// Not even the length may show.
		if a.ConfigValue() != decodetest.Long(typ, 'x').ConfigValue() {
			t.Errorf("%s: the mask tells the length", a.ConfigName())
		}
	}
	if decodetest.Basic(ike.XAUTHStatus, 1).IsSecret() {
		t.Error("a status is no secret")
	}
}

func TestAttributesString(t *testing.T) {
	a := &Attributes{Type: ike.ConfigReply, Attributes: []decode.Attribute{
		decodetest.Long(ike.XAUTHUserName, 'b'), decodetest.Long(ike.XAUTHUserPassword, 'c'), decodetest.Long(ike.XAUTHDomain)}}
	if got, want := a.String(), "REPLY XAUTH-USER-NAME=b, XAUTH-USER-PASSWORD=********, XAUTH-DOMAIN"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (&Attributes{Type: 77}).String(), "configuration type 77"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
