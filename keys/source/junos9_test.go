package source

import "testing"

func TestJunosSecret(t *testing.T) {
	if got, ok := junosSecret("$9$LbHX-wg4Z"); !ok || got != "lc" { // of the documentation of Crypt::Juniper
		t.Errorf("%q %v", got, ok)
	}
	for _, s := range []string{"", "$9$", "$9$L", "$9$LbHX-wg4", "$9$LbHX-wg4~", "$8$aes256", "LbHX-wg4Z"} {
		if got, ok := junosSecret(s); ok {
			t.Errorf("%q: %q", s, got)
		}
	}
}
