package archive

import (
	"cmp"
	"container/heap"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// A Task is a Stretch to be decrypted.
type Task struct {
	File    *File
	Stretch *Stretch
	Index   int // of the stretch in its file
	// Before are the stretches whose ends go before it, the earliest first.
	Before []Tail
}

// A Tail is the end of a stretch.
type Tail struct {
	File    *File
	Stretch *Stretch
}

// Name is the task's name, that its mark and its output have: of the file, with which stretch it is where there are several.
func (t *Task) Name() string {
	if n := len(t.File.Stretches); n > 1 {
		return fmt.Sprintf("%s.%dof%d", t.File.Name, t.Index+1, n)
	}
	return t.File.Name
}

// Part is the task as a part of its file.
func (t *Task) Part() capture.Part {
	if len(t.File.Stretches) == 1 {
		return capture.Part{Path: t.File.Name}
	}
	return capture.Part{Path: t.File.Name, Head: t.File.Head, From: t.Stretch.From, To: t.Stretch.To}
}

// Part is the tail as a part of its file.
func (t *Tail) Part() capture.Part {
	return capture.Part{Path: t.File.Name, Head: t.File.Head, From: t.Stretch.Tail, To: t.Stretch.To, Packets: t.Stretch.TailPackets}
}

// Tasks are those of an archive, the largest first.
func (m *Manifest) Tasks() []*Task {
	var list []*Task
	series := make(map[string][]*Task)
	for _, f := range m.Files {
		for i := range f.Stretches {
			t := &Task{File: f, Stretch: &f.Stretches[i], Index: i}
			list = append(list, t)
			key := seriesOf(f.Name)
			series[key] = append(series[key], t)
		}
	}
	for _, s := range series {
		m.lookBack(s)
	}
	slices.SortStableFunc(list, func(a, b *Task) int { return cmp.Compare(b.Stretch.Bytes, a.Stretch.Bytes) })
	return list
}

var numbers = regexp.MustCompile(`[0-9]+`)

// seriesOf is the same for the files that one program writes one after the other: their names differ in numbers alone.
func seriesOf(name string) string {
	dir, base := path.Split(name)
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".gz"), ".zst")
	return dir + numbers.ReplaceAllString(base, "0")
}

// lookBack finds what goes before each task of a series.
func (m *Manifest) lookBack(s []*Task) {
	back := time.Duration(m.LookBack * float64(time.Second))
	if back <= 0 {
		return
	}
	slices.SortStableFunc(s, func(a, b *Task) int {
		if a.File == b.File {
			return cmp.Compare(a.Index, b.Index)
		}
		return a.Stretch.First.Compare(b.Stretch.First)
	})
	for i, t := range s {
		from := t.Stretch.First.Add(-back)
		for _, p := range slices.Backward(s[:i]) {
			if p.Stretch.Last.Before(from) || p.File.Bound {
				break
			}
			t.Before = append(t.Before, Tail{p.File, p.Stretch})
			const most = 16
			if len(t.Before) == most || p.Stretch.First.Before(from) {
				break
			}
		}
		slices.Reverse(t.Before)
	}
}

// Share is the part of tasks, the largest first, that process number index of so many does: each is given to the one that has the least by then, so that
// all of them, who compute the same, are done at about the same time.
func Share(tasks []*Task, index, of int) []*Task {
	loads := make(loadHeap, of)
	for i := range loads {
		loads[i].process = i
	}
	var own []*Task
	for _, t := range tasks {
		l := &loads[0]
		if l.process == index {
			own = append(own, t)
		}
		l.bytes += max(t.Stretch.Bytes, 1)
		heap.Fix(&loads, 0)
	}
	return own
}

// A load is what a process has to do.
type load struct {
	process int
	bytes   int64
}

type loadHeap []load

func (h loadHeap) Len() int { return len(h) }
func (h loadHeap) Less(i, j int) bool {
	if h[i].bytes != h[j].bytes {
		return h[i].bytes < h[j].bytes
	}
	return h[i].process < h[j].process
}
func (h loadHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *loadHeap) Push(x any)   { *h = append(*h, x.(load)) }
func (h *loadHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
