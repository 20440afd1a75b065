package traffic

import (
	"testing"

	"github.com/ikedecode/ikedecode/esp"
)

// What a sender counts is told from numbers that were altered on the path, that come out of order, or twice.
func TestCounts(t *testing.T) {
	up := func(from, to uint32) (list []uint32) {
		for n := from; n <= to; n++ {
			list = append(list, n)
		}
		return list
	}
	join := func(lists ...[]uint32) (all []uint32) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	for name, c := range map[string]struct {
		numbers []uint32
		anew    bool
		missing uint64
	}{
		"in order":              {up(1, 50), false, 0},
		"lost":                  {join(up(1, 20), up(26, 50)), false, 5},
		"one altered":           {join(up(1, 20), []uint32{21 | 1<<18}, up(22, 50)), false, 0},
		"many altered":          {join(up(1, 9), []uint32{1 << 30}, up(11, 19), []uint32{1 << 29}, up(21, 30)), false, 0},
		"first altered":         {join([]uint32{1 << 20}, up(2, 30)), false, 0},
		"altered to one before": {join(up(1, 20), []uint32{5}, up(22, 30), []uint32{15}, up(32, 40)), false, 2},
		"out of order":          {join(up(1, 10), []uint32{12, 11, 13, 16, 14, 15}, up(17, 30)), false, 0},
		"one of many captured":  {[]uint32{100, 122, 131, 144, 153, 161}, false, 56},
		"anew":                  {join(up(1, 30), up(1, 5)), true, 0},
		"anew, far below":       {join(up(90_000, 90_030), up(1, 6)), true, 0},
		"two senders":           {[]uint32{1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7}, true, 0},
	} {
		var w Numbers
		var counter Counter
		for i, n := range c.numbers {
			w.packet(&counter, n, uint64(i), esp.Point{Frame: i + 1})
		}
		if _, anew := counter.Restarted(); anew != c.anew || !anew && counter.Missing() != c.missing {
			t.Errorf("%s: anew %v, %d missing; want %v, %d", name, anew, counter.Missing(), c.anew, c.missing)
		}
	}
}

// A packet belongs to the flow with one bit of difference in its SPI if its number is missing there, and counts anew if it is an SA of its own.
func TestAlteredFrom(t *testing.T) {
	for name, c := range map[string]struct {
		spi     uint32
		numbers []uint32
		altered bool
	}{
		"one bit":           {0x1234_5679, []uint32{21}, true},
		"two bits":          {0x1234_567b, []uint32{21}, false},
		"number comes":      {0x1234_5679, []uint32{20}, false},
		"number far":        {0x1234_5679, []uint32{500}, false},
		"an SA of its own":  {0x1234_5679, []uint32{1, 2, 3}, false},
		"number comes late": {0x1234_5679, []uint32{22}, false},
	} {
		var w Numbers
		w.counters, w.shared = make(map[Flow]*Counter), make(map[sender][]*Counter)
		send := func(f Flow, n uint32, tail uint64) {
			counter := w.counters[f]
			if counter == nil {
				counter = &Counter{Low: n, High: n, top: n, beside: w.besideOf(f, n)}
				w.counters[f] = counter
			}
			counter.beside.packet(n)
			w.packet(counter, n, tail, esp.Point{Frame: int(tail)})
		}
		own, other := Flow{Protocol: esp.ESP, SPI: 0x1234_5678}, Flow{Protocol: esp.ESP, SPI: c.spi}
		for n := uint32(10); n < 40; n++ {
			if n == 21 {
				for _, m := range c.numbers {
					send(other, m, uint64(100+m))
				}
				continue
			}
			send(own, n, uint64(n))
		}
		if from, _, ok := w.AlteredFrom(other); ok != c.altered || ok && from != own {
			t.Errorf("%s: %v from %v", name, ok, from)
		}
	}
}
