package ikedecode_test

import (
	"bytes"
	"context"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// TestEvictedKeysStay holds that an IKE SA which is given up for the sake of memory leaves its keys and those of its traffic behind.
func TestEvictedKeysStay(t *testing.T) {
	const first, second = "v1-main-psk-aes128-sha1", "v2-psk-aes128-sha256"
	var paths, logs []string
	for _, name := range []string{first, second} {
		paths = append(paths, filepath.Join(pcaps, name, "wire.pcap"))
		logs = append(logs, filepath.Join(pcaps, name, "gwa.log"))
	}
	bag := &secret.Bag{Secrets: readBag(t, logs...).Secrets} // not the SAs: they need no IKE
	whole := analyze(t, bag, paths...)
	src, err := capture.Open(paths, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{Exchange: exchange.Options{MaxConversations: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if len(s.SAs) != 1 || s.Evicted == 0 {
		t.Fatalf("%d IKE SAs kept and %d given up, want 1 and at least 1", len(s.SAs), s.Evicted)
	}
	if s.Counts.Opened != whole.Counts.Opened || s.Counts.Opened != s.Counts.ESP {
		t.Errorf("%d of %d ESP packets decrypted, %d without the bound", s.Counts.Opened, s.Counts.ESP, whole.Counts.Opened)
	}
	if got, want := s.KeyLog(false), whole.KeyLog(false); !reflect.DeepEqual(got.Secrets, want.Secrets) || len(got.SAs) != len(want.SAs) {
		t.Errorf("the key log has %d secrets and %d SAs, want the same %d and %d", len(got.Secrets), len(got.SAs), len(want.Secrets), len(want.SAs))
	}
}

// TestRepeatsAreKnown holds that the frame of a retransmission has the message that it repeats.
func TestRepeatsAreKnown(t *testing.T) {
	repeats := 0
	for _, name := range []string{"fail-no-answer", "diag-v2-one-way"} {
		src, err := capture.Open([]string{filepath.Join(pcaps, name, "wire.pcap")}, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		s, err := ikedecode.Analyze(context.Background(), src, nil, ikedecode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[int]int) // frame → frame of the first
		for _, sa := range s.SAs {
			for _, m := range sa.Messages {
				for _, r := range m.Repeats {
					want[r.Frame] = m.Frame
				}
			}
		}
		err = s.Run(context.Background(), func(f *ikedecode.Frame) error {
			for _, it := range f.Items {
				first, ok := want[it.Datagram.Frame]
				if !ok {
					continue
				}
				repeats++
				if it.IKE == nil || it.IKE.Frame != first || !it.Repeat {
					t.Errorf("%s: frame %d is not known as a repeat of frame %d", name, it.Datagram.Frame, first)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if repeats == 0 {
		t.Error("no retransmission in these captures")
	}
}

// TestSpan holds that the time of a session is that of all its packets, whatever their order.
func TestSpan(t *testing.T) {
	ps := readPackets(t, filepath.Join(pcaps, "v1-main-psk-aes128-sha1", "wire.pcap"))
	first, last := ps[0].Time, ps[len(ps)-1].Time
	ps[1].Time, ps[2].Time = last.Add(time.Hour), last.Add(time.Minute)
	s := analyze(t, nil, writePackets(t, ps))
	if !s.First.Equal(first) || s.Last.Before(last.Add(time.Hour)) {
		t.Errorf("from %v to %v, want from %v to an hour behind %v", s.First, s.Last, first, last)
	}
}

// TestProvedKeysAreKept tries two DH secrets for one Quick Mode, the wrong one first: what stays is what the traffic proved.
func TestProvedKeysAreKept(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-racoon-dh-private")
	right := readBag(t, filepath.Join(dir, "gwa.log"))
	var wrong, all secret.Bag
	for _, s := range right.Secrets {
		if s.Kind == secret.DHSecret || s.Kind == secret.QMDHSecret {
			s.Value = bytes.Clone(s.Value)
			s.Value[0] ^= 1
			s.Where = secret.Where{}
			wrong.Add(s)
		}
	}
	all.Merge(&wrong)
	all.Merge(unbound(readBag(t, filepath.Join(dir, "gwa.log"))))
	s := analyze(t, &all, filepath.Join(dir, "wire.pcap"))
	plain := analyze(t, right, filepath.Join(dir, "wire.pcap"))
	if s.Counts.Opened == 0 || s.Counts.Opened != plain.Counts.Opened {
		t.Fatalf("%d ESP packets decrypted, want %d", s.Counts.Opened, plain.Counts.Opened)
	}
	for i, sa := range s.SAs {
		for j, c := range sa.Children {
			for k, d := range c.SAs {
				want := plain.SAs[i].Children[j].SAs[k]
				if len(d.Candidates) != 1 || !bytes.Equal(d.Candidates[0].CipherKey, want.Candidates[0].CipherKey) {
					t.Errorf("Quick Mode %d, direction %d: %d sets of keys kept, not the one that the ICVs prove", j, k, len(d.Candidates))
				}
			}
		}
	}
}
