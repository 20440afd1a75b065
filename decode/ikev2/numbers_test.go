package ikev2

import (
	"fmt"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

func TestNumberNames(t *testing.T) {
	tests := []struct {
		v    fmt.Stringer
		want string
	}{
		{PayloadSK, "SK"}, {PayloadPS, "PS"}, {ExchangeSAInit, "IKE_SA_INIT"},
		{ExchangeFollowupKE, "IKE_FOLLOWUP_KE"}, {FlagResponse, "response"}, {TransformESN, "ESN"},
		{TransformADDKE7, "ADDKE7"}, {TransformType(99), "transform type 99"}, {NotifyRekeySA, "REKEY_SA"},
		{NotifyType(16500), "notify 16500"}, {NotifyType(15500), "CONGESTION"}, {AuthSharedKey, "shared key"},
		{AuthMethod(99), "authentication method 99"},
		{EAPMSCHAPv2, "MSCHAPv2"}, {EAPType(99), "EAP type 99"}, {ike.EAPFailure, "Failure"},
		{ike.EAPCode(99), "EAP code 99"}, {MSCHAPv2Response, "Response"}, {MSCHAPv2Op(99), "operation 99"},
		{FlagInitiator | FlagVersion, "initiator, version"},
	}
	for _, tt := range tests {
		if got := tt.v.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// The registries of IKEv2, as IANA has them; what is left out is not assigned or reserved.
func TestRegistriesAreComplete(t *testing.T) {
	check := func(what string, missing any) {
		if s := fmt.Sprint(missing); s != "[]" {
			t.Errorf("%s without a name: %s", what, s)
		}
	}
	check("EAP types", testbytes.Holes(eapTypeNames, EAPIdentity, 56, 7, 8, 20))
}
