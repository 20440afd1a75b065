package page

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A damaged session is as it is in one file when its packets lie in two, whichever is named first: halves of a rotated capture, or those of a card with two
// queues.

// A sight is what is made of a capture: counts, and a digest of each packet with what was decrypted of it.
type sight struct {
	ikedecode.Counts
	digest [sha256.Size]byte
}

// sightOf runs both passes over files; ok is false where one is no capture any more.
func sightOf(bag *secret.Bag, paths ...string) (s sight, ok bool, err error) {
	own := &secret.Bag{}
	own.Merge(bag)
	src, err := capture.Open(paths, capture.Options{})
	if input := (*capture.InputError)(nil); errors.As(err, &input) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	defer src.Close()
	session, err := ikedecode.Analyze(context.Background(), src, own, ikedecode.Options{})
	if err != nil {
		return s, false, err
	}
	sum := sha256.New()
	err = session.Run(context.Background(), func(f *ikedecode.Frame) error {
		fmt.Fprint(sum, f.Packet.Number, f.Packet.Time, len(f.Items))
		for i := range f.Items {
			digestItem(sum, &f.Items[i])
		}
		return nil
	})
	s.Counts = session.Counts
	sum.Sum(s.digest[:0])
	return s, err == nil, err
}

func digestItem(sum hash.Hash, it *ikedecode.Item) {
	if it.IKE != nil {
		fmt.Fprintf(sum, " IKE %d %d %x", it.IKE.Frame, it.IKE.State, it.IKE.Plain)
	}
	if in, ok := it.Inner(); ok {
		fmt.Fprintf(sum, " inner %x", in.Packet)
	} else if it.Opened != nil {
		fmt.Fprintf(sum, " %d", it.SPI())
	}
}

// inOrder is the tape with its packets in the order of their times, no two of which are the same: merging orders packets by time alone.
func (tp *tape) inOrder() *tape {
	out := &tape{name: tp.name, head: tp.head, records: bytesClone(tp.records), bag: tp.bag}
	micros := func(r []byte) uint64 {
		return uint64(binary.LittleEndian.Uint32(r))*1e6 + uint64(binary.LittleEndian.Uint32(r[4:]))
	}
	slices.SortStableFunc(out.records, func(a, b []byte) int { return cmp.Compare(micros(a), micros(b)) })
	last := uint64(0)
	for _, r := range out.records {
		last = max(last+1, micros(r))
		binary.LittleEndian.PutUint32(r, uint32(last/1e6))
		binary.LittleEndian.PutUint32(r[4:], uint32(last%1e6))
	}
	return out
}

// shared compares the edited tape in one file with the same in two, cut at a place and dealt out by turns.
func (tp *tape) shared(t *testing.T, program []byte, other *tape, at int) {
	t.Helper()
	whole := tp.edited(program, other).inOrder()
	n := len(whole.records)
	if n < 2 {
		return
	}
	dir := t.TempDir()
	write := func(name string, records [][]byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, append(bytes.Clone(whole.head), bytes.Join(records, nil)...), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want, ok, err := sightOf(tp.bag, write("whole.pcap", whole.records))
	if err != nil {
		t.Errorf("%s, edits %x from %s: %v", tp.name, program, other.name, err)
	}
	if !ok {
		return
	}
	at = 1 + at%(n-1)
	var turns [2][][]byte
	for i, r := range whole.records {
		turns[i%2] = append(turns[i%2], r)
	}
	a, b := write("a.pcap", whole.records[:at]), write("b.pcap", whole.records[at:])
	c, d := write("c.pcap", turns[0]), write("d.pcap", turns[1])
	for _, paths := range [][]string{{a, b}, {b, a}, {c, d}, {d, c}} {
		got, _, err := sightOf(tp.bag, paths...)
		got.Counts.Elsewhere = want.Counts.Elsewhere // which tells of the files
		if err != nil || got != want {
			t.Errorf("%s, edits %x from %s, cut at %d, as %s and %s: %+v, in one file %+v, %v", tp.name, program, other.name, at, filepath.Base(paths[0]),
				filepath.Base(paths[1]), got.Counts, want.Counts, err)
		}
	}
}

// Where a session is cut, and in which order files are given, changes nothing.
func TestSharedSessions(t *testing.T) {
	rounds := roundsOf(1, 4)
	list := tapes(t)
	for i, tp := range list {
		t.Run(tp.name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(*extraRounds), uint64(i)))
			for range rounds {
				tp.shared(t, anyProgram(random, random.IntN(6)), list[random.IntN(len(list))], random.IntN(1<<16))
			}
		})
	}
}

func FuzzShared(f *testing.F) {
	list := tapes(f)
	for i := range list {
		f.Add(uint8(i), uint8(i+1), uint16(i), []byte{byte(i), byte(i), 0, byte(i), 0, 6, 3, 0, 0, 0, 7, 1, 0, 0, 1})
	}
	f.Fuzz(func(t *testing.T, from, other uint8, at uint16, program []byte) {
		list[int(from)%len(list)].shared(t, program[:min(len(program), 16*editLen)], list[int(other)%len(list)], int(at))
	})
}
