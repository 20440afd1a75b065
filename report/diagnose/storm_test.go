package diagnose

import (
	"testing"
	"time"
)

// TestOneByOne has SAs by when they begin and end, in seconds: only those that follow each other, soon and for long, are a run.
func TestOneByOne(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	several := func(n int, every, lives float64) (list []stint) {
		for i := range n {
			list = append(list, stint{from: at(float64(i) * every), to: at(float64(i)*every + lives)})
		}
		return list
	}
	for name, c := range map[string]struct {
		list []stint
		want int
	}{
		"one after another":                {several(10, 3, 3.5), 10},
		"for a short time":                 {several(10, 1, 1), 0},
		"each for minutes":                 {several(10, 300, 300), 0},
		"at once, as for queues":           {several(10, 3, 3600), 0},
		"at once, and replaced":            {append(several(8, 0.5, 3600), stint{from: at(3600), to: at(3601)}), 0},
		"a pause between":                  {append(several(9, 3, 3), stint{from: at(500), to: at(503)}), 9},
		"the last one goes on":             {append(several(9, 3, 3), stint{from: at(27), to: at(5000)}), 10},
		"two tunnels with an SA each time": {append(several(5, 3, 40), several(5, 3, 40)...), 0},
	} {
		if got := len(oneByOne(c.list)); got != c.want {
			t.Errorf("%s: a run of %d, want %d", name, got, c.want)
		}
	}
}
