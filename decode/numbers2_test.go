package decode

import (
	"fmt"
	"testing"
)

func TestNumberNames2(t *testing.T) {
	tests := []struct {
		v    fmt.Stringer
		want string
	}{
		{Payload2SK, "SK"}, {Payload2PS, "PS"}, {ExchangeSAInit, "IKE_SA_INIT"},
		{ExchangeFollowupKE, "IKE_FOLLOWUP_KE"}, {FlagResponse, "response"}, {TransformESN, "ESN"},
		{TransformADDKE7, "ADDKE7"}, {TransformType(99), "transform type 99"}, {Notify2RekeySA, "REKEY_SA"},
		{NotifyType2(16500), "notify 16500"}, {NotifyType2(15500), "CONGESTION"}, {Auth2SharedKey, "shared key"},
		{AuthMethod2(99), "authentication method 99"}, {TSIPv6Range, "TS_IPV6_ADDR_RANGE"}, {TSType(99), "traffic selector type 99"},
		{EAPMSCHAPv2, "MSCHAPv2"}, {EAPType(99), "EAP type 99"}, {EAPFailure, "Failure"},
		{EAPCode(99), "EAP code 99"}, {MSCHAPv2Response, "Response"}, {MSCHAPv2Op(99), "operation 99"},
		{FlagInitiator | FlagVersion, "initiator, version"},
	}
	for _, tt := range tests {
		if got := tt.v.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
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
	check("authentication methods", holes(authMethodNames2, 0, Auth2DigitalSignature, 4, 5, 6, 7, 8))
	check("notify errors", holes(notifyNames2, 34, Notify2RegistrationFailed))
	check("notify status", holes(notifyNames2, Notify2InitialContact, Notify2FullTranscriptAuth))
	check("protocols", holes(protocolNames2, 0, ProtocolGIKEUpdate))
	check("traffic selectors", holes(tsTypeNames, TSIPv4Range, TSSecLabel))
	check("EAP types", holes(eapTypeNames, EAPIdentity, 56, 7, 8, 20))
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
		if got := ProtocolName2(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
