//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// A liveProgram is the program at work on a capture that the test feeds it.
type liveProgram struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   *os.File
	out  *bufio.Reader
	errs bytes.Buffer
	got  chan capture.Packet // of standard output, where that is a capture
}

// startLive starts the program with a pipe on both sides.
func startLive(t *testing.T, args ...string) *liveProgram {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &liveProgram{t: t, cmd: exec.CommandContext(ctx, self, args...), in: w}
	p.cmd.Args[0], p.cmd.Env, p.cmd.Stdin, p.cmd.Stderr = "ikedecode", append(os.Environ(), runProgram+"=1"), r, &p.errs
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close() })
	p.out = bufio.NewReader(out)
	return p
}

// capture reads standard output as a capture from now on.
func (p *liveProgram) capture() {
	p.got = make(chan capture.Packet, 1024)
	go func() {
		defer close(p.got)
		src, err := capture.OpenLive(context.Background(), []string{"-"}, capture.Options{Stdin: p.out})
		if err != nil {
			return
		}
		r, err := src.Reader()
		for err == nil {
			var q *capture.Packet
			if q, err = r.Next(); err == nil {
				p.got <- *q
			}
		}
	}()
}

// next is the next packet that comes out.
func (p *liveProgram) next() capture.Packet {
	p.t.Helper()
	select {
	case q, ok := <-p.got:
		if !ok {
			p.t.Fatalf("the output has ended: %s", &p.errs)
		}
		return q
	case <-time.After(20 * time.Second):
		p.t.Fatalf("no packet comes out: %s", &p.errs)
	}
	return capture.Packet{}
}

func (p *liveProgram) feed(b []byte) {
	p.t.Helper()
	if _, err := p.in.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

// wait waits for the end and returns the exit code.
func (p *liveProgram) wait() int {
	if p.got == nil { // what is written and not read holds it up
		_, _ = io.Copy(io.Discard, p.out)
	} else {
		for range p.got {
		}
	}
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

func liveSession(name string) (wire, log string) {
	return filepath.Join(pcaps, name, "wire.pcap"), filepath.Join(pcaps, name, "gwa.log")
}

// keyLogOf is the key log of a session, its lines that begin with one of some words.
func keyLogOf(t *testing.T, name string, kinds ...string) string {
	t.Helper()
	wire, log := liveSession(name)
	var out, errs bytes.Buffer
	if code := run([]string{"export", "keylog", "-k", log, "-o", "-", wire}, nil, &out, &errs); code != exitDone {
		t.Fatalf("%d: %s", code, &errs)
	}
	var kept []string
	for _, line := range strings.SplitAfter(out.String(), "\n") {
		for _, k := range kinds {
			if strings.HasPrefix(line, k) {
				kept = append(kept, line)
			}
		}
	}
	return strings.Join(kept, "")
}

// Each packet comes out before the next one goes in, and a key that comes to be known in between opens what follows.
func TestLiveGrowingKeyLog(t *testing.T) {
	t.Parallel()
	const session = "v2-psk-aes128-sha256"
	wire, _ := liveSession(session)
	header, list := records(t, wire)
	keys := filepath.Join(t.TempDir(), "keys.log") // is not there yet
	p := startLive(t, "decrypt", "--live", "-k", keys, "-w", "-", "-")
	p.capture()
	p.feed(header)
	step := func(from, to int, decrypted bool) {
		t.Helper()
		for i := from; i < to; i++ {
			p.feed(list[i])
			q := p.next()
			same := bytes.Equal(q.Data, list[i][16:])
			if same == decrypted {
				t.Errorf("frame %d: decrypted %v, want %v", i+1, !same, decrypted)
			}
		}
	}
	step(0, 2, false)
	add := func(text string) {
		t.Helper()
		f, err := os.OpenFile(keys, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(text)
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	step(2, 3, false) // the request of IKE_AUTH, without a key
	add(keyLogOf(t, session, "SK_E", "SK_A"))
	step(3, 4, true)   // the response
	step(4, 10, false) // ESP: SK_d is not known
	add(keyLogOf(t, session, "ESP_SA"))
	step(10, 49, true)
	step(49, 51, true) // the IKE SA is deleted
	p.in.Close()
	if code := p.wait(); code != exitIncomplete {
		t.Errorf("exit code %d: %s", code, &p.errs)
	}
	for _, want := range []string{"51 packets read, 51 written", "IKE: 6 messages, 3 decrypted, 1 closed", "45 packets, 39 decrypted, 6 closed",
		"their key became known later"} {
		if !strings.Contains(p.errs.String(), want) {
			t.Errorf("not said: %s\n%s", want, &p.errs)
		}
	}
}

// The keys of a kernel come through a FIFO, as ip xfrm monitor prints them.
func TestLiveFIFO(t *testing.T) {
	t.Parallel()
	const session = "v2-psk-aes128-sha256"
	wire, _ := liveSession(session)
	header, list := records(t, wire)
	fifo := filepath.Join(t.TempDir(), "monitor")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	p := startLive(t, "decrypt", "--live", "--only", "inner", "-k", fifo, "-w", "-", "-")
	p.capture()
	w, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p.feed(header)
	for _, r := range list[:4] {
		p.feed(r)
	}
	state, err := os.ReadFile(filepath.Join(pcaps, session, "gwa.xfrm"))
	if err != nil {
		t.Fatal(err)
	}
	monitor := bytes.ReplaceAll(state, []byte("src "), []byte("Updated src "))
	if _, err := w.Write(monitor); err != nil {
		t.Fatal(err)
	}
	for _, r := range list[4:49] {
		p.feed(r)
		p.next()
	}
	p.in.Close()
	p.wait()
	if want := "45 packets, 45 decrypted, 0 closed"; !strings.Contains(p.errs.String(), want) {
		t.Errorf("not said: %s\n%s", want, &p.errs)
	}
}

// A signal ends the capture: what has come is finished, and reported.
func TestLiveSignal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			wire, log := liveSession("v1-main-psk-aes128-sha1")
			header, list := records(t, wire)
			out := filepath.Join(t.TempDir(), "plain.pcapng")
			p := startLive(t, "decrypt", "--live", "-k", log, "-w", out, "-")
			p.feed(header)
			for _, r := range list[:20] {
				p.feed(r)
			}
			p.feed(list[20][:30]) // a packet that has not come as a whole
			await(t, "the packets", func() bool {
				parts := writing(p.cmd, filepath.Dir(out))
				if len(parts) == 0 {
					return false
				}
				info, err := os.Stat(parts[0])
				return err == nil && info.Size() > 2000
			})
			if err := p.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if code := p.wait(); code != exitDone {
				t.Errorf("exit code %d: %s", code, &p.errs)
			}
			if want := "20 packets read, 20 written"; !strings.Contains(p.errs.String(), want) {
				t.Errorf("not said: %s\n%s", want, &p.errs)
			}
			if _, err := os.Stat(out); err != nil {
				t.Error(err)
			}
		})
	}
}

