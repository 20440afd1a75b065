//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A signal that ends a run leaves no unfinished file. The run is held up in the middle by a pipe that nobody reads.
func TestSignals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			session, dir := filepath.Join(pcaps, "v1-main-psk-aes128-sha1"), t.TempDir()
			pipe := filepath.Join(dir, "out-ESP-192.0.2.1-192.0.2.2-cf127d15.pcapng")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd, errs := start(t, nil, "decrypt", "--split-by", "sa", "-k", filepath.Join(session, "gwa.log"), "-w", filepath.Join(dir, "out.pcapng"),
				filepath.Join(session, "wire.pcap"))
			await(t, "an unfinished file", func() bool { return len(writing(cmd, dir)) > 0 })
			signalled(t, cmd, sig)
			f, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0) // lets it go on
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			wantsInterrupted(t, cmd, errs)
			if left := unfinished(dir); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// A run that waits for its standard input ends at once.
func TestSignalWhileReading(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	cmd, errs := start(t, r, "timeline", "-")
	front := append([]byte{0xd4, 0xc3, 0xb2, 0xa1}, make([]byte, 1<<20)...) // of what is no capture no more than its front would be read
	if _, err := w.Write(front); err != nil {                               // more than a pipe holds: it is being read
		t.Fatal(err)
	}
	signalled(t, cmd, syscall.SIGINT)
	wantsInterrupted(t, cmd, errs)
}

// A run that waits for a FIFO ends at once, whatever it is to read from it.
func TestSignalAtFIFO(t *testing.T) {
	wire := filepath.Join(pcaps, "v1-main-psk-aes128-sha1", "wire.pcap")
	pcap := []byte{0xd4, 0xc3, 0xb2, 0xa1}
	for _, c := range []struct {
		name  string
		front []byte
		args  func(fifo string) []string
	}{
		{"capture", pcap, func(fifo string) []string { return []string{"timeline", fifo} }},
		{"keys", nil, func(fifo string) []string { return []string{"timeline", "-k", fifo, wire} }},
		{"list of keys", nil, func(fifo string) []string { return []string{"keys", fifo} }},
		{"psk-file", nil, func(fifo string) []string { return []string{"timeline", "--psk-file", fifo, wire} }},
		{"value", nil, func(fifo string) []string { return []string{"timeline", "--psk", "@" + fifo, wire} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fifo := filepath.Join(t.TempDir(), "fifo")
			if err := syscall.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(fifo, os.O_RDWR, 0) // is never at its end
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			cmd, errs := start(t, nil, c.args(fifo)...)
			front := append(bytes.Clone(c.front), bytes.Repeat([]byte("# nothing\n"), 20_000)...)
			if _, err := f.Write(front); err != nil { // more than a FIFO holds: it is being read
				t.Fatal(err)
			}
			signalled(t, cmd, syscall.SIGTERM)
			wantsInterrupted(t, cmd, errs)
		})
	}
}

// start starts the program: this test binary under its name. No signal is ignored in it, even if the tests run in the background.
func start(t *testing.T, stdin *os.File, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	taken := make(chan os.Signal, 1)
	signal.Notify(taken, syscall.SIGINT, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(taken) })
	cmd, errs := program(t, args...), &bytes.Buffer{}
	cmd.Stderr = errs
	if stdin != nil {
		cmd.Stdin = stdin
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, errs
}

// program is a run of the program: this test binary under its name.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Args[0], cmd.Env = "ikedecode", append(os.Environ(), runProgram+"=1")
	return cmd
}

func await(t *testing.T, what string, there func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !there(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come", what)
		}
	}
}

// signalled sends a signal and gives the program time to take it.
func signalled(t *testing.T, cmd *exec.Cmd, sig syscall.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
}

func wantsInterrupted(t *testing.T, cmd *exec.Cmd, errs *bytes.Buffer) {
	t.Helper()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
		t.Errorf("it ended with %v, want exit code %d", err, exitFailed)
	}
	if !strings.Contains(errs.String(), "error: interrupted") {
		t.Errorf("it said %q", errs)
	}
}

func unfinished(dir string) []string {
	list, _ := filepath.Glob(filepath.Join(dir, ".*.part"))
	return list
}

// writing are the unfinished files of a run in a directory: those with a name, and on Linux those that are open and have none.
func writing(cmd *exec.Cmd, dir string) []string {
	open, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "fd", "*"))
	return append(unfinished(dir), slices.DeleteFunc(open, func(fd string) bool {
		name, err := os.Readlink(fd)
		return err != nil || !strings.HasPrefix(name, dir) || !strings.HasSuffix(name, " (deleted)")
	})...)
}

// A second signal, or SIGKILL where there are files without a name, ends a run wherever it is held up, and leaves nothing, either.
func TestSecondSignal(t *testing.T) {
	for name, sig := range map[string][]syscall.Signal{"twice": {syscall.SIGINT, syscall.SIGTERM}, "at once": {syscall.SIGKILL}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			session, dir := filepath.Join(pcaps, "v1-main-psk-aes128-sha1"), t.TempDir()
			if err := syscall.Mkfifo(filepath.Join(dir, "out-ESP-192.0.2.1-192.0.2.2-cf127d15.pcapng"), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd, _ := start(t, nil, "decrypt", "--split-by", "sa", "-k", filepath.Join(session, "gwa.log"), "-w", filepath.Join(dir, "out.pcapng"),
				filepath.Join(session, "wire.pcap"))
			await(t, "an unfinished file", func() bool { return len(writing(cmd, dir)) > 0 })
			named := unfinished(dir)
			for _, s := range sig {
				if err := cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Fatal(err)
				}
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) {
				t.Errorf("it ended with %v", err)
			}
			if left := unfinished(dir); len(left) > 0 && (sig[0] != syscall.SIGKILL || len(named) == 0) {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}
