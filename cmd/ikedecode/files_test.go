//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// These in the environment make the test binary something else before a test is run.
const (
	asShell  = "IKEDECODE_TEST_SHELL" // a shell that starts the program without standard output
	fileSize = "IKEDECODE_TEST_FSIZE" // the program with that limit of the size of files, in bytes
)

func init() {
	if text := os.Getenv(fileSize); text != "" {
		n, err := strconv.ParseUint(text, 10, 32)
		var limit syscall.Rlimit
		setAll(n, &limit.Cur, &limit.Max)
		if err := errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)); err != nil {
			panic(err)
		}
	}
	if os.Getenv(asShell) == "" {
		return
	}
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	if err := errors.Join(os.Unsetenv(asShell), os.Setenv(runProgram, "1")); err != nil {
		panic(err)
	}
	pid, err := syscall.ForkExec(self, append([]string{"ikedecode"}, os.Args[1:]...), &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, ^uintptr(0), 2}})
	if err != nil {
		panic(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		panic(err)
	}
	os.Exit(status.ExitStatus())
}

// setAll sets fields to n; those of an Rlimit are signed on FreeBSD.
func setAll[T int64 | uint64](n uint64, fields ...*T) {
	for _, f := range fields {
		*f = T(n)
	}
}

// A runResult is how a run ended.
type runResult struct {
	code   int // -1: by a signal
	signal syscall.Signal
	errs   string
}

// ended runs a program to its end.
func ended(t *testing.T, cmd *exec.Cmd) runResult {
	t.Helper()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r := runResult{code: cmd.ProcessState.ExitCode(), errs: errs.String()}
	if r.code < 0 {
		r.signal = cmd.ProcessState.Sys().(syscall.WaitStatus).Signal()
	}
	return r
}

// failsNaming wants a run that failed, and said so of what the user named, once, with what to do where hinted.
func (r runResult) failsNaming(t *testing.T, name, what string, hinted bool) {
	t.Helper()
	if r.code != exitFailed {
		t.Errorf("exit code %d, want %d", r.code, exitFailed)
	}
	var errs []string
	for line := range strings.Lines(r.errs) {
		if strings.HasPrefix(line, "ikedecode: error: ") {
			errs = append(errs, line)
		}
	}
	if len(errs) != 1 || strings.Count(errs[0], name) != 1 || !strings.Contains(errs[0], what) || strings.Contains(errs[0], ".part") {
		t.Errorf("errors %q, want one that names %s once and says %q", errs, name, what)
	}
	if hinted != strings.Contains(r.errs, "ikedecode: hint: ") {
		t.Errorf("it said %q; with a hint: %v", r.errs, hinted)
	}
}

