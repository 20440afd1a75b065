//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/report"
)

// A cutSession is a recorded session in so many files of an archive.
type cutSession struct {
	name    string
	archive string
	secrets []string // arguments
	files   int
	suffix  string // of the names of the files
	few     int    // packets that are to be decrypted at the least
}

// cutUp cuts a session into files, each with the packets up to the next border.
func cutUp(t *testing.T, name string, borders ...int) *cutSession {
	t.Helper()
	k := sessionKind(t, name, name)
	k.few = 0 // of some there is no key
	return k.cut(t, borders)
}

// evenly are the borders of a session of so many packets in so many files.
func evenly(packets, files int) (borders []int) {
	for i := 1; i < files; i++ {
		borders = append(borders, max(1, i*packets/files))
	}
	return borders
}

// runs runs a command, whose exit code is to be 0 or 3.
func (c *cutSession) run(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(args, strings.NewReader(""), &out, &errs)
	if code != exitDone && code != exitIncomplete {
		t.Fatalf("%s: %s: exit code %d: %s", c.name, strings.Join(args, " "), code, &errs)
	}
	return out.String(), code
}

// A wholeSession is what decrypt and sas give of a session in one run.
type wholeSession struct {
	packets [][]byte
	sas     string // JSON
	code    int    // of decrypt
}

// whole runs decrypt and sas over all files.
func (c *cutSession) whole(t *testing.T) *wholeSession {
	t.Helper()
	out := filepath.Join(t.TempDir(), "whole.pcapng")
	w := &wholeSession{}
	_, w.code = c.run(t, slices.Concat([]string{"decrypt", c.archive, "-q", "-w", out}, c.secrets)...)
	w.packets = readPackets(t, out)
	w.sas, _ = c.run(t, slices.Concat([]string{"sas", c.archive, "--json", "-q"}, c.secrets)...)
	return w
}

// differences are what batch and merge give otherwise than decrypt and sas of the whole.
func (c *cutSession) differences(t *testing.T, whole *wholeSession, batch func(keys, out string)) (list []string) {
	t.Helper()
	dir := t.TempDir()
	keys, out := filepath.Join(dir, "keys.log"), filepath.Join(dir, "plain")
	run(slices.Concat([]string{"export", "keylog", c.archive, "-q", "-o", keys}, c.secrets), strings.NewReader(""), io.Discard, io.Discard) // fails where no key is known
	batch(keys, out)
	var got, wire [][]byte
	for i := range c.files {
		name := filepath.Join("gate", fmt.Sprintf("wire.pcap%d%s", i, c.suffix))
		wire = append(wire, readPackets(t, filepath.Join(c.archive, name))...)
		if path := filepath.Join(out, name+".pcapng"); exists(path) {
			got = append(got, readPackets(t, path)...)
		} else { // nothing is of IPsec
			got = append(got, readPackets(t, filepath.Join(c.archive, name))...)
		}
	}
	want := whole.packets
	if len(got) != len(want) {
		list = append(list, fmt.Sprintf("%d packets, in the whole %d", len(got), len(want)))
	}
	for i := range min(len(got), len(want)) {
		if !bytes.Equal(got[i], want[i]) && !joinedElsewhere(wire[i], got[i], want[i]) {
			list = append(list, fmt.Sprintf("packet %d", i+1))
		}
	}
	merged, code := c.run(t, "merge", out, "--json", "-q")
	if n := openedIn(t, whole.sas); n < c.few {
		list = append(list, fmt.Sprintf("%d packets are decrypted of the whole", n))
	}
	if code != whole.code {
		list = append(list, fmt.Sprintf("merge: exit code %d, of the whole %d", code, whole.code))
	}
	return append(list, unlike(t, merged, whole.sas)...)
}

// joinedElsewhere reports whether a packet is an IKE fragment that completes its message in one output, and in the other one does not: of fragments that were sent
// again and again, others complete it where a file begins between them.
func joinedElsewhere(wire, a, b []byte) bool {
	for _, d := range capture.NewSplitter(capture.SplitOptions{}).Split(&capture.Packet{Time: time.Now(), Link: capture.LinkEthernet, Data: wire, OrigLen: len(wire)}) {
		if m, err := ikedecode.Parse(d.Payload); d.Kind == capture.IKE && err == nil {
			_, fragment := decode.Find(m.Payloads, ikev2.PayloadSKF)
			return fragment && (bytes.Equal(a, wire) || bytes.Equal(b, wire))
		}
	}
	return false
}

// openedIn are the packets that were decrypted, as sas says.
func openedIn(t *testing.T, sas string) (n int) {
	t.Helper()
	var d report.Document
	if err := json.Unmarshal([]byte(sas), &d); err != nil {
		t.Fatal(err)
	}
	for _, sa := range d.SAs.SAs {
		n += sa.Opened
	}
	return n
}

