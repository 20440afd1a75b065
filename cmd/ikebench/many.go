package main

import (
	"fmt"
	"path/filepath"
	"time"
)

// runMany tells what a packet costs with many SAs and with two: the difference between captures of n and of three times n packets,
// so that reading the keys and setting up each SA, which is done once, is not in it.
func runMany(o options, bin string) error {
	s := suites[0]
	fmt.Printf("%s, %d and %d packets\n\n%10s %14s %14s %12s %8s\n", s.name, o.packets, 3*o.packets, "SAs", "CPU µs/packet", "wall µs/packet", "once, CPU s", "peak MB")
	var first measured
	for i, sas := range []int{2, o.many} {
		few, err := runOf(o, s, bin, o.packets, sas)
		if err != nil {
			return err
		}
		more, err := runOf(o, s, bin, 3*o.packets, sas)
		if err != nil {
			return err
		}
		n := time.Duration(2 * o.packets)
		each := measured{wall: (more.wall - few.wall) / n, cpu: (more.cpu - few.cpu) / n}
		once := few.cpu - each.cpu*time.Duration(o.packets)
		fmt.Printf("%10d %14.2f %14.2f %12.2f %8.0f\n", sas, each.cpu.Seconds()*1e6, each.wall.Seconds()*1e6, once.Seconds(), float64(more.peak)/1e6)
		if i == 0 {
			first = each
			continue
		}
		fmt.Printf("%10s %13.2fx %13.2fx\n", "ratio", float64(each.cpu)/float64(first.cpu), float64(each.wall)/float64(first.wall))
	}
	return nil
}

// runOf makes a capture and runs ikedecode over it.
func runOf(o options, s suite, bin string, packets, sas int) (measured, error) {
	o.packets, o.sas = packets, sas
	c, err := generate(o, s)
	if err != nil {
		return measured{}, err
	}
	defer c.remove()
	out := filepath.Join(o.dir, "plain.pcapng")
	b := &bench{s: s, c: c, out: out, programs: []program{{name: "ikedecode", command: []string{bin, "decrypt", c.pcap, "-k", c.keys, "-w", out, "-q"}}}}
	for round := range max(1, o.runs) + 1 {
		if err := b.round(round > 0); err != nil {
			return measured{}, err
		}
	}
	return b.programs[0].best, nil
}
