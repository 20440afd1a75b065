package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// ipPacket is an IPv4 packet of some protocol without checksums.
func ipPacket(proto byte, payload ...byte) []byte {
	b := append(make([]byte, 20), payload...)
	b[0], b[3], b[8], b[9] = 0x45, byte(len(b)), 64, proto
	copy(b[12:], []byte{192, 0, 2, 1, 192, 0, 2, 2})
	return b
}

// rawFrame is a frame of LINKTYPE_RAW.
func rawFrame(n int, ip []byte) *capture.Packet {
	return &capture.Packet{Number: n, Time: time.Unix(int64(n), 0), Link: capture.LinkRaw, Data: ip, OrigLen: len(ip)}
}

func espItem(frame int, outer []byte, o *esp.Opened) ikedecode.Item {
	d := &capture.Datagram{Frame: frame, Kind: capture.ESP, IP: outer, Payload: outer[20:], HeaderLen: 20,
		Src: netip.MustParseAddrPort("192.0.2.1:0"), Dst: netip.MustParseAddrPort("192.0.2.2:0")}
	it := ikedecode.Item{Datagram: d, Opened: o}
	if o == nil {
		it.Err = esp.ErrNoSA
	}
	return it
}

func opened(o esp.Opened) *esp.Opened {
	o.Layers = []esp.Layer{{Protocol: esp.ESP, SPI: 0x1000, Seq: 1,
		Src: netip.MustParseAddr("192.0.2.1"), Dst: netip.MustParseAddr("192.0.2.2")}}
	return &o
}

