package page

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/testfile"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

const pcaps = "../../testdata/pcaps"

// shared is a recorded session that is not ours to commit; the test is skipped where it is missing.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "captures", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("shared captures are missing: %v", err)
	}
	return dir
}

// recorded are the sessions of the repository and the shared ones, each once.
func recorded(t *testing.T) (dirs []string) {
	t.Helper()
	own, err := filepath.Glob(filepath.Join(pcaps, "*", "wire.pcap"))
	if err != nil || len(own) == 0 {
		t.Fatal("no recorded sessions: ", err)
	}
	seen := make(map[string]bool)
	for _, path := range append(own, testfile.Beside(t, "captures/*/wire.pcap")...) {
		if dir := filepath.Dir(path); !seen[filepath.Base(dir)] {
			seen[filepath.Base(dir)] = true
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// A run is a session after both passes, with what watched the second.
type run struct {
	*ikedecode.Session
	watch  *traffic.Watch
	series *traffic.Rates
	files  *traffic.Files
	paths  []string
}

// input is what a page of the run is made from.
func (r *run) input(show bool) Input {
	return Input{Session: r.Session, Watch: r.watch, Series: r.series, Files: r.files, Captures: r.paths, ShowSecrets: show}
}

// naming knows the tunnels of the run.
func (r *run) naming() *naming {
	in := r.input(false)
	return newNaming(report.Read(r.Session), &in)
}

// analyzed runs both passes over a capture with the secrets of some files, those that are there.
func analyzed(t *testing.T, path string, keyFiles ...string) *run {
	t.Helper()
	bag := &secret.Bag{}
	for _, f := range keyFiles {
		if _, err := os.Stat(f); err != nil {
			continue
		}
		b, err := source.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		bag.Merge(b)
	}
	return analyzedWith(t, bag, path)
}

// analyzedWith runs both passes over captures with some secrets.
func analyzedWith(t *testing.T, bag *secret.Bag, paths ...string) *run {
	t.Helper()
	src, err := capture.Open(paths, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &run{Session: s, watch: &traffic.Watch{}, series: &traffic.Rates{}, files: &traffic.Files{}, paths: paths}
	if err := s.Run(context.Background(), traffic.Shown(r.watch, r.series, r.files)); err != nil {
		t.Fatal(err)
	}
	return r
}

// withKeys analyses a recorded session with all that its gateways logged.
func withKeys(t *testing.T, dir string) *run {
	t.Helper()
	return analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"), filepath.Join(dir, "gwb.log"), filepath.Join(dir, "gwb.xfrm"))
}

// page makes the page of a session.
func (r *run) page(t *testing.T, show bool) []byte {
	t.Helper()
	b, _, err := Make(r.input(show))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// write makes the page and writes it to a file.
func (r *run) write(t *testing.T, show bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, r.page(t, show), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A capturer writes a capture of made-up datagrams between two hosts, a millisecond apart.
type capturer struct {
	buf []byte
	at  time.Time
}

func newCapturer() *capturer {
	c := &capturer{at: time.Unix(1_700_000_000, 0)}
	for _, v := range []uint32{0xa1b2c3d4, 0x0004_0002, 0, 0, 1 << 18, 101} { // raw IP
		c.buf = binary.LittleEndian.AppendUint32(c.buf, v)
	}
	return c
}

// udp adds a datagram from 192.0.2.from to 192.0.2.to, port 500.
func (c *capturer) udp(from, to byte, payload []byte) {
	n := 8 + len(payload)
	c.ip(17, from, to, append([]byte{500 >> 8, 500 & 0xff, 500 >> 8, 500 & 0xff, byte(n >> 8), byte(n), 0, 0}, payload...))
}

// ip adds an IP packet from 192.0.2.from to 192.0.2.to.
func (c *capturer) ip(protocol, from, to byte, payload []byte) {
	n := 20 + len(payload)
	ip := append([]byte{0x45, 0, byte(n >> 8), byte(n), 0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, from, 192, 0, 2, to}, payload...)
	c.at = c.at.Add(time.Millisecond)
	for _, v := range []uint32{uint32(c.at.Unix()), uint32(c.at.Nanosecond() / 1000), uint32(n), uint32(n)} {
		c.buf = binary.LittleEndian.AppendUint32(c.buf, v)
	}
	c.buf = append(c.buf, ip...)
}

// write writes the capture under a name.
func (c *capturer) write(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, c.buf, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A chunk is one payload of a made-up message.
type chunk struct {
	kind byte
	body []byte
}

// message puts an ISAKMP message together.
func message(initiator, responder uint64, version, exchange, flags byte, id uint32, chunks ...chunk) []byte {
	b := binary.BigEndian.AppendUint64(nil, initiator)
	b = binary.BigEndian.AppendUint64(b, responder)
	first := byte(0)
	if len(chunks) > 0 {
		first = chunks[0].kind
	}
	b = append(b, first, version, exchange, flags)
	b = binary.BigEndian.AppendUint32(b, id)
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	for i, c := range chunks {
		next := byte(0)
		if i+1 < len(chunks) {
			next = chunks[i+1].kind
		}
		b = append(b, next, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(4+len(c.body)))
		b = append(b, c.body...)
	}
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)))
	return b
}
