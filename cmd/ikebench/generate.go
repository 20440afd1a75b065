package main

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// A suite is a pair of algorithms that is measured, by the names of the key log.
type suite struct {
	name, cipher, mac string
	bits              int
	wireshark         [2]string
	tcpdump           string // "" where tcpdump has no name for it
	vxlan             bool   // each packet is wrapped in VXLAN
}

var suites = []suite{
	{"AES-CBC+SHA1", "aes-cbc", "hmac-sha1-96", 128, [2]string{"AES-CBC [RFC3602]", "HMAC-SHA-1-96 [RFC2404]"}, "aes128-cbc-hmac96", false},
	{"AES-CBC+SHA256", "aes-cbc", "hmac-sha2-256-128", 128, [2]string{"AES-CBC [RFC3602]", "HMAC-SHA-256-128 [RFC4868]"}, "", false},
	{"AES-GCM", "aes-gcm-16", "", 128, [2]string{"AES-GCM with 16 octet ICV [RFC4106]", "NULL"}, "", false},
	{"NULL+SHA1", "null", "hmac-sha1-96", 0, [2]string{"NULL", "HMAC-SHA-1-96 [RFC2404]"}, "", false},
	{"AES-GCM in VXLAN", "aes-gcm-16", "", 128, [2]string{"AES-GCM with 16 octet ICV [RFC4106]", "NULL"}, "", true},
}

func suiteByName(name string) (suite, error) {
	for _, s := range suites {
		if s.name == name {
			return s, nil
		}
	}
	return suite{}, fmt.Errorf("no suite %q", name)
}

// sizes are those of IMIX: seven small packets to four middle ones and a large one, of IP.
var sizes = []int{64, 576, 64, 64, 576, 64, 1400, 64, 576, 64, 64, 576}

// configDir is the Wireshark configuration that tshark gets: the keys of the capture.
var configDir string

// A generated is a capture with its keys in each program's form.
type generated struct {
	pcap, keys, tcpdump, config string
	bytes                       int64
}

func (g generated) remove() {
	for _, f := range []string{g.pcap, g.keys, g.tcpdump} {
		os.Remove(f)
	}
	os.RemoveAll(g.config)
}

// An encoder makes the ESP packets of one SA.
type encoder struct {
	spi, seq  uint32
	key, auth []byte
	block     cipher.BlockMode
	setIV     func([]byte)
	aead      cipher.AEAD
	mac       hash.Hash
	icv       int
	iv        []byte
}

// keyOf makes the keys of an SA from its SPI, so that the floor can make the same.
func keyOf(spi uint32, n int, what byte) []byte {
	b := make([]byte, n)
	seed := [32]byte{what}
	binary.BigEndian.PutUint32(seed[1:], spi)
	rand.NewChaCha8(seed).Read(b)
	return b
}

func (s suite) newEncoder(spi uint32) (*encoder, error) {
	c := alg.CipherByKeyLog(s.cipher)
	if c == nil {
		return nil, fmt.Errorf("no cipher %s", s.cipher)
	}
	e := &encoder{spi: spi, key: keyOf(spi, s.bits/8+c.SaltLen, 'e'), iv: make([]byte, c.IVLen)}
	var err error
	switch {
	case c.AEAD:
		e.aead, err = c.NewAEAD(e.key[:len(e.key)-c.SaltLen])
	case c.NewBlock != nil:
		var b cipher.Block
		if b, err = c.NewBlock(e.key); err == nil {
			mode := cipher.NewCBCEncrypter(b, make([]byte, b.BlockSize()))
			e.block, e.setIV = mode, mode.(interface{ SetIV([]byte) }).SetIV
		}
	}
	if m := alg.MACByKeyLog(s.mac); err == nil && m != nil {
		e.auth = keyOf(spi, m.KeyLen, 'a')
		e.mac, e.icv = m.New(e.auth), m.ICVLen
	}
	return e, err
}

