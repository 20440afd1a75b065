package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report"
)

// An iptfs is one direction of an IP-TFS tunnel with AES-GCM, as RFC 9347 and RFC 4106 have a gateway send it.
type iptfs struct {
	src, dst netip.Addr
	udp      bool
	esn      bool
	key      []byte // with salt
	spi      uint32
	seq      uint64 // of the next packet
	room     int    // bytes of a payload's blocks
}

// keyLine is its key log line.
func (x *iptfs) keyLine() string {
	s := fmt.Sprintf("ESP_SA %v>%v:0x%08x aes-gcm-16:0x%s", x.src, x.dst, x.spi, hex.EncodeToString(x.key))
	if x.esn {
		s += " esn"
	}
	return s
}

// payloads are packets one after another, padded at the end, cut into payloads.
func (x *iptfs) payloads(packets [][]byte) (list [][]byte) {
	stream := bytes.Join(packets, nil)
	var ends []int
	at := 0
	for _, p := range packets {
		at += len(p)
		ends = append(ends, at)
	}
	for at := 0; at < len(stream); at += x.room {
		next := at // where the first block begins
		for i, end := range ends {
			if start := end - len(packets[i]); start < at && end > at {
				next = end
			}
		}
		b := binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(next-at))
		b = append(b, stream[at:min(at+x.room, len(stream))]...)
		list = append(list, append(b, make([]byte, 4+x.room-len(b))...))
	}
	return list
}

// frame is an Ethernet frame with a payload.
func (x *iptfs) frame(t *testing.T, payload []byte) []byte {
	block, err := aes.NewCipher(x.key[:len(x.key)-4])
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	pt := slices.Clone(payload)
	pad := (4 - (len(pt)+2)%4) % 4
	for i := range pad {
		pt = append(pt, byte(i+1))
	}
	pt = append(pt, byte(pad), 144)
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, x.spi), uint32(x.seq))
	ad := slices.Clone(body)
	if x.esn {
		ad = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, x.spi), x.seq)
	}
	iv := binary.BigEndian.AppendUint64(nil, x.seq)
	x.seq++
	body = aead.Seal(append(body, iv...), append(slices.Clone(x.key[len(x.key)-4:]), iv...), pt, ad)
	proto := byte(50)
	if x.udp {
		proto = 17
		body = slices.Concat([]byte{0x11, 0x94, 0x11, 0x94}, binary.BigEndian.AppendUint16(nil, uint16(8+len(body))), []byte{0, 0}, body)
	}
	return onEthernet(x.src, x.dst, proto, body)
}

// onEthernet is an Ethernet frame of an IP packet, with the header checksum of IPv4.
func onEthernet(src, dst netip.Addr, proto byte, body []byte) []byte {
	ether := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	if src.Is6() {
		h := slices.Concat([]byte{0x86, 0xdd, 0x60, 0, 0, 0}, binary.BigEndian.AppendUint16(nil, uint16(len(body))), []byte{proto, 64}, src.AsSlice(), dst.AsSlice())
		return slices.Concat(ether, h, body)
	}
	h := slices.Concat([]byte{0x45, 0}, binary.BigEndian.AppendUint16(nil, uint16(20+len(body))), []byte{0, 0, 0, 0, 64, proto, 0, 0}, src.AsSlice(), dst.AsSlice())
	var sum uint32
	for i := 0; i < 20; i += 2 {
		sum += uint32(h[i])<<8 | uint32(h[i+1])
	}
	binary.BigEndian.PutUint16(h[10:], ^uint16(sum+sum>>16))
	return slices.Concat(ether, []byte{8, 0}, h, body)
}

// insidePackets are UDP packets between hosts behind the gateways, some of them larger than what carries them.
func insidePackets(rng *rand.Rand, n int, back bool) (list [][]byte) {
	a, b := netip.MustParseAddr("10.1.0.10"), netip.MustParseAddr("10.2.0.10")
	if back {
		a, b = b, a
	}
	for i := range n {
		data := make([]byte, []int{4, 30, 400, 1400, 9000}[rng.IntN(5)])
		for j := range data {
			data[j] = byte(rng.Uint32())
		}
		u := slices.Concat([]byte{0x23, 0x28, 0x23, 0x28}, binary.BigEndian.AppendUint16(nil, uint16(8+len(data))), []byte{0, 0}, data)
		p := onEthernet(a, b, 17, u)[14:]
		p[5] = byte(i)
		list = append(list, p)
	}
	return list
}

func pcapOf(link uint32, frames [][]byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(slices.Concat(le.AppendUint32(nil, 0xa1b2c3d4), []byte{2, 0, 4, 0}, make([]byte, 8), le.AppendUint32(nil, 262144)), link)
	for i, f := range frames {
		for _, n := range []int{1_700_000_000 + i/100, i % 100 * 10_000, len(f), len(f)} {
			b = le.AppendUint32(b, uint32(n))
		}
		b = append(b, f...)
	}
	return b
}

// pcapFrames are the frames of a little-endian pcap.
func pcapFrames(t *testing.T, path string) (link uint32, list [][]byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	link = le.Uint32(b[20:])
	for b = b[24:]; len(b) >= 16; {
		n := int(le.Uint32(b[8:]))
		list = append(list, b[16:16+n])
		b = b[16+n:]
	}
	return link, list
}

