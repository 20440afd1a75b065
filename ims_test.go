package ikedecode_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// An imsPhone makes the packets of a phone that registers with its P-CSCF over IPsec (3GPP TS 33.203), with nothing of the code under test.
type imsPhone struct {
	ue, pcscf string
	alg, ealg string
	tcp       bool   // SIP goes over TCP, in segments of 500 bytes
	nat       bool   // ESP in UDP, tunnel mode
	gtp       bool   // all is in GTP-U
	offered   string // of Security-Client, before the mechanism chosen
	answered  string // of Security-Server, behind it

	ck, ik  []byte
	spis    [4]uint32 // uc, us, pc, ps
	seq     map[uint32]uint32
	tcpSeq  map[[2]uint16]uint32
	packets [][]byte
	bodies  int // SIP messages inside ESP
}

const (
	phoneClient, phoneServer = 31800, 31900
	proxyClient, proxyServer = 5062, 5063
)

// keys gives the phone what one challenge gives it.
func (p *imsPhone) keys(n byte) {
	p.ck, p.ik = bytes.Repeat([]byte{0xa0 + n}, 16), bytes.Repeat([]byte{0x10 + n}, 16)
	p.ck[15], p.ik[15] = 0x17, 0x2b
	for i := range p.spis {
		p.spis[i] = 1000000*uint32(n+1) + 1111*uint32(i)
	}
	if p.seq == nil {
		p.tcpSeq = make(map[[2]uint16]uint32)
	}
	p.seq = make(map[uint32]uint32)
}

func (p *imsPhone) mechanism(c, s uint32, portC, portS int) string {
	mode := "trans"
	if p.nat {
		mode = "UDP-enc-tun"
	}
	return fmt.Sprintf("ipsec-3gpp;alg=%s;ealg=%s;mod=%s;prot=esp;spi-c=%d;spi-s=%d;port-c=%d;port-s=%d", p.alg, p.ealg, mode, c, s, portC, portS)
}

func (p *imsPhone) register(cseq int) string {
	return fmt.Sprintf("REGISTER sip:ims.example.org SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060\r\nCall-ID: call-1\r\nCSeq: %d REGISTER\r\nSupported: %s\r\nsecurity-client: %s\r\nContent-Length: 0\r\n\r\n",
		p.ue, cseq, strings.Repeat("x", 900), p.offered+p.mechanism(p.spis[0], p.spis[1], phoneClient, phoneServer))
}

func (p *imsPhone) challenge(cseq int) string {
	return fmt.Sprintf("SIP/2.0 401 Unauthorized\r\nCall-ID: call-1\r\nCSeq: %d REGISTER\r\nWWW-Authenticate: Digest realm=\"ims.example.org\", nonce=\"AAE=\"\r\nSecurity-Server: %s%s\r\nContent-Length: 0\r\n\r\n",
		cseq, p.mechanism(p.spis[2], p.spis[3], proxyClient, proxyServer), p.answered)
}

// run registers, answers the challenge inside ESP, and calls.
func (p *imsPhone) run() {
	p.keys(0)
	p.clear(true, p.register(1))
	p.clear(false, p.challenge(1))
	p.talk()
}

// talk sends a message on each of the four SAs.
func (p *imsPhone) talk() {
	p.inside(true, p.spis[3], phoneClient, proxyServer, p.register(2))
	p.inside(false, p.spis[0], proxyServer, phoneClient, "SIP/2.0 200 OK\r\nCall-ID: call-1\r\nCSeq: 2 REGISTER\r\nContent-Length: 0\r\n\r\n")
	p.inside(false, p.spis[1], proxyClient, phoneServer, "OPTIONS sip:ue SIP/2.0\r\nContent-Length: 0\r\n\r\n")
	p.inside(true, p.spis[2], phoneServer, proxyClient, "SIP/2.0 200 OK\r\nCSeq: 9 OPTIONS\r\nContent-Length: 0\r\n\r\n")
}

