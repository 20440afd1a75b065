package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPcapngTimes reads one time in the resolutions that there are.
func TestPcapngTimes(t *testing.T) {
	le := binary.LittleEndian
	offset := le.AppendUint64(nil, 1700000000)
	for _, c := range []struct {
		name    string
		options []byte
		ts      uint64
		want    time.Time
	}{
		{"microseconds unless said", nil, 1700000000123456, time.Unix(1700000000, 123456000)},
		{"seconds", ngOption(le, optTSResol, []byte{0}), 1700000000, time.Unix(1700000000, 0)},
		{"milliseconds", ngOption(le, optTSResol, []byte{3}), 1700000000123, time.Unix(1700000000, 123000000)},
		{"nanoseconds", ngOption(le, optTSResol, []byte{9}), 1700000000123456789, time.Unix(1700000000, 123456789)},
		{"picoseconds and an offset", cat(ngOption(le, optTSResol, []byte{12}), ngOption(le, optTSOffset, offset)), 1123456789012, time.Unix(1700000001, 123456789)},
		{"2^-10 s", ngOption(le, optTSResol, []byte{0x8a}), 1700000000<<10 | 512, time.Unix(1700000000, 500000000)},
		{"2^-32 s", ngOption(le, optTSResol, []byte{0xa0}), 1700000000<<32 | 1<<30, time.Unix(1700000000, 250000000)},
		{"2^-63 s", ngOption(le, optTSResol, []byte{0xbf}), 1<<63 | 1<<62, time.Unix(1, 500000000)},
		{"2^-64 s", ngOption(le, optTSResol, []byte{0xc0}), 1, time.Unix(0, 0)},
		{"10^-127 s", ngOption(le, optTSResol, []byte{127}), 1, time.Unix(0, 0)},
		{"empty option", ngOption(le, optTSResol, nil), 1700000000000000, time.Unix(1700000000, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := samplePackets()[0]
			got, cuts := readAll(t, fileOf(t, "x", cat(ngSection(le), ngInterfaceOf(le, LinkRaw, c.options), ngPacketOf(le, 0, c.ts, p))))
			if len(got) != 1 || !got[0].Time.Equal(c.want) {
				t.Errorf("got %v %v, want %v", got, cuts, c.want.UTC())
			}
		})
	}
}

