//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// What Wireshark asks before it captures. It calls the program without the name of a command.
func TestExtcapProtocol(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"--extcap-interfaces", "--extcap-version=4.4"}, []string{"extcap {version=", "interface {value=ikedecode}{display="}},
		{[]string{"--extcap-interface", "ikedecode", "--extcap-dlts"}, []string{"dlt {number=1}{name=EN10MB}{display="}},
		{[]string{"--extcap-interface=ikedecode", "--extcap-config"}, []string{
			"arg {number=0}{call=--interface}", "{call=--file}", "{call=--keys}", "{call=--psk}", "{type=password}", "value {arg=5}{value=opened}",
		}},
		{[]string{"extcap", "--extcap-interface=ikedecode", "--extcap-config", "--extcap-reload-option=interface", "--some-later-flag"}, nil},
	} {
		var out, errs bytes.Buffer
		if code := run(c.args, nil, &out, &errs); code != exitDone || errs.Len() > 0 {
			t.Errorf("%v: exit code %d, %s", c.args, code, &errs)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%v: %q is not in\n%s", c.args, want, &out)
			}
		}
		for line := range strings.Lines(out.String()) {
			if strings.Count(line, "{") != strings.Count(line, "}") {
				t.Errorf("%v: braces do not pair: %s", c.args, line)
			}
		}
	}
}

func TestExtcapErrors(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"extcap", exitUsage, "link ikedecode into the extcap directory"},
		{"--extcap-interface ikedecode", exitUsage, "nothing to do"},
		{"--extcap-interface eth0 --extcap-config", exitUsage, "must be ikedecode"},
		{"--capture --extcap-interface ikedecode --fifo /dev/null", exitUsage, "neither an interface nor a file"},
		{"--capture --extcap-interface ikedecode --file x", exitUsage, "needs --fifo"},
		{"--capture --extcap-interface ikedecode --fifo /dev/null --file no-such-file", exitFailed, "no-such-file"},
	} {
		var out, errs bytes.Buffer
		if code := run(strings.Fields(c.args), nil, &out, &errs); code != c.code || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%s: exit code %d, %s", c.args, code, &errs)
		}
	}
}

// A capture file goes decrypted into the FIFO that Wireshark reads.
func TestExtcapFile(t *testing.T) {
	t.Parallel()
	wire, log := liveSession("v1-main-psk-aes128-sha1")
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	p := startLive(t, "--capture", "--extcap-interface", "ikedecode", "--fifo", fifo, "--file", wire, "--keys", log, "--show", "opened")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	src, err := capture.OpenLive(ctx, []string{fifo}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Reader()
	n := 0
	for err == nil {
		if _, err = r.Next(); err == nil {
			n++
		}
	}
	if code := p.wait(); n != 52 || code != exitDone || p.errs.Len() > 0 {
		t.Errorf("%d packets, exit code %d, %s", n, code, &p.errs)
	}
}

// tshark finds the interface, and shows the packets inside.
func TestExtcapTshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	t.Parallel()
	home := t.TempDir()
	dir := filepath.Join(home, "wireshark", "extcap")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "ikedecode")); err != nil {
		t.Fatal(err)
	}
	wire, log := liveSession("v2-psk-aes128-sha256")
	path := func(name string) string {
		p, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, tshark, "-i", "ikedecode", "-o", "extcap.ikedecode.file:"+path(wire), "-o", "extcap.ikedecode.keys:"+path(log),
		"-c", "51", "-Tfields", "-e", "frame.number", "-e", "ip.src", "-e", "icmp.seq")
	cmd.Env = append(os.Environ(), runProgram+"=1", "XDG_CONFIG_HOME="+home)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &errs)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 51 || !strings.HasPrefix(lines[4], "5\t10.1.0.10\t1") {
		t.Errorf("%d packets:\n%s\n%s", len(lines), out, &errs)
	}
}
