package secret

import "testing"

func TestFormOf(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want Form
	}{
		{"Corp-2024!", "Corp-2024! ", TrailingBlank}, {"Corp-2024!\n", "Corp-2024!", TrailingNewline}, {"key", "key\r\n", TrailingNewline},
		{"\tkey", "key", LeadingBlank}, {`"key"`, "key", Quotes}, {"key", "'key'", Quotes}, {"key", "0x6b6579", Hex}, {"6b6579", "key", Hex},
		{"0x6b6579", "6b6579", Hex}, {"z\xfcrich", "zürich", Encoding}, {"zürich", "z\xfcrich", Encoding}, {"Secret", "secret", Case}, {"sEcret", "secreT", Case},
		{"key", "key", 0}, {"key", "other", 0}, {"", "", 0}, {"", "key", 0},
	} {
		if got := FormOf([]byte(c.a), []byte(c.b)); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
