package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcapgo"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// writeAll writes packets as they are to path.
func writeAll(t *testing.T, path string, opt WriterOptions, packets []*Packet) {
	t.Helper()
	w, err := Create(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		if err := w.Write(p, p.Data, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestWriter writes both formats and reads them with our reader and pcapgo's.
func TestWriter(t *testing.T) {
	want := samplePackets()
	nano := samplePackets()
	nano[1].Time = nano[1].Time.Add(7)
	for name, c := range map[string]struct {
		file    string
		packets []*Packet
		magic   uint32
	}{
		"pcap":             {"out.pcap", want, magicMicro},
		"pcap, upper case": {"OUT.PCAP", want, magicMicro},
		"pcap, later nano": {"out.pcap", nano, magicNano},
		"pcap, nano":       {"out.pcap", nano[1:], magicNano},
		"pcapng":           {"out.pcapng", nano, blockSection},
		"other name":       {"out", nano, blockSection},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			writeAll(t, path, WriterOptions{App: "ikedecode test"}, c.packets)
			b, _ := os.ReadFile(path)
			if got := binary.LittleEndian.Uint32(b); got != c.magic {
				t.Errorf("magic %#x, want %#x", got, c.magic)
			}
			got, cuts := readAll(t, path)
			checkPackets(t, got, c.packets)
			if len(cuts) != 0 {
				t.Error(cuts)
			}
			checkWithPcapgo(t, b, c.packets)
			if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v", info.Mode())
			}
			if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
				t.Errorf("left behind: %v", files)
			}
		})
	}
}

func checkWithPcapgo(t *testing.T, b []byte, want []*Packet) {
	t.Helper()
	var r interface {
		ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
	}
	var err error
	if binary.LittleEndian.Uint32(b) == blockSection {
		r, err = pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.DefaultNgReaderOptions)
	} else {
		r, err = pcapgo.NewReader(bytes.NewReader(b))
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want {
		data, ci, err := r.ReadPacketData()
		if err != nil || !bytes.Equal(data, w.Data) || !ci.Timestamp.Equal(w.Time) || ci.Length != w.OrigLen {
			t.Errorf("pcapgo, packet %d: %v %+v", i+1, err, ci)
		}
	}
	if _, _, err := r.ReadPacketData(); err != io.EOF {
		t.Errorf("pcapgo at the end: %v", err)
	}
}

func TestWriterStdout(t *testing.T) {
	want := samplePackets()
	var out bytes.Buffer
	writeAll(t, "-", WriterOptions{Stdout: &out}, want)
	got, _ := readAll(t, fileOf(t, "x", out.Bytes()))
	checkPackets(t, got, want)
}

func TestWriterEmpty(t *testing.T) {
	for _, name := range []string{"out.pcap", "out.pcapng"} {
		path := filepath.Join(t.TempDir(), name)
		writeAll(t, path, WriterOptions{}, nil)
		if got, cuts := readAll(t, path); len(got) != 0 || len(cuts) != 0 {
			t.Errorf("%s: %v %v", name, got, cuts)
		}
	}
}

