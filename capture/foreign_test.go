package capture

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// etlHead is the front of a trace of Windows.
func etlHead() []byte {
	b := make([]byte, 256)
	copy(b, "\x00\x00\x01\x00")      // a buffer of 64 KiB
	copy(b[72:], "\x02\x00\x02\xc0") // SYSTEM_TRACE_HEADER: version 2, system 64
	return b
}

// erfRecords is a capture of Endace's: Ethernet records with a time in 2026.
func erfRecords(n int) []byte {
	var b []byte
	for i := range n {
		r := make([]byte, 16+60)
		copy(r, []byte{0, 0, 0, byte(i), 0, 0, 0x2b, 0x69}) // seconds above, little-endian
		copy(r[8:], []byte{2, 4, 0, 76, 0, 0, 0, 60})
		b = append(b, r...)
	}
	return b
}

// What is no pcap is named, with the way to convert it.
func TestForeignFiles(t *testing.T) {
	for _, c := range []struct {
		name        string
		data        string
		named, hint string
	}{
		{"x.etl", string(etlHead()), "a Windows event trace (ETL)", "etl2pcap"},
		{"x.erf", string(erfRecords(4)), "an ERF capture", "editcap"},
		{"one.erf", string(erfRecords(1)), "an ERF capture", "editcap"},
		{"x.5vw", "\xaa\xaa\xaa\xaa\x00\x00\x08\x00", "a 5Views capture", "editcap"},
		{"x.zip", "PK\x03\x04\x14\x00", "ZIP compression", "unzip "},
		{"x.xz", "\xfd7zXZ\x00\x00\x04", "xz compression", "xz -d "},
		{"x.bz2", "BZh91AY&SY", "bzip2 compression", "bzip2 -d "},
		{"x.7z", "7z\xbc\xaf\x27\x1c\x00\x04", "7-Zip compression", "7z x "},
		{"tcpdump.txt", "10:00:00.123456 IP 192.0.2.1.500 > 192.0.2.2.500: isakmp: phase 1 I ident\n\t0x0000:  4500 01ec de4f 4000 4011 d6ad c000 0201\n", "the text of a sniffer", "text2pcap"},
		{"summary.txt", "10:00:00.123456 IP 192.0.2.1.500 > 192.0.2.2.500: isakmp: phase 1 I ident\n", "the text of a sniffer, without the packets", "tcpdump -w"},
		{"sniffer.txt", "interfaces=[any]\nfilters=[esp]\n2026-11-23 08:40:59.891191 port1 out 192.0.2.1.500 -> 192.0.2.2.500: udp 506\n", "without the packets", "tcpdump -w"},
		{"hex.txt", "000000 8e d1 a2 c2 db 4e aa e3 1c 13 9a 9e 08 00 45 00\n", "the text of a sniffer", "text2pcap"},
		{"notes.txt", "Nov 25 10:00:00 gwb pluto[1]: packet from 192.0.2.1:500: initial Main Mode message\n", "it is text", "-k"},
		{"screen.txt", "\x1b(B\x0f$ show\n--More-- \b\b\b\b\b\b\b\b\b         \b\b\b\b\b\b\b\b\b SK_d    9e01\n", "it is text", "-k"},
		{"controls.txt", "one two\x02three four five 1 2", "it starts with 6f6e6520", "pcap"},
		{"noise.bin", "\x01\x02\x03\x04\x05\x06\x07\x08\x09", "it starts with 01020304", "pcap"},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, []byte(c.data), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open([]string{path}, Options{})
		var in *InputError
		if !errors.As(err, &in) || !strings.Contains(err.Error(), c.named) || !strings.Contains(in.Hint(), c.hint) {
			t.Errorf("%s: %v; hint: %s", c.name, err, in.Hint())
		}
	}
}

// The text that FortiGate's sniffer prints at its highest level.
func TestForeignSniffer(t *testing.T) {
	const text = "interfaces=[wan1]\nfilters=[udp port 500]\n2026-03-04 05:06:07.080910 wan1 out 198.51.100.7.500 -> 203.0.113.9.500: udp 28\n" +
		"0x0000\t 4500 0038 0000 4000 4011 0000 c633 6407\tE..8..@.@....3d.\n0x0010\t cb00 7109 01f4 01f4 0024 0000 0102 0304\t..q......$......\n"
	path := filepath.Join(t.TempDir(), "sniffer.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open([]string{path}, Options{}); err == nil || !strings.Contains(err.Error(), "the text of a sniffer, which is not supported") {
		t.Error(err)
	}
}

// editcap's captures of other kinds are named as what they are.
func TestForeignCaptures(t *testing.T) {
	in := filepath.Join("..", "testdata", "pcaps", "v1-main-psk-aes128-sha1", "wire.pcap")
	for format, want := range map[string]string{"5views": "a 5Views capture", "snoop": "a snoop capture"} {
		out := filepath.Join(t.TempDir(), format)
		tshark(t, "editcap", "-F", format, in, out)
		if _, err := Open([]string{out}, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", format, err)
		}
	}
}
