//go:build unix

package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// withUnix has the commands of every Unix found, where the PATH of the test has Go alone.
func withUnix(t *testing.T) {
	t.Helper()
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/bin:/bin")
}

// What becomes of a program is told apart: a signal, a trace of a panic, a hang, and an exit code, of which ikedecode has one more that is no failure.
func TestPeers(t *testing.T) {
	withUnix(t)
	for script, want := range map[string]peer{
		"exit 0":                           {},
		"exit 1":                           {failed: 1},
		"exit 3":                           {failed: 1},
		"kill -SEGV $$":                    {crashes: []string{"x"}},
		"echo 'goroutine 1:' >&2; exit 2":  {crashes: []string{"x"}},
		"exec sleep 60":                    {hangs: []string{"x"}},
		"test -s \"$1\" && exit 0; exit 1": {},
	} {
		file := filepath.Join(t.TempDir(), "x.pcap")
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		p := peer{name: "peer", command: []string{"sh", "-c", script, "sh"}}
		limit := time.Minute
		if strings.Contains(script, "sleep") {
			limit = time.Second / 4
		}
		p.run(file, "x", limit)
		if len(p.crashes) != len(want.crashes) || len(p.hangs) != len(want.hangs) || p.failed != want.failed || p.most == 0 || p.runs != 1 {
			t.Errorf("%s: %d crashed, %d hung, %d failed", script, len(p.crashes), len(p.hangs), p.failed)
		}
	}
	p := peer{name: "ikedecode", command: []string{"sh", "-c", "exit 3", "sh"}}
	if p.run("x", "x", time.Minute); p.failed != 0 {
		t.Error("not everything was decrypted, which is no failure")
	}
}

// Each capture below a directory is compared, with its damaged copies: files, and inputs of fuzz targets.
func TestCompareIn(t *testing.T) {
	withUnix(t)
	dir := t.TempDir()
	head := []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00some packets")
	for name, text := range map[string]string{
		"a.pcap":        string(head),
		"seed":          "go test fuzz v1\nbyte('\\x01')\n[]byte(\"\\xd4\\xc3\\xb2\\xa1\\x02\\x00\")\n",
		"other":         "go test fuzz v1\n[]byte(\"no capture\")\n",
		"README":        "captures",
		"b/c.pcapng.gz": "x",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, n := &peer{name: "peer", command: []string{"test", "-s"}}, 0
	if err := compareIn([]*peer{p}, dir, filepath.Join(t.TempDir(), "damaged"), 2, &n); err != nil || n != 9 || p.runs != 9 || p.failed > 0 {
		t.Errorf("%d files, %d runs, %d failed, %v", n, p.runs, p.failed, err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	same := 0
	for range 100 {
		b := damage(random, head)
		if !bytes.HasPrefix(b, head[:24]) {
			t.Fatalf("its header is damaged: %x", b)
		}
		if bytes.Equal(b, head) {
			same++
		}
	}
	if same > 10 {
		t.Errorf("%d of 100 copies are not damaged", same)
	}
}
