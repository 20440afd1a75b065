package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"math/bits"
	"os"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

const pcaps = "../../testdata/pcaps"

// derived is the key log of a capture, the manifest's part of what is negotiated, and whether all was decrypted; with samples by those of each flow,
// else by a whole second pass.
func derived(t *testing.T, wire string, keys []string, samples int) string {
	t.Helper()
	bag := &secret.Bag{}
	for _, path := range keys {
		b, err := source.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bag.Merge(b)
	}
	src, err := capture.Open([]string{wire}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{Samples: samples})
	if err != nil {
		t.Fatal(err)
	}
	flows := &traffic.Flows{}
	run := s.Run
	if samples > 0 {
		run = s.RunSamples
	}
	if err := run(context.Background(), traffic.Shown(flows)); err != nil {
		t.Fatal(err)
	}
	material := report.Collect(s, flows, false)
	var b bytes.Buffer
	if err := secret.WriteKeyLog(&b, material.Bag); err != nil {
		t.Fatal(err)
	}
	m := &Manifest{}
	m.Negotiated(s)
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	b.Write(text)
	text, err = json.MarshalIndent([]any{material.Left, s.Complete(), s.Unread, s.Problems}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	b.Write(text)
	return b.String()
}

var everyKey = flag.Bool("every-key", false, "TestSamples: with each file of keys alone, too")

// Some packets of each flow tell for a key log and a manifest what all of them tell: of every recorded session, with all files of keys and with
// each of them alone.
func TestSamples(t *testing.T) {
	wires, err := filepath.Glob(filepath.Join(pcaps, "*", "wire.pcap"))
	if err != nil || len(wires) == 0 {
		t.Fatal(err)
	}
	for i, wire := range wires {
		if testing.Short() && i%4 != 0 {
			continue // the race detector sees one session do what many do
		}
		dir := filepath.Dir(wire)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			var all []string
			for _, name := range []string{"gwa.log", "gwa.log.gz", "gwb.log.gz", "gwa.xfrm", "gwb.xfrm", "gwb.setkey", "keys.txt"} {
				if path := filepath.Join(dir, name); exists(path) {
					all = append(all, path)
				}
			}
			sets, few := [][]string{all}, []int{1}
			if *everyKey {
				sets, few = append(sets, nil), append(few, 3, ikedecode.FewSamples)
				for _, path := range all {
					sets = append(sets, []string{path})
				}
			}
			for _, keys := range sets {
				want := derived(t, wire, keys, 0)
				for _, samples := range few {
					if got := derived(t, wire, keys, samples); got != want {
						t.Errorf("%v, %d samples: %s", keys, samples, difference(got, want))
					}
				}
			}
		})
	}
}

// Flows whose samples tell nothing are read on: here all samples of the first packets are damaged. What the samples decide is not decrypted again.
func TestSamplesUndecided(t *testing.T) {
	const pcapHeader, recordHeader, etherHeader, ipHeader = 24, 16, 14, 20
	dir := filepath.Join(pcaps, "v2-psk-gcm-x25519-pfs-rekey")
	file, err := os.ReadFile(filepath.Join(dir, "wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[uint32]int)
	damaged := bytes.Clone(file)
	for at := pcapHeader; at < len(file); {
		n := int(binary.LittleEndian.Uint32(file[at+8:]))
		packet := damaged[at+recordHeader : at+recordHeader+n]
		if at += recordHeader + n; packet[etherHeader+9] != 50 {
			continue
		}
		spi := binary.BigEndian.Uint32(packet[etherHeader+ipHeader:])
		if seen[spi]++; bits.OnesCount(uint(seen[spi])) == 1 {
			packet[n-1] ^= 1
		}
	}
	wire := filepath.Join(t.TempDir(), "wire.pcap")
	if err := os.WriteFile(wire, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	keys := []string{filepath.Join(dir, "gwa.log")}
	want := derived(t, wire, keys, 0)
	if got := derived(t, wire, keys, 1); got != want {
		t.Error(difference(got, want))
	}
	for _, x := range []struct {
		wire string
		all  bool
	}{{wire, true}, {filepath.Join(dir, "wire.pcap"), false}} {
		n, total := sampled(t, x.wire, keys)
		if all := n == total; all != x.all {
			t.Errorf("%s: %d of %d packets decrypted", x.wire, n, total)
		}
	}
}

// ESP in UDP on ports that say nothing is found by the SPIs of SAs, which a single pass may learn too late.
func TestSamplesOtherPorts(t *testing.T) {
	const pcapHeader, recordHeader, etherHeader, ipHeader, udpHeader = 24, 16, 14, 20, 8
	dir := filepath.Join(pcaps, "v1-main-psk-nat")
	file, err := os.ReadFile(filepath.Join(dir, "wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for at := pcapHeader; at < len(file); {
		n := int(binary.LittleEndian.Uint32(file[at+8:]))
		packet := file[at+recordHeader : at+recordHeader+n]
		at += recordHeader + n
		udp := packet[etherHeader+ipHeader:]
		if packet[etherHeader+9] == 17 && len(udp) > udpHeader+4 && binary.BigEndian.Uint32(udp[udpHeader:]) > 255 && binary.BigEndian.Uint16(udp) == 4500 {
			binary.BigEndian.PutUint16(udp, 40000)
			binary.BigEndian.PutUint16(udp[2:], 40001)
			moved++
		}
	}
	wire, keys := filepath.Join(t.TempDir(), "wire.pcap"), []string{filepath.Join(dir, "gwa.log")}
	if err := os.WriteFile(wire, file, 0o600); err != nil || moved == 0 {
		t.Fatal(moved, err)
	}
	want := derived(t, wire, keys, 0)
	if got := derived(t, wire, keys, 1); got != want {
		t.Error(difference(got, want))
	}
	if n, total := sampled(t, wire, keys); n == 0 || total == 0 {
		t.Errorf("%d of %d packets found", n, total)
	}
}

// sampled is how many packets of ESP are looked at, of how many.
func sampled(t *testing.T, wire string, keys []string) (n, total int) {
	t.Helper()
	src, err := capture.Open([]string{wire}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	bag, err := source.ReadFile(keys[0])
	if err != nil {
		t.Fatal(err)
	}
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{Samples: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RunSamples(context.Background(), func(*ikedecode.Frame) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n, s.Counts.ESP
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// difference is the first line that is not the same.
func difference(got, want string) string {
	a, b := bytes.Split([]byte(got), []byte("\n")), bytes.Split([]byte(want), []byte("\n"))
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i], b[i]) {
			return string(a[i]) + "; want " + string(b[i])
		}
	}
	return "lengths"
}
