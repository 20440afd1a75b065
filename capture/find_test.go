package capture

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

func TestNaturalOrder(t *testing.T) {
	want := []string{"a", "wire.pcap", "wire.pcap0", "wire.pcap1.gz", "wire.pcap2", "wire.pcap09", "wire.pcap10", "wire.pcap10.gz", "wire.pcap2016", "x1y2", "x1y10", "x01y20"}
	got := slices.Clone(want)
	rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
	if slices.SortFunc(got, natural); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// tree makes files below a new directory.
func tree(t *testing.T, files map[string][]byte) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func oneAt(ms int) []byte {
	p := pkt(0, time.Duration(ms)*time.Millisecond, ip4(ip.ProtoESP, esp(uint32(1000+ms), 1, 40)))
	return pcapOf(binary.LittleEndian, magicMicro, LinkRaw, p)
}

// archive is a directory as one finds it.
func archive(t *testing.T) string {
	t.Helper()
	return tree(t, map[string][]byte{
		"wire.pcap0":                     oneAt(30), // the ring went round: the newest
		"wire.pcap10":                    oneAt(20),
		"wire.pcap9":                     oneAt(20), // at the same time
		"day-1/wire.pcap1.gz":            compressed(t, "gzip", oneAt(0)),
		"day-1/deeper/wire_00002.pcap":   pcapOf(binary.LittleEndian, magicMicro, LinkRaw),
		"day-1/gwa.log":                  []byte("a log, which is text\n"),
		"keys.txt":                       []byte("# nothing"),
		"empty.pcap":                     nil,
		"empty":                          nil,
		"cut.pcap.gz":                    {0x1f, 0x8b, 8},
		"old.snoop":                      []byte("snoop\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x04"),
		"short.pcap":                     oneAt(40)[:50],
		".hidden.pcap":                   oneAt(50),
		".cache/wire.pcap":               oneAt(50),
		"wire.pcap77.part":               oneAt(50),
		"day-1/.plain.pcapng.12345.part": oneAt(50),
	})
}

func TestDirectory(t *testing.T) {
	root := archive(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "wire.pcap0"), filepath.Join(root, "latest.pcap")); err != nil {
		t.Fatal(err)
	}
	for _, named := range []string{root, link, root + string(filepath.Separator)} {
		src, err := Open([]string{named}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		for range 2 {
			var got []string
			for _, p := range drain(t, src) {
				rel, err := filepath.Rel(named, src.Files()[p.File])
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprintf("%d %s", p.Time.Sub(t0).Milliseconds(), filepath.ToSlash(rel)))
			}
			if want := "0 day-1/wire.pcap1.gz, 20 wire.pcap9, 20 wire.pcap10, 30 latest.pcap"; strings.Join(got, ", ") != want {
				t.Errorf("%s: got %q, want %s", named, got, want)
			}
		}
		var cuts []string
		for _, c := range src.Cuts() {
			cuts = append(cuts, fmt.Sprintf("%s %v", filepath.Base(c.Path), c.Unread))
		}
		slices.Sort(cuts)
		if want := "cut.pcap.gz true, empty.pcap true, old.snoop true, short.pcap false"; strings.Join(cuts, ", ") != want {
			t.Errorf("%s: cuts %q, want %s", named, cuts, want)
		}
		ignored := src.Ignored()
		if len(ignored) != 1 || ignored[0].Count != 3 || ignored[0].Named != named {
			t.Errorf("%s: ignored %+v", named, ignored)
		}
		if n := src.Named(); n[0] != named {
			t.Errorf("named %q", n)
		}
	}
}

