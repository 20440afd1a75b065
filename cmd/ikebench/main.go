// Ikebench measures how fast ikedecode opens ESP, against tshark, tcpdump and the bare primitives of Go's library, all in
// one run over the same files. It makes the captures itself.
//
//	go run ./cmd/ikebench            all suites, one million packets each
//	go run ./cmd/ikebench -n 100000  fewer packets
//	go run ./cmd/ikebench -many 100000  what a packet costs with that many SAs, against 2
//	go run ./cmd/ikebench -linear 1000  how the work grows from so many things of a kind to four times as many
//	go run ./cmd/ikebench -memory 5000  the bytes that one thing more of each kind takes
//	go run ./cmd/ikebench -huge 1000000  so many IKE SAs and twice as many ESP SAs, under --max-memory
//	go run ./cmd/ikebench -big 10    10 GB through a pipe and as a file, for the memory that it takes
//	go run ./cmd/ikebench -profile cmd/ikedecode/default.pgo  renew the profile that the compiler is guided by
//	go run ./cmd/ikebench -archive DIR -files 64 -big 10  an archive of 10 GB and its key log, to try batch with
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

func main() {
	var o options
	flag.IntVar(&o.packets, "n", 1_000_000, "packets in each capture")
	flag.IntVar(&o.runs, "runs", 3, "runs of ikedecode and of the floor; the least counts")
	flag.StringVar(&o.dir, "dir", "", "folder for the captures (default: a temporary one, removed at the end)")
	flag.StringVar(&o.only, "suite", "", "only the suites whose name holds this; with -linear, the kinds whose name this regular expression matches")
	flag.BoolVar(&o.peers, "peers", true, "run tshark and tcpdump too")
	flag.IntVar(&o.sas, "sas", 2, "SAs that the packets are spread over")
	flag.IntVar(&o.many, "many", 0, "instead: the cost of a packet with so many SAs against that with 2")
	flag.IntVar(&o.big, "big", 0, "instead: gigabytes through a pipe and as a file")
	flag.StringVar(&o.archive, "archive", "", "instead: make an archive of -big gigabytes in so many -files, and its key log, in this directory")
	flag.IntVar(&o.files, "files", 64, "with -archive: files, of eight gateways")
	flag.IntVar(&o.linear, "linear", 0, "instead: how the work grows from so many messages, SAs, keys and so on to four times as many")
	flag.IntVar(&o.memory, "memory", 0, "instead: the bytes that a message, an SA, a key and so on takes, from so many to four times as many")
	flag.BoolVar(&o.schedule, "schedule", false, "instead: how well the files of an archive keep 1 to 256 workers busy, with what a task takes here")
	flag.IntVar(&o.huge, "huge", 0, "instead: so many IKE SAs, twice as many ESP SAs, under -max-memory")
	flag.StringVar(&o.maxMemory, "max-memory", "1G", "with -huge: --max-memory of ikedecode")
	flag.BoolVar(&o.quick, "quick", false, "with -linear: two commands instead of nine, and only what is ikedecode's own is counted")
	flag.StringVar(&o.profile, "profile", "", "instead: write the profile of all suites that guides the compiler to this file")
	floor := flag.String("floor", "", "internal: run the bare primitives over a capture of the suite named")
	flag.Parse()
	var err error
	if *floor != "" {
		err = runFloor(*floor, flag.Args())
	} else {
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ikebench: error:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	if o.archive != "" {
		return makeArchive(o.archive, o.files, o.big*1e9/averageRecord, 4)
	}
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "ikebench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := os.Chmod(dir, 0o755); err != nil {
			return err
		}
		o.dir = dir
	}
	if o.linear > 0 {
		return runLinear(o)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	bin := filepath.Join(o.dir, "ikedecode")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", bin, "github.com/ikedecode/ikedecode/cmd/ikedecode").CombinedOutput(); err != nil {
		return fmt.Errorf("building ikedecode: %w\n%s", err, out)
	}
	if o.profile != "" {
		return runProfile(o, bin)
	}
	if o.schedule {
		return runSchedule(o, bin)
	}
	if o.memory > 0 {
		return runMemory(o, bin)
	}
	if o.huge > 0 {
		return runHuge(o, bin)
	}
	if o.big > 0 {
		return runBig(o, bin, o.big)
	}
	if o.many > 0 {
		return runMany(o, bin)
	}
	fmt.Printf("%s, %d CPUs (%s), %d packets a capture, %d SAs, minima of %d runs\n\n", runtime.Version(), runtime.NumCPU(), cpuName(), o.packets, o.sas, o.runs)
	return runSuites(o, self, bin)
}

