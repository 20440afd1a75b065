//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A peer is a program that reads captures, and what came of it.
type peer struct {
	name    string
	command []string // the capture follows
	runs    int
	crashes []string // files
	hangs   []string // files, past the limit
	failed  int      // exit code other than 0, of its own accord
	took    time.Duration
	most    int64 // peak memory of any run, in the units of getrusage
}

const compareLimit = 10 * time.Second

// compare runs ikedecode, tshark and tcpdump over the captures below directories and damaged copies of each, and prints what came of it.
func compare(dirs []string, copies int) error {
	work, err := os.MkdirTemp("", "ikecompare")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	binary := filepath.Join(work, "ikedecode")
	if out, err := exec.Command("go", "build", "-o", binary, "./cmd/ikedecode").CombinedOutput(); err != nil {
		return fmt.Errorf("building ikedecode: %w\n%s", err, out)
	}
	peers := []*peer{{name: "ikedecode", command: []string{binary, "diagnose", "-q"}}}
	for _, p := range []*peer{{name: "tshark", command: []string{"tshark", "-V", "-r"}}, {name: "tcpdump", command: []string{"tcpdump", "-n", "-vvv", "-r"}}} {
		if _, err := exec.LookPath(p.command[0]); err != nil {
			fmt.Printf("%s is not installed: left out\n", p.name)
			continue
		}
		peers = append(peers, p)
	}
	n := 0
	for _, dir := range dirs {
		if err := compareIn(peers, dir, filepath.Join(work, "damaged.pcap"), copies, &n); err != nil {
			return err
		}
	}
	fmt.Printf("| %d files | crashed | over %v | refused | seconds | most memory |\n|---|---|---|---|---|---|\n", n, compareLimit)
	for _, p := range peers {
		fmt.Printf("| %s | %d | %d | %d | %.0f | %d MB |\n", p.name, len(p.crashes), len(p.hangs), p.failed, p.took.Seconds(), p.most>>10)
	}
	for _, p := range peers {
		for _, file := range append(p.crashes, p.hangs...) {
			fmt.Println(p.name+":", file)
		}
	}
	return nil
}

// compareIn runs the programs over the captures below a directory and so many damaged copies of each, of which at is the name, and counts them.
func compareIn(peers []*peer, dir, at string, copies int, n *int) error {
	random := rand.New(rand.NewPCG(1, 2))
	return captures(dir, func(path string, file []byte) error {
		for i := 0; i <= copies; i++ {
			b := file
			if i > 0 {
				b = damage(random, file)
			}
			if err := os.WriteFile(at, b, 0o600); err != nil {
				return err
			}
			*n++
			for _, p := range peers {
				p.run(at, fmt.Sprintf("%s, copy %d", path, i), compareLimit)
			}
		}
		return nil
	})
}

// damage is a copy of a file with up to eight bytes changed, or cut, anywhere behind its header.
func damage(random *rand.Rand, file []byte) []byte {
	const header = 24
	b := append([]byte(nil), file...)
	for range 1 + random.IntN(8) {
		if len(b) <= header {
			break
		}
		at := header + random.IntN(len(b)-header)
		switch random.IntN(8) {
		case 0:
			b = b[:at]
		case 1, 2:
			b[at] = 0xff
		case 3:
			b[at] = 0
		default:
			b[at] ^= 1 << random.IntN(8)
		}
	}
	return b
}

// run runs a program over a file, which is told by name.
func (p *peer) run(file, name string, limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.command[0], append(p.command[1:len(p.command):len(p.command)], file)...)
	var errs strings.Builder
	cmd.Stderr = &errs
	start := time.Now()
	err := cmd.Run()
	p.took += time.Since(start)
	p.runs++
	if cmd.ProcessState == nil {
		p.failed++
		return
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		p.most = max(p.most, int64(usage.Maxrss))
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		p.hangs = append(p.hangs, name)
	case errors.As(err, &exit) && exit.ExitCode() < 0, strings.Contains(errs.String(), "goroutine "):
		p.crashes = append(p.crashes, name)
	case exit != nil && !(p.name == "ikedecode" && exit.ExitCode() == 3): // 3: not everything was decrypted
		p.failed++
	}
}
