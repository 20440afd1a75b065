package ikedecode_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// decrypted is what came of each datagram of captures, a line each.
func decrypted(t *testing.T, opt ikedecode.Options, bag *secret.Bag, paths ...string) (lines []string, s *ikedecode.Session) {
	t.Helper()
	src, err := capture.Open(paths, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if s, err = ikedecode.Analyze(context.Background(), src, &secret.Bag{Secrets: bag.Secrets}, opt); err != nil {
		t.Fatal(err)
	}
	err = s.Run(context.Background(), func(f *ikedecode.Frame) error {
		for i := range f.Items {
			it := &f.Items[i]
			line := fmt.Sprintf("%d: %v", f.Packet.Number, it.Err)
			if m := it.IKE; m != nil {
				line += fmt.Sprintf(" IKE %v %x repeats %v, %d payloads, hash %v", m.State, sum(m.Plain), it.Repeat, len(m.Payloads), m.Hash)
			}
			if f := it.Fragment; f != nil {
				line += fmt.Sprintf(" fragment %d of %d, whole in %d", f.Number, f.Total, f.Whole)
			}
			if o := it.Opened; o != nil {
				line += fmt.Sprintf(" ESP %v %x", o.Verified, sum(o.Payload))
			}
			lines = append(lines, line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines, s
}

func sum(b []byte) uint64 {
	h := fnv.New64()
	h.Write(b)
	return h.Sum64()
}

// TestNothingLost holds that what memory has no room for is decrypted all the same: every IKE SA of every recorded session is in the archive, as
// another one comes behind it and memory has room for one.
func TestNothingLost(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(pcaps, "*"))
	if err != nil {
		t.Fatal(err)
	}
	other := readPackets(t, filepath.Join(pcaps, "fail-no-answer", "wire.pcap"))[0]
	sessions, archived, opened := 0, 0, 0
	for _, dir := range some(dirs) {
		log := filepath.Join(dir, "gwa.log")
		if _, err := os.Stat(log); err != nil {
			continue
		}
		bag := readBag(t, log)
		ps := readPackets(t, filepath.Join(dir, "wire.pcap"))
		if ps[0].Link != other.Link {
			continue
		}
		last := *other
		last.Time = ps[len(ps)-1].Time.Add(time.Hour)
		path := writePackets(t, append(ps, &last))
		want, whole := decrypted(t, ikedecode.Options{}, bag, path)
		got, s := decrypted(t, ikedecode.Options{Exchange: exchange.Options{MaxConversations: 1}}, bag, path)
		sessions, archived, opened = sessions+1, archived+s.Evicted, opened+s.Counts.IKEOpened+s.Counts.Opened
		if s.Lost > 0 || len(s.SAs) != 1 || s.Counts != whole.Counts {
			t.Errorf("%s: %d IKE SAs in memory, %d lost, %+v, want %+v", dir, len(s.SAs), s.Lost, s.Counts, whole.Counts)
		}
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Errorf("%s: %s, want %s", dir, got[i], want[i])
				break
			}
		}
	}
	least, each := 10, 20
	if testing.Short() { // of a few sessions, which may be short
		least, each = len(some(dirs))/6, 10
	}
	if sessions < least || archived < sessions || opened < each*sessions {
		t.Errorf("%d sessions, %d IKE SAs archived, %d messages and packets decrypted: too few", sessions, archived, opened)
	}
}
