package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// agreed2 is an IKE SA of IKEv2 whose DH secret is given.
func (l link) agreed2(number int) *tunnel {
	w := l.w
	t := &tunnel{link: l, number: number, spis: [2]uint64{cookie(1, number), cookie(2, number)}, agreed: w.random(32), id: [2]uint32{1, 0}}
	fmt.Fprintf(&w.keys, "DH_SECRET %016x:%016x 0x%x\n", t.spis[0], t.spis[1], t.agreed)
	return t
}

// auth is the AUTH payload of a side: with the pre-shared key where the keys are known to come from somewhere (RFC 7296, section 2.15).
func (t *tunnel) auth(side int, id []byte) payload {
	if t.agreed == nil {
		return payload{kind: 39, body: append([]byte{2, 0, 0, 0}, t.w.random(32)...)}
	}
	octets := keys.SignedOctets(t.prf, t.proof[side], t.inits[side], t.nonces[1-side], id, nil)
	return payload{kind: 39, body: append([]byte{2, 0, 0, 0}, keys.SharedKeyAuth(t.prf, []byte(hugePSK), octets)...)}
}

// derive makes the keys of an IKE SA whose nonces are there (RFC 7296, section 2.14).
func (t *tunnel) derive() {
	t.prf, _ = alg.PRFByIKEv2(binary.BigEndian.Uint16(prf256[2:]))
	var i, r decode.SPI
	binary.BigEndian.PutUint64(i[:], t.spis[0])
	binary.BigEndian.PutUint64(r[:], t.spis[1])
	const encr = 16 + 4 // with its salt
	k := keys.SKEYSEEDFromInit(t.prf, t.nonces[0], t.nonces[1], t.agreed).Keys(t.nonces[0], t.nonces[1], i, r, keys.IKEv2Lengths{Encr: encr})
	t.d, t.keys, t.proof = k.D, [2][]byte{k.EI, k.ER}, [2][]byte{k.PI, k.PR}
}

const (
	hugePackets = 2      // of each ESP SA
	hugeWave    = 10_000 // IKE SAs whose traffic comes when all of them are up
	hugeLate    = 10     // one of so many has a liveness check when all is over
)

// A hugeCount is what a capture has.
type hugeCount struct{ ike, messages, packets int }

// writeHuge writes a capture of n IKE SAs, every other one of IKEv1, with two ESP SAs each, and its key log. The traffic of each comes long after its
// negotiation, and messages of some at the very end.
func writeHuge(pcap, log io.Writer, n int) (c hugeCount, err error) {
	w := newWire()
	fmt.Fprintf(&w.keys, "PSK * %q\n", hugePSK)
	flush := func() {
		_, e1 := w.pcap.WriteTo(pcap)
		_, e2 := w.keys.WriteTo(log)
		err = errors.Join(err, e1, e2)
	}
	var late []*tunnel
	for from := 0; from < n; from += hugeWave {
		var traffic []func()
		for i := from; i < min(from+hugeWave, n); i++ {
			if i%2 == 1 {
				p := w.between(i).keyed1(i)
				traffic = append(traffic, func() { p.quick(hugePackets) })
				c.messages += 6 + 3
			} else {
				t := w.between(i).agreed2(i)
				t.begin()
				traffic = append(traffic, func() { t.carry(hugePackets) })
				c.messages += 4
				if i%hugeLate == 0 {
					late = append(late, t)
				}
			}
			flush()
		}
		for _, f := range traffic {
			f()
			flush()
		}
	}
	for _, t := range late {
		t.keep()
		c.messages += 2
		flush()
	}
	c.ike, c.packets = n, 2*hugePackets*n
	return c, err
}

// runHuge runs commands over such a capture, and prints what memory they took and what they said of what they gave up.
func runHuge(o options, bin string) error {
	archive, plain, log := filepath.Join(o.dir, "archive"), filepath.Join(o.dir, "plain"), filepath.Join(o.dir, "huge.keylog")
	pcap := filepath.Join(archive, "huge.pcap")
	for _, path := range []string{archive, plain, log} {
		defer os.RemoveAll(path)
	}
	if err := os.Mkdir(archive, 0o700); err != nil {
		return err
	}
	c, err := makeHuge(pcap, log, o.huge)
	if err != nil {
		return err
	}
	info, err := os.Stat(pcap)
	if err != nil {
		return err
	}
	fmt.Printf("%d IKE SAs with %d messages, %d ESP SAs with %d packets, %.1f GB; --max-memory %s\n",
		c.ike, c.messages, 2*c.ike, c.packets, float64(info.Size())/1e9, o.maxMemory)
	for _, args := range [][]string{
		{"decrypt", pcap, "-w", os.DevNull}, {"diagnose", pcap}, {"timeline", pcap}, {"report", pcap, "-o", os.DevNull},
		{"batch", archive, "-w", plain, "--workers", "1"},
	} {
		if !strings.Contains(args[0], o.only) {
			continue
		}
		if err := huge(bin, append(args, "-k", log, "--max-memory", o.maxMemory), o.dir); err != nil {
			return err
		}
	}
	return nil
}

func makeHuge(pcap, log string, n int) (c hugeCount, err error) {
	p, err := os.Create(pcap)
	if err != nil {
		return c, err
	}
	defer p.Close()
	k, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return c, err
	}
	defer k.Close()
	out := bufio.NewWriterSize(p, 1<<20)
	if c, err = writeHuge(out, k, n); err != nil {
		return c, err
	}
	return c, errors.Join(out.Flush(), k.Close(), p.Close())
}

// huge runs one command. Of what it prints those lines are shown that tell of counts, and of what is given up.
func huge(bin string, args []string, dir string) error {
	cmd := exec.Command(bin, args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<28)
	for lines.Scan() {
		if text := lines.Text(); strings.Contains(text, "not shown") || strings.Contains(text, "left out") || strings.Contains(text, "[healthy]") {
			fmt.Fprintln(&said, text)
		}
	}
	if err := cmd.Wait(); cmd.ProcessState == nil {
		return err
	}
	fmt.Printf("\n%-10s %7.0f s %7.0f MB peak, exit code %d\n", args[0], time.Since(start).Seconds(), float64(peakOf(cmd.ProcessState))/1e6, cmd.ProcessState.ExitCode())
	const most = 8
	n := 0
	for line := range strings.Lines(said.String()) {
		if n++; n <= most {
			fmt.Print("    ", line)
		}
	}
	if n > most {
		fmt.Printf("    and %d more lines\n", n-most)
	}
	return nil
}
