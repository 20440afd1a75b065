//go:build unix

package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/report"
)

// recordTime is the time of a record of a little-endian pcap file, in its units of microseconds.
func recordTime(record []byte) time.Duration {
	return time.Duration(binary.LittleEndian.Uint32(record))*time.Second + time.Duration(binary.LittleEndian.Uint32(record[4:]))*time.Microsecond
}

// later are records some time later.
func later(list [][]byte, by time.Duration) (moved [][]byte) {
	for _, r := range list {
		at := recordTime(r) + by
		r = bytes.Clone(r)
		binary.LittleEndian.PutUint32(r, uint32(at/time.Second))
		binary.LittleEndian.PutUint32(r[4:], uint32(at%time.Second/time.Microsecond))
		moved = append(moved, r)
	}
	return moved
}

// sensors writes what each of several sensors captured, in so many files.
func sensors(t *testing.T, dir string, header []byte, files int, lists ...[][]byte) {
	t.Helper()
	for i, list := range lists {
		for f := range files {
			part := bytes.Join(list[f*len(list)/files:(f+1)*len(list)/files], nil)
			if len(part) > 0 {
				putFile(t, filepath.Join(dir, fmt.Sprintf("sensor%d", i), fmt.Sprintf("wire.pcap%d", f)), append(bytes.Clone(header), part...))
			}
		}
	}
}

// What several sensors captured at the same time adds up to what sas says of the whole, frame numbers, too.
func TestArchiveSensors(t *testing.T) {
	const one, two = "v2-psk-gcm-x25519-pfs-rekey", "v1-main-psk-nat"
	header, list := records(t, filepath.Join(pcaps, one, "wire.pcap"))
	_, other := records(t, filepath.Join(pcaps, two, "wire.pcap"))
	other = later(other, recordTime(list[0])-recordTime(other[0])+700*time.Millisecond)
	keys := []string{"-k", filepath.Join(pcaps, one, "gwa.log")}
	split := make([][][]byte, 3) // each packet went past one of them
	for _, r := range list {
		i := rand.IntN(len(split))
		split[i] = append(split[i], r)
	}
	slow := make([][][]byte, 3) // some paths take longer, so that packets overtake each other, and packets come again a second later, on any path
	for i, r := range list {
		path := rand.IntN(len(slow))
		slow[path] = append(slow[path], later([][]byte{r}, time.Duration(path*rand.IntN(4000))*time.Microsecond)...)
		if len(r) > 16+100 && i%5 == 0 {
			again := rand.IntN(len(slow))
			slow[again] = append(slow[again], later([][]byte{r}, time.Second)...)
		}
	}
	for _, path := range slow {
		slices.SortStableFunc(path, func(a, b []byte) int { return cmp.Compare(recordTime(a), recordTime(b)) })
	}
	both := append(slices.Clip(keys), "-k", filepath.Join(pcaps, two, "gwa.log"))
	for _, x := range []struct {
		name  string
		lists [][][]byte
		keys  []string
	}{
		{"other tunnels", [][][]byte{list, other}, both},
		{"paths of one tunnel", split, keys},
		{"the same packets", [][][]byte{list, later(list, 3*time.Millisecond)}, keys},
		{"paths, and others", append(split, other), both},
		{"slow paths and replays", slow, keys},
		{"slow paths, each with a second sensor", append(slices.Clip(slow), later(slow[0], 5*time.Millisecond), later(slow[1], 19*time.Millisecond), later(slow[2], 30*time.Millisecond)), keys},
	} {
		for _, files := range []int{1, 5} {
			c := &cutSession{name: x.name, archive: filepath.Join(t.TempDir(), "archive"), secrets: x.keys}
			sensors(t, c.archive, header, files, x.lists...)
			for _, d := range c.sums(t) {
				t.Errorf("%s, %d files each: %s", x.name, files, d)
			}
		}
	}
}

// sums are the values that merge gives otherwise than sas.
func (c *cutSession) sums(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	keys, out := filepath.Join(dir, "keys.log"), filepath.Join(dir, "plain")
	c.run(t, slices.Concat([]string{"export", "keylog", c.archive, "-q", "-o", keys}, c.secrets)...)
	c.run(t, "batch", c.archive, "-k", keys, "-w", out, "-q")
	merged, _ := c.run(t, "merge", out, "--json", "-q")
	var d report.Document
	if err := json.Unmarshal([]byte(merged), &d); err != nil || len(d.Warnings) > 0 {
		t.Errorf("%s: %v, %v", c.name, d.Warnings, err)
	}
	sas, _ := c.run(t, slices.Concat([]string{"sas", c.archive, "--json", "-q"}, c.secrets)...)
	return unlike(t, innerInOrder(t, merged), innerInOrder(t, sas))
}

// innerInOrder sorts the kinds of traffic inside SAs, which are in the order of the files.
func innerInOrder(t *testing.T, text string) string {
	t.Helper()
	var d report.Document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	for _, sa := range d.SAs.SAs {
		slices.SortFunc(sa.Inner, func(a, b report.InnerTraffic) int {
			return cmp.Or(cmp.Compare(a.NextHeader, b.NextHeader), cmp.Compare(a.Protocol, b.Protocol))
		})
	}
	b, err := json.Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Where nothing tells the order of the packets of several files, frames are those of their files, and merge says so; so it does of sequence numbers, which
// are then told without an order.
func TestArchiveSensorsWithoutOrder(t *testing.T) {
	const session = "v2-psk-gcm-x25519-pfs-rekey"
	header, list := records(t, filepath.Join(pcaps, session, "wire.pcap"))
	sum := func(lists ...[][]byte) (text, said string) {
		t.Helper()
		archive, out := filepath.Join(t.TempDir(), "archive"), filepath.Join(t.TempDir(), "plain")
		sensors(t, archive, header, 1, lists...)
		run([]string{"batch", archive, "-k", filepath.Join(pcaps, session, "gwa.log"), "-w", out, "-q"}, strings.NewReader(""), io.Discard, io.Discard)
		var stdout, errs bytes.Buffer
		run([]string{"merge", out}, strings.NewReader(""), &stdout, &errs)
		return stdout.String(), errs.String()
	}
	text, said := sum(list[:len(list)/2], later(list[len(list)/2:], -time.Second))
	if strings.Contains(text, "deleted in frame") { // of a file, which is not said
		t.Errorf("frames of files: %s", text)
	}
	if !strings.Contains(text, " of sensor0/wire.pcap0") || !strings.Contains(said, "are those of a file: the files overlap in time") || strings.Contains(said, "captured twice") {
		t.Errorf("%s\n%s", text, said)
	}
	text, said = sum(list, later(list, 3*time.Millisecond))
	if !strings.Contains(said, "6 SAs in files that overlap in time") || !strings.Contains(text, "; 63 captured twice; ") {
		t.Errorf("%s\n%s", text, said)
	}
}