// Nothing waits past a signal: neither an idle pipe nor a FIFO that nobody opens.
func TestLiveIdle(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "capture")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, input := range []string{"-", fifo} {
		for _, args := range [][]string{{"decrypt", "-w", filepath.Join(dir, "out.pcapng")}, {"timeline"}, {"diagnose"}, {"sas"}} {
			t.Run(args[0]+" "+filepath.Base(input), func(t *testing.T) {
				t.Parallel()
				p := startLive(t, append(args, "--live", input)...)
				time.Sleep(2 * time.Second)
				if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				if code := p.wait(); code != exitDone {
					t.Errorf("exit code %d: %s", code, &p.errs)
				}
			})
		}
	}
}

// A file that something still writes is read to its end, and on as it grows.
func TestLiveFile(t *testing.T) {
	t.Parallel()
	wire, log := liveSession("v1-main-psk-aes128-sha1")
	header, list := records(t, wire)
	path := filepath.Join(t.TempDir(), "wire.pcap")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write := func(b []byte) {
		t.Helper()
		if _, err := f.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	write(header)
	p := startLive(t, "decrypt", "--live", "-k", log, "-w", "-", path)
	p.capture()
	for _, r := range list {
		write(r)
		p.next()
	}
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(); code != exitDone {
		t.Errorf("exit code %d: %s", code, &p.errs)
	}
}

// Of a ring of files that a program writes into a directory the next one is taken when it comes.
func TestLiveRing(t *testing.T) {
	t.Parallel()
	wire, log := liveSession("v1-main-psk-aes128-sha1")
	header, list := records(t, wire)
	dir := t.TempDir()
	write := func(name string, records [][]byte) *os.File {
		t.Helper()
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.Write(append(header[:24:24], bytes.Join(records, nil)...))
		}
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first := write("ring_00001.pcap", list[:20])
	p := startLive(t, "decrypt", "--live", "-k", log, "-w", "-", dir)
	p.capture()
	for range 20 {
		p.next()
	}
	for i, from := range []int{20, 40} {
		next := write(fmt.Sprintf("ring_%05d.pcap", i+2), list[from:min(from+20, len(list))])
		first.Close()
		first = next
		for range min(20, len(list)-from) {
			p.next()
		}
	}
	first.Close()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(); code != exitDone || !strings.Contains(p.errs.String(), "56 packets read, 56 written") {
		t.Errorf("exit code %d: %s", code, &p.errs)
	}
}

// Of a ring that goes round, as tcpdump -C -W writes it, the oldest file comes first, whatever its name, and each is read again when it is written again.
// A file that is gone when its turn comes ends nothing.
func TestLiveRingGoesRound(t *testing.T) {
	t.Parallel()
	wire, log := liveSession("v1-main-psk-aes128-sha1")
	header, list := records(t, wire)
	dir := t.TempDir()
	open := func(i, from int) *os.File {
		t.Helper()
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("ring%d", i))) // is known by its content alone
		if err == nil {
			_, err = f.Write(append(header[:24:24], bytes.Join(list[from:from+8], nil)...))
		}
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	open(1, 0).Close()
	open(2, 8).Close()
	last := open(0, 16)
	p := startLive(t, "decrypt", "--live", "-k", log, "-w", "-", dir)
	p.capture()
	for i := range 24 {
		if q := p.next(); i < 2 && !bytes.Equal(q.Data, list[i][16:]) {
			t.Errorf("packet %d is another one", i+1)
		}
	}
	for i, from := range []int{24, 32, 40, 48} {
		last.Close()
		last = open((i+1)%3, from)
		for range 8 {
			p.next()
		}
	}
	last.Close()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(); code != exitDone || !strings.Contains(p.errs.String(), "56 packets read, 56 written") || !strings.Contains(p.errs.String(), "45 decrypted, 0 closed") {
		t.Errorf("exit code %d: %s", code, &p.errs)
	}
}

