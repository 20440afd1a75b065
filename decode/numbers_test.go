package decode

import (
	"fmt"
	"slices"
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
		{TransformESN, "ESN"}, {TransformADDKE7, "ADDKE7"}, {TransformType(99), "transform type 99"},
		{Notify2RekeySA, "REKEY_SA"}, {NotifyType2(16500), "notify 16500"}, {NotifyType2(15500), "CONGESTION"},
		{Auth2SharedKey, "shared key"}, {AuthMethod2(99), "authentication method 99"},
		{HashSHA256, "SHA2-256"}, {HashAlgorithm(99), "hash 99"},
		{TSIPv6Range, "TS_IPV6_ADDR_RANGE"}, {TSType(99), "traffic selector type 99"},
		{EAPMSCHAPv2, "MSCHAPv2"}, {EAPType(99), "EAP type 99"}, {EAPFailure, "Failure"}, {EAPCode(99), "EAP code 99"},
		{MSCHAPv2Response, "Response"}, {MSCHAPv2Op(99), "operation 99"},
		{CertHashURLBundle, "hash and URL of X.509 bundle"},
		{FlagInitiator | FlagVersion, "initiator, version"},
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

// holes lists the numbers from first to last that names lacks, those of skip aside.
func holes[T ~uint8 | ~uint16](names map[T]string, first, last T, skip ...T) (missing []T) {
	for v := first; ; v++ {
		if _, ok := names[v]; !ok && !slices.Contains(skip, v) {
			missing = append(missing, v)
		}
		if v == last {
			return missing
		}
	}
}

// The registries of IKEv2, as IANA has them; what is left out is not assigned or reserved.
func TestRegistriesAreComplete2(t *testing.T) {
	check := func(what string, missing any) {
		if s := fmt.Sprint(missing); s != "[]" {
			t.Errorf("%s without a name: %s", what, s)
		}
	}
	check("transform types", holes(transformTypeNames, TransformENCR, TransformGCAUTH))
	check("ENCR", holes(encrNames, 1, 35, 10, 17))
	check("PRF", holes(prfNames, 1, 9))
	check("INTEG", holes(integNames, 0, 14))
	check("ESN", holes(esnNames, 0, 2))
	check("key wrap", holes(keyWrapNames, 1, 4))
	check("GCAUTH", holes(gcAuthNames, 1, 2))
	check("ID types", holes(idTypeNames2, 0, IDNull, 4, 6, 7, 8))
	check("certificate encodings", holes(certEncodingNames, 0, CertRawPublicKey))
	check("authentication methods", holes(authMethodNames2, 0, Auth2DigitalSignature, 4, 5, 6, 7, 8))
	check("notify errors", holes(notifyNames2, 34, Notify2RegistrationFailed))
	check("notify status", holes(notifyNames2, Notify2InitialContact, Notify2FullTranscriptAuth))
	check("protocols", holes(protocolNames2, 0, ProtocolGIKEUpdate))
	check("traffic selectors", holes(tsTypeNames, TSIPv4Range, TSSecLabel))
	check("hash algorithms", holes(hashAlgorithmNames, 0, HashStreebog512))
	check("EAP types", holes(eapTypeNames, EAPIdentity, 56, 7, 8, 20))
	for v := ConfigIP4Address; v <= ConfigEncDNSDigestInfo; v++ {
		if configAttributes[v].name == "" {
			t.Errorf("configuration attribute %d without a name", v)
		}
	}
	for _, v := range []NotifyType2{1, 4, 5, 7, 9, 11, 14, 17, 24} {
		if notifyNames2[v] == "" {
			t.Errorf("notify %d without a name", v)
		}
	}
	names := map[string]NotifyType2{}
	for v, name := range notifyNames2 {
		if old, ok := names[name]; ok {
			t.Errorf("notify %d and %d are both %s", old, v, name)
		}
		names[name] = v
	}
}

func TestProtocolName2(t *testing.T) {
	for p, want := range map[ProtocolID]string{ProtocolIKE: "IKE", ProtocolESP: "ESP", ProtocolFCESP: "FC_ESP_HEADER", 9: "protocol 9"} {
		if got := p.Name2(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
