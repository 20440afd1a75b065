package text

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report/internal/columns"
)

func TestWrap(t *testing.T) {
	long := strings.Repeat("word ", 40)
	for _, c := range []struct {
		name  string
		spans []span
	}{
		{"words", []span{plain(long)}},
		{"columns kept", []span{plain("a      b  c  "), plain(long)}},
		{"wide characters", []span{plain(strings.Repeat("東京大阪 ", 40))}},
		{"one long word of wide characters", []span{plain("a"), plain(strings.Repeat("東", 350))}},
		{"one long word", []span{plain(strings.Repeat("x", 350))}},
		{"long word behind a short one", []span{styled(bold, "key: "), plain(strings.Repeat("é", 350))}},
		{"spaces at the end", []span{plain(strings.Repeat("y", 100) + "   "), plain("z")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			p := NewPrinter(&b, Options{Width: 100})
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
				if columns.Width(line) > 100 || strings.TrimRight(line, " ") != line {
					t.Errorf("line of %d columns: %q", columns.Width(line), line)
				}
			}
		})
	}
}

// Colour changes the look, never the text.
func TestColor(t *testing.T) {
	write := func(color bool) string {
		var b bytes.Buffer
		p := NewPrinter(&b, Options{Color: color, Width: 100})
		p.line(0, 2, styled(bad, "problem: "), plain(strings.Repeat("text ", 30)), styled(good, "established"))
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