// A file that is complete ends the run.
func TestLiveCompleteFile(t *testing.T) {
	t.Parallel()
	wire, log := liveSession("v1-main-psk-aes128-sha1")
	p := startLive(t, "decrypt", "--live", "-k", log, "-w", filepath.Join(t.TempDir(), "out.pcap"), wire)
	if code := p.wait(); code != exitDone || !strings.Contains(p.errs.String(), "56 packets read, 56 written") {
		t.Errorf("exit code %d: %s", code, &p.errs)
	}
}

// timeline --live prints a message as it comes.
func TestLiveTimeline(t *testing.T) {
	t.Parallel()
	wire, log := liveSession("v1-main-psk-aes128-sha1")
	header, list := records(t, wire)
	p := startLive(t, "timeline", "--live", "-k", log, "-")
	line := func(want string) {
		t.Helper()
		for {
			got, err := p.out.ReadString('\n')
			if err != nil {
				t.Fatalf("%q did not come: %v", want, err)
			}
			if strings.Contains(got, want) {
				return
			}
		}
	}
	p.feed(header)
	for i := range 8 {
		p.feed(list[i])
		line(fmt.Sprintf("%9d ", i+1))
	}
	line("established")
	p.in.Close()
	line("8 packets from")
	p.wait()
}

// What is decrypted as it comes is what is decrypted in two passes, where all keys are there from the start.
func TestLiveEqualsTwoPasses(t *testing.T) {
	if testing.Short() {
		t.Skip("walks over all recorded sessions")
	}
	dir := t.TempDir()
	wires, err := filepath.Glob(filepath.Join(pcaps, "*", "wire.pcap"))
	if err != nil || len(wires) == 0 {
		t.Fatal(err)
	}
	for _, wire := range wires {
		log := filepath.Join(filepath.Dir(wire), "gwa.log")
		args := []string{"decrypt", "-w", filepath.Join(dir, "out.pcapng")}
		if _, err := os.Stat(log); err == nil {
			args = append(args, "-k", log)
		}
		said := func(in io.Reader, more ...string) string {
			var out, errs bytes.Buffer
			run(append(args, more...), in, &out, &errs)
			var lines []string
			for _, line := range strings.Split(errs.String(), "\n") {
				if strings.Contains(line, "IKE:") || strings.Contains(line, "ESP and AH:") {
					lines = append(lines, line)
				}
			}
			return strings.Join(lines, "\n")
		}
		f, err := os.Open(wire)
		if err != nil {
			t.Fatal(err)
		}
		two, live := said(nil, wire), said(f, "--live", "-")
		f.Close()
		if two != live {
			t.Errorf("%s: two passes:\n%s\nlive:\n%s", wire, two, live)
		}
	}
}
