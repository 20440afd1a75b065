package words

import "testing"

func TestFrames(t *testing.T) {
	for _, c := range []struct {
		in   []int
		want string
	}{
		{nil, ""}, {[]int{4}, "frame 4"}, {[]int{4, 9, 12}, "frames 4, 9 and 12"},
		{[]int{1, 2, 3, 4, 5, 6, 7, 8}, "frames 1 to 8"}, {[]int{1, 2, 4, 5, 7, 8, 9, 11}, "frames 1, 2, 4, 5, 7, 8 and 2 more"},
	} {
		if got := Frames(c.in); got != c.want {
			t.Errorf("Frames(%v) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{
		{0, 0, "0%"}, {0, 10, "0.0%"}, {1, 32, "3.1%"}, {1, 1 << 40, "under 0.1%"}, {1<<40 - 1, 1 << 40, "over 99.9%"}, {7, 7, "100.0%"},
	} {
		if got := Percent(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}