// again registers anew over the SAs that there are, which the new ones replace.
func (p *imsPhone) again(n byte) {
	old := *p
	p.keys(n)
	old.inside(true, old.spis[3], phoneClient, proxyServer, p.register(3))
	old.inside(false, old.spis[0], proxyServer, phoneClient, p.challenge(3))
	p.packets, p.bodies = old.packets, old.bodies
	p.talk()
}

func (p *imsPhone) hosts(up bool) (src, dst string) {
	if up {
		return p.ue, p.pcscf
	}
	return p.pcscf, p.ue
}

// upper are the segments or the datagram of a SIP message.
func (p *imsPhone) upper(src, dst uint16, text string) (list [][]byte, proto byte) {
	if !p.tcp {
		return [][]byte{imsUDP(src, dst, []byte(text))}, 17
	}
	const size = 500
	for part := range slices.Chunk([]byte(text), size) {
		seq := p.tcpSeq[[2]uint16{src, dst}]
		p.tcpSeq[[2]uint16{src, dst}] += uint32(len(part))
		h := binary.BigEndian.AppendUint16(nil, src)
		h = binary.BigEndian.AppendUint16(h, dst)
		h = binary.BigEndian.AppendUint32(h, seq)
		list = append(list, append(append(h, 0, 0, 0, 0, 0x50, 0x18, 1, 0, 0, 0, 0, 0), part...))
	}
	return list, 6
}

func (p *imsPhone) clear(up bool, text string) {
	src, dst := p.hosts(up)
	list, proto := p.upper(5060, 5060, text)
	for _, body := range list {
		p.packets = append(p.packets, imsIP(src, dst, proto, body))
	}
}

func (p *imsPhone) inside(up bool, spi uint32, srcPort, dstPort uint16, text string) {
	src, dst := p.hosts(up)
	list, next := p.upper(srcPort, dstPort, text)
	for _, body := range list {
		next := next
		if p.nat {
			body, next = imsIP(src, dst, next, body), 4
			if strings.Contains(src, ":") {
				next = 41
			}
		}
		p.seq[spi]++
		sealed := p.seal(spi, next, body)
		if p.nat {
			p.packets = append(p.packets, imsIP(src, dst, 17, imsUDP(4500, 4500, sealed)))
			continue
		}
		p.packets = append(p.packets, imsIP(src, dst, 50, sealed))
	}
	p.bodies += len(list)
}

// seal makes an ESP packet (RFC 4303), its keys expanded by TS 33.203, annex I.
func (p *imsPhone) seal(spi uint32, next byte, data []byte) []byte {
	head := binary.BigEndian.AppendUint32(nil, spi)
	head = binary.BigEndian.AppendUint32(head, p.seq[spi])
	block := map[string]int{"aes-cbc": 16, "des-ede3-cbc": 8}[p.ealg]
	if block == 0 {
		block = 4
	}
	pt := bytes.Clone(data)
	for n := byte(1); (len(pt)+2)%block != 0; n++ {
		pt = append(pt, n)
	}
	pt = append(pt, byte(len(pt)-len(data)), next)
	kdf := func(s string) []byte {
		h := hmac.New(sha256.New, append(bytes.Clone(p.ck), p.ik...))
		h.Write(append([]byte(s), 0, byte(len(s)-1)))
		return h.Sum(nil)[28:]
	}
	iv := bytes.Repeat([]byte{byte(p.seq[spi])}, 16)
	gcm := func(key, salt, plain, ad []byte) []byte {
		b, _ := aes.NewCipher(key)
		g, _ := cipher.NewGCM(b)
		return g.Seal(nil, append(bytes.Clone(salt), iv[:8]...), plain, ad)
	}
	body := head
	switch {
	case p.alg == "aes-gmac":
		return slices.Concat(head, iv[:8], pt, gcm(p.ik, kdf("\x58AES_GMAC_SALT"), nil, slices.Concat(head, iv[:8], pt)))
	case p.ealg == "aes-gcm":
		return slices.Concat(head, iv[:8], gcm(p.ck, kdf("\x59AES_GCM_SALT"), pt, head))
	case p.ealg == "aes-cbc":
		b, _ := aes.NewCipher(p.ck)
		cipher.NewCBCEncrypter(b, iv).CryptBlocks(pt, pt)
		body = slices.Concat(head, iv, pt)
	case p.ealg == "des-ede3-cbc":
		b, _ := des.NewTripleDESCipher(slices.Concat(p.ck, p.ck[:8]))
		cipher.NewCBCEncrypter(b, iv[:8]).CryptBlocks(pt, pt)
		body = slices.Concat(head, iv[:8], pt)
	default:
		body = append(body, pt...)
	}
	var h hash.Hash
	if p.alg == "hmac-md5-96" {
		h = hmac.New(md5.New, p.ik)
	} else {
		h = hmac.New(sha1.New, append(bytes.Clone(p.ik), 0, 0, 0, 0))
	}
	h.Write(body)
	return append(body, h.Sum(nil)[:12]...)
}

