package ikedecode_test

import (
	"encoding/hex"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/testfile"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

var (
	toKernel  = regexp.MustCompile(`\[KNL\].* sending XFRM_MSG_\w+ \d+: => (\d+) bytes`)
	kernelRow = regexp.MustCompile(`\[KNL\].* \d+: ((?:[0-9A-F]{2} )+)`)
)

// nlmonFrames are the messages that charon gave its kernel, as its log has them, as frames of nlmon.
func nlmonFrames(t *testing.T, path string) (frames [][]byte) {
	t.Helper()
	lack := 0
	for text := range strings.Lines(string(testfile.Read(t, path))) {
		if m := toKernel.FindStringSubmatch(text); m != nil {
			lack, _ = strconv.Atoi(m[1])
			frames = append(frames, []byte{0, 4, 3, 0x38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6})
		} else if m := kernelRow.FindStringSubmatch(text); m != nil && lack > 0 {
			row, _ := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
			row = row[:min(len(row), lack)]
			lack -= len(row)
			frames[len(frames)-1] = append(frames[len(frames)-1], row...)
		}
	}
	return frames
}

// A capture of nlmon has the keys of ESP: given for its keys, beside the other captures, or as an interface of theirs.
func TestNlmon(t *testing.T) {
	dir := "testdata/pcaps/diag-v2-one-sa-lost"
	frames := nlmonFrames(t, filepath.Join(dir, "gwa.log.gz"))
	wire, tmp := filepath.Join(dir, "wire.pcap"), t.TempDir()
	src, err := capture.Open([]string{wire}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	mixed := create(t, filepath.Join(tmp, "mixed.pcapng"))
	start := time.Time{}
	for p, err := r.Next(); err == nil; p, err = r.Next() {
		start = p.Time
		write(t, mixed, p)
	}
	files := map[string]*capture.Writer{"mixed.pcapng": mixed, "nlmon.pcapng": create(t, filepath.Join(tmp, "nlmon.pcapng")), "nlmon.pcap": create(t, filepath.Join(tmp, "nlmon.pcap"))}
	for name, w := range files {
		for _, f := range frames {
			write(t, w, &capture.Packet{Time: start, Link: capture.LinkNetlink, Data: f, OrigLen: len(f)})
		}
		if err := w.Close(); err != nil {
			t.Fatal(name, err)
		}
	}
	check := func(name string, bag *secret.Bag, captures ...string) {
		t.Helper()
		s := analyze(t, bag, captures...)
		if c := s.Counts; c.Opened != 15 || c.ESP != 15 || len(s.Unread) > 0 {
			t.Errorf("%s: %d of %d packets decrypted, not read: %v", name, c.Opened, c.ESP, s.Unread)
		}
	}
	for name := range files {
		bag, err := source.ReadFile(filepath.Join(tmp, name))
		if err != nil || len(bag.SAs) != 2 {
			t.Fatalf("%s: %v, %v", name, bag, err)
		}
		check("keys of "+name, bag, wire)
	}
	check("an interface", &secret.Bag{}, filepath.Join(tmp, "mixed.pcapng"))
	check("beside", &secret.Bag{}, filepath.Join(tmp, "nlmon.pcap"), wire)
	if bag, err := source.ReadFile(tmp); err != nil || len(bag.SAs) != 2 {
		t.Errorf("a directory: %v, %v", bag, err)
	}
	if _, err := source.ReadFile(wire); err == nil || !strings.Contains(err.Error(), "this is a capture") {
		t.Errorf("a capture without keys: %v", err)
	}
}

func create(t *testing.T, path string) *capture.Writer {
	t.Helper()
	w, err := capture.Create(path, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func write(t *testing.T, w *capture.Writer, p *capture.Packet) {
	t.Helper()
	if err := w.Write(p, p.Data, ""); err != nil {
		t.Fatal(err)
	}
}
