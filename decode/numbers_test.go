package decode

import (
	"fmt"
	"testing"
)

func TestNumberNames(t *testing.T) {
	tests := []struct {
		v    fmt.Stringer
		want string
	}{
		{PayloadSA, "SA"}, {PayloadNATD, "NAT-D"}, {PayloadNATDDraft4, "NAT-D/SAK"}, {PayloadKD, "KD"}, {PayloadPOP, "POP"},
		{Payload2SK, "SK"}, {Payload2PS, "PS"}, {PayloadType(200), "payload 200"}, {PayloadCrypto, "CRYPTO"},
		{ExchangeMain, "Main Mode"}, {ExchangeNewGroup, "New Group Mode"}, {ExchangeSAInit, "IKE_SA_INIT"},
		{ExchangeFollowupKE, "IKE_FOLLOWUP_KE"}, {ExchangeType(99), "exchange 99"}, {ExchangeAuthIPMain, "AuthIP Main Mode"},
		{ProtocolESP, "ESP"}, {ProtocolIPComp, "IPComp"}, {ProtocolID(9), "protocol 9"},
		{IDIPv4Subnet, "ID_IPV4_ADDR_SUBNET"}, {IDType(99), "ID type 99"},
		{CertX509Signature, "X.509 certificate - signature"}, {CertEncoding(99), "certificate encoding 99"},
		{NotifyRUThere, "R-U-THERE"}, {NotifyType1(16500), "notify 16500"}, {NotifyType1(30), "UNEQUAL-PAYLOAD-LENGTHS"},
		{ConfigRequest, "REQUEST"}, {ConfigType(9), "configuration type 9"},
		{Group(2), "MODP-1024"}, {Group(31), "Curve25519"}, {Group(34), "GOST3410-2012-512"}, {Group(999), "group 999"},
		{Flags(0), "none"}, {FlagEncryption | FlagCommit, "encryption, commit"}, {FlagResponse, "response"},
		{Flags(0x81), "encryption, 0x80"},
		{SPI{0xc0, 0xff}, "c0ff000000000000"},
	}
	for _, tt := range tests {
		if got := tt.v.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// The registries have no holes where we would show a number for a name.
func TestRegistriesAreComplete(t *testing.T) {
	for i := range PayloadType(23) {
		if _, ok := payloadNames[i]; !ok {
			t.Errorf("payload %d has no name", i)
		}
	}
	for i := Payload2SA; i <= Payload2PS; i++ {
		if _, ok := payloadNames[i]; !ok {
			t.Errorf("payload %d has no name", i)
		}
	}
	for i := ExchangeSAInit; i <= ExchangeFollowupKE; i++ {
		if _, ok := exchangeNames[i]; !ok {
			t.Errorf("exchange %d has no name", i)
		}
	}
	for i := range NotifyType1(30) {
		if _, ok := notifyNames1[i+1]; !ok {
			t.Errorf("notify %d has no name", i+1)
		}
	}
	for i := range Group(38) {
		if _, ok := groupNames[i]; !ok {
			t.Errorf("group %d has no name", i)
		}
	}
	for i := range uint16(15) {
		if phase2Attributes[i+1].name == "" {
			t.Errorf("phase 2 attribute %d has no name", i+1)
		}
	}
	for i := range uint16(17) {
		if phase1Attributes[i+1].name == "" {
			t.Errorf("phase 1 attribute %d has no name", i+1)
		}
	}
	for i := range uint8(24) {
		if _, ok := espTransformNames[i]; !ok && i != 17 { // 17 is not assigned
			t.Errorf("ESP transform %d has no name", i)
		}
	}
	for i := range uint16(14) {
		if _, ok := authAlgorithmNames[i]; !ok {
			t.Errorf("authentication algorithm %d has no name", i)
		}
	}
}