// encode appends the ESP packet around an inner packet.
func (e *encoder) encode(dst, inner []byte) []byte {
	e.seq++
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, e.spi)
	dst = binary.BigEndian.AppendUint32(dst, e.seq)
	if len(e.iv) > 0 {
		binary.BigEndian.PutUint64(e.iv[len(e.iv)-8:], uint64(e.seq)*0x9e3779b97f4a7c15)
		dst = append(dst, e.iv...)
	}
	body := len(dst)
	dst = append(dst, inner...)
	align := 4
	if e.block != nil {
		align = e.block.BlockSize()
	}
	pad := (align - (len(inner)+2)%align) % align
	for i := range pad {
		dst = append(dst, byte(i+1))
	}
	dst = append(dst, byte(pad), 4)
	switch {
	case e.block != nil:
		e.setIV(e.iv)
		e.block.CryptBlocks(dst[body:], dst[body:])
	case e.aead != nil:
		nonce := append(append([]byte(nil), e.key[len(e.key)-4:]...), e.iv...)
		dst = e.aead.Seal(dst[:body], nonce, dst[body:], dst[start:start+8])
	}
	if e.mac != nil {
		e.mac.Reset()
		e.mac.Write(dst[start:])
		dst = append(dst, e.mac.Sum(nil)[:e.icv]...)
	}
	return dst
}

var le = binary.LittleEndian

// pcapHeader is that of a pcap file with Ethernet and microseconds.
func pcapHeader() []byte {
	h := make([]byte, 24)
	le.PutUint32(h, 0xa1b2c3d4)
	le.PutUint16(h[4:], 2)
	le.PutUint16(h[6:], 4)
	le.PutUint32(h[16:], 262144)
	le.PutUint32(h[20:], 1)
	return h
}

// ethernet and the outer IPv4 header, lengths and checksum to be set.
var outerHeader = []byte{
	2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
	0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 50, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
}

// vxlanHeader is what VXLAN puts around a frame (RFC 7348), lengths and checksum to be set.
var vxlanHeader = []byte{
	2, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 3, 8, 0,
	0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 198, 51, 100, 1, 198, 51, 100, 2,
	0xc0, 0, 0x12, 0xb5, 0, 0, 0, 0, // UDP
	8, 0, 0, 0, 0, 0, 42, 0,
}

// setIPv4 sets length, identification and checksum of an IPv4 packet.
func setIPv4(ip []byte, id uint16) {
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
	binary.BigEndian.PutUint16(ip[4:], id)
	binary.BigEndian.PutUint16(ip[10:], checksum(ip[:20]))
}

// innerPacket fills b with an IPv4 and UDP packet.
func innerPacket(b []byte, id uint16) {
	copy(b, []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 0, 10, 10, 2, 0, 10, 0x13, 0x88, 0x13, 0x89})
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[10:], 0)
	binary.BigEndian.PutUint16(b[10:], checksum(b[:20]))
	binary.BigEndian.PutUint16(b[24:], uint16(len(b)-20))
	b[26], b[27] = 0, 0
}

func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// A traffic is the packets of a suite, spread over some SAs, which may go on from file to file.
type traffic struct {
	suite    suite
	encoders []*encoder
	rate     int // packets a second
	n        int // packets so far
	inner    []byte
}

// newTraffic makes the SAs, whose SPIs follow each other.
func newTraffic(s suite, spi uint32, sas int) (*traffic, error) {
	t := &traffic{suite: s, rate: 100_000, inner: make([]byte, 1500)}
	for i := range sas {
		e, err := s.newEncoder(spi + uint32(i))
		if err != nil {
			return nil, err
		}
		t.encoders = append(t.encoders, e)
	}
	rand.NewChaCha8([32]byte{1}).Read(t.inner)
	return t, nil
}

