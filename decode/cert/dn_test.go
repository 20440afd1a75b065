package cert

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

func TestDNString(t *testing.T) {
	tests := []struct{ name, hex, want string }{
		{"printable and UTF-8", testbytes.DN, "C=CH, O=Lab, CN=gwa.example.org"},
		{"empty", "3000", ""},
		{"T.61 string", "300e 310c 300a 0603550403 1403612c62", `CN=a\,b`},
		{"BMP string", "300f 310d 300b 0603550403 1e0400410042", "CN=AB"},
		{"BMP string of odd length", "300e 310c 300a 0603550403 1e03004100", "CN=#1e03004100"},
		{"an integer", "300c 310a 3008 0603550403 020105", "CN=#020105"},
		{"control characters", "300d 310b 3009 0603550403 13021b5b", `CN="\x1b["`},
		{"unknown type", "300c 310a 3008 06032a0304 130178", "1.2.3.4=x"},
		{"two in one RDN", "3016 3114 3008 0603550403 130178 3008 060355040b 130179", "CN=x+OU=y"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ike.DN(testbytes.Unhex(t, tt.hex))
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestDNStringOfGarbage(t *testing.T) {
	for _, hex := range []string{"", "30", "3080", "3003310100", "300000", "0500", "3035310b"} {
		if got, err := ike.DN(testbytes.Unhex(t, hex)); err == nil {
			t.Errorf("%s: got %q", hex, got)
		}
	}
}

// What crypto/x509 writes must read back.
func TestDNStringOfPKIX(t *testing.T) {
	name := pkix.Name{Country: []string{"DE"}, Organization: []string{"Bär & Söhne"}, CommonName: "gw",
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "a@b"}}}
	der, err := asn1.Marshal(name.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	got, err := ike.DN(der)
	if want := "C=DE, O=Bär & Söhne, CN=gw, E=a@b"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
