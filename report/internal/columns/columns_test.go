package columns

import (
	"slices"
	"strings"
	"testing"
)

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{
		"": 0, "gwa.example.org": 15, "Zürich": 6, "Zu\u0308rich": 6, "東京": 4, "東京.example": 12, "ｆｕｌｌ": 8, "🔑": 2, "✓": 1,
	} {
		if got := Width(s); got != want {
			t.Errorf("Width(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		s          string
		n          int
		head, tail string
	}{
		{"abc", 2, "ab", "c"}, {"abc", 3, "abc", ""}, {"東京", 3, "東", "京"}, {"東京", 1, "東", "京"}, {"u\u0308x", 1, "u\u0308", "x"}, {"", 3, "", ""},
	} {
		if head, tail := Cut(c.s, c.n); head != c.head || tail != c.tail {
			t.Errorf("Cut(%q, %d) = %q, %q", c.s, c.n, head, tail)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		s     string
		width int
		want  []string
	}{
		{"one two  three", 7, []string{"one two", "three"}},
		{"", 7, []string{""}},
		{"東京 大阪 名古屋", 9, []string{"東京 大阪", "名古屋"}},
		{"a " + strings.Repeat("x", 10), 4, []string{"a", "xxxx", "xxxx", "xx"}},
		{"\x11 " + strings.Repeat("x", 5), 4, []string{"\x11", "xxxx", "x"}},
	} {
		if got := Wrap(c.s, c.width); !slices.Equal(got, c.want) {
			t.Errorf("Wrap(%q, %d) = %q, want %q", c.s, c.width, got, c.want)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("one two", 3)
	f.Add("東京\u200d \xff", 1)
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = 1 + (width&0x7fffffff)%80
		if got := strings.ReplaceAll(strings.Join(Wrap(s, width), ""), " ", ""); got != strings.Join(strings.Fields(s), "") {
			t.Errorf("Wrap(%q, %d) changes the text: %q", s, width, got)
		}
	})
}