func TestPattern(t *testing.T) {
	root := archive(t)
	literal := filepath.Join(root, "what[1].pcap")
	if err := os.WriteFile(literal, oneAt(5), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		pattern string
		want    string // times of packets, or the error
	}{
		{"wire.pcap*", "20 20 30"},
		{"day-*", "0"},
		{"*/wire.pcap[0-9].gz", "0"},
		{"what[1].pcap", "5"},
		{"what\\[*", "5"},
		{"nothing*", "no file matches"},
		{"nothing[", "no file matches"},
		{"key*", "no capture in it"},
		{"cut*", "gzip: unexpected EOF"},
	} {
		path := filepath.Join(root, c.pattern)
		src, err := Open([]string{path}, Options{})
		if err != nil {
			if !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), root) != 1 {
				t.Errorf("%s: %v, want %s", c.pattern, err, c.want)
			}
			continue
		}
		var got []string
		for _, p := range drain(t, src) {
			got = append(got, fmt.Sprint(p.Time.Sub(t0).Milliseconds()))
		}
		src.Close()
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q, want %s", c.pattern, got, c.want)
		}
	}
}

// TestNamedTwice takes a file once that is named, and found in a directory.
func TestNamedTwice(t *testing.T) {
	root := tree(t, map[string][]byte{"a.pcap": oneAt(0), "b.pcap": oneAt(1)})
	a := filepath.Join(root, "a.pcap")
	for _, names := range [][]string{{a, root}, {root, a}, {root, root}, {filepath.Join(root, "*"), root}} {
		if got, _ := readAll(t, names...); len(got) != 2 {
			t.Errorf("%q: %d packets, want 2", names, len(got))
		}
	}
	if got, _ := readAll(t, a, a); len(got) != 2 {
		t.Errorf("named twice on purpose: %d packets, want 2", len(got))
	}
}

// TestShellOrder names the files of a capture in the order of a shell, packets of one time across the border of two.
func TestShellOrder(t *testing.T) {
	root := tree(t, map[string][]byte{"w.pcap10": oneAt(0), "w.pcap9": oneAt(0), "w.pcap1": oneAt(0)})
	var names []string
	for _, n := range []string{"w.pcap1", "w.pcap10", "w.pcap9"} {
		names = append(names, filepath.Join(root, n))
	}
	got, _ := readAll(t, names...)
	if order := []int{got[0].File, got[1].File, got[2].File}; !slices.Equal(order, []int{0, 2, 1}) {
		t.Errorf("order of files %v, want 0 2 1: natural", order)
	}
}

