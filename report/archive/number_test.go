package archive

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/esp"
)

// Points tell the number of each packet or none, never a wrong one: of all packets while there are not too many runs, else of the first and the last of
// each flow.
func TestNumbering(t *testing.T) {
	const packets, flows = 2 * maxNumbered, 5
	for name, other := range map[string]func() int{ // packets of other files before the next one
		"alone":        func() int { return 0 },
		"now and then": func() int { return max(0, rand.IntN(1000)-995) },
		"in turn":      func() int { return 1 },
		"little room":  func() int { return 1 },
	} {
		room := maxAllNumbered
		if name == "little room" {
			room = 10
		}
		n, number := &numbering{room: &room}, 100
		numbers, first, last := make([]int, packets+1), [flows]int{}, [flows]int{}
		for i := 1; i <= packets; i++ {
			number += 1 + other()
			numbers[i] = number
			n.packet(i, number)
			if f := rand.IntN(2 * flows); f < flows {
				n.flow(seen{spi: uint32(f)})
				if last[f] = i; first[f] == 0 {
					first[f] = i
				}
			}
		}
		text, err := n.end().MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got Numbers
		if err := got.UnmarshalText(text); err != nil {
			t.Fatal(err)
		}
		known := 0
		for i := 1; i <= packets; i++ {
			switch x, ok := got.of(i); {
			case ok && x != numbers[i]:
				t.Fatalf("%s: packet %d is %d, not %d", name, i, x, numbers[i])
			case ok:
				known++
			case slices.Contains(first[:], i) || slices.Contains(last[:], i):
				t.Errorf("%s: packet %d, an end of a flow, is not known", name, i)
			}
		}
		if most := map[string]int{"in turn": maxNumbered, "little room": 5}[name]; most > 0 {
			if known < most || known > most+2*flows || len(got) > most+2*flows {
				t.Errorf("%s: %d packets, %d points", name, known, len(got))
			}
		} else if known != packets || name == "alone" && len(text) > 20 {
			t.Errorf("%s: %d of %d packets, %d bytes", name, known, packets, len(text))
		}
		for _, i := range []int{0, packets + 1} {
			if x, ok := got.of(i); ok {
				t.Errorf("%s: packet %d is %d", name, i, x)
			}
		}
	}
	for _, text := range []string{"1", "1=2 1=3", "1=2 2=2", "a=b"} {
		if err := new(Numbers).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// Without a pass that numbered packets, frames of the whole are known where files lie one after the other, those without a mark counted, and else not:
// frames are then those of the file.
func TestMergeOrder(t *testing.T) {
	for _, x := range []struct {
		name        string
		second      int // seconds after the first file, of 10 s, that the second begins
		third       int
		frame, last int // of the SA
		file        string
	}{
		{"one after the other", 20, 40, 1, 5 + 1 + 7, ""},
		{"what is between has no mark", 20, 12, 1, 5 + 1 + 7, ""},
		{"overlap", 5, 40, 1, 7, "wire.pcap1"},
		{"at the same moment", 10, 40, 1, 7, "wire.pcap1"},
		{"another file overlaps", 20, 25, 1, 7, "wire.pcap1"},
	} {
		a, b, c := file("wire.pcap0", 100, 0), file("wire.pcap1", 100, x.second), file("other.pcap", 1, x.third)
		a.Stretches[0].Packets, b.Stretches[0].Packets = 5, 7
		c.Stretches[0].Last = c.Stretches[0].First
		if x.third < x.second {
			c.Stretches[0].Packets = 1
		}
		marks := []*Mark{mark(a, esp.Run{First: 1, N: 5}), mark(b, esp.Run{First: 6, N: 7})}
		s := Merge(marks, &Manifest{Files: []*File{a, b, c}})
		sa := s.SAs.SAs[0]
		last := x.last
		if x.file == "" && x.third > x.second {
			last-- // the other file comes behind
		}
		if sa.LastFrame != last || sa.LastFile != x.file || s.ByFile > 0 != (x.file != "") || !s.Unnumbered || s.Changed {
			t.Errorf("%s: frame %d of %q, %+v", x.name, sa.LastFrame, sa.LastFile, s)
		}
	}
	a := file("wire.pcap0", 100, 0)
	a.Stretches[0].Packets = 5
	if sa := Merge([]*Mark{mark(a, esp.Run{First: 1, N: 5})}, nil).SAs.SAs[0]; sa.FirstFile != "wire.pcap0" || sa.FirstFrame != 1 || sa.LastFrame != 5 {
		t.Errorf("without a manifest: %+v", sa)
	}
}

// What a pass numbered is of use while its files are what they were; what came later may only follow.
func TestMergeNumbered(t *testing.T) {
	a, b, c := file("wire.pcap0", 100, 0), file("wire.pcap1", 100, 5), file("wire.pcap2", 100, 30)
	for i, f := range []*File{a, b, c} {
		f.Stretches[0].Packets = 5 + i
	}
	a.Stretches[0].Numbers = Numbers{{1, 1}, {3, 3}, {4, 6}, {5, 7}}
	b.Stretches[0].Numbers = Numbers{{1, 4}, {2, 5}, {3, 8}, {6, 11}}
	m := &Manifest{Files: []*File{a, b, c}, Numbered: 11}
	merged := func() *Sum {
		return Merge([]*Mark{mark(a, esp.Run{First: 1, N: 5}), mark(b, esp.Run{First: 6, N: 6}), mark(c, esp.Run{First: 12, N: 7})}, m)
	}
	if s := merged(); s.SAs.SAs[0].LastFrame != 18 || s.SAs.SAs[0].FirstFrame != 1 || s.ByFile+s.Mixed != 1 || s.Mixed != 1 || s.Unnumbered || s.Changed {
		t.Errorf("%+v: %+v", s, s.SAs.SAs[0])
	}
	c.Stretches[0].First = began.Add(9 * time.Second)
	if s := merged(); s.SAs.SAs[0].LastFile != "wire.pcap2" || s.ByFile != 1 || !s.Unnumbered || !s.Changed {
		t.Errorf("a file in between: %+v: %+v", s, s.SAs.SAs[0])
	}
	m.Files = []*File{a}
	if s := Merge([]*Mark{mark(a, esp.Run{First: 1, N: 5})}, m); !s.Changed || s.SAs.SAs[0].LastFrame != 5 || s.ByFile != 0 {
		t.Errorf("a file less: %+v: %+v", s, s.SAs.SAs[0])
	}
}

// Of an SA in files of several sensors, what is in both was captured twice, and what is missing in both is lost; what each has twice was replayed.
func TestPartsMixed(t *testing.T) {
	p := new(parts)
	unknown := func(int) (int, bool) { return 0, false }
	now := time.Now()
	a, b := &SA{Runs: Runs{{First: 1, N: 10}, {First: 5, N: 1}, {First: 15, N: 5}}}, &SA{Runs: Runs{{First: 8, N: 4}, {First: 13, N: 4}}}
	a.Replays, a.Reordered = 1, 2
	for _, sa := range []*SA{a, b} {
		sa.First, sa.Last = &now, &now
		p.add(part{sa, "", unknown}, sa == a)
	}
	st, exact := p.sequence()
	if exact || st.MinSeq != 1 || st.MaxSeq != 19 || st.Lost != 1 || st.Gaps != 1 || st.Duplicates != 1+3+2 || st.Replays != 1 || st.Repeats != 5 || st.Reordered != 2 {
		t.Errorf("%+v", st)
	}
}

// What several sensors have of one packet is a Repeat where they had it at about the same time, and where times do not tell that, nothing is.
func TestSightings(t *testing.T) {
	at := func(series string, first, n uint64, begin, end int64) piece { // times in milliseconds
		return piece{esp.Run{First: first, N: n}, 0, series, begin * 1e6, end * 1e6}
	}
	for _, x := range []struct {
		name string
		list []piece
		runs []esp.Run // of the last; nil: unknown
	}{
		{"another number", []piece{at("a", 1, 5, 0, 1), at("b", 6, 5, 2, 3)}, []esp.Run{{First: 6, N: 5}}},
		{"the same packets", []piece{at("a", 1, 5, 0, 1), at("b", 1, 5, 2, 3)}, []esp.Run{{First: 1, N: 5, Repeat: true}}},
		{"some of them", []piece{at("a", 3, 2, 0, 1), at("b", 1, 7, 2, 3)}, []esp.Run{{First: 1, N: 2}, {First: 3, N: 2, Repeat: true}, {First: 5, N: 3}}},
		{"of two", []piece{at("a", 3, 2, 0, 1), at("b", 4, 3, 2, 3), at("c", 1, 7, 4, 5)}, []esp.Run{{First: 1, N: 2}, {First: 3, N: 2, Repeat: true}, {First: 5, N: 2, Repeat: true}, {First: 7, N: 1}}},
		{"long after", []piece{at("a", 1, 5, 0, 1), at("b", 1, 5, 22, 30)}, []esp.Run{{First: 1, N: 5}}},
		{"near the first sighting alone", []piece{at("a", 1, 1, 0, 0), at("b", 1, 1, 15, 15), at("c", 1, 1, 30, 30)}, []esp.Run{{First: 1, N: 1}}},
		{"of one series, whose marks tell it", []piece{at("a", 1, 5, 0, 1), at("a", 1, 5, 2, 3)}, []esp.Run{{First: 1, N: 5}}},
		{"too long to tell", []piece{at("a", 1, 5, 0, 15), at("b", 1, 5, 16, 30)}, nil},
	} {
		var s sightings
		var runs []esp.Run
		ok := true
		for _, p := range x.list {
			runs, ok = s.add(p)
		}
		if !slices.Equal(runs, x.runs) || ok != (x.runs != nil) {
			t.Errorf("%s: %v, %v", x.name, runs, ok)
		}
	}
}