// holds wants nothing in a directory but these.
func holds(t *testing.T, dir string, want ...string) {
	t.Helper()
	var have []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if path != dir {
			have = append(have, path[len(dir)+1:])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(have, want) {
		t.Errorf("the directory holds %q, want %q", have, want)
	}
}

// keyed are a capture and a key log that decrypts it.
func keyed(t *testing.T) (wire, keys string) {
	t.Helper()
	session := filepath.Join(pcaps, "v1-main-psk-aes128-sha1")
	wire, keys = filepath.Join(session, "wire.pcap"), filepath.Join(t.TempDir(), "keys.log")
	var errs bytes.Buffer
	if code := run([]string{"export", "keylog", "-q", "-k", filepath.Join(session, "gwa.log"), wire, "-o", keys}, nil, io.Discard, &errs); code != exitDone {
		t.Fatal(errs.String())
	}
	return wire, keys
}

// toStdout are runs that write to standard output: WIRE and KEYS are files, DIR is a directory. What they leave in it is theirs.
var toStdout = []struct{ args, leaves string }{
	{"keys KEYS", ""},
	{"keys KEYS --show-secrets", ""},
	{"keys KEYS --json", ""},
	{"timeline -k KEYS WIRE", ""},
	{"timeline --ladder -k KEYS WIRE", ""},
	{"timeline --json -k KEYS WIRE", ""},
	{"timeline --format csv -k KEYS WIRE", ""},
	{"timeline --format ndjson -k KEYS WIRE", ""},
	{"timeline --format mermaid -k KEYS WIRE", ""},
	{"timeline --format markdown -k KEYS WIRE", ""},
	{"timeline --live -k KEYS WIRE", ""},
	{"sas -k KEYS WIRE", ""},
	{"sas --json -k KEYS WIRE", ""},
	{"sas --format csv -k KEYS WIRE", ""},
	{"diagnose -k KEYS WIRE", ""},
	{"diagnose --json -k KEYS WIRE", ""},
	{"diagnose --format ndjson -k KEYS WIRE", ""},
	{"diagnose --live -k KEYS WIRE", ""},
	{"decrypt -k KEYS WIRE -w -", ""},
	{"decrypt -k KEYS WIRE --live -w -", ""},
	{"decrypt -k KEYS WIRE -w DIR/o.pcapng --log -", ""},
	{"decrypt -k KEYS WIRE --log -", ""},
	{"decrypt -k KEYS WIRE -w DIR/o.pcapng --json", "o.pcapng"},
	{"decrypt -k KEYS WIRE --embed-keys -w -", ""},
	{"export keylog -k KEYS WIRE -o -", ""},
	{"export esp-sa -k KEYS WIRE -o -", ""},
	{"export dsb -k KEYS WIRE -o -", ""},
	{"export keylog -k KEYS WIRE -o DIR/k --json", "k"},
	{"report -k KEYS WIRE -o -", ""},
	{"report -k KEYS WIRE -o DIR/o.html --json", "o.html"},
	{"version", ""},
	{"--version", ""},
	{"--help", ""},
	{"help decrypt", ""},
	{"sas --help", ""},
	{"completion bash", ""},
	{"completion powershell", ""},
	{"__complete ex", ""},
	{"extcap --extcap-interfaces", ""},
	{"extcap --extcap-interface ikedecode --extcap-config", ""},
	{"extcap --extcap-interface ikedecode --extcap-dlts", ""},
}

// What standard output does not take is said, however it is written to; that nobody reads a pipe any more is not.
func TestStandardOutputFails(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred runs")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close()
	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	r.Close()
	wire, keys := keyed(t)
	for _, c := range toStdout {
		t.Run(c.args, func(t *testing.T) {
			dir := t.TempDir()
			args, left := filledIn(c.args, wire, keys, dir), strings.Fields(c.leaves)
			var errs bytes.Buffer
			code := run(args, nil, full, &errs)
			runResult{code: code, errs: errs.String()}.failsNaming(t, "standard output", "no space left on device", true)
			holds(t, dir, left...)
			errs.Reset()
			code = run(args, nil, closed{}, &errs)
			runResult{code: code, errs: errs.String()}.failsNaming(t, "standard output", "closed", true)
			holds(t, dir, left...)
			errs.Reset()
			if code = run(args, nil, pipe, &errs); code != exitFailed || strings.Contains(errs.String(), "error") {
				t.Errorf("a pipe that nobody reads: exit code %d, and it said %q", code, errs.String())
			}
			holds(t, dir, left...)
		})
	}
}

func filledIn(args, wire, keys, dir string) []string {
	return strings.Fields(strings.NewReplacer("WIRE", wire, "KEYS", keys, "DIR", dir).Replace(args))
}

// A shell's >&- is known for what it is, and a pipe that nobody reads ends the program by SIGPIPE, but for what it would leave.
func TestStandardOutputOfProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells of a closed standard output")
	}
	wire, keys := keyed(t)
	shell := filepath.Join(t.TempDir(), "sh")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, shell); err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{"keys KEYS", "--help", "decrypt -k KEYS WIRE -w DIR/out.pcapng --log -"} {
		dir := t.TempDir()
		args := filledIn(c, wire, keys, dir)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		cmd := program(t, args...)
		cmd.Path, cmd.Stdout, cmd.Env = shell, w, append(cmd.Env, asShell+"=1", runProgram+"=")
		ended(t, cmd).failsNaming(t, "standard output", "closed", true)
		holds(t, dir)

		cmd = program(t, args...)
		cmd.Stdout = w
		got := ended(t, cmd)
		w.Close()
		if got.signal != syscall.SIGPIPE || strings.Contains(got.errs, "error") {
			t.Errorf("%s: a closed pipe: ended with code %d and signal %v, and said %q", c, got.code, got.signal, got.errs)
		}
		holds(t, dir)
	}
	// What is thrown away on purpose, also by programs that open /dev/null for reading as well, is no error.
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd := program(t, "keys", keys)
	cmd.Stdout = null
	if got := ended(t, cmd); got.code != exitDone {
		t.Errorf("with /dev/null: %+v", got)
	}
}

