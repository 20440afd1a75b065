package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/internal/testfile"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

var everyCut = flag.Bool("every-cut", false, "TestShards and TestArchive cut each session behind every packet")

// usualCuts is about how many packets are between two cuts of TestShards as a rule.
const usualCuts = 24

// A shardRun is a run over a capture, or a part of one.
type shardRun struct {
	session *ikedecode.Session
	flows   *traffic.Flows
	out     []string // the frames that take the place of each packet, link headers included
	sets    [][]int  // frames that together hold one datagram, IKE message or inner packet
}

// decryptShard decrypts a capture as the command does.
func decryptShard(t *testing.T, path string, capt []byte, bag *secret.Bag) *shardRun {
	t.Helper()
	if err := os.WriteFile(path, capt, 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	given := &secret.Bag{}
	given.Merge(bag)
	r := &shardRun{flows: &traffic.Flows{}}
	if r.session, err = ikedecode.Analyze(context.Background(), src, given, ikedecode.Options{}); err != nil {
		t.Fatal(err)
	}
	out := &output{opt: &decryptOptions{}}
	err = r.session.Run(context.Background(), func(f *ikedecode.Frame) error {
		r.flows.Frame(f)
		out.packets(f)
		var b strings.Builder
		for _, o := range f.Out {
			data := o.Data
			if len(data)+len(o.Tail) == 0 {
				data = f.Packet.Data
			}
			fmt.Fprintf(&b, "%x%x\n", data, o.Tail)
		}
		r.out = append(r.out, b.String())
		for _, it := range f.Items {
			r.set(it.Datagram.Frames)
			if it.Opened != nil && it.Opened.Aggregate != nil {
				for _, p := range it.Opened.Aggregate.Packets {
					r.set(p.Frames)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.fragments()
	return r
}

func (r *shardRun) set(frames []int) {
	if len(frames) > 1 {
		r.sets = append(r.sets, frames)
	}
}

// fragments adds the sets of IKE fragments, those sent again included.
func (r *shardRun) fragments() {
	type message struct {
		whole *exchange.Message
		sa    int
		id    uint32
		flags decode.Flags
	}
	sets := make(map[message][]int)
	add := func(k message, m *exchange.Message) {
		sets[k] = append(sets[k], m.Frame)
		for _, r := range m.Repeats {
			sets[k] = append(sets[k], r.Frame)
		}
	}
	for i, sa := range r.session.SAs {
		for _, p := range sa.Parts() {
			add(message{whole: p.Whole, sa: i}, p.Message)
		}
		for _, m := range sa.Messages {
			if _, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSKF); ok {
				add(message{nil, i, m.MessageID, m.Flags}, m.Message)
			}
		}
	}
	for _, frames := range sets {
		r.set(frames)
	}
}

// spans reports whether a packet is one of a set of which the part from-to has some and not all. Packets count from 0.
func (r *shardRun) spans(packet, from, to int) bool {
	return slices.ContainsFunc(r.sets, func(frames []int) bool {
		inside := func(n int) bool { return n > from && n <= to }
		return slices.Contains(frames, packet+1) && slices.ContainsFunc(frames, func(n int) bool { return !inside(n) })
	})
}

// keyLog is the key log that a run gives to others.
func (r *shardRun) keyLog(t *testing.T) *secret.Bag {
	t.Helper()
	m := report.Collect(r.session, r.flows, false)
	withoutPSK(m)
	var b bytes.Buffer
	if err := secret.WriteKeyLog(&b, m.Bag); err != nil {
		t.Fatal(err)
	}
	if b.Len() == 0 {
		return nil
	}
	bag, err := source.Read("keys.log", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return bag
}

// sessionSecrets are the secrets beside a recorded capture; nil where there are none.
func sessionSecrets(t *testing.T, dir string) *secret.Bag {
	t.Helper()
	for _, name := range []string{"keys.txt", "gwa.log", "gwa.log.gz", "gwb.log", "gwb.log.gz", "gwb.xfrm"} {
		if bag, err := source.ReadFile(filepath.Join(dir, name)); err == nil && bag.Len() > 0 {
			return bag
		}
	}
	return nil
}

// shardedCaptures are the recorded sessions, those of ../shared that are in testdata as well left out.
func shardedCaptures(t *testing.T) (list []string) {
	t.Helper()
	own, err := filepath.Glob(filepath.Join(pcaps, "*", "wire*.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(own, testfile.Beside(t, "captures/*/wire*.pcap")...) {
		end := f[len(filepath.Dir(filepath.Dir(f))):]
		if !slices.ContainsFunc(list, func(have string) bool { return strings.HasSuffix(have, end) }) {
			list = append(list, f)
		}
	}
	return list
}

// A sharded is a capture that is cut into parts.
type sharded struct {
	header []byte   // of the file
	list   [][]byte // the packets
	bag    *secret.Bag
}

// A tally counts parts.
type tally struct{ parts, same, excused int }

// check decrypts the packets from-to alone with nothing but the key log of the whole. Each comes out as it does of the whole, but for what another
// part has something of.
func (c *sharded) check(t *testing.T, whole *shardRun, log *secret.Bag, from, to int, n *tally) {
	t.Helper()
	part := decryptShard(t, filepath.Join(t.TempDir(), "part.pcap"), c.packets(from, to), log)
	n.parts++
	fine := true
	for i := from; i < to; i++ {
		if part.out[i-from] == whole.out[i] {
			continue
		}
		fine = false
		if !whole.spans(i, from, to) {
			t.Errorf("packets %d to %d of %d alone: packet %d is\n%swith all\n%s", from+1, to, len(c.list), i+1, part.out[i-from], whole.out[i])
		} else {
			n.excused++
		}
	}
	if fine {
		n.same++
	}
}

func (c *sharded) packets(from, to int) []byte {
	return slices.Concat(c.header, bytes.Join(c.list[from:to], nil))
}

// cut checks a capture as a whole, cut in two behind the packet first and each step-th after it, and in eight, in any order.
func (c *sharded) cut(t *testing.T, first, step int, count *tally) (whole *shardRun) {
	t.Helper()
	n := len(c.list)
	whole = decryptShard(t, filepath.Join(t.TempDir(), "whole.pcap"), c.packets(0, n), c.bag)
	log := whole.keyLog(t)
	c.check(t, whole, log, 0, n, count)
	for at := first; at < n; at += step {
		c.check(t, whole, log, 0, at, count)
		c.check(t, whole, log, at, n, count)
	}
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(8) {
		if from, to := i*n/8, (i+1)*n/8; from < to {
			c.check(t, whole, log, from, to, count)
		}
	}
	return whole
}

// TestShards cuts recorded sessions into files, each of which is decrypted alone with nothing but the key log of the whole: every packet comes out as it
// does of the whole. What another file has a part of is the exception: a datagram in IP fragments or TCP segments, an IKE message in fragments, an inner packet in
// AGGFRAG payloads.
func TestShards(t *testing.T) {
	var n tally
	captures := shardedCaptures(t)
	for i, wire := range captures {
		t.Run(filepath.Base(filepath.Dir(wire)), func(t *testing.T) {
			c := sharded{bag: sessionSecrets(t, filepath.Dir(wire))}
			c.header, c.list = records(t, wire)
			first, step := 2+i%usualCuts, usualCuts
			if *everyCut {
				first, step = 1, 1
			}
			c.cut(t, first, step, &n)
		})
	}
	t.Logf("%d captures, %d parts: %d as they are in the whole, but for %d packets that go on in other files", len(captures), n.parts, n.same, n.excused)
}
