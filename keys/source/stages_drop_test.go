package source

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// TestDropPoor: of a large file the lines as they are go on being read, and beside them the first of the views that found most; where none found anything, the
// unlikely views end at once, and the others when all steps are taken.
func TestDropPoor(t *testing.T) {
	found := func(name string, v *view, bytes int) *reading {
		r := &reading{name: name, view: v, bag: &secret.Bag{}}
		if bytes > 0 {
			r.bag.Secrets = []secret.Secret{{Value: make([]byte, bytes)}}
		}
		return r
	}
	logger, window := &view{stamped: true}, &view{width: 80}
	for _, tt := range []struct {
		name           string
		plain, a, b, c int // bytes that each found: the lines as they are, views
		step           int
		want           []string
	}{
		{name: "plain finds as much", plain: 32, a: 32, b: 16, step: 1, want: []string{"plain"}},
		{name: "views find alike", a: 16, b: 32, c: 32, step: 1, want: []string{"plain", "b"}},
		{name: "a view finds more than plain", plain: 16, c: 48, step: 1, want: []string{"plain", "c"}},
		{name: "nothing yet", step: 1, want: []string{"plain", "a", "c"}},
		{name: "nothing at all", step: triedSteps, want: []string{"plain"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &pass{readings: []*reading{found("plain", nil, tt.plain), found("a", logger, tt.a), found("b", window, tt.b), found("c", logger, tt.c)}}
			p.dropPoor(tt.step)
			var left []string
			for _, r := range p.readings {
				left = append(left, r.name)
			}
			if !slices.Equal(left, tt.want) {
				t.Errorf("left are %q, want %q", left, tt.want)
			}
		})
	}
}
