package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/ikedecode/ikedecode/report/archive"
)

// runSchedule measures what a task of batch takes on one processor, and tells how well archives of made-up files keep so many workers busy that do their
// shares (archive.Share) of them.
func runSchedule(o options, bin string) error {
	c, err := measureTask(o, bin)
	if err != nil {
		return err
	}
	fmt.Printf("a task takes %.0f ms and %.2f ns a byte, on one processor\n\n", c.start*1e3, c.byte*1e9)
	const files, median = 2000, 100 << 20
	for _, part := range []int64{1 << 30, 4 << 30, math.MaxInt64} {
		tasks := skewed(files, median, part, 1).Tasks()
		var sum int64
		for _, t := range tasks {
			sum += t.Stretch.Bytes
		}
		fmt.Printf("%d files of %.0f GB, %d tasks, the largest of %.1f GB\n%10s %10s %22s\n", files, float64(sum)/1e9, len(tasks), float64(tasks[0].Stretch.Bytes)/1e9,
			"workers", "efficiency", "with a store of 5 GB/s")
		stored := c
		stored.rate = 5e9
		for n := 1; n <= 256; n *= 2 {
			fmt.Printf("%10d %10.3f %22.3f\n", n, efficiency(tasks, n, c), efficiency(tasks, n, stored))
		}
		fmt.Println()
	}
	return nil
}

// measureTask runs batch over an archive of one small capture, and of one large one.
func measureTask(o options, bin string) (c cost, err error) {
	var took [2]float64
	var size [2]float64
	for i, packets := range []int{100, o.packets} {
		o.packets = packets
		g, err := generate(o, suites[0])
		if err != nil {
			return c, err
		}
		in, out := filepath.Join(o.dir, "archive"), filepath.Join(o.dir, "plain")
		if err := os.MkdirAll(in, 0o755); err != nil {
			return c, err
		}
		if err := os.Rename(g.pcap, filepath.Join(in, "wire.pcap")); err != nil {
			return c, err
		}
		info, err := os.Stat(filepath.Join(in, "wire.pcap"))
		if err != nil {
			return c, err
		}
		size[i], took[i] = float64(info.Size()), math.Inf(1)
		for range max(1, o.runs) {
			if err := os.RemoveAll(out); err != nil {
				return c, err
			}
			m, err := measure(bin, "batch", in, "-k", g.keys, "-w", out, "-q", "-j", "1")
			if err != nil {
				return c, err
			}
			took[i] = min(took[i], m.cpu.Seconds())
		}
		g.remove()
		if err := os.RemoveAll(in); err != nil {
			return c, err
		}
	}
	c.byte = (took[1] - took[0]) / (size[1] - size[0])
	c.start = max(0, took[0]-c.byte*size[0])
	return c, os.RemoveAll(filepath.Join(o.dir, "plain"))
}

// A cost is what a task takes.
type cost struct {
	start float64 // seconds before the first byte: the process, the manifest
	byte  float64 // seconds a byte
	rate  float64 // bytes a second that a store gives and takes, all workers together; 0: any
}

// seconds is what a task of so many bytes takes where so many workers share the store.
func (c cost) seconds(bytes int64, workers int) float64 {
	s := c.start + float64(bytes)*c.byte
	if c.rate > 0 { // what is read is written again; both overlap with the work
		s = max(s, c.start+2*float64(bytes)*float64(workers)/c.rate)
	}
	return s
}

// efficiency is how much of the time of so many workers, each of whom does its share, is what the work takes one of them: 1 is best.
func efficiency(tasks []*archive.Task, workers int, c cost) float64 {
	var all, longest float64
	for i := range workers {
		var own float64
		for _, t := range archive.Share(tasks, i, workers) {
			own += c.seconds(t.Stretch.Bytes, workers)
			all += c.seconds(t.Stretch.Bytes, 1)
		}
		longest = max(longest, own)
	}
	return all / (float64(workers) * longest)
}

// skewed is a made-up archive: sizes of a log-normal distribution around a median, in bytes, as gateways of all sizes have them, the files cut into
// parts of at most so many. The same seed makes the same archive.
func skewed(files int, median float64, part int64, seed uint64) *archive.Manifest {
	random := rand.New(rand.NewPCG(seed, 0))
	m := &archive.Manifest{}
	for i := range files {
		size := int64(median * math.Exp(1.5*random.NormFloat64()))
		f := &archive.File{Name: fmt.Sprintf("gate%d/wire.pcap%d", i%20, i), Size: size}
		for from := int64(0); from == 0 || from < size; {
			n := min(part, size-from)
			f.Stretches = append(f.Stretches, archive.Stretch{From: from, To: from + n, Bytes: n})
			from += max(n, 1)
		}
		m.Files = append(m.Files, f)
	}
	return m
}