// Each frame of the input comes out as the contract says: once, opened where it opened, as it was elsewhere.
func TestOutput(t *testing.T) {
	outer := ipPacket(50, 0, 0, 0x10, 0, 0, 0, 0, 1)
	inner := ipPacket(17, 1, 2, 3, 4, 5, 6, 7, 8)
	tunnel := espItem(1, outer, opened(esp.Opened{IP: inner, NextHeader: 4, Payload: inner}))
	transport := espItem(2, outer, opened(esp.Opened{NextHeader: 6, Payload: []byte("segment")}))
	dummy := espItem(3, outer, opened(esp.Opened{NextHeader: 59, Dummy: true}))
	closed := espItem(4, outer, nil)
	for _, c := range []struct {
		name, only string
		items      []ikedecode.Item
		want       [][]byte // nil: the frame as it was; protocols and lengths tell the others
	}{
		{"tunnel mode", "", []ikedecode.Item{tunnel}, [][]byte{inner}},
		{"transport mode", "", []ikedecode.Item{transport}, [][]byte{ipPacket(6, []byte("segment")...)}},
		{"dummy", "", []ikedecode.Item{dummy}, [][]byte{outer}},
		{"closed", "", []ikedecode.Item{closed}, [][]byte{outer}},
		{"a fragment that waits", "", nil, [][]byte{outer}},
		{"two in one segment", "", []ikedecode.Item{tunnel, transport}, [][]byte{inner, ipPacket(6, []byte("segment")...)}},
		{"two in one segment, none opened", "", []ikedecode.Item{closed, closed}, [][]byte{outer}},
		{"one of two opened", "", []ikedecode.Item{closed, tunnel}, [][]byte{outer, inner}},
		{"inner only", "inner", []ikedecode.Item{closed, tunnel}, [][]byte{inner}},
		{"IKE only", "ike", []ikedecode.Item{tunnel}, nil},
		{"opened only", "opened", []ikedecode.Item{closed}, nil},
		{"opened only, no item", "opened", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.pcapng")
			out, err := newOutput(&app{}, &decryptOptions{out: path, only: c.only, link: "keep"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			f := &ikedecode.Frame{Packet: rawFrame(1, outer), Items: c.items}
			out.render(f)
			if err := out.frame(f); err != nil {
				t.Fatal(err)
			}
			if err := out.close(); err != nil {
				t.Fatal(err)
			}
			got := readPackets(t, path)
			if len(got) != len(c.want) || out.written != len(c.want) {
				t.Fatalf("%d packets, %d counted, want %d", len(got), out.written, len(c.want))
			}
			for i := range got {
				if len(got[i]) != len(c.want[i]) || got[i][9] != c.want[i][9] || !bytes.Equal(got[i][20:], c.want[i][20:]) {
					t.Errorf("packet %d: %x, want %x", i, got[i], c.want[i])
				}
			}
		})
	}
}

func readPackets(t *testing.T, path string) (list [][]byte) {
	t.Helper()
	for _, p := range readFrames(t, path) {
		list = append(list, p.Data)
	}
	return list
}

// With --link raw every packet is bare IP, whether it was opened or not, and whatever its link header was.
func TestOutputRaw(t *testing.T) {
	outer := ipPacket(50, 0, 0, 0x10, 0, 0, 0, 0, 1)
	inner := ipPacket(17, 1, 2, 3, 4, 5, 6, 7, 8)
	tunnel := espItem(1, outer, opened(esp.Opened{IP: inner, NextHeader: 4, Payload: inner}))
	transport := espItem(2, outer, opened(esp.Opened{NextHeader: 6, Payload: []byte("segment")}))
	ethernet := append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}, outer...)
	frame := &capture.Packet{Number: 1, Time: time.Unix(1, 0), Link: capture.LinkEthernet, Data: ethernet, OrigLen: len(ethernet)}
	path := filepath.Join(t.TempDir(), "out.pcap")
	out, err := newOutput(&app{}, &decryptOptions{out: path, link: "raw"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, items := range [][]ikedecode.Item{{tunnel}, {transport}, {espItem(3, outer, nil)}, {tunnel, espItem(3, outer, nil)}} {
		f := &ikedecode.Frame{Packet: frame, Items: items}
		out.render(f)
		if err := out.frame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.close(); err != nil {
		t.Fatal(err)
	}
	got := readPackets(t, path)
	if len(got) != 5 {
		t.Fatalf("%d packets, want 5", len(got))
	}
	for i, p := range got {
		if p[0] != 0x45 {
			t.Errorf("packet %d does not start with an IP header: %x", i, p[:4])
		}
	}
}

// An aborted run leaves nothing behind, not even under another name.
func TestOutputAborted(t *testing.T) {
	dir := t.TempDir()
	out, err := newOutput(&app{}, &decryptOptions{out: filepath.Join(dir, "out.pcapng"), link: "keep"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &ikedecode.Frame{Packet: rawFrame(1, ipPacket(17))}
	out.render(f)
	if err := out.frame(f); err != nil {
		t.Fatal(err)
	}
	out.abort()
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v %v", list, err)
	}
}

func TestProgressText(t *testing.T) {
	for _, c := range []struct {
		pass, packets, total int
		want                 string
	}{
		{1, 4096, 4096, "reading IKE: 4096 packets"},
		{2, 2048, 4096, "decrypting: [###############...............] 50%"},
		{2, 5000, 4096, "decrypting: [##############################] 100%"},
		{2, 10, 0, "decrypting: 10 packets"},
	} {
		if got := progressText(c.pass, c.packets, c.total); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// A packet that the capture cut, and that opened in part, has the length of the whole packet as its original length.
func TestOutputCut(t *testing.T) {
	outer := ipPacket(50, 0, 0, 0x10, 0, 0, 0, 0, 1)
	inner := ipPacket(17, 0, 1, 0, 2, 0, 108, 0, 0, 9, 9, 9, 9)
	inner[3] = 128
	tunnel := espItem(1, outer, opened(esp.Opened{IP: inner, NextHeader: 4, Payload: inner, Cut: true}))
	transport := espItem(1, outer, opened(esp.Opened{NextHeader: 17, Payload: inner[20:], Cut: true}))
	transport.Datagram.Cut = true
	link := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}
	for _, name := range []string{"out.pcapng", "out.pcap"} {
		for _, link := range [][]byte{link, nil} {
			path := filepath.Join(t.TempDir(), name)
			o := &decryptOptions{out: path, link: "keep"}
			if link == nil {
				o.link = "raw"
			}
			out, err := newOutput(&app{}, o, nil)
			if err != nil {
				t.Fatal(err)
			}
			frame := append(bytes.Clone([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}), outer...)
			p := &capture.Packet{Number: 1, Time: time.Unix(1, 0), Link: capture.LinkEthernet, Data: frame, OrigLen: 1500}
			for _, it := range []ikedecode.Item{tunnel, transport, espItem(1, outer, nil)} {
				f := &ikedecode.Frame{Packet: p, Items: []ikedecode.Item{it}}
				out.render(f)
				if err := out.frame(f); err != nil {
					t.Fatal(err)
				}
			}
			if err := out.close(); err != nil {
				t.Fatal(err)
			}
			list := readFrames(t, path)
			if len(list) != 3 {
				t.Fatalf("%s: %d packets", name, len(list))
			}
			for i, want := range []int{len(link) + 128, len(link) + 128, len(link) + 1486} {
				if list[i].OrigLen != want || len(list[i].Data) >= want {
					t.Errorf("%s, packet %d: %d bytes of %d, want of %d", name, i+1, len(list[i].Data), list[i].OrigLen, want)
				}
			}
		}
	}
}

func readFrames(t *testing.T, path string) (list []*capture.Packet) {
	t.Helper()
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// Transport mode through NAT comes out with checksums that are right for the addresses of the capture.
func TestDecryptedChecksums(t *testing.T) {
	dir, path := filepath.Join(pcaps, "v1-nat-transport"), filepath.Join(t.TempDir(), "plain.pcap")
	runDone(t, "decrypt", "-q", "-k", filepath.Join(dir, "gwa.log"), "-w", path, "--only", "inner", "--link", "raw", filepath.Join(dir, "wire.pcap"))
	seen := map[byte]int{}
	for i, ip := range readPackets(t, path) {
		seen[ip[9]]++
		b := ip[20:]
		words := append([]byte{}, b...)
		if ip[9] != 1 {
			words = append(append(words[:len(b):len(b)], make([]byte, len(b)%2)...), ip[12:20]...)
			words = append(words, 0, ip[9], byte(len(b)>>8), byte(len(b)))
		} else if len(b)%2 != 0 {
			words = append(words, 0)
		}
		sum := 0
		for j := 0; j < len(words); j += 2 {
			sum += int(words[j])<<8 | int(words[j+1])
		}
		if sum%0xffff != 0 {
			t.Errorf("packet %d, protocol %d: wrong checksum", i+1, ip[9])
		}
	}
	if seen[1] == 0 || seen[6] == 0 {
		t.Errorf("packets by protocol: %v, want ICMP and TCP", seen)
	}
}

// The output has one section, whose header has a comment for each SA: with the counts in a file, without them in a pipe.
func TestOneSection(t *testing.T) {
	session := filepath.Join(pcaps, "v1-main-psk-aes128-sha1")
	path := filepath.Join(t.TempDir(), "out.pcapng")
	args := []string{"decrypt", "-k", filepath.Join(session, "gwa.log"), filepath.Join(session, "wire.pcap"), "-w"}
	runDone(t, append(args, path)...)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pipe, _ := runDone(t, append(args, "-")...)
	const sa = "ESP 192.0.2.1>192.0.2.2 0xcf127d15 AES-CBC-128 HMAC-SHA1-96"
	for name, c := range map[string]struct {
		out  []byte
		want string
	}{
		"file": {file, sa + ": 32 packets, 32 decrypted, 0 wrong ICV, frames 10 to 54, verified by ICV"},
		"pipe": {[]byte(pipe), sa},
	} {
		if n := bytes.Count(c.out, []byte("\x0a\x0d\x0d\x0a")); n != 1 {
			t.Errorf("%s: %d sections", name, n)
		}
		size := binary.LittleEndian.Uint32(c.out[4:])
		if !bytes.Contains(c.out[:size], []byte(c.want)) {
			t.Errorf("%s: the header lacks %q: %q", name, c.want, c.out[:size])
		}
	}
}

// With --no-comments the packets are the same, and say nothing; what the capture has said of them stays.
func TestNoComments(t *testing.T) {
	dir := filepath.Join(pcaps, "v2-psk-aes128-sha256")
	write := func(args ...string) []*capture.Packet {
		out := filepath.Join(t.TempDir(), "out.pcapng")
		runDone(t, append([]string{"decrypt", "-q", "-k", filepath.Join(dir, "gwa.log"), "-w", out, filepath.Join(dir, "wire.pcap")}, args...)...)
		return readFrames(t, out)
	}
	said, silent := write(), write("--no-comments")
	comments := 0
	for i, p := range said {
		comments += len(p.Comments)
		if q := silent[i]; len(q.Comments) > 0 || !bytes.Equal(p.Data, q.Data) {
			t.Errorf("frame %d: %d bytes %q, want %d and no comment", i+1, len(q.Data), q.Comments, len(p.Data))
		}
	}
	if comments == 0 || len(said) != len(silent) {
		t.Errorf("%d comments without the option, %d and %d packets", comments, len(said), len(silent))
	}
}

// The header of a capture that is read as it comes has room for the SAs that are negotiated meanwhile.
func TestLiveNotes(t *testing.T) {
	wire, log := filepath.Join(pcaps, "v2-psk-gcm-x25519-pfs-rekey", "wire.pcap"), filepath.Join(pcaps, "v2-psk-gcm-x25519-pfs-rekey", "gwa.log")
	header := func(more ...string) []byte {
		out := filepath.Join(t.TempDir(), "plain.pcapng")
		runDone(t, append([]string{"decrypt", "-k", log, "-w", out, wire}, more...)...)
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return b[:binary.LittleEndian.Uint32(b[4:])]
	}
	live, two := header("--live"), header()
	const sa, room = "ESP 192.0.2.", 400 * 256
	if n := bytes.Count(two, []byte(sa)); n == 0 || bytes.Count(live, []byte(sa)) != n || len(live) < room {
		t.Errorf("%d bytes, with %d SAs, want %d", len(live), bytes.Count(live, []byte(sa)), n)
	}
}
