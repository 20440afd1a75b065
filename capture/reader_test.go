package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// samplePackets are three packets of different lengths, the last cut by the snap length.
func samplePackets() []*Packet {
	a := pkt(1, 0, ip4(ip.ProtoESP, esp(0x1001, 1, 41)))
	b := pkt(2, time.Millisecond, ip4(ip.ProtoUDP, udp(500, 500, ike(60))))
	c := pkt(3, time.Second, ip4(ip.ProtoESP, esp(0x1001, 2, 100)))
	c.Data = c.Data[:50]
	return []*Packet{a, b, c}
}

func checkPackets(t *testing.T, got, want []*Packet) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d packets, want %d", len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if g.Number != i+1 || !g.Time.Equal(w.Time) || g.Link != w.Link || g.OrigLen != w.OrigLen || !bytes.Equal(g.Data, w.Data) {
			t.Errorf("packet %d:\n got %+v\nwant %+v", i+1, g, w)
		}
	}
}

// pcapForms are the pcap files that there are.
var pcapForms = map[string]struct {
	order binary.AppendByteOrder
	magic uint32
}{
	"little micro":    {binary.LittleEndian, magicMicro},
	"big micro":       {binary.BigEndian, magicMicro},
	"little nano":     {binary.LittleEndian, magicNano},
	"big nano":        {binary.BigEndian, magicNano},
	"little modified": {binary.LittleEndian, magicModified},
}

func TestPcap(t *testing.T) {
	for name, f := range pcapForms {
		t.Run(name, func(t *testing.T) {
			want := samplePackets()
			if f.magic == magicNano {
				want[1].Time = want[1].Time.Add(7)
			}
			got, cuts := readAll(t, fileOf(t, "x.pcap", pcapOf(f.order, f.magic, LinkRaw, want...)))
			checkPackets(t, got, want)
			if len(cuts) != 0 {
				t.Errorf("cuts: %v", cuts)
			}
		})
	}
}

// TestPcapgo reads what pcapgo writes.
func TestPcapgo(t *testing.T) {
	want := samplePackets()
	write := func(w interface {
		WritePacket(gopacket.CaptureInfo, []byte) error
	}) {
		for _, p := range want {
			ci := gopacket.CaptureInfo{Timestamp: p.Time, CaptureLength: len(p.Data), Length: p.OrigLen}
			if err := w.WritePacket(ci, p.Data); err != nil {
				t.Fatal(err)
			}
		}
	}
	var pcap, ng bytes.Buffer
	w := pcapgo.NewWriterNanos(&pcap)
	if err := w.WriteFileHeader(65535, layers.LinkTypeRaw); err != nil {
		t.Fatal(err)
	}
	write(w)
	n, err := pcapgo.NewNgWriter(&ng, layers.LinkTypeRaw)
	if err != nil {
		t.Fatal(err)
	}
	write(n)
	n.Flush()
	for name, b := range map[string][]byte{"pcap": pcap.Bytes(), "pcapng": ng.Bytes()} {
		t.Run(name, func(t *testing.T) {
			got, _ := readAll(t, fileOf(t, "x", b))
			for _, p := range got {
				if p.Link == LinkType(layers.LinkTypeRaw) { // pcapgo's number for it is DLT_RAW
					p.Link = LinkRaw
				}
			}
			checkPackets(t, got, want)
		})
	}
}

func TestPcapTolerated(t *testing.T) {
	p := samplePackets()[0]
	b := pcapOf(binary.LittleEndian, magicMicro, LinkRaw, p)
	t.Run("more than the snap length", func(t *testing.T) {
		b := bytes.Clone(b)
		binary.LittleEndian.PutUint32(b[16:], 10)
		got, _ := readAll(t, fileOf(t, "x.pcap", b))
		checkPackets(t, got, []*Packet{p})
	})
	t.Run("FCS bits beside the link type", func(t *testing.T) {
		b := bytes.Clone(b)
		binary.LittleEndian.PutUint32(b[20:], uint32(LinkRaw)|0x24000000)
		got, _ := readAll(t, fileOf(t, "x.pcap", b))
		checkPackets(t, got, []*Packet{p})
	})
	t.Run("original length less than captured", func(t *testing.T) {
		b := bytes.Clone(b)
		binary.LittleEndian.PutUint32(b[pcapHeaderLen+12:], 0)
		got, _ := readAll(t, fileOf(t, "x.pcap", b))
		checkPackets(t, got, []*Packet{p})
	})
}

// compressed packs b.
func compressed(t testing.TB, how string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&out)
	if how == "zstd" {
		w, _ = zstd.NewWriter(&out)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return out.Bytes()
}

