package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// averageRecord is about how many bytes a packet takes in the capture.
const averageRecord = 447

// runBig shows that memory does not grow with the capture: gigabytes made on the fly through a pipe, and the same as a file.
func runBig(o options, bin string, gigabytes int) error {
	s := suites[0]
	o.packets = gigabytes * 1e9 / averageRecord
	g := generated{keys: filepath.Join(o.dir, "keys.log"), tcpdump: filepath.Join(o.dir, "tcpdump.keys"),
		config: filepath.Join(o.dir, "wireshark"), pcap: filepath.Join(o.dir, "big.pcap")}
	defer g.remove()
	if err := g.writeKeys(o, s); err != nil {
		return err
	}
	fmt.Printf("%d packets of %s, written to %s\n", o.packets, s.name, os.DevNull)
	m, err := bigPipe(o, s, bin, g)
	if err != nil {
		return err
	}
	fmt.Printf("%-12s %9.1f s wall %9.1f s CPU %6.0f MB peak\n", "pipe", m.wall.Seconds(), m.cpu.Seconds(), float64(m.peak)/1e6)
	f, err := os.Create(g.pcap)
	if err != nil {
		return err
	}
	if err := writePackets(f, s, o.packets, o.sas); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if m, err = measure(bin, "decrypt", g.pcap, "-k", g.keys, "-w", os.DevNull, "-q"); err != nil {
		return err
	}
	fmt.Printf("%-12s %9.1f s wall %9.1f s CPU %6.0f MB peak\n", "file", m.wall.Seconds(), m.cpu.Seconds(), float64(m.peak)/1e6)
	return nil
}

// bigPipe lets ikedecode read the packets while they are made.
func bigPipe(o options, s suite, bin string, g generated) (measured, error) {
	cmd := exec.Command(bin, "decrypt", "-", "-k", g.keys, "-w", os.DevNull, "-q")
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "TMPDIR="+o.dir) // where the pipe is spooled
	in, err := cmd.StdinPipe()
	if err != nil {
		return measured{}, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return measured{}, err
	}
	if err := writePackets(in, s, o.packets, o.sas); err != nil {
		return measured{}, err
	}
	if err := in.Close(); err != nil {
		return measured{}, err
	}
	if err := cmd.Wait(); err != nil {
		return measured{}, err
	}
	p := cmd.ProcessState
	return measured{time.Since(start), p.UserTime() + p.SystemTime(), peakOf(p)}, nil
}
