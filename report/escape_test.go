package report

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"
)

func hexIn(text string, key []byte) bool {
	return len(key) > 0 && strings.Contains(strings.ToLower(text), hex.EncodeToString(key))
}

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"gwa.example.org", "gwa.example.org"},
		{"Zürich ✓", "Zürich ✓"},
		{"\x1b[31mred", `\x1b[31mred`},
		{"two\nlines\r\a\x7f", `two\x0alines\x0d\x07\x7f`},
		{"csi \u009b31m", `csi \u{009b}31m`},
		{"bidi \u202egro", `bidi \u{202e}gro`},
		{"\xff\xfe", `\xff\xfe`},
		{"\xe2\x80", `\xe2\x80`},
		{"", ""},
	} {
		if got := Escape(c.in); got != c.want {
			t.Errorf("Escape(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b]0;title\a\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Escape(s)
		if !utf8.ValidString(got) || Escape(got) != got {
			t.Errorf("Escape(%q) = %q is not plain", s, got)
		}
	})
}

// JSON that a terminal shows obeys no control character either.
func TestJSONIsPlain(t *testing.T) {
	var b bytes.Buffer
	d := &Document{Captures: []string{"a\u009b31m\u202eb\x1b \U000e0041"}}
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), `"a\u009b31m\u202eb\u001b \udb40\udc41"`; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s in it", got, want)
	}
}
