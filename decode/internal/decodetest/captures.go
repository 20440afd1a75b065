package decodetest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// A testDatagram is an ISAKMP message of a capture, whole or cut as it is there.
type Datagram struct {
	Frame int
	Data  []byte
}

// isakmpOf reads the ISAKMP messages of a pcap or pcapng file: Ethernet or raw IP, no fragments, UDP port 500, or 4500
// with the marker. It is as small as the tests need; what it does not understand it leaves out.
func Messages(t testing.TB, path string) []Datagram {
	t.Helper()
	return MessagesCut(t, path, false)
}

// readISAKMP is isakmpOf; with firstFragments it takes the beginnings of messages, too.
func MessagesCut(t testing.TB, path string, firstFragments bool) []Datagram {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []Datagram
	for i, p := range packetsOf(b) {
		if ip := ipOf(p.link, p.data); ip != nil {
			if msg := isakmpOfIP(ip, firstFragments); msg != nil {
				out = append(out, Datagram{i + 1, msg})
			}
		}
	}
	return out
}

type testPacket struct {
	link uint32
	data []byte
}

func packetsOf(b []byte) []testPacket {
	if len(b) < 24 {
		return nil
	}
	le, be := binary.LittleEndian.Uint32(b), binary.BigEndian.Uint32(b)
	switch {
	case le == 0x0a0d0d0a:
		return pcapngPackets(b)
	case le == 0xa1b2c3d4 || le == 0xa1b23c4d:
		return pcapPackets(b, binary.LittleEndian)
	case be == 0xa1b2c3d4 || be == 0xa1b23c4d:
		return pcapPackets(b, binary.BigEndian)
	}
	return nil
}

func pcapPackets(b []byte, order binary.ByteOrder) (out []testPacket) {
	link := order.Uint32(b[20:]) & 0xffff
	for b = b[24:]; len(b) >= 16; {
		n := int(order.Uint32(b[8:]))
		b = b[16:]
		n = min(n, len(b))
		out = append(out, testPacket{link, b[:n]})
		b = b[n:]
	}
	return out
}

func pcapngPackets(b []byte) (out []testPacket) {
	var order binary.ByteOrder = binary.LittleEndian
	var links []uint32
	for len(b) >= 12 {
		if order.Uint32(b) == 0x0a0d0d0a && binary.BigEndian.Uint32(b[8:]) == 0x1a2b3c4d {
			order = binary.BigEndian
		}
		n := int(order.Uint32(b[4:]))
		if n < 12 || n > len(b) {
			return out
		}
		block := b[8 : n-4]
		switch order.Uint32(b) {
		case 1:
			links = append(links, uint32(order.Uint16(block)))
		case 6:
			iface, caplen := int(order.Uint32(block)), int(order.Uint32(block[12:]))
			if iface < len(links) && caplen <= len(block)-20 {
				out = append(out, testPacket{links[iface], block[20 : 20+caplen]})
			}
		}
		b = b[n:]
	}
	return out
}

func ipOf(link uint32, b []byte) []byte {
	switch link {
	case 1: // Ethernet
		if len(b) > 14 && (b[12] == 0x08 && b[13] == 0 || b[12] == 0x86 && b[13] == 0xdd) {
			return b[14:]
		}
	case 12, 14, 101: // raw IP
		return b
	case 0, 108: // loopback
		if len(b) > 4 {
			return b[4:]
		}
	}
	return nil
}

func isakmpOfIP(b []byte, firstFragments bool) []byte {
	const moreFragments = 0x20
	switch {
	case len(b) >= 28 && b[0]>>4 == 4 && b[9] == 17 && b[6]&0x1f == 0 && b[7] == 0:
		if b[6]&moreFragments != 0 && !firstFragments {
			return nil
		}
		b = b[min(int(b[0]&15)*4, len(b)):]
	case len(b) >= 48 && b[0]>>4 == 6 && b[6] == 17:
		b = b[40:]
	default:
		return nil
	}
	if len(b) < 8 {
		return nil
	}
	src, dst := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	n := int(binary.BigEndian.Uint16(b[4:]))
	if n >= 8 && n < len(b) {
		b = b[:n] // without the padding of Ethernet
	}
	b = b[8:]
	switch {
	case src == 500 || dst == 500:
		return b
	case (src == 4500 || dst == 4500) && len(b) > 4 && binary.BigEndian.Uint32(b) == 0:
		return b[4:]
	}
	return nil
}

// Captures lists the files of a pattern below the directories that hold sessions: the project's own and, where they are
// there, those shared beside it. A session that is in both is taken once.
func Captures(t testing.TB, pattern string) []string {
	t.Helper()
	var files []string
	seen := map[string]bool{}
	for _, dir := range []string{filepath.Join(root(t), "testdata/pcaps"), filepath.Join(root(t), "../shared/captures")} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			name, err := filepath.Rel(dir, f)
			if err != nil {
				t.Fatal(err)
			}
			if !seen[name] {
				files = append(files, f)
			}
			seen[name] = true
		}
	}
	if len(files) == 0 {
		t.Skipf("no captures %s", pattern)
	}
	return files
}

// HostileCaptures lists captures that crashed other parsers.
func HostileCaptures(t testing.TB) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(root(t), "../shared/hostile/*.pcap*"))
	if len(files) == 0 {
		t.Skip("no captures in shared/hostile")
	}
	return files
}

// root is the directory of the module.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above")
		}
		dir = filepath.Dir(dir)
	}
}
