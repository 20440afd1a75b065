package source

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

var (
	reRacoonLens   = pattern(`encklen=(\d+) authklen=(\d+)`)
	reRacoonAlg    = pattern(`(encryption|hmac)\(([a-z0-9_-]+)\)$`)
	reRacoonGetSPI = pattern(`GETSPI succeeded: (ESP|AH|IPCOMP)/(\w+) (\S+?)->(\S+?) spi=\d+\(0x([0-9a-f]+)\)`)
	reRacoonAddr   = pattern(`^\[?([0-9A-Fa-f.:]+)\]?(?:%\w+)?\[(\d+)\]$`)
)

// racoonSPI is what racoon says of an inbound SA when it gets the SPI for it.
type racoonSPI struct {
	src, dst  netip.Addr
	tunnel    bool
	transport bool
	udp       bool
}

// A racoonKeymat is one KEYMAT computation.
type racoonKeymat struct {
	line            int
	protocol        byte
	spi             uint32
	cipher, mac     string
	encLen, authLen int // bits
	lengths         bool
}

// seed takes [g(qm)^xy|]protocol|SPI|Ni_b|Nr_b (RFC 2409, section 5.5).
func (p *racoonParser) seed(b []byte) {
	at := 0
	if p.pending != nil && bytes.HasPrefix(b, p.pending.Value) {
		p.settle(true)
	} else {
		p.settle(false)
	}
	for _, s := range p.lately() {
		if s.Kind == secret.QMDHSecret && bytes.HasPrefix(b, s.Value) {
			at = len(s.Value)
		}
	}
	if len(b) < at+5 || b[at] < 2 || b[at] > 4 {
		p.warn(p.labelLine, "KEYMAT of an unknown protocol")
		return
	}
	p.keymat = &racoonKeymat{line: p.labelLine, protocol: b[at], spi: binary.BigEndian.Uint32(b[at+1:])}
}

// keymatLine notes the algorithms, which stand between the seed and the KEYMAT. The PRF is printed as "hmac(...)", too,
// so the last one before the lengths counts.
func (p *racoonParser) keymatLine(text string) {
	k := p.keymat
	if m := reRacoonLens.FindStringSubmatch(text); m != nil {
		k.encLen, _ = strconv.Atoi(m[1])
		k.authLen, _ = strconv.Atoi(m[2])
		k.lengths = true
		return
	}
	if m := reRacoonAlg.FindStringSubmatch(text); m != nil && !k.lengths {
		if m[1] == "encryption" {
			k.cipher = m[2]
		} else {
			k.mac = m[2]
		}
	}
}

// keymatDump cuts one KEYMAT into its keys. It is longer than needed.
func (p *racoonParser) keymatDump(b []byte) {
	k := p.keymat
	p.keymat = nil
	if k == nil || !k.lengths {
		return
	}
	enc, auth := k.encLen/8, k.authLen/8
	if k.protocol == 4 || enc < 0 || auth < 0 || len(b) < enc+auth {
		return
	}
	sa := esp.Params{Protocol: esp.ESP, SPI: k.spi}
	if k.protocol == 2 {
		sa.Protocol = esp.AH
	}
	p.place(&sa)
	if sa.Protocol == esp.ESP && !setCipher(&sa, racoonCipher(k.cipher), b[:enc]) {
		p.warn(k.line, "unknown encryption algorithm %q", k.cipher)
		return
	}
	if auth == 0 {
		p.add(sa, k)
		return
	}
	macs := racoonMACs(k.mac, auth)
	if len(macs) == 0 {
		p.warn(k.line, "unknown integrity algorithm %q", k.mac)
	}
	for _, m := range macs {
		sa.MAC, sa.MACKey = m, b[enc:enc+auth]
		p.add(sa, k)
	}
}

func (p *racoonParser) add(sa esp.Params, k *racoonKeymat) {
	if err := secret.CheckSA(sa); err != nil {
		p.warn(k.line, "SA 0x%08x: %v", k.spi, err)
		return
	}
	p.sa(sa, k.line)
}

// place sets addresses and mode. racoon tells them for the inbound SA, which comes first; the outbound one goes the other
// way. (What it says at "IPsec-SA established" has the same order for both and is of no use.)
func (p *racoonParser) place(sa *esp.Params) {
	a, ok := p.addrs[sa.SPI]
	switch {
	case ok:
		p.last = &a
	case p.last != nil:
		a = *p.last
		a.src, a.dst = a.dst, a.src
		p.last = nil
	}
	sa.Src, sa.Dst, sa.Tunnel, sa.Transport, sa.UDP = a.src, a.dst, a.tunnel, a.transport, a.udp
}

func (p *racoonParser) getSPI(text string) {
	m := reRacoonGetSPI.FindStringSubmatch(text)
	if m == nil {
		return
	}
	src, udp := racoonAddr(m[3])
	dst, _ := racoonAddr(m[4])
	spi, err := strconv.ParseUint(m[5], 16, 32)
	if err != nil {
		return
	}
	p.addrs[uint32(spi)] = racoonSPI{src: src, dst: dst, udp: udp,
		tunnel: strings.HasSuffix(m[2], "Tunnel"), transport: strings.HasSuffix(m[2], "Transport")}
}

// racoonAddr reads ADDR[PORT]; port 4500 means UDP encapsulation.
func racoonAddr(s string) (netip.Addr, bool) {
	m := reRacoonAddr.FindStringSubmatch(s)
	if m == nil {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(m[1])
	if err != nil {
		return netip.Addr{}, false
	}
	return a, m[2] == "4500"
}

// racoonCiphers are the names of racoon's algorithm.c.
var racoonCiphers = map[string]string{
	"des": "des-cbc", "3des": "3des-cbc", "aes": "aes-cbc", "rijndael": "aes-cbc", "blowfish": "blowfish-cbc",
	"cast": "cast-128-cbc", "camellia": "camellia-cbc", "twofish": "twofish-cbc", "null": "null", "null_enc": "null",
}

func racoonCipher(name string) *alg.Cipher {
	return alg.CipherByKeyLog(racoonCiphers[name])
}

// racoonMACs finds the MACs by the length of their key: the names ("sha1", "hmac_sha2_256") have changed.
func racoonMACs(name string, keyLen int) []*alg.MAC {
	byLen := map[int]string{16: "hmac-md5-96", 20: "hmac-sha1-96", 32: "hmac-sha2-256-128", 48: "hmac-sha2-384-192", 64: "hmac-sha2-512-256"}
	if keyLen == 16 && strings.Contains(name, "xcbc") {
		byLen[16] = "aes-xcbc-96"
	}
	m := alg.MACByKeyLog(byLen[keyLen])
	if m == nil {
		return nil
	}
	return withTruncations(m)
}