// TestPcapngBlocks has several sections of different byte order, several interfaces, and all kinds of blocks.
func TestPcapngBlocks(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	p := samplePackets()
	eth := *p[1]
	eth.Link, eth.Data = LinkEthernet, cat(macs, []byte{8, 0}, p[1].Data)
	eth.OrigLen = len(eth.Data)
	micro := func(p *Packet) uint64 { return uint64(p.Time.UnixMicro()) }
	simple := func(order binary.AppendByteOrder, p *Packet) []byte {
		return ngBlock(order, blockSimple, order.AppendUint32(nil, uint32(p.OrigLen)), p.Data)
	}
	obsolete := func(order binary.AppendByteOrder, p *Packet) []byte {
		b := ngPacketOf(order, 0, micro(p), p)
		copy(b, order.AppendUint32(nil, blockPacket))
		copy(b[8:], order.AppendUint16(order.AppendUint16(nil, 1), 7)) // interface, drops
		return b
	}
	file := cat(
		ngSection(le), ngInterfaceOf(le, LinkRaw), ngInterfaceOf(le, LinkEthernet),
		ngPacketOf(le, 1, micro(&eth), &eth, ngOption(le, optComment, []byte("one")), ngOption(le, optComment, []byte("two"))),
		ngBlock(le, blockStats, make([]byte, 12)),
		ngBlock(le, 0x0bad, bytes.Repeat([]byte{1}, 200<<10)), // nothing known, and larger than any packet
		simple(le, p[0]),
		ngSection(be), ngBlock(be, blockSecrets, []byte("ESPS"), be.AppendUint32(nil, 5), []byte("key 1")),
		ngInterfaceOf(be, LinkEthernet), ngInterfaceOf(be, LinkRaw),
		obsolete(be, p[2]),
		ngBlock(be, blockSecrets, []byte("TLSK"), be.AppendUint32(nil, 5), []byte("other")),
		ngPacketOf(be, 0, micro(&eth), &eth),
	)
	src, err := Open([]string{fileOf(t, "x.pcapng", file)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	first := *p[0]
	first.Time = eth.Time // a simple packet has the time of the one before
	got := drain(t, src)
	checkPackets(t, got, []*Packet{&eth, &first, p[2], &eth})
	if c := strings.Join(got[0].Comments, ","); c != "one,two" || got[1].Comments != nil {
		t.Errorf("comments %q, %q", c, got[1].Comments)
	}
	secrets, beyond := src.SecretBlocks()
	if len(secrets) != 2 || string(secrets[0].Data) != "key 1" || secrets[0].Type != SecretESP || string(secrets[1].Data) != "other" || beyond != 0 {
		t.Errorf("secrets: %v, %d more", secrets, beyond)
	}
	if s := fmt.Sprintf("%v %+v %#v", secrets, secrets, secrets); strings.Contains(s, "key 1") {
		t.Errorf("printed: %s", s)
	}
	if cuts := src.Cuts(); len(cuts) != 0 {
		t.Error(cuts)
	}
}

// TestSecretBlockClaim has a block that claims more secrets than it holds.
func TestSecretBlockClaim(t *testing.T) {
	le := binary.LittleEndian
	file := cat(ngSection(le), ngBlock(le, blockSecrets, []byte("SPSE"), le.AppendUint32(nil, 1<<31), []byte("key")))
	src, err := Open([]string{fileOf(t, "x", file)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if got, beyond := src.SecretBlocks(); len(got) != 0 || beyond != 0 {
		t.Error(got, beyond)
	}
	if drain(t, src); len(src.Cuts()) != 1 || src.Cuts()[0].Offset != 28 {
		t.Error(src.Cuts())
	}
}

// TestPcapngOptionsTooLong has an option that runs past its block: the packet is read all the same.
func TestPcapngOptionsTooLong(t *testing.T) {
	le := binary.LittleEndian
	p := samplePackets()[0]
	long := ngOption(le, optComment, []byte("abcd"))
	long[2] = 200
	got, cuts := readAll(t, fileOf(t, "x", cat(ngSection(le), ngInterfaceOf(le, LinkRaw, long),
		ngPacketOf(le, 0, uint64(p.Time.UnixMicro()), p, long), ngPacketOf(le, 0, uint64(p.Time.UnixMicro()), p))))
	checkPackets(t, got, []*Packet{p, p})
	if len(cuts) != 0 {
		t.Error(cuts)
	}
}

// TestWriteSecrets writes secrets of all types, which stand in front of the packets and are the same when read.
func TestWriteSecrets(t *testing.T) {
	blocks := []SecretBlock{
		{Type: SecretESP, Data: []byte("\"IPv4\"\n")}, {Type: 0x544c534b, Data: []byte("CLIENT_RANDOM 00 11\n")}, {Type: 0x57474b4c, Data: []byte{0, 1, 2, 255}},
		{Type: 0x5a4e574b, Data: nil}, {Type: 0x544c534b, Data: bytes.Repeat([]byte("x"), writeBuffer+1)},
	}
	for _, notes := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "x.pcapng")
		w, err := Create(path, WriterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if notes {
			w.Reserve(100)
			w.Note("before")
		}
		for _, b := range blocks {
			if !w.Secret(b) {
				t.Errorf("no place for %v", b)
			}
		}
		packets := samplePackets()
		for _, p := range packets {
			if err := w.Write(p, p.Data, ""); err != nil {
				t.Fatal(err)
			}
		}
		if w.Secret(blocks[0]) {
			t.Error("a secret behind the packets")
		}
		if notes {
			w.Note("after")
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		src, err := Open([]string{path}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		got, _ := src.SecretBlocks()
		if len(got) != len(blocks) {
			t.Fatalf("%d blocks, want %d", len(got), len(blocks))
		}
		for i, b := range got {
			if b.Type != blocks[i].Type || !bytes.Equal(b.Data, blocks[i].Data) {
				t.Errorf("block %d: %v, want %v", i, b, blocks[i])
			}
		}
		checkPackets(t, drain(t, src), packets)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.LastIndex(data, []byte("xxxx")) > bytes.Index(data, packets[0].Data) {
			t.Error("the secrets are behind the packets that they are for")
		}
	}
	w, err := Create(filepath.Join(t.TempDir(), "x.pcap"), WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if w.Secret(blocks[0]) {
		t.Error("pcap has a place for secrets")
	}
}
