package archive

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report"
)

var began = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// file is a file of so many bytes that begins so many seconds after the first.
func file(name string, bytes int64, seconds int) *File {
	at := began.Add(time.Duration(seconds) * time.Second)
	return &File{Name: name, Size: bytes, Stretches: []Stretch{{Bytes: bytes, First: at, Last: at.Add(10 * time.Second), Packets: 1, IKE: 1}}}
}

// mark is one with an SA whose packets have the sequence numbers of some runs.
func mark(f *File, runs ...esp.Run) *Mark {
	m := markOf(&Task{File: f, Stretch: &f.Stretches[0]})
	first, last := m.First, m.Last
	n := 0
	for _, r := range runs {
		n += int(r.N)
	}
	sa := report.TrafficSA{Protocol: "ESP", SPI: "0x00000100", Src: "a", Dst: "b", Packets: n, Opened: n, FirstFrame: 1, LastFrame: n, First: &first, Last: &last}
	flow := Inner{Protocol: 6, SrcPort: 1, DstPort: 2, Packets: n, Bytes: 10, First: first, Last: last}
	m.SAs = []SA{{TrafficSA: sa, Print: "k", Runs: runs, Inner: []Inner{flow}}}
	m.Complete, m.Decrypt = true, &report.Decrypt{Packets: n, ESP: n, Opened: n}
	return m
}

// Sequence numbers are counted over the borders of files: what is missing between two of them, and what came in the one before.
func TestMergeSeams(t *testing.T) {
	a, b := file("wire.pcap0", 100, 0), file("wire.pcap1", 100, 11)
	m := &Manifest{Files: []*File{a, b, file("wire.pcap2", 1, 22)}}
	for _, x := range []struct {
		name          string
		before, after []esp.Run
		lost          uint64
		gaps, replays int
	}{
		{"adjacent", []esp.Run{{First: 1, N: 5}}, []esp.Run{{First: 6, N: 5}}, 0, 0, 0},
		{"missing", []esp.Run{{First: 1, N: 5}}, []esp.Run{{First: 8, N: 3}}, 2, 1, 0},
		{"replayed", []esp.Run{{First: 1, N: 5}}, []esp.Run{{First: 5, N: 1}, {First: 6, N: 2}}, 0, 0, 1},
		{"late", []esp.Run{{First: 1, N: 3}, {First: 5, N: 1}}, []esp.Run{{First: 4, N: 1}, {First: 6, N: 1}}, 0, 1, 0}, // the gap was there for a while
	} {
		marks := []*Mark{mark(a, x.before...), mark(b, x.after...)}
		for i, mark := range marks {
			m.Files[i].Stretches[0].Packets = mark.Decrypt.Packets
		}
		s := Merge(marks, m)
		if len(s.SAs.SAs) != 1 {
			t.Fatalf("%s: %d SAs", x.name, len(s.SAs.SAs))
		}
		sa := s.SAs.SAs[0]
		if sa.Lost != x.lost || sa.Gaps != x.gaps || sa.Replays != x.replays || sa.LastFrame != sa.Packets || sa.FirstFile+sa.LastFile != "" || !sa.Last.Equal(began.Add(21*time.Second)) {
			t.Errorf("%s: %+v", x.name, sa)
		}
		if s.Complete || !slices.Equal(s.Missing, []string{"wire.pcap2"}) || s.Tasks != 2 || s.Counts.Opened != sa.Packets {
			t.Errorf("%s: %+v", x.name, s)
		}
		if f := s.Flows; len(f) != 1 || f[0].Packets != sa.Packets || f[0].Bytes != 20 || !f[0].First.Equal(began) || !f[0].Last.Equal(began.Add(21*time.Second)) {
			t.Errorf("%s: flows %+v", x.name, f)
		}
	}
}

// Shares have each task once, and about as many bytes; the largest tasks come first.
func TestShare(t *testing.T) {
	m := &Manifest{LookBack: 2}
	for i := range 200 {
		m.Files = append(m.Files, file("gate/wire.pcap"+string(rune('A'+i%26))+string(rune('A'+i/26)), int64(1+i*i), 10*i))
	}
	tasks := m.Tasks()
	if !slices.IsSortedFunc(tasks, func(a, b *Task) int { return int(b.Stretch.Bytes - a.Stretch.Bytes) }) {
		t.Error("not the largest first")
	}
	const of = 7
	done := make(map[string]int)
	var most, least int64 = 0, 1 << 62
	for i := range of {
		var bytes int64
		for _, task := range Share(tasks, i, of) {
			done[task.Name()]++
			bytes += task.Stretch.Bytes
		}
		most, least = max(most, bytes), min(least, bytes)
	}
	for name, n := range done {
		if n != 1 {
			t.Errorf("%s is in %d shares", name, n)
		}
	}
	if len(done) != len(tasks) || most-least > least/50 {
		t.Errorf("%d of %d tasks; %d to %d bytes", len(done), len(tasks), least, most)
	}
}

// What goes before a task is the end of the file that was begun before it, of those whose names differ in numbers alone, if it is not too old.
func TestTasksBefore(t *testing.T) {
	m := &Manifest{LookBack: 2, Files: []*File{
		file("a/wire.pcap9", 1, 0), file("a/wire.pcap10", 1, 10), file("a/wire.pcap11", 1, 100), file("b/wire.pcap10", 1, 11), file("a/other.pcap1.gz", 1, 105), file("a/other.pcap2", 1, 110),
	}}
	got := make(map[string]string)
	for _, task := range m.Tasks() {
		for _, b := range task.Before {
			got[task.Name()] += b.File.Name
		}
	}
	want := map[string]string{"a/wire.pcap10": "a/wire.pcap9", "a/other.pcap2": "a/other.pcap1.gz"}
	if len(got) != len(want) || got["a/wire.pcap10"] != want["a/wire.pcap10"] || got["a/other.pcap2"] != want["a/other.pcap2"] {
		t.Errorf("%v, want %v", got, want)
	}
}

// A mark comes back as it was written, and is that of a task only while its file is the same.
func TestMarks(t *testing.T) {
	ctx, store := context.Background(), Dir(t.TempDir())
	f := file("gate/wire.pcap7", 100, 0)
	task := &Task{File: f, Stretch: &f.Stretches[0]}
	if m, err := Done(ctx, store, task); m != nil || err != nil {
		t.Error(m, err)
	}
	want := mark(f, esp.Run{First: 1, N: 5}, esp.Run{First: 5, N: 1, Repeat: true})
	if err := want.Write(ctx, store); err != nil {
		t.Fatal(err)
	}
	got, err := Done(ctx, store, task)
	if err != nil || jsonOf(t, got) != jsonOf(t, want) || !slices.Equal(got.SAs[0].Runs, want.SAs[0].Runs) {
		t.Errorf("%v: %s", err, jsonOf(t, got))
	}
	for name, text := range map[string]string{"gate/other.json": jsonOf(t, want), "x.json": "{}", "y.json": "[", "z.txt": jsonOf(t, want)} {
		if err := store.Write(ctx, name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := Marks(ctx, store); err != nil || len(list) != 1 || list[0].Name != task.Name() {
		t.Error(list, err)
	}
	changed := *f
	changed.Size++
	if m, err := Done(ctx, store, &Task{File: &changed, Stretch: task.Stretch}); m != nil || err != nil {
		t.Error("a mark of another file:", m, err)
	}
	if _, err := store.Read(ctx, "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