func TestCompressed(t *testing.T) {
	want := samplePackets()
	b := pcapOf(binary.LittleEndian, magicMicro, LinkRaw, want...)
	for _, how := range []string{"gzip", "zstd"} {
		t.Run(how, func(t *testing.T) {
			src, err := Open([]string{fileOf(t, "x", compressed(t, how, b))}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			for range 2 {
				checkPackets(t, drain(t, src), want)
			}
		})
		t.Run(how+" in two members", func(t *testing.T) {
			two := append(compressed(t, how, b[:70]), compressed(t, how, b[70:])...)
			got, cuts := readAll(t, fileOf(t, "x", two))
			checkPackets(t, got, want)
			if len(cuts) != 0 {
				t.Error(cuts)
			}
		})
		t.Run(how+" holding a cut file", func(t *testing.T) {
			got, cuts := readAll(t, fileOf(t, "x", compressed(t, how, b[:len(b)-1])))
			checkPackets(t, got, want[:2])
			if len(cuts) != 1 || cuts[0].Compression != how || !errors.Is(cuts[0], errShort) {
				t.Errorf("cuts: %v", cuts)
			}
		})
	}
}

func TestCompressedCut(t *testing.T) {
	var want []*Packet
	random := rand.NewChaCha8([32]byte{})
	for i := range 500 {
		packet := esp(0x1001, uint32(i), 1400)
		random.Read(packet[8:])
		want = append(want, pkt(i+1, time.Duration(i)*time.Millisecond, ip4(ip.ProtoESP, packet)))
	}
	b := pcapOf(binary.LittleEndian, magicMicro, LinkRaw, want...)
	for _, how := range []string{"gzip", "zstd"} {
		c := compressed(t, how, b)
		for _, n := range []int{len(c) - 1, len(c) - 5, len(c) / 2} {
			t.Run(fmt.Sprint(how, n), func(t *testing.T) {
				got, cuts := readAll(t, fileOf(t, "x", c[:n]))
				if len(cuts) != 1 {
					t.Fatalf("cuts: %v, %d packets", cuts, len(got))
				}
				checkPackets(t, got, want[:len(got)])
				off := int64(pcapHeaderLen)
				for _, p := range got {
					off += pcapRecordLen + int64(len(p.Data))
				}
				if cuts[0].Offset != off || !strings.Contains(cuts[0].Error(), how) {
					t.Errorf("cut %v, want offset %d", cuts[0], off)
				}
			})
		}
	}
}

// TestCutEverywhere cuts a file at every length: what is before the cut comes out, and the offset of the record that is
// not whole.
func TestCutEverywhere(t *testing.T) {
	packets := samplePackets()
	pcap := pcapOf(binary.LittleEndian, magicMicro, LinkRaw, packets...)
	ng, ngEnds := sampleNg(binary.BigEndian, packets)
	pcapEnds := []int{pcapHeaderLen}
	for _, p := range packets {
		pcapEnds = append(pcapEnds, pcapEnds[len(pcapEnds)-1]+pcapRecordLen+len(p.Data))
	}
	t.Run("pcap", func(t *testing.T) { cutEverywhere(t, pcap, pcapEnds, pcapEnds, packets) })
	t.Run("pcapng", func(t *testing.T) { cutEverywhere(t, ng, ngEnds.packets, ngEnds.blocks, packets) })
}

type ngEnds struct{ packets, blocks []int }

// sampleNg builds a pcapng file; it also returns where its blocks end, and after which of them a packet is whole.
func sampleNg(order binary.AppendByteOrder, packets []*Packet) ([]byte, ngEnds) {
	blocks := [][]byte{
		ngSection(order),
		ngInterfaceOf(order, LinkRaw, ngOption(order, optTSResol, []byte{9}), ngOption(order, optEnd, nil)),
	}
	for i, p := range packets {
		blocks = append(blocks, ngPacketOf(order, 0, uint64(p.Time.UnixNano()), p, ngOption(order, optComment, []byte(fmt.Sprint("no ", i+1)))))
	}
	var file []byte
	ends := ngEnds{packets: []int{0}}
	for i, b := range blocks {
		file = append(file, b...)
		ends.blocks = append(ends.blocks, len(file))
		if i >= 2 {
			ends.packets = append(ends.packets, len(file))
		}
	}
	return file, ends
}

func cutEverywhere(t *testing.T, file []byte, packetEnds, recordEnds []int, packets []*Packet) {
	for n := 4; n <= len(file); n++ {
		got, cuts := readAll(t, fileOf(t, "cut", file[:n]))
		whole := 0
		for whole+1 < len(packetEnds) && packetEnds[whole+1] <= n {
			whole++
		}
		checkPackets(t, got, packets[:whole])
		start, clean := 0, false
		for _, end := range recordEnds {
			if end <= n {
				start = end
				clean = end == n
			}
		}
		if clean {
			if len(cuts) != 0 {
				t.Errorf("length %d: cuts %v, want none", n, cuts)
			}
			continue
		}
		if len(cuts) != 1 || cuts[0].Offset != int64(start) || !errors.Is(cuts[0].Err, errShort) {
			t.Errorf("length %d: cuts %v, want one at %d", n, cuts, start)
		}
	}
}

func TestGarbage(t *testing.T) {
	packets := samplePackets()
	file := pcapOf(binary.LittleEndian, magicMicro, LinkRaw, packets...)
	second := pcapHeaderLen + pcapRecordLen + len(packets[0].Data)
	huge := bytes.Clone(file)
	binary.LittleEndian.PutUint32(huge[second+8:], 256<<20)
	ng, ends := sampleNg(binary.LittleEndian, packets)
	badTrailer := bytes.Clone(ng)
	badTrailer[ends.packets[2]-4]++
	badLength := bytes.Clone(ng)
	badLength[ends.packets[1]+4] = 6
	badIface := bytes.Clone(ng)
	badIface[ends.packets[1]+8] = 9
	badCapLen := bytes.Clone(ng)
	badCapLen[ends.packets[1]+20+3] = 9
	for name, c := range map[string]struct {
		file []byte
		off  int
	}{
		"pcap record of 256 MiB":     {huge, second},
		"pcap zeros at the end":      {append(bytes.Clone(file[:second]), make([]byte, 4096)...), second},
		"pcapng length at the end":   {badTrailer, ends.packets[1]},
		"pcapng length too short":    {badLength, ends.packets[1]},
		"pcapng unknown interface":   {badIface, ends.packets[1]},
		"pcapng packet over its end": {badCapLen, ends.packets[1]},
	} {
		t.Run(name, func(t *testing.T) {
			got, cuts := readAll(t, fileOf(t, "x", c.file))
			checkPackets(t, got, packets[:1])
			if len(cuts) != 1 || cuts[0].Offset != int64(c.off) {
				t.Errorf("cuts %v, want one at %d", cuts, c.off)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		path string
		want string
	}{
		{"missing", filepath.Join(dir, "nothing.pcap"), "no such file"},
		{"folder", dir, "no capture in it"},
		{"pattern", filepath.Join(dir, "wire.pcap*"), "no file matches"},
		{"empty", fileOf(t, "empty.pcap", nil), "empty"},
		{"text", fileOf(t, "x.txt", []byte("hello, this is a text file")), "not a pcap or pcapng file"},
		{"short", fileOf(t, "x", []byte{0xd4, 0xc3}), "not a pcap or pcapng file"},
		{"snoop", fileOf(t, "x.snoop", []byte("snoop\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x04")), "snoop"},
		{"xz", fileOf(t, "x.xz", []byte{0xfd, '7', 'z', 'X', 'Z', 0, 0, 0}), "xz"},
		{"empty gzip", fileOf(t, "x.gz", compressed(t, "gzip", nil)), "empty"},
		{"text in zstd", fileOf(t, "x.zst", compressed(t, "zstd", []byte("hello, this is a text file"))), "not a pcap"},
		{"cut gzip", fileOf(t, "x.gz", []byte{0x1f, 0x8b, 8}), "gzip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open([]string{c.path}, Options{})
			var in *InputError
			if !errors.As(err, &in) || in.Path != c.path || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q about %s", err, c.want, c.path)
			}
		})
	}
	if _, err := Open(nil, Options{}); err == nil {
		t.Error("no error without a capture")
	}
	if _, err := Open([]string{"-", "-"}, Options{Stdin: strings.NewReader("")}); err == nil {
		t.Error("standard input taken twice")
	}
}

func TestStdin(t *testing.T) {
	want := samplePackets()
	file := pcapOf(binary.BigEndian, magicNano, LinkRaw, want...)
	dir := t.TempDir()
	for _, b := range [][]byte{file, compressed(t, "gzip", file)} {
		src, err := Open([]string{"-"}, Options{Stdin: bytes.NewReader(b), TempDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			checkPackets(t, drain(t, src), want)
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	_, err := Open([]string{"-"}, Options{Stdin: strings.NewReader("what?"), TempDir: dir})
	if err == nil || !strings.HasPrefix(err.Error(), "standard input: ") {
		t.Errorf("got %v", err)
	}
}

func TestMerge(t *testing.T) {
	at := func(ms int) *Packet {
		return pkt(0, time.Duration(ms)*time.Millisecond, ip4(ip.ProtoESP, esp(uint32(1000+ms), 1, 40)))
	}
	one := fileOf(t, "1", pcapOf(binary.LittleEndian, magicMicro, LinkRaw, at(0), at(10), at(10), at(30)))
	two := fileOf(t, "2", pcapOf(binary.LittleEndian, magicMicro, LinkRaw, at(10), at(20), at(40)))
	none := fileOf(t, "3", pcapOf(binary.LittleEndian, magicMicro, LinkRaw))
	got, _ := readAll(t, one, none, two)
	var order []string
	for i, p := range got {
		if p.Number != i+1 {
			t.Errorf("packet %d has number %d", i+1, p.Number)
		}
		order = append(order, fmt.Sprintf("%d.%d", p.File, p.FileFrame))
	}
	if want := "0.1 0.2 0.3 2.1 2.2 0.4 2.3"; strings.Join(order, " ") != want {
		t.Errorf("got order %v, want %v", order, want)
	}
}

// TestRead passes over a source with one packet; it must not disturb packets of another pass.
func TestRead(t *testing.T) {
	want := samplePackets()
	src, err := Open([]string{fileOf(t, "x", pcapOf(binary.LittleEndian, magicMicro, LinkRaw, want...))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	p := new(Packet)
	for i := 0; ; i++ {
		if err := r.Read(p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p.Data, want[i].Data) || p.Number != i+1 {
			t.Errorf("packet %d: %+v", i+1, p)
		}
	}
	if err := r.Read(p); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
	if len(src.readers) != 0 || r.BytesRead() != src.Size() {
		t.Errorf("the pass is not over: %d bytes of %d", r.BytesRead(), src.Size())
	}
}

func FuzzReader(f *testing.F) {
	packets := samplePackets()
	for _, form := range pcapForms {
		f.Add(pcapOf(form.order, form.magic, LinkRaw, packets...))
	}
	ng, _ := sampleNg(binary.LittleEndian, packets)
	f.Add(ng)
	f.Add(append(compressed(f, "zstd", ng), compressed(f, "zstd", ng)...))
	f.Add(compressed(f, "gzip", ng))
	f.Fuzz(func(t *testing.T, b []byte) {
		src, err := Open([]string{"-"}, Options{Stdin: bytes.NewReader(b)})
		if err != nil {
			return
		}
		defer src.Close()
		src.SecretBlocks()
		for _, p := range drain(t, src) {
			if len(p.Data) > maxPacket || p.OrigLen < len(p.Data) {
				t.Errorf("packet of %d bytes, %d on the wire", len(p.Data), p.OrigLen)
			}
		}
	})
}

// TestPipe reads a named pipe, as <(zcat x.pcap.gz) in a shell makes one: it can be read only once, and is spooled.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := exec.Command("mkfifo", path).Run(); err != nil {
		t.Skip("no named pipes: ", err)
	}
	want := samplePackets()
	go func() {
		if w, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			w.Write(pcapOf(binary.LittleEndian, magicMicro, LinkRaw, want...))
			w.Close()
		}
	}()
	src, err := Open([]string{path}, Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for range 2 {
		checkPackets(t, drain(t, src), want)
	}
}

// TestEditcap reads what Wireshark's editcap makes of a capture in the formats that are supported.
func TestEditcap(t *testing.T) {
	want := samplePackets()
	in := fileOf(t, "in.pcap", pcapOf(binary.LittleEndian, magicMicro, LinkRaw, want...))
	for _, format := range []string{"pcap", "nsecpcap", "modpcap", "pcapng"} {
		t.Run(format, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			tshark(t, "editcap", "-F", format, in, out)
			got, cuts := readAll(t, out)
			checkPackets(t, got, want)
			if len(cuts) != 0 {
				t.Error(cuts)
			}
		})
	}
}

// TestReadBatchLong reads files much longer than the buffers, with packets longer than them.
func TestReadBatchLong(t *testing.T) {
	rnd := rand.New(rand.NewChaCha8([32]byte{5}))
	var packets []*Packet
	for i := range 3000 {
		n := 20 + rnd.IntN(1500)
		switch rnd.IntN(100) {
		case 0:
			n = rnd.IntN(maxPacket)
		case 1:
			n = streamBuffer
		}
		data := make([]byte, n)
		for j := range data {
			data[j] = byte(i + j/256)
		}
		packets = append(packets, pkt(i, time.Duration(i)*time.Millisecond, data))
	}
	pcap := fileOf(t, "pcap", pcapOf(binary.BigEndian, magicMicro, LinkRaw, packets...))
	ng, _ := sampleNg(binary.LittleEndian, packets)
	for _, paths := range [][]string{{pcap}, {fileOf(t, "ng", ng)}, {pcap, fileOf(t, "gz", compressed(t, "gzip", ng))}} {
		got, cuts := readAll(t, paths...) // drain compares both ways of reading
		if len(got) != len(paths)*len(packets) || len(cuts) != 0 {
			t.Errorf("%v: %d packets, cuts %v", paths, len(got), cuts)
		}
	}
}
