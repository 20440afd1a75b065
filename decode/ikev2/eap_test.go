package ikev2

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

var eapVectors = []decodetest.Vector{
	{Name: "request for an identity", Type: PayloadEAP, Hex: "01 00 0005 01",
		Want: &EAP{Code: ike.EAPRequest, Length: 5, Type: EAPIdentity, Data: []byte{}}},
	{Name: "identity", Type: PayloadEAP, Hex: "02 07 000a 01 616c696365",
		Want: &EAP{Code: ike.EAPResponse, Identifier: 7, Length: 10, Type: EAPIdentity, Data: []byte("alice")}},
	{Name: "EAP success", Type: PayloadEAP, Hex: "03 7f 0004",
		Want: &EAP{Code: ike.EAPSuccess, Identifier: 0x7f, Length: 4, Data: []byte{}}},
	{Name: "EAP bytes left over", Type: PayloadEAP, Hex: "04 7f 0004 ff", Notes: 1,
		Want: &EAP{Code: ike.EAPFailure, Identifier: 0x7f, Length: 4, Data: []byte{}, Spare: []byte{0xff}}},
	{Name: "EAP initiate", Type: PayloadEAP, Hex: "05 01 0006 02 00",
		Want: &EAP{Code: ike.EAPInitiate, Identifier: 1, Length: 6, Type: 2, Data: []byte{0}}},
	{Name: "EAP of unknown code", Type: PayloadEAP, Hex: "63 01 0006 02 00",
		Want: &EAP{Code: 99, Identifier: 1, Length: 6, Data: []byte{2, 0}}},
}

func TestEAP(t *testing.T) { decodetest.TestVectors(t, Grammar, eapVectors) }

func TestEAPErrors(t *testing.T) {
	tests := []struct {
		hex  string
		want error
	}{
		{"", wire.ErrTruncated}, {"01 00 0003", wire.ErrLength}, {"01 00 0004", wire.ErrTruncated}, {"01 00 0006 01", wire.ErrTruncated},
		{"03 00 0005", wire.ErrTruncated}, {"03 00 0000", wire.ErrLength},
	}
	for _, tt := range tests {
		if _, _, err := Grammar.ParsePayloads(PayloadEAP, decodetest.PayloadBytes(testbytes.Unhex(t, tt.hex))); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.hex, err, tt.want)
		}
	}
}

// A response of MSCHAPv2: the length of its value and the value.
var mschapv2ResponseHex = "31" + strings.Repeat("ab", 49)

var eapTexts = []struct{ hex, want string }{
	{"01 00 0005 01", "Request 0 Identity"},
	{"02 00 000a 01 616c696365", "Response 0 Identity alice"},
	{"01 01 0007 02 6869", "Request 1 Notification hi"},
	{"02 01 0007 03 15 0d", "Response 1 Nak wants TTLS, TLS"},
	{"02 01 0005 03", "Response 1 Nak"},
	{"01 02 0008 04 02 aaaa", "Request 2 MD5-Challenge"},
	{"02 02 0008 04 02 aaaa", "Response 2 MD5-Challenge ********"},
	{"02 03 0009 06 70617373", "Response 3 GTC ********"},
	{"02 03 0009 05 70617373", "Response 3 OTP ********"},
	{"01 04 0006 0d 20", "Request 4 TLS start"},
	{"02 04 0006 0d 00", "Response 4 TLS acknowledgement"},
	{"02 04 0007 15 40 ff", "Response 4 TTLS fragment"},
	{"02 04 0007 19 00 ff", "Response 4 PEAP records"},
	{"01 05 0008 17 01 0000", "Request 5 AKA AKA-Challenge"},
	{"01 05 0008 12 0a 0000", "Request 5 SIM SIM-Start"},
	{"01 05 0008 32 63 0000", "Request 5 AKA' subtype 99"},
	{"01 7e 0010 1a 01 7e 000b 02 aabb 67776220", "Request 126 MSCHAPv2 Challenge, name gwb "},
	{"02 7e 0040 1a 02 7e 003b " + mschapv2ResponseHex + "616c696365", "Response 126 MSCHAPv2 Response, name alice"},
	{"01 7f 0012 1a 03 7f 000d 533d4142204d3d6869", "Request 127 MSCHAPv2 Success, hi"},
	{"02 7f 0006 1a 03", "Response 127 MSCHAPv2 Success"},
	{"01 7f 0016 1a 04 7f 0011 453d36393120523d31204d3d6e", "Request 127 MSCHAPv2 Failure, error 691, n"},
	{"01 7f 0007 1a 01 7f", "Request 127 MSCHAPv2"},
	{"01 05 000d fe 000000 00000001 61", "Request 5 Identity a"},
	{"01 05 000d fe 000001 00000001 61", "Request 5 Expanded"},
	{"01 05 0008 fe 000000", "Request 5 Expanded"},
	{"01 05 0005 63", "Request 5 EAP type 99"},
	{"03 7f 0004", "Success 127"},
	{"05 01 0006 02 00", "Initiate 1 type 2"},
	{"63 01 0004", "EAP code 99 1"},
}

func TestEAPString(t *testing.T) {
	for _, tt := range eapTexts {
		ps, _, err := Grammar.ParsePayloads(PayloadEAP, decodetest.PayloadBytes(testbytes.Unhex(t, tt.hex)))
		if err != nil {
			t.Errorf("%s: %v", tt.hex, err)
			continue
		}
		if got := ps[0].Body.(*EAP).String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestEAPParts(t *testing.T) {
	parse := func(hex string) *EAP {
		ps, _, err := Grammar.ParsePayloads(PayloadEAP, decodetest.PayloadBytes(testbytes.Unhex(t, hex)))
		if err != nil {
			t.Fatal(err)
		}
		return ps[0].Body.(*EAP)
	}
	if id, ok := parse("02 00 000a 01 616c696365").Identity(); !ok || id != "alice" {
		t.Errorf("identity %q, %v", id, ok)
	}
	if _, ok := parse("01 00 000a 01 616c696365").Identity(); ok {
		t.Error("a request has an identity")
	}
	m, ok := parse("01 7e 0010 1a 01 7e 000b 02 aabb 67776220").MSCHAPv2()
	if !ok || m.Op != MSCHAPv2Challenge || m.ID != 0x7e || !bytes.Equal(m.Value, []byte{0xaa, 0xbb}) || m.Name != "gwb " {
		t.Errorf("%+v, %v", m, ok)
	}
	if _, ok := parse("03 7f 0004").MSCHAPv2(); ok {
		t.Error("EAP success is no MSCHAPv2")
	}
	e := parse("04 7f 0004 ff")
	if got := e.Message(); !bytes.Equal(got, []byte{4, 0x7f, 0, 4}) {
		t.Errorf("message %x", got)
	}
	e = &EAP{Code: ike.EAPResponse, Type: EAPIdentity, Data: []byte("a")}
	if got := e.Append(nil); !bytes.Equal(got, []byte{2, 0, 0, 6, 1, 'a'}) {
		t.Errorf("became %x", got)
	}
}