// toFile are runs that write a file named OUT, from more bytes on than are left to it.
var toFile = []string{
	"decrypt -k KEYS WIRE -w OUT.pcapng",
	"decrypt -k KEYS WIRE -w OUT.pcap",
	"decrypt -k KEYS WIRE --live -w OUT.pcapng",
	"decrypt -k KEYS WIRE --split-by sa -w OUT.pcapng",
	"decrypt -k KEYS WIRE --split-by peer -w OUT.pcapng",
	"decrypt -k KEYS WIRE --log OUT.json",
	"decrypt -k KEYS WIRE --embed-keys -w OUT.pcapng",
	"export keylog -k KEYS WIRE -o OUT.log",
	"export dsb -k KEYS WIRE -o OUT.pcapng",
	"export wireshark -k KEYS WIRE -o OUT.profile",
	"report -k KEYS WIRE -o OUT.html",
	"extcap --extcap-interface ikedecode --capture --file WIRE --keys KEYS --fifo OUT.pcapng",
}

// Where an output cannot be written nothing stays, and the error names what the user named.
func TestOutputFails(t *testing.T) {
	if testing.Short() {
		t.Skip("many runs")
	}
	wire, keys := keyed(t)
	readOnly := t.TempDir()
	mounted := mountReadOnly(readOnly)
	if mounted == nil {
		t.Cleanup(func() { unmount(readOnly) })
	}
	for _, c := range toFile {
		args := func(out string) []string {
			return strings.Fields(strings.NewReplacer("WIRE", wire, "KEYS", keys, "OUT", out).Replace(c))
		}
		t.Run(c, func(t *testing.T) {
			dir := t.TempDir()
			cmd := program(t, args(dir+"/out")...)
			cmd.Env = append(cmd.Env, fileSize+"=100")
			ended(t, cmd).failsNaming(t, dir+"/out", "file too large", true)
			holds(t, dir)

			target := filepath.Join(dir, "target")
			if err := os.Mkdir(target, 0o700); err != nil {
				t.Fatal(err)
			}
			ext := filepath.Ext(args("out")[len(args("out"))-1])
			loop := filepath.Join(dir, "loop"+ext)
			if err := os.Symlink("loop"+ext, loop); err != nil {
				t.Fatal(err)
			}
			if r := ended(t, program(t, args(dir+"/loop")...)); r.code != exitFailed || strings.Count(r.errs, "/loop") != 1 && !strings.Contains(r.errs, "hint") {
				t.Errorf("a symbolic link to itself: exit code %d, and it said %q", r.code, r.errs)
			}
			holds(t, dir, "loop"+ext, "target")
		})
		t.Run("read-only "+c, func(t *testing.T) {
			if mounted != nil {
				t.Skipf("cannot mount a read-only file system: %v", mounted)
			}
			ended(t, program(t, args(readOnly+"/out")...)).failsNaming(t, readOnly+"/out", "read-only file system", true)
		})
	}
}

// A symbolic link to a file that is not there yet is followed, as a shell does.
func TestOutputBehindLink(t *testing.T) {
	wire, keys := keyed(t)
	for _, c := range []string{"decrypt -q -k KEYS WIRE -w OUT", "decrypt -q -k KEYS WIRE --log OUT", "export keylog -q -k KEYS WIRE -o OUT", "report -q -k KEYS WIRE -o OUT"} {
		dir := t.TempDir()
		if err := errors.Join(os.Mkdir(dir+"/far", 0o700), os.Symlink("far/file", dir+"/link"), os.Symlink("link", dir+"/out")); err != nil {
			t.Fatal(err)
		}
		args := strings.Fields(strings.NewReplacer("WIRE", wire, "KEYS", keys, "OUT", dir+"/out").Replace(c))
		var errs bytes.Buffer
		if code := run(args, nil, io.Discard, &errs); code != exitDone {
			t.Errorf("%s: exit code %d: %s", c, code, errs.String())
		}
		holds(t, dir, "far", "far/file", "link", "out")
		if info, err := os.Lstat(dir + "/link"); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s: the link is gone", c)
		}
		if info, err := os.Stat(dir + "/out"); err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 {
			t.Errorf("%s: the file behind the link: %v, %v", c, info, err)
		}
	}
}