// unlike are the values of two documents that differ.
func unlike(t *testing.T, a, b string) (list []string) {
	t.Helper()
	var docs [2]report.Document
	var values [2]any
	for i, text := range []string{a, b} {
		if err := json.Unmarshal([]byte(text), &docs[i]); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(docs[i].SAs)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &values[i]); err != nil {
			t.Fatal(err)
		}
	}
	var walk func(path string, a, b any)
	walk = func(path string, a, b any) {
		switch x := a.(type) {
		case map[string]any:
			if y, ok := b.(map[string]any); ok {
				for k := range x {
					walk(path+"."+k, x[k], y[k])
				}
				for k := range y {
					if _, ok := x[k]; !ok {
						list = append(list, fmt.Sprintf("%s.%s is missing", path, k))
					}
				}
				return
			}
		case []any:
			if y, ok := b.([]any); ok && len(x) == len(y) {
				for i := range x {
					walk(fmt.Sprintf("%s[%d]", path, i), x[i], y[i])
				}
				return
			}
		}
		if !reflect.DeepEqual(a, b) {
			list = append(list, fmt.Sprintf("%s: %v, in the whole %v", path, a, b))
		}
	}
	walk("", values[0], values[1])
	return list
}

// Sessions in two and in eight files, whose key log is made once, are decrypted file by file, by several processes in any order, to the packets of
// the whole, and their marks add up to its SAs.
func TestArchive(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(pcaps, "*", "wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range dirs {
		name := filepath.Base(filepath.Dir(path))
		if i%3 > 0 && !*everyCut { // they take a while
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, list := records(t, path)
			if clockSetBack(list) {
				return // the files of an archive are read in the order of their first packets
			}
			cuts := [][]int{evenly(len(list), 8), {1 + i%max(1, len(list)-1)}}
			if *everyCut {
				cuts = cuts[:1]
				for n := 1; n < len(list); n++ {
					cuts = append(cuts, []int{n})
				}
			}
			k := sessionKind(t, name, name)
			k.few = 0 // of some there is no key
			k.everyCut(t, cuts)
		})
	}
}

// clockSetBack reports whether the times of packets fall by a second or more.
func clockSetBack(list [][]byte) bool {
	last := uint32(0)
	return slices.ContainsFunc(list, func(record []byte) bool {
		at := binary.LittleEndian.Uint32(record)
		back := at+1 < last
		last = at
		return back
	})
}

// The fragments of a message that was sent again and again are decrypted where what completed the first ones is in the file before.
func TestArchiveFragments(t *testing.T) {
	const name = "diag-v2-response-fragments"
	k := sessionKind(t, name, name)
	k.few = 0 // there is no ESP
	k.everyCut(t, [][]int{{6}, {9}})
}

// share lets three processes at once do a share each, in any order, the first of them again at the end.
func (c *cutSession) share(t *testing.T, keys, out string) {
	t.Helper()
	const of = 3
	batch := []string{"batch", c.archive, "-w", out, "-q", "--manifest", keys + manifestSuffix}
	if exists(keys) {
		batch = append(batch, "-k", keys)
	}
	var wg sync.WaitGroup
	for _, i := range rand.Perm(of) {
		wg.Go(func() {
			code := run(append(slices.Clip(batch), "--index", fmt.Sprint(i), "--of", fmt.Sprint(of)), strings.NewReader(""), io.Discard, io.Discard)
			if code != exitDone && code != exitIncomplete {
				t.Errorf("%s: share %d: exit code %d", c.name, i, code)
			}
		})
	}
	wg.Wait()
	before, err := os.ReadFile(filepath.Join(out, "gate", "wire.pcap0"+c.suffix+".json"))
	if err != nil {
		t.Fatal(err)
	}
	c.run(t, batch...)
	if after, err := os.ReadFile(filepath.Join(out, "gate", "wire.pcap0"+c.suffix+".json")); err != nil || !bytes.Equal(before, after) {
		t.Errorf("%s: done again: %v", c.name, err)
	}
}

// Processes that are killed anywhere leave whole files and marks alone, and one that is left to end has what an undisturbed one has.
func TestArchiveKilled(t *testing.T) {
	session := filepath.Join(pcaps, "v2-psk-gcm-x25519-pfs-rekey")
	header, list := longSession(t, filepath.Join(session, "wire.pcap"), 40_000)
	c := &cutSession{name: "killed", archive: filepath.Join(t.TempDir(), "archive"), secrets: []string{"-k", filepath.Join(session, "gwa.log")}, files: 16}
	for i := range c.files {
		putFile(t, filepath.Join(c.archive, "gate", fmt.Sprintf("wire.pcap%d", i)),
			append(bytes.Clone(header), bytes.Join(list[i*len(list)/c.files:(i+1)*len(list)/c.files], nil)...))
	}
	for _, d := range c.differences(t, c.whole(t), func(keys, out string) {
		marks := 0
		for kill := 0; marks < c.files; kill++ {
			cmd := program(t, "batch", c.archive, "-k", keys, "-w", out, "-q", "--workers", "2")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if kill < 4 {
				before := marks
				await(t, "a mark more", func() bool {
					marks = len(marksIn(t, out))
					return marks > before || marks == c.files
				})
				cmd.Process.Kill()
			}
			err := cmd.Wait()
			if marks = len(marksIn(t, out)); kill >= 4 && (err != nil || marks < c.files) {
				t.Fatalf("%d marks of %d: %v", marks, c.files, err)
			}
		}
	}) {
		t.Error(d)
	}
}

// marksIn are the marks of a batch, each of which is whole, and has its output.
func marksIn(t *testing.T, out string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(out, "gate", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range list {
		b, err := os.ReadFile(path)
		if err != nil || !json.Valid(b) || !exists(strings.TrimSuffix(path, ".json")+".pcapng") {
			t.Errorf("%s: %d bytes, %v", path, len(b), err)
		}
	}
	return list
}
