package ikev1

import (
	"fmt"
	"strings"
	"testing"
)

func TestNumberNames(t *testing.T) {
	tests := []struct {
		v    fmt.Stringer
		want string
	}{
		{PayloadSA, "SA"}, {PayloadNATD, "NAT-D"}, {PayloadNATDDraft4, "NAT-D/SAK"},
		{PayloadKD, "KD"}, {PayloadPOP, "POP"}, {PayloadCrypto, "CRYPTO"},
		{ExchangeMain, "Main Mode"}, {ExchangeNewGroup, "New Group Mode"}, {ExchangeAuthIPMain, "AuthIP Main Mode"},
		{NotifyRUThere, "R-U-THERE"}, {NotifyType(16500), "notify 16500"}, {NotifyType(30), "UNEQUAL-PAYLOAD-LENGTHS"},
		{FlagEncryption | FlagCommit, "encryption, commit"},
	}
	for _, tt := range tests {
		if got := tt.v.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// The registries have no holes where we would show a number for a name.
func TestRegistriesAreComplete(t *testing.T) {
	for i := range NotifyType(30) {
		if strings.HasPrefix((i + 1).String(), "notify") {
			t.Errorf("notify %d has no name", i+1)
		}
	}
	for i := range uint16(15) {
		if phase2Attributes[i+1].Name == "" {
			t.Errorf("phase 2 attribute %d has no name", i+1)
		}
	}
	for i := range uint16(17) {
		if phase1Attributes[i+1].Name == "" {
			t.Errorf("phase 1 attribute %d has no name", i+1)
		}
	}
}
