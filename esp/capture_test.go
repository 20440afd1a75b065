package esp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// The readers here know only what the sessions need: they are a second opinion on capture and keys/source, not a copy.

// sharedSession is the folder of a recorded session, of the repository or shared beside it; the test is skipped where it is missing.
func sharedSession(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join("..", "testdata", "pcaps", name)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	dir = filepath.Join("..", "..", "shared", "captures", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("shared captures are missing: %v", err)
	}
	return dir
}

func fromHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readIP returns the IP packets of a pcap of Ethernet frames.
func readIP(t testing.TB, path string) (packets [][]byte, times []time.Time) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if len(b) < 24 || le.Uint32(b) != 0xa1b2c3d4 && le.Uint32(b) != 0xa1b23c4d {
		t.Fatalf("%s: no little-endian pcap", path)
	}
	for b = b[24:]; len(b) >= 16; {
		n := int(le.Uint32(b[8:]))
		at := time.Unix(int64(le.Uint32(b)), int64(le.Uint32(b[4:]))*1000)
		frame := b[16 : 16+n]
		b = b[16+n:]
		pkt := frame[14:]
		switch binary.BigEndian.Uint16(frame[12:]) {
		case 0x0800:
			pkt = pkt[:binary.BigEndian.Uint16(pkt[2:])]
		case 0x86dd:
			pkt = pkt[:40+int(binary.BigEndian.Uint16(pkt[4:]))]
		default:
			pkt = nil
		}
		packets, times = append(packets, pkt), append(times, at)
	}
	return packets, times
}

// A joiner reassembles IPv4 fragments that come in order.
type joiner map[string][]byte

func (j joiner) add(pkt []byte) []byte {
	flags := binary.BigEndian.Uint16(pkt[6:])
	if pkt[0]>>4 != 4 || flags&0x3fff == 0 {
		return pkt
	}
	key := string(pkt[4:6]) + string(pkt[9:10]) + string(pkt[12:20])
	if flags&0x1fff == 0 {
		j[key] = append([]byte(nil), pkt...)
		return nil
	}
	whole := append(j[key], pkt[20:]...)
	j[key] = whole
	if flags&0x2000 != 0 {
		return nil
	}
	binary.BigEndian.PutUint16(whole[2:], uint16(len(whole)))
	whole[6], whole[7] = 0, 0
	return whole
}

// readPackets returns what ESP and AH a capture holds, fragments joined, UDP taken off.
func readPackets(t testing.TB, path string) (out []*Packet) {
	t.Helper()
	packets, times := readIP(t, path)
	j := joiner{}
	for i, pkt := range packets {
		if pkt == nil {
			continue
		}
		if pkt = j.add(pkt); pkt == nil {
			continue
		}
		if p := toPacket(pkt); p != nil {
			p.Frame, p.Time = i+1, times[i]
			out = append(out, p)
		}
	}
	return out
}

// toPacket makes a Packet of an IP packet that holds ESP or AH, nil of others.
func toPacket(pkt []byte) *Packet {
	h, ok := ip.ParseWhole(pkt)
	if !ok {
		return nil
	}
	p := &Packet{Proto: Protocol(h.Proto), Src: h.Src, Dst: h.Dst, IP: pkt, HeaderLen: h.Len, Payload: pkt[h.Len:]}
	switch h.Proto {
	case ip.ProtoUDP:
		udp := pkt[h.Len:]
		if len(udp) < 16 || binary.BigEndian.Uint32(udp[8:]) == 0 || binary.BigEndian.Uint16(udp) != 4500 && binary.BigEndian.Uint16(udp[2:]) != 4500 {
			return nil
		}
		p.Proto, p.UDP, p.Payload = ESP, true, udp[8:]
	case uint8(ESP), uint8(AH), uint8(IPComp):
	default:
		return nil
	}
	return p
}

// readXFRM reads the output of ip xfrm state.
func readXFRM(t testing.TB, path string) (out []Params) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var p Params
	flush := func() {
		if p.Protocol == ESP || p.Protocol == AH || p.Protocol == IPComp {
			out = append(out, p)
		}
		p = Params{Source: Source{Name: filepath.Base(path)}}
	}
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		w := strings.Fields(sc.Text())
		if len(w) == 0 {
			continue
		}
		if w[0] == "src" {
			flush()
			p.Src, p.Dst = netip.MustParseAddr(w[1]), netip.MustParseAddr(w[3])
			continue
		}
		xfrmLine(t, &p, w)
	}
	flush()
	return out
}

func xfrmLine(t testing.TB, p *Params, w []string) {
	t.Helper()
	switch w[0] {
	case "proto":
		p.Protocol = map[string]Protocol{"esp": ESP, "ah": AH, "comp": IPComp}[w[1]]
		spi, err := strconv.ParseUint(w[3], 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		p.SPI = uint32(spi)
		p.Tunnel, p.Transport, p.BEET = w[7] == "tunnel", w[7] == "transport", w[7] == "beet"
	case "replay-window":
		p.ESN = strings.Contains(strings.Join(w, " "), "esn")
	case "auth-trunc":
		p.ICVLen = atoi(t, w[3]) / 8
		p.MAC, p.MACKey = findMAC(t, w[1]), fromHex(t, w[2][2:])
	case "enc":
		p.Cipher = findCipher(t, w[1], 0)
		if len(w) > 2 {
			p.CipherKey = fromHex(t, w[2][2:])
		}
	case "aead":
		p.Cipher, p.CipherKey = findCipher(t, w[1], atoi(t, w[3])/8), fromHex(t, w[2][2:])
	case "comp":
		p.IPCompAlg = CompressDeflate
	case "sel":
		if p.BEET {
			p.Inner = &Inner{netip.MustParsePrefix(w[2]).Addr(), netip.MustParsePrefix(w[4]).Addr()}
		}
	}
}

func atoi(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func findCipher(t testing.TB, xfrm string, icv int) *alg.Cipher {
	t.Helper()
	for _, c := range alg.Ciphers() {
		if c.XFRM == xfrm && c.ICVLen == icv {
			return c
		}
	}
	t.Fatalf("no cipher row for %s with an ICV of %d bytes", xfrm, icv)
	return nil
}

func findMAC(t testing.TB, xfrm string) *alg.MAC {
	t.Helper()
	for _, m := range alg.MACs() {
		if m.XFRM == xfrm {
			return m
		}
	}
	t.Fatalf("no MAC row for %s", xfrm)
	return nil
}

func cipherRow(t testing.TB, name string) *alg.Cipher {
	t.Helper()
	for _, c := range alg.Ciphers() {
		if c.Name == name {
			return c
		}
	}
	t.Skipf("no cipher row %s", name)
	return nil
}

func macRow(t testing.TB, name string) *alg.MAC {
	t.Helper()
	for _, m := range alg.MACs() {
		if m.Name == name {
			return m
		}
	}
	t.Skipf("no MAC row %s", name)
	return nil
}

func newTable(t testing.TB, params ...Params) *Table {
	t.Helper()
	table := NewTable()
	for _, p := range params {
		if _, err := table.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	return table
}

// hop makes packets comparable that were seen on two sides of a gateway: TTL and header checksum zero.
func hop(pkt []byte) string {
	b := bytes.Clone(pkt)
	if b[0]>>4 == 4 {
		b[8], b[10], b[11] = 0, 0, 0
	} else {
		b[7] = 0
	}
	return string(b)
}