// capture writes the packets as a file, those that are too long for a frame in fragments.
func (p *imsPhone) capture(t *testing.T) string {
	t.Helper()
	var list []*capture.Packet
	at := time.Unix(1700000000, 0)
	for i, b := range p.packets {
		if p.gtp {
			h := append([]byte{0x30, 0xff}, binary.BigEndian.AppendUint16(nil, uint16(len(b)))...)
			b = imsIP("198.51.100.1", "198.51.100.2", 17, imsUDP(2152, 2152, append(append(h, 0, 0, 0, 7), b...)))
		}
		for _, b := range imsFragments(b, i) {
			at = at.Add(50 * time.Millisecond)
			list = append(list, &capture.Packet{Link: 101, Data: b, OrigLen: len(b), Time: at})
		}
	}
	return writePackets(t, list)
}

func imsUDP(src, dst uint16, data []byte) []byte {
	h := binary.BigEndian.AppendUint16(nil, src)
	h = binary.BigEndian.AppendUint16(h, dst)
	h = binary.BigEndian.AppendUint16(h, uint16(8+len(data)))
	return append(append(h, 0, 0), data...)
}

func imsIP(src, dst string, proto byte, body []byte) []byte {
	s, d := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	if s.Is6() {
		h := append([]byte{0x60, 0, 0, 0}, binary.BigEndian.AppendUint16(nil, uint16(len(body)))...)
		h = append(h, proto, 64)
		return slices.Concat(h, s.AsSlice(), d.AsSlice(), body)
	}
	h := append([]byte{0x45, 0}, binary.BigEndian.AppendUint16(nil, uint16(20+len(body)))...)
	h = append(h, 0, 0, 0, 0, 64, proto, 0, 0)
	h = slices.Concat(h, s.AsSlice(), d.AsSlice())
	imsChecksum(h)
	return append(h, body...)
}

func imsChecksum(h []byte) {
	h[10], h[11] = 0, 0
	var sum uint32
	for i := 0; i < len(h); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(h[i:]))
	}
	sum = sum>>16 + sum&0xffff
	binary.BigEndian.PutUint16(h[10:], ^uint16(sum+sum>>16))
}

// imsFragments cuts an IPv4 packet that is too long for a path in two.
func imsFragments(b []byte, id int) [][]byte {
	const first = 1200
	if b[0]>>4 != 4 || len(b) <= first+20 {
		return [][]byte{b}
	}
	h := bytes.Clone(b[:20])
	binary.BigEndian.PutUint16(h[4:], uint16(id+1))
	one, two := bytes.Clone(h), h
	binary.BigEndian.PutUint16(one[2:], 20+first)
	one[6] = 0x20
	binary.BigEndian.PutUint16(two[2:], uint16(len(b)-first))
	binary.BigEndian.PutUint16(two[6:], first/8)
	imsChecksum(one)
	imsChecksum(two)
	return [][]byte{append(one, b[20:20+first]...), append(two, b[20+first:]...)}
}