// TestWriterInterfaces writes frames of several link types and inputs.
func TestWriterInterfaces(t *testing.T) {
	packet := ip4(ip.ProtoESP, esp(0x1001, 1, 40))
	six := ip6(ip.ProtoESP, esp(0x1001, 1, 40))
	var packets, want []*Packet
	for i, c := range []struct {
		link, written LinkType
		data          []byte
	}{
		{LinkRaw, LinkRaw, packet}, {LinkEthernet, LinkEthernet, cat(macs, []byte{8, 0}, packet)}, {LinkIPv4, LinkRaw, six},
		{LinkRawBSD, LinkRaw, packet}, {LinkRawBSD, LinkLoop, cat([]byte{0, 0, 0, 2}, packet)}, {LinkRawOpen, LinkRaw, packet},
	} {
		p := &Packet{File: i % 2, Time: t0, Link: c.link, Data: c.data, OrigLen: len(c.data), Comments: []string{"was here"}}
		q := *p
		q.Link = c.written
		packets, want = append(packets, p), append(want, &q)
	}
	path := filepath.Join(t.TempDir(), "out.pcapng")
	writeAll(t, path, WriterOptions{Interfaces: []string{"/some/where/a.pcap", "b.pcap"}}, packets)
	got, _ := readAll(t, path)
	checkPackets(t, got, want)
	for _, p := range got {
		if len(p.Comments) != 1 || p.Comments[0] != "was here" {
			t.Errorf("comments %q", p.Comments)
		}
	}
	w, err := Create(filepath.Join(t.TempDir(), "out.pcap"), WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := w.Write(packets[0], packets[0].Data, ""); err != nil {
		t.Fatal(err)
	}
	err = w.Write(packets[1], packets[1].Data, "")
	var out *OutputError
	if !errors.Is(err, ErrMixedLinks) || !errors.As(err, &out) {
		t.Errorf("got %v", err)
	}
	if err := w.Close(); !errors.Is(err, ErrMixedLinks) {
		t.Errorf("close after it: %v", err)
	}
}

// TestWriterRaw takes link headers off.
func TestWriterRaw(t *testing.T) {
	packet := ip4(ip.ProtoESP, esp(0x1001, 1, 400))
	cut := &Packet{Time: t0, Link: LinkEthernet, Data: cat(macs, []byte{8, 0}, packet[:100]), OrigLen: 14 + len(packet)}
	arp := &Packet{Time: t0, Link: LinkEthernet, Data: cat(macs, []byte{8, 6}, make([]byte, 28)), OrigLen: 42}
	path := filepath.Join(t.TempDir(), "out.pcapng")
	w, err := Create(path, WriterOptions{Raw: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*Packet{cut, arp} {
		if err := w.Write(p, p.Data, ""); err != nil {
			t.Error(err)
		}
	}
	w.Write(cut, cut.Data[14:], "bare, and cut as well")
	w.Write(cut, packet, "opened")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, _ := readAll(t, path)
	part := &Packet{Time: t0, Link: LinkRaw, Data: packet[:100], OrigLen: len(packet)}
	checkPackets(t, got, []*Packet{part, part, {Time: t0, Link: LinkRaw, Data: packet, OrigLen: len(packet)}})
	if w.Skipped() != 1 {
		t.Errorf("%d skipped", w.Skipped())
	}
}

func TestWriterRefuses(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.pcap")
	if err := os.WriteFile(in, pcapOf(binary.LittleEndian, magicMicro, LinkRaw), 0o600); err != nil {
		t.Fatal(err)
	}
	link, hard := filepath.Join(dir, "link.pcap"), filepath.Join(dir, "hard.pcap")
	if err := os.Symlink(in, link); err != nil {
		t.Skip(err)
	}
	if err := os.Link(in, hard); err != nil {
		t.Skip(err)
	}
	for path, want := range map[string]string{
		in: "is also an input", link: "is also an input", hard: "is also an input", filepath.Join(dir, ".", "x", "..", "in.pcap"): "",
		dir: "is a directory", filepath.Join(dir, "no", "out.pcap"): "no such file", filepath.Join(in, "x"): "not a directory",
	} {
		_, err := Create(path, WriterOptions{Inputs: []string{"-", in}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 3 {
		t.Errorf("left behind: %v", files)
	}
}

func TestWriterAbort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.pcapng")
	if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := Create(path, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p := samplePackets()[0]
	w.Write(p, p.Data, "")
	w.Abort()
	w.Abort()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "before" {
		t.Errorf("the file holds %q", b)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// TestWriterSymlink writes to the file that a link names; the link stays.
func TestWriterSymlink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	writeAll(t, link, WriterOptions{}, samplePackets())
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v %v", info, err)
	}
	got, _ := readAll(t, target)
	checkPackets(t, got, samplePackets())
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

func TestWriterFails(t *testing.T) {
	full := errors.New("no space left")
	w, err := Create("-", WriterOptions{Stdout: failingWriter{full}})
	if err != nil {
		t.Fatal(err)
	}
	p := pkt(1, 0, ip4(ip.ProtoESP, esp(0x1001, 1, 1400)))
	for range 2 * writeBuffer / 1400 {
		err = w.Write(p, p.Data, "")
	}
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := w.Close(); !errors.Is(err, full) {
		t.Errorf("close: %v", err)
	}
}

// TestWriterTimes has times at and over the edges of what the formats hold.
func TestWriterTimes(t *testing.T) {
	p := samplePackets()[0]
	for _, c := range []struct{ in, ng, pcap time.Time }{
		{time.Unix(0, 0), time.Unix(0, 0), time.Unix(0, 0)},
		{time.Time{}, time.Unix(0, 0), time.Unix(0, 0)},
		{time.Unix(1<<32-1, 5000), time.Unix(1<<32-1, 5000), time.Unix(1<<32-1, 5000)},
		{time.Unix(1<<33, 5000), time.Unix(1<<33, 5000), time.Unix(1<<32-1, 5000)},
		{time.Unix(1<<40, 0), time.Unix(18446744072, 0), time.Unix(1<<32-1, 0)},
	} {
		p.Time = c.in
		for name, want := range map[string]time.Time{"x.pcapng": c.ng, "x.pcap": c.pcap} {
			path := filepath.Join(t.TempDir(), name)
			writeAll(t, path, WriterOptions{}, []*Packet{p})
			if got, _ := readAll(t, path); len(got) != 1 || !got[0].Time.Equal(want) {
				t.Errorf("%s of %v: %v", name, c.in, got)
			}
		}
	}
}

// tshark runs one of Wireshark's programs, or skips the test where there is none. Anything on standard error is a fault.
func tshark(t *testing.T, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
	cmd := exec.Command(program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	complaint := strings.TrimSpace(strings.ReplaceAll(stderr.String(), "Running as user \"root\" and group \"root\". This could be dangerous.", ""))
	if err != nil || complaint != "" {
		t.Errorf("%s: %v: %s", program, err, complaint)
	}
	return stdout.String()
}

// TestWireshark opens what is written with tshark and capinfos, comments included.
func TestWireshark(t *testing.T) {
	dir := t.TempDir()
	ng := filepath.Join(dir, "out.pcapng")
	w, err := Create(ng, WriterOptions{App: "ikedecode 1", Interfaces: []string{"gwa.pcap", "gwb.pcap"}})
	if err != nil {
		t.Fatal(err)
	}
	w.Reserve(1000)
	w.Note("opened 2 of 3 packets")
	long := strings.Repeat("ä", 40000)
	for i, p := range samplePackets() {
		p.File = i % 2
		comment := []string{"SA 0x00001001, frame 1", "", long}[i]
		if err := w.Write(p, p.Data, comment); err != nil {
			t.Fatal(err)
		}
	}
	w.Note("SA 0x00001001: 2 packets")
	w.Note("")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(tshark(t, "tshark", "-r", ng, "-T", "fields", "-e", "frame.number", "-e", "frame.comment", "-e", "frame.interface_name", "-e", "frame.time_epoch"), "\n")
	if len(got) != 4 || got[0] != "1\tSA 0x00001001, frame 1\tgwa.pcap\t1700000000.123456000" || !strings.HasPrefix(got[1], "2\t\tgwb.pcap\t") || len(got[2]) < 65000 {
		t.Errorf("tshark:\n%.300s", strings.Join(got, "\n"))
	}
	info := tshark(t, "capinfos", ng)
	for _, want := range []string{"opened 2 of 3 packets", "ikedecode 1", "SA 0x00001001: 2 packets"} {
		if !strings.Contains(info, want) {
			t.Errorf("capinfos lacks %q:\n%s", want, info)
		}
	}
	if n := strings.Count(info, "ikedecode 1"); n != 1 || strings.Contains(info, "Section 1") {
		t.Errorf("%d sections:\n%s", n, info)
	}
	copied := filepath.Join(dir, "copied.pcapng")
	tshark(t, "tshark", "-r", ng, "-w", copied)
	if info := tshark(t, "capinfos", copied); !strings.Contains(info, "SA 0x00001001: 2 packets") {
		t.Errorf("tshark -w does not keep the note:\n%s", info)
	}
	pcap := filepath.Join(dir, "out.pcap")
	writeAll(t, pcap, WriterOptions{}, samplePackets())
	if got := tshark(t, "tshark", "-r", pcap, "-T", "fields", "-e", "frame.len", "-e", "frame.cap_len"); got != "61\t61\n88\t88\n120\t50\n" {
		t.Errorf("tshark of pcap: %q", got)
	}
}

// TestNotes writes notes before and after the packets, more and less than there is room for: always one section header, whose options are
// sound, and the packets where they were.
func TestNotes(t *testing.T) {
	for room := 0; room < 400; room += 3 {
		for late := range 5 {
			path := filepath.Join(t.TempDir(), "x.pcapng")
			w, err := Create(path, WriterOptions{App: "me"})
			if err != nil {
				t.Fatal(err)
			}
			w.Reserve(room)
			w.Note("early \xff")
			packets := samplePackets()
			for _, p := range packets {
				if err := w.Write(p, p.Data, ""); err != nil {
					t.Fatal(err)
				}
			}
			for i := range late {
				w.Note(strings.Repeat("n", 17*(i+1)))
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			notes := notesOf(t, b)
			got, _ := readAll(t, path)
			checkPackets(t, got, packets)
			checkWithPcapgo(t, b, packets)
			switch last := notes[len(notes)-1]; {
			case notes[0] != "early \uFFFD" && room > 0:
				t.Errorf("room %d: notes %q", room, notes)
			case room == 0 && len(notes) != 1, room > 390 && len(notes) != 1+late:
				t.Errorf("room %d, %d late ones: notes %q", room, late, notes)
			case late > 0 && room > 0 && len(notes) < 1+late && !strings.HasSuffix(last, "more: no room here"):
				t.Errorf("room %d, %d late ones: nothing said of those that are gone: %q", room, late, notes)
			}
		}
	}
}

// notesOf are the comments in the section header that a file begins with, of which all options have to fill it.
func notesOf(t *testing.T, b []byte) (notes []string) {
	t.Helper()
	if n := bytes.Count(b, binary.LittleEndian.AppendUint32(nil, blockSection)); n != 1 {
		t.Fatalf("%d section headers", n)
	}
	size := binary.LittleEndian.Uint32(b[4:])
	for opts := b[24 : size-4]; ; {
		code, n := binary.LittleEndian.Uint16(opts), int(binary.LittleEndian.Uint16(opts[2:]))
		switch {
		case code == optEnd && len(opts) == 4 && n == 0:
			return notes
		case code == optEnd || len(opts) < 8 && n > 0:
			t.Fatalf("options end in %x", opts)
		case code == optComment:
			notes = append(notes, string(opts[4:4+n]))
		}
		opts = opts[4+(n+3)&^3:]
	}
}

// noWireshark are forms that tshark does not read, or guesses otherwise.
var noWireshark = []string{
	"pseudowire", "pseudowire without control word", "PPP_PPPD", "C_HDLC_WITH_DIR", "FRELAY_WITH_DIR", "ATM_CLIP with SNAP", "SLIP", "MPLS link",
	"NETANALYZER", "NETANALYZER transparent", "DSA Broadcom", "DSA prepended", "DSA", "EDSA", "NFLOG big",
}

// TestWiresharkLinks has tshark find the packet in a frame of each link type, and in the relinked one of the other version.
func TestWiresharkLinks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts no goroutine, and takes long with the race detector")
	}
	v4, v6 := ip4(ip.ProtoESP, esp(0x1001, 1, 40)), ip6(ip.ProtoESP, esp(0x1001, 1, 40))
	path := filepath.Join(t.TempDir(), "out.pcapng")
	w, err := Create(path, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range allLinkCases(len(v4), len(v6)) {
		if slices.Contains(noWireshark, c.name) {
			continue
		}
		p := &Packet{Time: t0, Link: c.link, Data: cat(c.v4, v4)}
		p.OrigLen = len(p.Data)
		six, err := new(Datagram).Relink(p, v6)
		if err != nil {
			t.Fatal(c.name, err)
		}
		w.Write(p, p.Data, "")
		w.Write(p, six, "")
		names = append(names, c.name, c.name+", relinked")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out := strings.Split(strings.TrimSuffix(tshark(t, "tshark", "-r", path, "-T", "fields", "-e", "ip.src", "-e", "ipv6.src", "-e", "esp.spi"), "\n"), "\n")
	for i, line := range out {
		want := "192.0.2.1\t\t0x00001001"
		if i%2 == 1 {
			want = "\t2001:db8::1\t0x00001001"
		}
		if line != want {
			t.Errorf("%s: %q", names[i], line)
		}
	}
}

// TestWriterRests writes files that are closed between packets, to the same bytes as others.
func TestWriterRests(t *testing.T) {
	packets := samplePackets()
	packets[1].Time = packets[1].Time.Add(7) // pcap goes back for nanoseconds
	for _, name := range []string{"x.pcap", "x.pcapng"} {
		var want []byte
		for _, rest := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), name)
			w, err := Create(path, WriterOptions{})
			if err != nil {
				t.Fatal(err)
			}
			w.Reserve(100)
			for _, p := range packets {
				if err := w.Write(p, p.Data, ""); err != nil {
					t.Fatal(err)
				}
				if rest {
					if err := w.Rest(); err != nil || !w.rests {
						t.Fatal(err)
					}
				}
			}
			w.Note("late")
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if rest && !bytes.Equal(b, want) {
				t.Errorf("%s: %x\nwant %x", name, b, want)
			}
			want = b
		}
	}
}