// runSuites makes the captures of all suites and times ikedecode and the floor on them, a suite after the other in each round: what else the
// machine does meets all of them. A ratio is a wall time over ikedecode's.
func runSuites(o options, self, bin string) error {
	var benches []*bench
	for _, s := range suites {
		if !strings.Contains(s.name, o.only) {
			continue
		}
		b, err := newBench(o, s, self, bin)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		defer b.c.remove()
		benches = append(benches, b)
	}
	for round := range max(1, o.runs) + 1 { // the first does not count: in it the system finds memory for the files
		for _, b := range benches {
			if err := b.round(round > 0); err != nil {
				return fmt.Errorf("%s: %w", b.s.name, err)
			}
		}
	}
	fmt.Printf("%-22s %8s  %-13s %9s %9s %9s %8s %8s\n", "suite", "MB", "program", "wall s", "CPU s", "peak MB", "wall", "CPU")
	for _, b := range benches {
		if o.peers {
			b.peers()
		}
		b.print(o.packets)
	}
	return nil
}

// A bench is a suite with its capture, and what was measured on it.
type bench struct {
	s        suite
	c        generated
	out      string
	programs []program
}

// A program is one that is measured.
type program struct {
	name    string
	command []string
	best    measured // the least of each
}

func newBench(o options, s suite, self, bin string) (*bench, error) {
	o.dir = filepath.Join(o.dir, strings.ReplaceAll(s.name, " ", "-"))
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return nil, err
	}
	c, err := generate(o, s)
	if err != nil {
		return nil, err
	}
	b := &bench{s: s, c: c, out: filepath.Join(o.dir, "plain.pcapng")}
	decrypt := []string{bin, "decrypt", c.pcap, "-k", c.keys, "-w", b.out, "-q"}
	b.programs = []program{
		{name: "ikedecode", command: decrypt},
		{name: "ikedecode -j 1", command: append(slices.Clone(decrypt), "-j", "1")},
		{name: "floor", command: []string{self, "-floor", s.name, c.pcap, b.out}},
	}
	return b, nil
}

// round runs each program once. Their output is removed before, so that every run writes a new file.
func (b *bench) round(counts bool) error {
	defer os.Remove(b.out)
	for i := range b.programs {
		p := &b.programs[i]
		if err := os.Remove(b.out); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		m, err := measure(p.command[0], p.command[1:]...)
		if err != nil {
			return err
		}
		if counts {
			p.best.least(m)
		}
	}
	return nil
}

// peers runs the programs of others, once: they take long.
func (b *bench) peers() {
	configDir = b.c.config
	others := []program{{name: "tshark", command: []string{"tshark", "-n", "-r", b.c.pcap, "-o", "esp.enable_encryption_decode:TRUE",
		"-o", "esp.enable_authentication_check:TRUE", "-T", "fields", "-e", "ip.src", "-e", "udp.dstport"}}}
	if b.s.tcpdump != "" {
		others = append(others, program{name: "tcpdump -E", command: []string{"tcpdump", "-n", "-r", b.c.pcap, "-E", "file " + b.c.tcpdump}})
	}
	for _, p := range others {
		m, err := measure(p.command[0], p.command[1:]...)
		if err != nil {
			fmt.Printf("%-22s %8s  %s: %v\n", b.s.name, "", p.name, err)
			continue
		}
		p.best = m
		b.programs = append(b.programs, p)
	}
}

// print prints the suite. Of ikedecode with one processor it tells what a packet takes.
func (b *bench) print(packets int) {
	ours := b.programs[0].best
	for _, p := range b.programs {
		fmt.Printf("%-22s %8.0f  %-13s %9.2f %9.2f %9.0f %7.2fx %7.2fx", b.s.name, float64(b.c.bytes)/1e6, p.name, p.best.wall.Seconds(),
			p.best.cpu.Seconds(), float64(p.best.peak)/1e6, float64(p.best.wall)/float64(ours.wall), float64(p.best.cpu)/float64(ours.cpu))
		if p.name == "ikedecode -j 1" {
			fmt.Printf("  %.2f µs a packet", p.best.cpu.Seconds()*1e6/float64(packets))
		}
		fmt.Println()
	}
}

// cpuName is the processor's name where the system tells it.
func cpuName() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t: "))
		}
	}
	return runtime.GOARCH
}