// akaLog is a key log of some keys.
func akaLog(t *testing.T, lines ...string) *secret.Bag {
	t.Helper()
	bag, err := source.Read("aka.keylog", []byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return bag
}

func akaLine(kind string, key []byte) string { return fmt.Sprintf("%s - 0x%x", kind, key) }

// TestIMS decrypts registrations of all algorithms and kinds by CK and IK alone.
func TestIMS(t *testing.T) {
	const ue4, pcscf4, ue6, pcscf6 = "10.45.0.2", "172.22.0.21", "2001:db8:45::2", "2001:db8:22::21"
	other := func(p imsPhone) string { return p.mechanism(77777, 88888, 1, 2) + ", " }
	for _, tt := range []struct {
		name  string
		phone imsPhone
		again bool
	}{
		{"MD5 and AES", imsPhone{alg: "hmac-md5-96", ealg: "aes-cbc"}, false},
		{"MD5 and NULL", imsPhone{alg: "hmac-md5-96", ealg: "null"}, false},
		{"SHA-1 and 3DES", imsPhone{alg: "hmac-sha-1-96", ealg: "des-ede3-cbc"}, false},
		{"SHA-1 and NULL, IPv6", imsPhone{ue: ue6, pcscf: pcscf6, alg: "hmac-sha-1-96", ealg: "null"}, false},
		{"AES-GCM", imsPhone{alg: "null", ealg: "aes-gcm"}, false},
		{"AES-GMAC, IPv6", imsPhone{ue: ue6, pcscf: pcscf6, alg: "aes-gmac", ealg: "null"}, false},
		{"TCP", imsPhone{alg: "hmac-sha-1-96", ealg: "aes-cbc", tcp: true}, false},
		{"TCP, IPv6, GTP-U, again", imsPhone{ue: ue6, pcscf: pcscf6, alg: "hmac-md5-96", ealg: "aes-cbc", tcp: true, gtp: true}, true},
		{"GTP-U", imsPhone{alg: "hmac-sha-1-96", ealg: "aes-cbc", gtp: true}, false},
		{"NAT", imsPhone{alg: "hmac-sha-1-96", ealg: "aes-cbc", nat: true}, false},
		{"NAT, 3DES, IPv6", imsPhone{ue: ue6, pcscf: pcscf6, alg: "hmac-md5-96", ealg: "des-ede3-cbc", nat: true}, true},
		{"registered again", imsPhone{alg: "hmac-sha-1-96", ealg: "aes-cbc"}, true},
		{"NULL, registered again", imsPhone{alg: "hmac-sha-1-96", ealg: "null"}, true},
		{"several mechanisms", imsPhone{alg: "hmac-sha-1-96", ealg: "des-ede3-cbc", offered: "tls;q=0.1, " + other(imsPhone{alg: "hmac-md5-96", ealg: "null"}),
			answered: ", tls;q=0.9, " + other(imsPhone{alg: "hmac-md5-96", ealg: "aes-cbc"})}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.phone
			if p.ue == "" {
				p.ue, p.pcscf = ue4, pcscf4
			}
			p.answered = strings.TrimSuffix(p.answered, ", ")
			p.run()
			lines := []string{akaLine("AKA_IK", bytes.Repeat([]byte{9}, 16)), akaLine("AKA_IK", p.ik), akaLine("AKA_CK", bytes.Repeat([]byte{8}, 16)), akaLine("AKA_CK", p.ck)}
			if tt.again {
				p.again(3)
				lines = append(lines, akaLine("AKA_CK", p.ck), akaLine("AKA_IK", p.ik))
			}
			wire := p.capture(t)
			s := analyze(t, akaLog(t, lines...), wire)
			if c := s.Counts; c.ESP != p.bodies || c.Opened != p.bodies || c.Unverified != 0 {
				t.Errorf("%d packets of ESP: %+v", p.bodies, c)
			}
			want := 1
			if tt.again {
				want = 2
			}
			if len(s.IMS) != want {
				t.Fatalf("%d registrations", len(s.IMS))
			}
			for _, r := range s.IMS {
				if len(r.Proved) == 0 || r.Request == 0 || r.Challenge == 0 {
					t.Errorf("%+v", r)
				}
			}
			n := 0
			for _, x := range s.Bag.Secrets {
				for _, r := range s.IMS {
					if r.Uses(&x) {
						n++
					}
				}
			}
			if wantUsed := want * (2 - boolToInt(p.ealg == "null" && p.alg != "aes-gmac")); n != wantUsed {
				t.Errorf("%d of the keys are used, not %d", n, wantUsed)
			}
			again := analyze(t, keyLogOf(t, s.Session), wire)
			if again.Counts.Opened != p.bodies {
				t.Errorf("with the key log of the SAs: %+v", again.Counts)
			}
		})
	}
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// keyLogOf writes what a session knows as a key log, and reads it.
func keyLogOf(t *testing.T, s *ikedecode.Session) *secret.Bag {
	t.Helper()
	var b bytes.Buffer
	if err := secret.WriteKeyLog(&b, s.KeyLog(false)); err != nil {
		t.Fatal(err)
	}
	bag, err := source.Read("sas.keylog", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return bag
}

// TestIMSWithoutKeys names the registration of packets that stay encrypted, and reads those that are not.
func TestIMSWithoutKeys(t *testing.T) {
	for _, tt := range []struct {
		ealg   string
		opened bool
	}{{"aes-cbc", false}, {"null", true}} {
		p := imsPhone{ue: "10.45.0.2", pcscf: "172.22.0.21", alg: "hmac-sha-1-96", ealg: tt.ealg}
		p.run()
		p.again(5)
		s := analyze(t, nil, p.capture(t))
		switch {
		case tt.opened && (s.Counts.Opened != p.bodies || s.Counts.Unverified != p.bodies || len(s.IMS) != 2 || len(s.IMS[1].Proved) > 0):
			t.Errorf("%s: %+v", tt.ealg, s.Counts)
		case !tt.opened && (s.Counts.Opened != 0 || len(s.Unknown) == 0):
			t.Errorf("%s: %+v", tt.ealg, s.Counts)
		}
		named := 0
		for _, u := range s.Unknown {
			if r := s.IMSOf(u.SPI, u.Dst); r != nil {
				named++
				if len(r.Suites) != 1 || r.Suites[0].Cipher.Name != "AES-CBC" || r.SetUpBy() != "IMS registration in frames 1 and 2" {
					t.Errorf("%+v, %s", r, r.SetUpBy())
				}
			}
		}
		if !tt.opened && named != 4 {
			t.Errorf("%d flows are named", named)
		}
	}
}

// TestIMSWrongKeys has one wrong key of two, or an IK alone.
func TestIMSWrongKeys(t *testing.T) {
	for _, tt := range []struct {
		name, ealg string
		edit       func(ck, ik []byte)
		opened     bool
		bad        func(ikedecode.Counts) int
	}{
		{"CK", "aes-cbc", func(ck, _ []byte) { ck[3] ^= 1 }, false, func(c ikedecode.Counts) int { return c.BadContent }},
		{"IK", "aes-cbc", func(_, ik []byte) { ik[3] ^= 1 }, false, func(c ikedecode.Counts) int { return c.BadICV }},
		{"IK of NULL", "null", func(_, ik []byte) { ik[3] ^= 1 }, true, func(c ikedecode.Counts) int { return c.Unverified }},
	} {
		p := imsPhone{ue: "10.45.0.2", pcscf: "172.22.0.21", alg: "hmac-sha-1-96", ealg: tt.ealg}
		p.run()
		ck, ik := bytes.Clone(p.ck), bytes.Clone(p.ik)
		tt.edit(ck, ik)
		s := analyze(t, akaLog(t, akaLine("AKA_CK", ck), akaLine("AKA_IK", ik)), p.capture(t))
		if got := s.Counts.Opened == p.bodies; got != tt.opened || tt.bad(s.Counts) != p.bodies {
			t.Errorf("wrong %s: %+v", tt.name, s.Counts)
		}
	}
}

// TestIMSOthersKeys has two phones, and the keys of one.
func TestIMSOthersKeys(t *testing.T) {
	p := imsPhone{ue: "10.45.0.2", pcscf: "172.22.0.21", alg: "hmac-sha-1-96", ealg: "aes-cbc"}
	p.run()
	other := imsPhone{ue: "10.45.0.3", pcscf: "172.22.0.21", alg: "hmac-sha-1-96", ealg: "aes-cbc"}
	other.keys(7)
	other.clear(true, other.register(1))
	other.clear(false, other.challenge(1))
	other.talk()
	p.packets = append(p.packets, other.packets...)
	s := analyze(t, akaLog(t, akaLine("AKA_CK", p.ck), akaLine("AKA_IK", p.ik)), p.capture(t))
	if s.Counts.Opened != p.bodies || s.Counts.NoSA != other.bodies || len(s.IMS) != 2 || s.IMS[0].Refuted || !s.IMS[1].Refuted {
		t.Errorf("%+v", s.Counts)
	}
}

// TestIMSKeysInCapture takes CK and IK from the challenge as the S-CSCF sends it to the P-CSCF.
func TestIMSKeysInCapture(t *testing.T) {
	p := imsPhone{ue: "10.45.0.2", pcscf: "172.22.0.21", alg: "hmac-sha-1-96", ealg: "aes-cbc"}
	p.run()
	text := strings.Replace(p.challenge(1), `nonce="AAE="`, fmt.Sprintf(`nonce="AAE=", ck="%x", ik="%x"`, p.ck, p.ik), 1)
	text = text[:strings.Index(text, "Security-Server")] + "\r\n"
	between := imsIP("172.22.0.20", "172.22.0.21", 17, imsUDP(6060, 5060, []byte(text)))
	p.packets = slices.Insert(p.packets, 1, between)
	s := analyze(t, nil, p.capture(t))
	if s.Counts.Opened != p.bodies || s.Counts.Unverified != 0 || len(s.Bag.Secrets) != 2 || s.Bag.Secrets[0].Origin.String() != "SIP 401 in frame 2" {
		t.Errorf("%+v %v", s.Counts, s.Bag.Secrets)
	}
}

// TestIMSFile decrypts the registration of another generator.
func TestIMSFile(t *testing.T) {
	dir := filepath.Join("testdata", "ims")
	s := analyze(t, readBag(t, filepath.Join(dir, "aka.keylog")), filepath.Join(dir, "wire.pcap"))
	if c := s.Counts; c.ESP != 6 || c.Opened != 6 || c.Unverified != 0 || !s.Complete() {
		t.Errorf("%+v", c)
	}
	var want []byte
	for _, p := range readPackets(t, filepath.Join(dir, "clear.pcap")) {
		want = append(want, p.Data[20:]...)
	}
	if !bytes.Equal(s.payload, want) {
		t.Errorf("%d bytes, want %d", len(s.payload), len(want))
	}
}

// TestIMSHostile has agreements that name the same SPIs again and again, and a table of keys that nothing uses.
func TestIMSHostile(t *testing.T) {
	p := imsPhone{ue: "10.45.0.2", pcscf: "172.22.0.21", alg: "hmac-sha-1-96", ealg: "aes-cbc"}
	p.keys(0)
	for i := range 300 {
		p.clear(true, p.register(10+i))
		p.clear(false, p.challenge(10+i))
	}
	p.talk()
	var lines []string
	for i := range 200 {
		key := bytes.Repeat([]byte{byte(i)}, 16)
		lines = append(lines, akaLine("AKA_CK", key), akaLine("AKA_IK", key))
	}
	wire := p.capture(t)
	if s := analyze(t, akaLog(t, lines...), wire); s.Counts.Opened != 0 {
		t.Errorf("%+v", s.Counts)
	}
	lines = append(lines, akaLine("AKA_IK", p.ik), akaLine("AKA_CK", p.ck))
	if s := analyze(t, akaLog(t, lines...), wire); s.Counts.Opened != p.bodies {
		t.Errorf("%+v", s.Counts)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	src, err := capture.Open([]string{wire}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if _, err := ikedecode.Analyze(ctx, src, nil, ikedecode.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
