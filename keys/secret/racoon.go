package secret

import (
	"encoding/binary"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// racoon prints its keys at "log debug2" (-dd), each label and dump a message of its own, the rows of a dump without prefix:
//
//	2015-03-07 17:41:06: DEBUG: SKEYID_e computed:
//	2015-03-07 17:41:06: DEBUG:
//	87bbcc0c 1a63b89a f2faf8b2 734fb4f7 0aa69f7d
//
// Some labels have no line break behind them, so that the stamp of the dump stands on the same line. It is one process
// that works at one message at a time: the packet dumped last is the one that the keys below belong to.
var racoonSource = source{
	name:   "racoon log",
	labels: []string{"racoon's debug log (SKEYID_d computed:, compute DH's private., KEYMAT compute with)"},
	start:  func(o *out) parser { return &racoonParser{out: o, addrs: map[uint32]racoonSPI{}} },
}

// racoonLabels are the labels of dumps, and what they make.
var racoonLabels = map[string]Kind{
	"compute DH's private.":          DHPrivate,
	"compute DH's shared.":           DHSecret,
	"psk:":                           PSK,
	"nonce 1:":                       0,
	"nonce 2:":                       0,
	"SKEYID computed:":               SKEYID,
	"SKEYID_d computed:":             SKEYIDd,
	"SKEYID_a computed:":             SKEYIDa,
	"SKEYID_e computed:":             SKEYIDe,
	"final encryption key computed:": EncKey,
	"KEYMAT compute with":            0,
}

var (
	reRacoonPacket = regexp.MustCompile(`\d+ bytes message received from|\d+ times of \d+ bytes message will be sent`)
	reRacoonLens   = regexp.MustCompile(`encklen=(\d+) authklen=(\d+)`)
	reRacoonAlg    = regexp.MustCompile(`(encryption|hmac)\(([a-z0-9_-]+)\)$`)
	reRacoonGetSPI = regexp.MustCompile(`GETSPI succeeded: (ESP|AH|IPCOMP)/(\w+) (\S+?)->(\S+?) spi=\d+\(0x([0-9a-f]+)\)`)
	reRacoonAddr   = regexp.MustCompile(`^\[?([0-9A-Fa-f.:]+)\]?(?:%\w+)?\[(\d+)\]$`)
)

type racoonSPI struct {
	src, dst  netip.Addr
	tunnel    bool
	transport bool
	udp       bool
}

type racoonParser struct {
	*out
	label     string // of the next dump; "" for none that is wanted
	labelLine int
	dump      []byte
	reading   bool // rows are being read

	packet  bool // the next dump is a packet
	where   Where
	quick   bool // the packet is of a Quick Mode
	group   int
	pending *Secret // a shared secret whose use is not known yet
	pendAt  int

	keymat *racoonKeymat
	addrs  map[uint32]racoonSPI
	last   *racoonSPI // of the inbound SA, for the outbound one
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

func (p *racoonParser) line(l line) error {
	text, prefixed := racoonMessage(l.text)
	if p.reading && (!prefixed || text != "") {
		if row, ok := hexGroups(text); ok && len(row) <= 32 {
			p.dump = append(p.dump, row...)
			return nil
		}
		p.endDump(l.num)
	}
	if !prefixed {
		return nil
	}
	if text == "" { // the stamp of a dump
		if p.label != "" || p.packet || p.keymat != nil && p.keymat.lengths {
			p.reading, p.dump = true, nil
		}
		return nil
	}
	p.message(l.num, text)
	return nil
}

// racoonMessage cuts everything up to the level, twice where a dump's stamp follows a label on its line. The label then
// is told apart by its colon.
func racoonMessage(s string) (text string, ok bool) {
	for _, level := range []string{"DEBUG2:", "DEBUG:", "INFO:"} {
		i := strings.Index(s, level)
		if i < 0 {
			continue
		}
		text = strings.TrimSpace(s[i+len(level):])
		if j := strings.LastIndex(text, level); j > 0 && j+len(level) == len(text) {
			// "psk: 2026-11-23 08:57:02: DEBUG2:"
			if k := strings.Index(text, ": "); k > 0 {
				return text[:k+1] + "\x00", true
			}
			return "", true
		}
		if rest, isFunc := cutFunction(text); isFunc {
			text = rest
		}
		return text, true
	}
	if i := strings.Index(s, " ipsec,debug "); i >= 0 { // RouterOS
		return strings.TrimSpace(s[i+len(" ipsec,debug "):]), true
	}
	return s, false
}

// cutFunction takes off "oakley.c:2573:oakley_compute_enckey(): ", which old versions print behind the level.
func cutFunction(s string) (string, bool) {
	i := strings.Index(s, "(): ")
	if i < 0 {
		if strings.HasSuffix(s, "():") && strings.Contains(s, ".c:") {
			return "", true
		}
		return s, false
	}
	if !strings.Contains(s[:i], ".c:") {
		return s, false
	}
	return strings.TrimSpace(s[i+4:]), true
}

// message takes one message that is not a row.
func (p *racoonParser) message(num int, text string) {
	inline := strings.HasSuffix(text, "\x00")
	text = strings.TrimSuffix(text, "\x00")
	p.label, p.packet = "", false
	if _, ok := racoonLabels[text]; ok {
		p.recognise()
		p.label, p.labelLine = text, num
		if text == "KEYMAT compute with" {
			p.keymat = nil
		}
		p.reading, p.dump = inline, nil
		return
	}
	switch {
	case reRacoonPacket.MatchString(text):
		p.packet = true
	case strings.Contains(text, "GETSPI succeeded"):
		p.getSPI(text)
	case text == "KEYMAT computed.":
		p.keymat = nil
	case p.keymat != nil:
		p.keymatLine(text)
	}
}

// endDump takes the dump that was just read to its end.
func (p *racoonParser) endDump(num int) {
	label, dump := p.label, p.dump
	p.reading, p.dump, p.label = false, nil, ""
	switch {
	case p.packet:
		p.packet = false
		p.header(dump)
		return
	case len(dump) == 0:
		if label != "" {
			p.warn(p.labelLine, "%q without a dump", label)
		}
		return
	case label == "":
		p.keymatDump(dump)
		return
	}
	p.value(label, dump)
}

// header takes the cookies, exchange and message ID of the packet being worked at.
func (p *racoonParser) header(b []byte) {
	if len(b) < decode.HeaderLen {
		return
	}
	p.where = Where{Initiator: decode.SPI(b[:8]), Responder: decode.SPI(b[8:16])}
	p.quick = b[18] == 32
	if p.quick {
		p.where.MessageID = binary.BigEndian.Uint32(b[20:])
	}
}

func (p *racoonParser) value(label string, dump []byte) {
	kind := racoonLabels[label]
	switch {
	case label == "KEYMAT compute with":
		p.seed(dump)
	case kind == DHPrivate, kind == PSK:
		p.secret(Secret{Kind: kind, Value: dump}, p.labelLine, label)
	case kind == DHSecret:
		p.settle(false)
		p.pending, p.pendAt = &Secret{Kind: DHSecret, Where: p.where, Value: dump}, p.labelLine
		if p.quick {
			p.settle(true)
		}
	case kind != 0:
		p.ikeKey(kind, label, dump)
	default:
		p.settle(false) // a nonce: of phase 1
	}
}

// ikeKey takes a value of phase 1.
func (p *racoonParser) ikeKey(kind Kind, label string, dump []byte) {
	p.settle(false)
	if p.group == 0 || kind == SKEYID && p.has(kind) {
		p.group = p.newGroup()
	}
	p.secret(Secret{Kind: kind, Where: p.phase1(), Value: dump, Group: p.group}, p.labelLine, label)
}

func (p *racoonParser) has(kind Kind) bool {
	for _, s := range p.bag.Secrets {
		if s.Group == p.group && s.Kind == kind {
			return true
		}
	}
	return false
}

func (p *racoonParser) phase1() Where {
	return Where{Initiator: p.where.Initiator, Responder: p.where.Responder}
}

// settle gives the pending shared secret its use: Quick Mode where KEYMAT is computed with it, else phase 1.
func (p *racoonParser) settle(quick bool) {
	s := p.pending
	if s == nil {
		return
	}
	p.pending = nil
	s.Group = p.newGroup()
	if quick {
		s.Kind = QMDHSecret
	} else {
		p.group = s.Group
		s.Where.MessageID = 0
	}
	p.secret(*s, p.pendAt, "compute DH's shared.")
}

// seed takes [g(qm)^xy|]protocol|SPI|Ni_b|Nr_b (RFC 2409, section 5.5).
func (p *racoonParser) seed(b []byte) {
	at := 0
	if p.pending != nil && len(b) > len(p.pending.Value) && string(b[:len(p.pending.Value)]) == string(p.pending.Value) {
		p.settle(true)
	} else {
		p.settle(false)
	}
	for i := len(p.bag.Secrets) - 1; i >= 0; i-- {
		s := p.bag.Secrets[i]
		if s.Kind == QMDHSecret && len(s.Value) > 0 && strings.HasPrefix(string(b), string(s.Value)) {
			at = len(s.Value)
			break
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
		p.warn(k.line, "encryption algorithm %q is not known", k.cipher)
		return
	}
	if auth == 0 {
		p.add(sa, k)
		return
	}
	macs := racoonMACs(k.mac, auth)
	if len(macs) == 0 {
		p.warn(k.line, "integrity algorithm %q is not known", k.mac)
	}
	for _, m := range macs {
		sa.MAC, sa.MACKey = m, b[enc:enc+auth]
		p.add(sa, k)
	}
}

func (p *racoonParser) add(sa esp.Params, k *racoonKeymat) {
	if why := checkSA(sa); why != "" {
		p.warn(k.line, "SA 0x%08x: %s", k.spi, why)
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

func (p *racoonParser) end() error {
	if p.reading {
		p.endDump(0)
	}
	p.settle(false)
	return nil
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
