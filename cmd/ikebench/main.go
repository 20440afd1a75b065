// Ikebench measures how fast ikedecode opens ESP, against tshark, tcpdump and the bare primitives of Go's library, all in
// one run over the same files. It makes the captures itself.
//
//	go run ./cmd/ikebench            all suites, one million packets each
//	go run ./cmd/ikebench -n 100000  fewer packets
//	go run ./cmd/ikebench -many 100000  what a packet costs with that many SAs, against 2
//	go run ./cmd/ikebench -big 10    10 GB through a pipe and as a file, for the memory that it takes
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	var o options
	flag.IntVar(&o.packets, "n", 1_000_000, "packets in each capture")
	flag.IntVar(&o.runs, "runs", 3, "runs of ikedecode and of the floor; the median counts")
	flag.StringVar(&o.dir, "dir", "", "folder for the captures (default: a temporary one, removed at the end)")
	flag.StringVar(&o.only, "suite", "", "only the suites whose name holds this")
	flag.BoolVar(&o.peers, "peers", true, "run tshark and tcpdump too")
	flag.IntVar(&o.sas, "sas", 2, "SAs that the packets are spread over")
	flag.IntVar(&o.many, "many", 0, "instead: the cost of a packet with so many SAs against that with 2")
	flag.IntVar(&o.big, "big", 0, "instead: gigabytes through a pipe and as a file")
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
	self, err := os.Executable()
	if err != nil {
		return err
	}
	bin := filepath.Join(o.dir, "ikedecode")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/ikedecode/ikedecode/cmd/ikedecode").CombinedOutput(); err != nil {
		return fmt.Errorf("building ikedecode: %w\n%s", err, out)
	}
	if o.big > 0 {
		return runBig(o, bin, o.big)
	}
	if o.many > 0 {
		return runMany(o, bin)
	}
	fmt.Printf("%s, %d CPUs (%s), %d packets a capture, %d SAs\n\n", runtime.Version(), runtime.NumCPU(), cpuName(), o.packets, o.sas)
	fmt.Printf("%-22s %8s  %-10s %9s %9s %9s %8s\n", "suite", "MB", "program", "wall s", "CPU s", "peak MB", "ratio")
	for _, s := range suites {
		if !strings.Contains(s.name, o.only) {
			continue
		}
		if err := runSuite(o, s, self, bin); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// runSuite makes the capture of a suite and times everything on it. The ratio is the program's wall time over ikedecode's.
func runSuite(o options, s suite, self, bin string) error {
	c, err := generate(o, s)
	if err != nil {
		return err
	}
	defer c.remove()
	out := filepath.Join(o.dir, "plain.pcapng")
	defer os.Remove(out)
	both, err := medians(o.runs, out, []string{bin, "decrypt", c.pcap, "-k", c.keys, "-w", out, "-q"}, []string{self, "-floor", s.name, c.pcap, out})
	if err != nil {
		return err
	}
	ours := both[0]
	show := func(name string, m measured) {
		fmt.Printf("%-22s %8.0f  %-10s %9.2f %9.2f %9.0f %7.2fx\n", s.name, float64(c.bytes)/1e6, name,
			m.wall.Seconds(), m.cpu.Seconds(), float64(m.peak)/1e6, m.wall.Seconds()/ours.wall.Seconds())
	}
	show("ikedecode", ours)
	show("floor", both[1])
	if !o.peers {
		return nil
	}
	if m, err := measure("tshark", "-n", "-r", c.pcap, "-o", "esp.enable_encryption_decode:TRUE",
		"-o", "esp.enable_authentication_check:TRUE", "-T", "fields", "-e", "ip.src", "-e", "udp.dstport"); err != nil {
		fmt.Printf("%-22s %8s  tshark: %v\n", s.name, "", err)
	} else {
		show("tshark", m)
	}
	if s.tcpdump == "" {
		return nil
	}
	if m, err := measure("tcpdump", "-n", "-r", c.pcap, "-E", "file "+c.tcpdump); err != nil {
		fmt.Printf("%-22s %8s  tcpdump: %v\n", s.name, "", err)
	} else {
		show("tcpdump -E", m)
	}
	return nil
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