// TestIPTFS decrypts tunnels in both directions: what comes out is what was sent, each packet in a frame of its own.
func TestIPTFS(t *testing.T) {
	for _, c := range []struct {
		name     string
		udp, esn bool
		src, dst string
	}{
		{"IPv4", false, false, "192.0.2.1", "192.0.2.2"}, {"IPv6 with ESN", false, true, "2001:db8::1", "2001:db8::2"}, {"in UDP", true, true, "192.0.2.1", "192.0.2.2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			there := &iptfs{src: netip.MustParseAddr(c.src), dst: netip.MustParseAddr(c.dst), udp: c.udp, esn: c.esn, key: make([]byte, 20), spi: 0xc0000001, seq: 1, room: 1200}
			back := &iptfs{src: there.dst, dst: there.src, udp: c.udp, esn: c.esn, key: bytes.Repeat([]byte{7}, 36), spi: 0xc0000002, seq: 1, room: 500}
			if c.esn {
				there.seq = 1<<32 - 3
			}
			var wire, want [][]byte
			var sent [2][][]byte
			for i, x := range []*iptfs{there, back} {
				packets := insidePackets(rng, 20, i == 1)
				want = append(want, packets...)
				for _, p := range x.payloads(packets) {
					sent[i] = append(sent[i], x.frame(t, p))
				}
			}
			for i := range max(len(sent[0]), len(sent[1])) {
				for _, s := range sent {
					if i < len(s) {
						wire = append(wire, s[i])
					}
				}
			}
			dir := t.TempDir()
			in, keys := filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "esp.keylog")
			putFile(t, in, pcapOf(1, wire))
			putFile(t, keys, []byte(there.keyLine()+"\n"+back.keyLine()+"\n"))
			slices.SortFunc(want, bytes.Compare)
			for _, link := range []string{"keep", "raw"} {
				out := filepath.Join(dir, link+".pcap")
				runDone(t, "decrypt", "-q", "-k", keys, "--only", "inner", "--link", link, "-w", out, in)
				kind, got := pcapFrames(t, out)
				if link == "keep" {
					if kind != 1 {
						t.Errorf("link type %d", kind)
					}
					for i := range got {
						got[i] = got[i][14:]
					}
				}
				slices.SortFunc(got, bytes.Compare)
				if !slices.EqualFunc(got, want, bytes.Equal) {
					t.Errorf("--link %s: %d packets, want %d", link, len(got), len(want))
				}
			}
			for _, args := range [][]string{{"sas"}, {"diagnose"}} {
				out, _ := runDone(t, append(args, "-k", keys, in)...)
				if args[0] == "sas" && strings.Count(out, "IP-TFS: 20 inner packets in ") != 2 || args[0] == "diagnose" && !strings.Contains(out, "[healthy]") {
					t.Errorf("%s: %s", args[0], out)
				}
			}
			// One ESP packet of the middle is lost, and with it every packet that it has parts of.
			lost := slices.Delete(slices.Clone(wire), 20, 21)
			putFile(t, in, pcapOf(1, lost))
			out, _ := runDone(t, "diagnose", "-k", keys, in)
			if strings.Contains(out, "[healthy]") || !strings.Contains(out, "[aggfrag-incomplete]") {
				t.Errorf("with a packet lost: %s", out)
			}
		})
	}
}

// TestIPTFSCase decrypts the recorded stream and counts what it held.
func TestIPTFSCase(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "aggfrag")
	wire, keys, out := filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "agg.keylog"), filepath.Join(t.TempDir(), "out.pcap")
	stdout, _ := runDone(t, "decrypt", "--json", "-k", keys, "--only", "inner", "-w", out, wire)
	_, want := pcapFrames(t, filepath.Join(dir, "clear.pcap"))
	if _, got := pcapFrames(t, out); !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%d packets, want %d", len(got), len(want))
	}
	for _, args := range [][]string{{"--only", "inner", "-w", out}, nil} {
		log := filepath.Join(t.TempDir(), "packets.ndjson")
		runDone(t, append([]string{"decrypt", "-q", "-k", keys, "--log", log, wire}, args...)...)
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		written := 0
		if len(args) > 0 {
			written = 14
		}
		for what, n := range map[string]int{
			`"aggfrag":"packet"`: 14, `"aggfrag":"part"`: 3, `"aggfrag":"padding"`: 1, `"inside":{"mode":"tunnel"`: 14, `"record":"packet"`: 18,
			`"result":"dummy"`: 1, `"output_frame":`: written, `"inner_frames":[5,6,7]`: 1,
		} {
			if got := strings.Count(string(text), what); got != n {
				t.Errorf("%d times %s, want %d\n%s", got, what, n, text)
			}
		}
	}
	var d report.Document
	if err := json.Unmarshal([]byte(stdout), &d); err != nil {
		t.Fatal(err)
	}
	if d.Decrypt.ESP != 12 || d.Decrypt.Opened != 12 || d.Decrypt.Aggregated != 12 || d.Decrypt.Unpacked != 14 {
		t.Errorf("%+v", d.Decrypt)
	}
}
