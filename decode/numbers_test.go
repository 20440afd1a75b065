package decode

import (
	"fmt"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
)

func TestNumberNames(t *testing.T) {
	tests := []struct {
		v    fmt.Stringer
		want string
	}{
		{PayloadType(200), "payload 200"}, {ExchangeType(99), "exchange 99"},
		{Group(2), "MODP-1024"}, {Group(31), "Curve25519"}, {Group(34), "GOST3410-2012-512"},
		{Group(999), "group 999"}, {Flags(0), "none"}, {Flags(0x81), "encryption, 0x80"},
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
	for i := PayloadType(33); i <= 54; i++ {
		if _, ok := payloadNames[i]; !ok {
			t.Errorf("payload %d has no name", i)
		}
	}
	for i := ExchangeType(34); i <= 44; i++ {
		if _, ok := exchangeNames[i]; !ok {
			t.Errorf("exchange %d has no name", i)
		}
	}
	for i := range Group(38) {
		if _, ok := i.Name(); !ok {
			t.Errorf("group %d has no name", i)
		}
	}
	for v := ike.ConfigIP4Address; v <= ike.ConfigEncDNSDigestInfo; v++ {
		if configAttributes[v].Name == "" {
			t.Errorf("configuration attribute %d without a name", v)
		}
	}
}