// write writes the next n packets as a pcap file.
func (t *traffic) write(w io.Writer, n int) error {
	buf := bufio.NewWriterSize(w, 1<<20)
	if _, err := buf.Write(pcapHeader()); err != nil {
		return err
	}
	frame, rec := make([]byte, 0, 2048), make([]byte, 16)
	for range n {
		i := t.n
		t.n++
		p := t.inner[:sizes[i%len(sizes)]]
		innerPacket(p, uint16(i))
		frame = frame[:0]
		if t.suite.vxlan {
			frame = append(frame, vxlanHeader...)
		}
		frame = append(frame, outerHeader...)
		frame = t.encoders[i%len(t.encoders)].encode(frame, p)
		if t.suite.vxlan {
			setIPv4(frame[14:], uint16(i))
			binary.BigEndian.PutUint16(frame[14+20+4:], uint16(len(frame)-14-20))
			setIPv4(frame[len(vxlanHeader)+14:], uint16(i))
		} else {
			setIPv4(frame[14:], uint16(i))
		}
		le.PutUint32(rec, uint32(1_700_000_000+i/t.rate))
		le.PutUint32(rec[4:], uint32(i%t.rate*(1_000_000/t.rate)))
		le.PutUint32(rec[8:], uint32(len(frame)))
		le.PutUint32(rec[12:], uint32(len(frame)))
		buf.Write(rec)
		if _, err := buf.Write(frame); err != nil {
			return err
		}
	}
	return buf.Flush()
}

// firstSPI is that of the first SA of a capture.
const firstSPI = 0x10000

// writePackets writes n packets of a suite, spread over some SAs, as a pcap file.
func writePackets(w io.Writer, s suite, n, sas int) error {
	t, err := newTraffic(s, firstSPI, sas)
	if err != nil {
		return err
	}
	return t.write(w, n)
}

// generate writes the capture of a suite and the keys for each program.
func generate(o options, s suite) (generated, error) {
	g := generated{
		pcap: filepath.Join(o.dir, "wire.pcap"), keys: filepath.Join(o.dir, "keys.log"),
		tcpdump: filepath.Join(o.dir, "tcpdump.keys"), config: filepath.Join(o.dir, "wireshark"),
	}
	f, err := os.Create(g.pcap)
	if err != nil {
		return g, err
	}
	defer f.Close()
	if err := writePackets(f, s, o.packets, o.sas); err != nil {
		return g, err
	}
	info, err := f.Stat()
	if err != nil {
		return g, err
	}
	g.bytes = info.Size()
	return g, g.writeKeys(o, s)
}

func (g generated) writeKeys(o options, s suite) error {
	var log, dump, table bytes.Buffer
	for i := range o.sas {
		e, err := s.newEncoder(firstSPI + uint32(i))
		if err != nil {
			return err
		}
		log.WriteString(e.keyLog(s))
		fmt.Fprintf(&dump, "0x%x@192.0.2.2 %s:0x%x\n", e.spi, s.tcpdump, e.key)
		fmt.Fprintf(&table, "\"IPv4\",\"192.0.2.1\",\"192.0.2.2\",\"0x%08x\",\"%s\",\"%s\",\"%s\",\"%s\"\n",
			e.spi, s.wireshark[0], hexOrNone(e.key), s.wireshark[1], hexOrNone(e.auth))
	}
	configDir = g.config
	if err := os.MkdirAll(g.config, 0o755); err != nil {
		return err
	}
	for path, b := range map[string]*bytes.Buffer{g.keys: &log, g.tcpdump: &dump, filepath.Join(g.config, "esp_sa"): &table} {
		// For all to read: tcpdump gives up being root before it opens its file, and the keys protect nothing.
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// keyLog is the line of an SA in the key log.
func (e *encoder) keyLog(s suite) string {
	name, mac := s.cipher, ""
	if len(e.key) > 0 {
		name += fmt.Sprintf(":0x%x", e.key)
	}
	if e.auth != nil {
		mac = fmt.Sprintf(" %s:0x%x", s.mac, e.auth)
	}
	return fmt.Sprintf("ESP_SA 192.0.2.1>192.0.2.2:0x%08x %s%s tunnel\n", e.spi, name, mac)
}

func hexOrNone(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return fmt.Sprintf("0x%x", b)
}

type options struct {
	packets, runs, sas     int
	dir, only              string
	peers, quick, schedule bool
	big, many              int
	archive, profile       string
	files                  int
	linear, memory         int
	huge                   int
	maxMemory              string
}
