package main

import (
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/archive"
)

// A file with more SPIs than the manifest lists is decrypted all the same: it may have any key. One with few is given its own.
func TestArchiveManySPIs(t *testing.T) {
	const listed, own = 10_000, 16
	dir := t.TempDir()
	in, keys, out := filepath.Join(dir, "archive"), filepath.Join(dir, "keys.log"), filepath.Join(dir, "plain")
	x := &iptfs{src: netip.MustParseAddr("192.0.2.1"), dst: netip.MustParseAddr("192.0.2.2"), key: make([]byte, 20), spi: 0xfffffff0, seq: 1, room: 400}
	var many, few [][]byte
	for i := range listed + 10 {
		body := make([]byte, 64)
		for j := range body {
			body[j] = byte(rand.Uint32())
		}
		binary.BigEndian.PutUint32(body, uint32(0x1000+i))
		binary.BigEndian.PutUint32(body[4:], 1)
		many = append(many, onEthernet(x.src, x.dst, 50, body))
	}
	for range own {
		many, few = append(many, x.frame(t, make([]byte, 64))), append(few, x.frame(t, make([]byte, 64)))
	}
	putFile(t, filepath.Join(in, "many.pcap"), pcapOf(1, many))
	putFile(t, filepath.Join(in, "few.pcap"), pcapOf(1, few))
	putFile(t, keys, []byte(x.keyLine()+"\n"+strings.Replace(x.keyLine(), "0xfffffff0", "0x00000fff", 1)+"\n"))
	runCode(t, exitIncomplete, "batch", in, "-k", keys, "-w", out, "-q")
	var m archive.Manifest
	b, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil || json.Unmarshal(b, &m) != nil {
		t.Fatal(err)
	}
	for _, f := range m.Files {
		if s := f.Stretches[0]; s.More != (f.Name == "many.pcap") || s.More && len(s.SPIs) != listed || !s.More && len(s.SPIs) != 1 {
			t.Errorf("%s: %d SPIs, more: %v", f.Name, len(s.SPIs), s.More)
		}
	}
	var d report.Document
	if err := json.Unmarshal(runCode(t, exitIncomplete, "merge", out, "--json", "-q"), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.SAs.SAs) != 1 || d.SAs.SAs[0].Opened != 2*own {
		t.Errorf("%d SAs: %+v", len(d.SAs.SAs), d.SAs.SAs)
	}
}

// runCode is the standard output of a command, which is to end with an exit code.
func runCode(t *testing.T, want int, args ...string) []byte {
	t.Helper()
	var out, errs strings.Builder
	if code := run(args, strings.NewReader(""), &out, &errs); code != want {
		t.Fatalf("%s: exit code %d, want %d: %s", strings.Join(args, " "), code, want, errs.String())
	}
	return []byte(out.String())
}
