package capture

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Where the system does not tell whether a file is being written, the next one of a ring ends it when it has not grown for a while.
func TestGrowingUnknown(t *testing.T) {
	f, err := os.Open(fileOf(t, "ring0.pcap", oneAt(0)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	next := false
	g := &growing{ctx: t.Context(), f: f, over: func() bool { return next }, writing: func(*os.File) (bool, bool) { return false, false }}
	if b, err := io.ReadAll(io.LimitReader(g, int64(len(oneAt(0))))); err != nil || len(b) != len(oneAt(0)) {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	start := time.Now()
	next = true
	if n, err := g.Read(make([]byte, 10)); n != 0 || err != io.EOF || time.Since(start) < patience {
		t.Errorf("%d bytes, %v after %v", n, err, time.Since(start))
	}
}

// A file that is gone when its turn comes, as the oldest of a ring may be, is told and ends nothing.
func TestLiveFileGone(t *testing.T) {
	dir := tree(t, map[string][]byte{"ring0.pcap": oneAt(0), "ring1.pcap": oneAt(10), "ring2.pcap": oneAt(20)})
	src, err := OpenLive(t.Context(), []string{dir}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "ring1.pcap")); err != nil {
		t.Fatal(err)
	}
	n, err := passOver(t, src)
	if cuts := src.Cuts(); n != 2 || err != nil || len(cuts) != 1 || !cuts[0].Unread || filepath.Base(cuts[0].Path) != "ring1.pcap" {
		t.Errorf("%d packets, %v, cuts %v", n, err, cuts)
	}
}