// What cannot be read is named once, as the user named it, and input that never ends is given up.
func TestInputFails(t *testing.T) {
	if testing.Short() {
		t.Skip("many runs")
	}
	wire, keys := keyed(t)
	dir := t.TempDir()
	window := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 20 << 3, 1, 0, 0} // a zstd frame with a window of 1 GiB
	err := errors.Join(os.Symlink("nowhere", dir+"/dangling"), os.Symlink("loop", dir+"/loop"), os.WriteFile(dir+"/window", window, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	const (
		none, loops, format, large = "no such file or directory", "too many levels of symbolic links", "not a pcap or pcapng file", "key file too large"
		under                      = "not a directory"
	)
	for _, c := range []struct {
		name, args, what string
		hinted           bool
	}{
		{dir + "/dangling", "timeline NAME", none, false},
		{dir + "/dangling", "sas -k NAME WIRE", none, false},
		{dir + "/dangling", "diagnose --psk-file NAME WIRE", none, false},
		{dir + "/dangling", "timeline --psk @NAME WIRE", none, false},
		{dir + "/dangling", "decrypt -k KEYS NAME -w DIR/out.pcapng", none, false},
		{dir + "/dangling", "keys NAME", none, false},
		{dir + "/dangling", "extcap --extcap-interface ikedecode --capture --fifo DIR/out.pcapng --file NAME", none, false},
		{dir + "/loop", "export keylog NAME -k KEYS -o DIR/out.log", loops, false},
		{dir + "/loop", "report NAME -k KEYS -o DIR/out.html", loops, false},
		{dir + "/loop", "keys NAME", loops, false},
		{wire + "/x", "timeline NAME", under, true},
		{wire + "/x", "timeline -k NAME WIRE", under, true},
		{"/dev/zero", "timeline NAME", format, true},
		{"/dev/zero", "timeline --live NAME", format, true},
		{"/dev/zero", "decrypt NAME -k KEYS -w DIR/out.pcapng", format, true},
		{"/dev/zero", "keys NAME", large, true},
		{"/dev/zero", "timeline --psk-file NAME WIRE", large, true},
		{"/dev/zero", "timeline --psk @NAME WIRE", large, true},
		{"/dev/zero", "timeline --dh-secret @NAME WIRE", large, true},
		{dir + "/window", "timeline NAME", "zstd: window larger than 128 MiB", true},
		{dir + "/window", "decrypt NAME -k KEYS -w DIR/out.pcapng", "zstd: window larger than 128 MiB", true},
	} {
		if _, err := os.Stat("/dev/zero"); err != nil && c.name == "/dev/zero" {
			t.Skip("there is no /dev/zero")
		}
		t.Run(strings.ReplaceAll(c.args, "NAME", filepath.Base(c.name)), func(t *testing.T) {
			args := strings.Fields(strings.NewReplacer("WIRE", wire, "KEYS", keys, "DIR", dir, "NAME", c.name).Replace(c.args))
			var errs bytes.Buffer
			code := run(args, strings.NewReader(""), io.Discard, &errs)
			runResult{code: code, errs: errs.String()}.failsNaming(t, c.name, c.what, c.hinted)
			holds(t, dir, "dangling", "loop", "window")
		})
	}
}

// A FIFO serves on every side.
func TestFIFOs(t *testing.T) {
	wire, keys := keyed(t)
	dir := t.TempDir()
	in, secrets, out := dir+"/in", dir+"/secrets", dir+"/out"
	for _, path := range []string{in, secrets, out} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []string{"decrypt -q -k KEYS WIRE -w OUT", "decrypt -q -k KEYS WIRE --log OUT", "decrypt -q -k KEYS WIRE --embed-keys -w OUT", "export keylog -q -k KEYS WIRE -o OUT", "report -q -k KEYS WIRE -o OUT"} {
		feed := func(path, from string) {
			data, err := os.ReadFile(from)
			if err != nil {
				t.Error(err)
			}
			if err := os.WriteFile(path, data, 0); err != nil {
				t.Error(err)
			}
		}
		go feed(in, wire)
		go feed(secrets, keys)
		got := make(chan []byte, 1)
		go func() {
			data, err := os.ReadFile(out)
			if err != nil {
				t.Error(err)
			}
			got <- data
		}()
		args := strings.Fields(strings.NewReplacer("WIRE", in, "KEYS", secrets, "OUT", out).Replace(c))
		var errs bytes.Buffer
		if code := run(args, nil, io.Discard, &errs); code != exitDone {
			t.Fatalf("%s: exit code %d: %s", c, code, errs.String())
		}
		if data := <-got; len(data) < 500 {
			t.Errorf("%s: only %d bytes came", c, len(data))
		}
	}
	holds(t, dir, "in", "out", "secrets")
}

// An output that nobody reads yet does not hold up the end of the program.
func TestSignalAtOutputFIFO(t *testing.T) {
	wire, keys := keyed(t)
	for _, c := range []string{"decrypt -k KEYS WIRE -w OUT", "decrypt -k KEYS WIRE --log OUT", "export keylog -k KEYS WIRE -o OUT", "export dsb -k KEYS WIRE -o OUT", "report -k KEYS WIRE -o OUT"} {
		dir := t.TempDir()
		if err := syscall.Mkfifo(dir+"/out", 0o600); err != nil {
			t.Fatal(err)
		}
		var errs bytes.Buffer
		code := make(chan int, 1)
		go func() {
			code <- run(strings.Fields(strings.NewReplacer("WIRE", wire, "KEYS", keys, "OUT", dir+"/out").Replace(c)), nil, io.Discard, &errs)
		}()
		await(t, "that the output is being opened", opening)
		if err := syscall.Kill(os.Getpid(), syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		if got := <-code; got != exitFailed || !strings.Contains(errs.String(), "error: interrupted") {
			t.Errorf("%s: exit code %d, and it said %q", c, got, errs.String())
		}
		holds(t, dir, "out")
		f, err := os.OpenFile(dir+"/out", os.O_RDONLY|syscall.O_NONBLOCK, 0) // lets it go on
		if err != nil {
			t.Fatal(err)
		}
		await(t, "that it is open", func() bool { return !opening() })
		f.Close()
	}
}

// opening reports whether a run waits for its output.
func opening() bool {
	stacks := make([]byte, 4<<20)
	return bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("ikedecode.openOutput"))
}

// A capture that shrinks or vanishes while it is read is named where it ends.
func TestInputShrinks(t *testing.T) {
	wire, keys := keyed(t)
	data, err := os.ReadFile(wire)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		do   func(path string) error
		code int
		says string
	}{
		{"vanishes", os.Remove, exitDone, ""},
		{"shrinks", func(path string) error { return os.Truncate(path, 3000) }, exitIncomplete, "w.pcap: truncated or damaged at byte 2904"},
		{"is emptied", func(path string) error { return os.Truncate(path, 0) }, exitIncomplete, "w.pcap: truncated or damaged at byte 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path, fifo := dir+"/w.pcap", dir+"/fifo"
			if err := errors.Join(os.WriteFile(path, data, 0o600), syscall.Mkfifo(fifo, 0o600)); err != nil {
				t.Fatal(err)
			}
			go func() { // the capture is open when the next one is opened
				f, err := os.OpenFile(fifo, os.O_WRONLY, 0)
				if err == nil {
					err = c.do(path)
					_, werr := f.Write(data[:24]) // a capture without packets
					err = errors.Join(err, werr, f.Close())
				}
				if err != nil {
					t.Error(err)
				}
			}()
			var errs bytes.Buffer
			if code := run([]string{"timeline", "-k", keys, path, fifo}, nil, io.Discard, &errs); code != c.code || !strings.Contains(errs.String(), c.says) {
				t.Errorf("exit code %d, want %d; it said %q", code, c.code, errs.String())
			}
		})
	}
}

// A list of pre-shared keys may come by standard input.
func TestPSKFileFromStandardInput(t *testing.T) {
	wire, _ := keyed(t)
	var out, errs bytes.Buffer
	if code := run([]string{"keys", "--psk-file", "-", "--show-secrets", wire}, strings.NewReader("192.0.2.2 kG7vQ2mXw9\n"), &out, &errs); code != exitIncomplete {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	if !strings.Contains(out.String(), "kG7vQ2mXw9") || !strings.Contains(out.String(), "standard input:1") {
		t.Errorf("keys: %s", out.String())
	}
	for _, args := range []string{"timeline --psk-file - -", "keys --psk-file - -k - " + wire, "sas --psk-file - -k - " + wire} {
		if code := run(strings.Fields(args), strings.NewReader(""), io.Discard, io.Discard); code != exitUsage {
			t.Errorf("%s: exit code %d", args, code)
		}
	}
}
