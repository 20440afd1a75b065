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

func TestWrap(t *testing.T) {
	long := strings.Repeat("word ", 40)
	for _, c := range []struct {
		name  string
		spans []span
	}{
		{"words", []span{plain(long)}},
		{"columns kept", []span{plain("a      b  c  "), plain(long)}},
		{"one long word", []span{plain(strings.Repeat("x", 350))}},
		{"long word behind a short one", []span{styled(Bold, "key: "), plain(strings.Repeat("é", 350))}},
		{"spaces at the end", []span{plain(strings.Repeat("y", Width) + "   "), plain("z")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			p := NewPrinter(&b, false)
			p.line(2, 4, c.spans...)
			var all string
			for _, s := range c.spans {
				all += s.text
			}
			if got, want := strings.Join(strings.Fields(b.String()), ""), strings.Join(strings.Fields(all), ""); got != want {
				t.Errorf("text changed: %q", b.String())
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if utf8.RuneCountInString(line) > Width || strings.TrimRight(line, " ") != line {
					t.Errorf("line of %d columns: %q", utf8.RuneCountInString(line), line)
				}
			}
		})
	}
}

// Colour changes the look, never the text.
func TestColor(t *testing.T) {
	write := func(color bool) string {
		var b bytes.Buffer
		p := NewPrinter(&b, color)
		p.line(0, 2, styled(Bad, "problem: "), plain(strings.Repeat("text ", 30)), styled(Good, "established"))
		return b.String()
	}
	colored := write(true)
	if !strings.Contains(colored, "\x1b[") {
		t.Error("no colour")
	}
	for _, code := range sgr {
		colored = strings.ReplaceAll(colored, "\x1b["+code+"m", "")
	}
	if got := strings.ReplaceAll(colored, "\x1b[0m", ""); got != write(false) {
		t.Errorf("got %q", got)
	}
}

func TestFold(t *testing.T) {
	got := fold("one two three\nfour", 7)
	if want := "one two\nthree\nfour"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFrameList(t *testing.T) {
	for _, c := range []struct {
		in   []int
		want string
	}{
		{nil, ""}, {[]int{4}, "frame 4"}, {[]int{4, 9, 12}, "frames 4, 9 and 12"},
		{[]int{1, 2, 3, 4, 5, 6, 7, 8}, "frames 1, 2, 3, 4, 5 and 3 more"},
	} {
		if got := frameList(c.in); got != c.want {
			t.Errorf("frameList(%v) = %q, want %q", c.in, got, c.want)
		}
	}
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