// TestMergeOverlapping merges more files than may be open, of many shapes, as sorting all packets does.
func TestMergeOverlapping(t *testing.T) {
	if testing.Short() {
		t.Skip("starts no goroutine, and takes long with the race detector")
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 8 {
		var paths []string
		type one struct {
			at, file, n int
		}
		var all []one
		dir := t.TempDir()
		for file := range 2*maxOpen + round {
			start := rnd.IntN(3000)
			if round%2 == 0 {
				start = file * 20 // mostly one after the other
			}
			var packets []*Packet
			for n := range rnd.IntN(12) {
				start += rnd.IntN(4)
				all = append(all, one{start, file, n + 1})
				packets = append(packets, pkt(0, time.Duration(start)*time.Millisecond, ip4(ip.ProtoESP, esp(uint32(file), uint32(n), 100+rnd.IntN(30000)))))
			}
			path := filepath.Join(dir, fmt.Sprintf("%d.pcap", file))
			b := pcapOf(binary.LittleEndian, magicMicro, LinkRaw, packets...)
			if file%5 == 0 {
				b = compressed(t, "gzip", b)
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		slices.SortStableFunc(all, func(a, b one) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.file, b.file)) })
		src, err := Open(paths, Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkOrder := func(how string, got []Packet) {
			t.Helper()
			if len(got) != len(all) {
				t.Fatalf("round %d, %s: %d packets, want %d", round, how, len(got), len(all))
			}
			for i, w := range all {
				p := &got[i]
				spi, seq := binary.BigEndian.Uint32(p.Data[20:]), binary.BigEndian.Uint32(p.Data[24:])
				if p.Number != i+1 || p.File != w.file || p.FileFrame != w.n || int(spi) != w.file || int(seq) != w.n-1 {
					t.Fatalf("round %d, %s: packet %d is %d.%d with content %d.%d, want %+v", round, how, i+1, p.File, p.FileFrame, spi, seq+1, w)
				}
			}
			if n := len(src.files.list); n > maxOpen {
				t.Errorf("%d files are open", n)
			}
		}
		var read []Packet
		for _, p := range drain(t, src) {
			read = append(read, *p)
		}
		checkOrder("Read", read)
		checkOrder("ReadBatch", batches(t, src))
		src.Close()
	}
}

// batches reads a pass in batches, several of them alive at a time.
func batches(t *testing.T, src *Source) (all []Packet) {
	t.Helper()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	ring := make([]Batch, 4)
	keep := func(b *Batch) {
		for _, p := range b.Packets {
			p.Data = slices.Clone(p.Data)
			all = append(all, p)
		}
		b.Packets = nil
	}
	for i := 0; ; i++ {
		b := &ring[i%len(ring)]
		keep(b) // as late as can be
		if err := r.ReadBatch(b); errors.Is(err, io.EOF) {
			for k := 1; k < len(ring); k++ {
				keep(&ring[(i+k)%len(ring)])
			}
			return all
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestReplaced finds another file where one was that has to be opened again.
func TestReplaced(t *testing.T) {
	files := map[string][]byte{}
	for i := range maxOpen + 2 {
		files[fmt.Sprintf("wire.pcap%d", i)] = oneAt(i)
	}
	root := tree(t, files)
	src, err := Open([]string{root}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	first := filepath.Join(root, "wire.pcap0")
	if err := os.Rename(first, first+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(first, oneAt(5), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := drain(t, src); len(got) != maxOpen+1 {
		t.Errorf("%d packets, want %d", len(got), maxOpen+1)
	}
	if cuts := src.Cuts(); len(cuts) != 1 || !errors.Is(cuts[0].Err, errReplaced) || cuts[0].Path != first {
		t.Errorf("cuts %v", cuts)
	}
}

// TestGrowing reads what a file had when it was opened, and from a directory no file that came later.
func TestGrowing(t *testing.T) {
	root := tree(t, map[string][]byte{"a.pcap": oneAt(0), "b.pcap": oneAt(1)})
	src, err := Open([]string{root}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	f, err := os.OpenFile(filepath.Join(root, "a.pcap"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 2 {
		if got := drain(t, src); len(got) != 2 {
			t.Errorf("%d packets, want 2", len(got))
		}
		if _, err := f.Write(oneAt(9)[pcapHeaderLen:]); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "c.pcap"), oneAt(2), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// endless is a pipe that never ends.
type endless struct{ front []byte }

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.front)
	e.front = e.front[n:]
	return len(b), nil
}

func TestSpoolLimit(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name  string
		front []byte
		limit int64
		want  string
	}{
		{"capture", oneAt(0), 1 << 20, "standard input: larger than the limit for temporary files: its copy in " + dir + " has 1.0 MiB"},
		{"zeros", nil, 1 << 40, "standard input: not a pcap or pcapng file: it starts with 00000000"},
	} {
		var told int64
		src, err := Open([]string{"-"}, Options{Stdin: &endless{c.front}, TempDir: dir, MaxSpool: c.limit, Spooling: func(n int64) { told = n }})
		if err == nil {
			_, err = passOver(t, src)
			src.Close()
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if told == 0 || told > 1<<20 {
			t.Errorf("%s: told of %d bytes", c.name, told)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestOpenEnds ends what waits for a pipe.
func TestOpenEnds(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := OpenContext(ctx, []string{"-"}, Options{Stdin: r}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := exec.Command("mkfifo", fifo).Run(); err != nil {
		t.Skip("no named pipes: ", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := OpenContext(ctx, []string{fifo}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("FIFO: got %v", err)
	}
	if f, err := os.OpenFile(fifo, os.O_RDWR, 0); err == nil { // lets go what still opens it
		f.Close()
	}
}
