package source

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// libreswan's pluto prints keys with plutodebug=all,private. From 4.x on what the kernel is given is in three messages:
//
//	| ESP enckey:
//	|   9d a2 51 3e  0b 9b bc 5d  99 6e 15 68  21 4a c9 97   ..Q>...].n.h!J..
//	| ESP authkey:
//	|   8c 84 cc 23  cf e1 1a 6d  31 e9 e8 76  8d c8 67 34   ...#...m1..v..g4
//	|   93 d4 66 f7                                          ..f.
//	| kernel: add_sa() level=0 outbound tunnel 10.2.0.0/24-ALL->192.0.2.2[c9414c81]==>192.0.2.1-ALL->10.1.0.0/24 ... HMAC_SHA1_96:20 AES_CBC:16
//
// Versions 3.x have the label before the first row, or before each, and leave out what the kernel is given:
//
//	| ESP enckey:  9d a2 51 3e  0b 9b bc 5d  99 6e 15 68  21 4a c9 97
//	| ESP authkey:  8c 84 cc 23  cf e1 1a 6d  31 e9 e8 76  8d c8 67 34
//	| ESP authkey:  93 d4 66 f7
//
// and the keys of an IKE SA stand on a line for each side, in tcpdump's syntax (plutoIKE):
//
//	| ikev2 I 0xba1143d176e1557b 0xb62a3c712fd1f26a sha256:0x297c... aes256:0x496e...
var libreswanFormat = format{
	name: "libreswan log",
	words: []string{"ESP enckey:", "ESP encrypt key:", "ESP authkey:", "ESP integrity key:", "esp enckey:", "esp authkey:", "AH authkey:", "AH integrity key:", "keymat", "KEYMAT computed:", " KEYMAT", "add_sa() ",
		"ikev1 ", "ikev2 ", "=>0x", plutoExtracted, plutoUnwrapped},
	lacks:   []secret.Lack{{Of: secret.Phase1Keys, Text: "pluto prints no IKEv1 phase 1 key, and before 4.7 none of IKEv2", Advice: "take the log of the peer"}},
	keyless: "set plutodebug=all,private, then start the tunnel",
	start:   func(o *out) parser { return &libreswanParser{out: o, sas: map[uint32]int{}} },
}

var (
	rePlutoKey  = having(`\b((?:ESP|esp|AH) (enc|encrypt |auth|integrity )key):((?: {1,2}[0-9A-Fa-f]{2})*)$`, "key:")
	rePlutoSA   = having(`add_sa\(\) .*?(?:inbound|outbound) (tunnel|transport) .*?->([0-9a-fA-F.:]+)\[([0-9A-Fa-f]{1,8})\]==>([0-9a-fA-F.:]+)-.*$`, "add_sa() ")
	rePlutoAlg  = pattern(` ([A-Z0-9_]+):(\d+)`)
	rePlutoIKE  = pattern(`(ikev[12]) ([IR]) (0x[0-9a-fA-F]{16}) (0x[0-9a-fA-F]{16}) ([a-z0-9_]+):(\S*) ([a-z0-9_]+):(\S*)`)
	reSalted    = pattern(`^(aes_ctr|aes_gcm|aes_ccm|camellia_ctr|camellia_ccm|chacha20)`) // ciphers whose keys have a salt
	rePlutoPair = pattern(`\{(?:ESP|AH)(\S*)=>0x([0-9A-Fa-f]{8}) <0x([0-9A-Fa-f]{8}) `)
)

type libreswanParser struct {
	*out
	keyLine   int // where the keys below were printed; 0: none
	enc, auth []byte
	ah        bool           // they are of AH
	into      *[]byte        // where rows go
	label     string         // of them
	program   string         // that a logger says their label is of
	sas       map[uint32]int // by SPI, for what is said of them later
	ike       plutoIKE
	keymats   bool        // the keys of both directions follow each other under their labels, which openswan reads
	loose     []plutoKeys // keys that were not yet handed to the kernel, as far as the log tells
}

// A plutoKeys is one SA's keys without its SPI.
type plutoKeys struct {
	line      int
	ah        bool
	enc, auth []byte
}

// needs is every line of a dump.
func (p *libreswanParser) needs() need {
	if p.into != nil {
		return needLine
	}
	return needLook
}

func (p *libreswanParser) line(l line) error {
	if p.into != nil {
		if row, ok := plutoRow(l.text); ok {
			p.row(row)
			return nil
		}
		if isForeign(l.text, p.program) {
			return nil
		}
	}
	text := strings.TrimRight(l.text, " ")
	if m := rePlutoKey.FindStringSubmatch(text); m != nil {
		p.key(l, m)
		return nil
	}
	if p.into == &p.ike.nss.rows && strings.HasSuffix(text, "| "+plutoUnwrapped) {
		return nil
	}
	p.into = nil
	switch {
	case strings.Contains(text, "keymat"), strings.Contains(text, "KEYMAT computed:"), strings.HasSuffix(text, " KEYMAT"):
		p.keymats = p.keymats || reOpenswanLabel.MatchString(text) || strings.HasSuffix(text, " KEYMAT")
	case strings.Contains(text, "add_sa() "):
		if m := rePlutoSA.FindStringSubmatch(text); m != nil && p.keyLine != 0 {
			p.add(m, text)
		}
	case strings.Contains(text, plutoExtracted):
		if p.ike.nss.line(text); p.ike.nss.name != "" {
			p.into, p.program = &p.ike.nss.rows, programOf(l.text)
		}
	case strings.Contains(text, "ikev") && !isTCPDumpIKE(text):
		p.ike.line(p.out, l.num, text)
	case strings.Contains(text, "=>0x"):
		if m := rePlutoPair.FindStringSubmatch(text); m != nil {
			p.established(m)
			p.pair(text, m)
		}
	}
	return nil
}

// row takes a row of a dump. All but the last have 16 bytes.
func (p *libreswanParser) row(row []byte) {
	all := *p.into
	switch {
	case isAgain(row, all[len(all)-min(len(row), len(all)):]):
	case len(all) > 0 && !isWholeRows(all):
		p.warn(p.keyLine, "%s: a row that is not full stands before another one: the copy has them in another order, or lacks one", nameOf(p.label))
		*p.into = nil
		p.into = new([]byte)
	default:
		*p.into = append(all, row...)
	}
}

// key takes the label of a key, and the row behind it.
func (p *libreswanParser) key(l line, m []string) {
	label, isMAC, row := m[1], m[2][0] == 'a' || m[2][0] == 'i', strings.Join(strings.Fields(m[3]), "")
	if again := p.into != nil && label == p.label && row != "" && isWholeRows(*p.into); !again {
		if p.ah = strings.HasPrefix(label, "AH"); p.ah || !isMAC {
			p.recognise()
			p.putAside()
			p.keyLine, p.enc, p.auth = l.num, nil, nil
		}
		if p.into, p.label, p.program = &p.enc, label, programOf(l.text); isMAC {
			p.auth, p.into = nil, &p.auth
		}
	}
	first, _ := hex.DecodeString(row)
	*p.into = append(*p.into, first...)
}

// isWholeRows reports whether some bytes end with a row of a dump that is full, so that another may follow.
func isWholeRows(b []byte) bool { return len(b) > 0 && len(b)%16 == 0 }

// putAside keeps keys that no line has handed to the kernel: "plutodebug=private" alone does not print that.
func (p *libreswanParser) putAside() {
	const most = 4
	if p.keyLine == 0 || len(p.enc)+len(p.auth) == 0 {
		return
	}
	if len(p.loose) == most {
		p.loose = p.loose[1:]
	}
	p.loose = append(p.loose, plutoKeys{p.keyLine, p.ah, p.enc, p.auth})
	p.keyLine, p.enc, p.auth = 0, nil, nil
}

// pair gives the last two keys put aside both SPIs of a pair of SAs, of which the packets tell which is right.
func (p *libreswanParser) pair(text string, m []string) {
	p.putAside()
	keys := p.loose[max(0, len(p.loose)-2):]
	if p.loose = nil; p.keymats {
		p.keymats = false
		return
	}
	algs := reOpenswanAlgs.FindStringSubmatch(text)
	for _, k := range keys {
		for _, spi := range m[2:4] {
			sa := esp.Params{Protocol: esp.ESP, SPI: hex32(spi), ESN: strings.Contains(m[1], "/ESN"), UDP: strings.Contains(m[1], "inUDP") || strings.Contains(m[1], "/NAT")}
			sa.Tunnel, sa.Transport = strings.Contains(text, "tunnel"), strings.Contains(text, "transport mode")
			given := saKeys{num: k.line, enc: k.enc, auth: k.auth}
			if k.ah {
				sa.Protocol = esp.AH
			} else if algs != nil {
				given.cipher, given.mac = algs[1], algs[2]
			}
			if p.whole(sa.SPI, &given) {
				p.addKeys(sa, given)
			}
		}
	}
}

// rePlutoBits are the bits of a key behind the name of its algorithm: AES_CBC_256.
var rePlutoBits = pattern(`_(128|192|256)$`)

// whole reports whether keys are as long as their algorithms say. Where they are not, a row of them is missing or there twice.
func (o *out) whole(spi uint32, k *saKeys) bool {
	if m := rePlutoBits.FindStringSubmatch(k.cipher); m != nil && len(k.enc) > 0 {
		bits, _ := strconv.Atoi(m[1])
		if c := spelledCipher(k.cipher); c != nil && !o.wholeKey(k.num, spi, k.cipher, len(k.enc), bits/8+c.SaltLen) {
			return false
		}
	}
	if macs, _ := spelledMACs(k.mac); len(macs) > 0 && len(k.auth) > 0 {
		return o.wholeKey(k.num, spi, k.mac, len(k.auth), macs[0].KeyLen)
	}
	return true
}

// wholeKey reports whether a key has the bytes that it should have.
func (o *out) wholeKey(num int, spi uint32, name string, have, want int) bool {
	if have != want {
		o.warn(num, "SA 0x%08x: the key of %s has %d bytes instead of %d: the copy lacks a row, or has one twice", spi, lex.Clip(name), have, want)
	}
	return have == want
}

// plutoRow reads a row of a dump: behind "| " and two spaces up to 16 lower-case bytes, two spaces between groups of
// four, three in front of the ASCII column.
func plutoRow(text string) (row []byte, ok bool) {
	_, s, ok := strings.Cut(text, "|   ")
	if !ok {
		return nil, false
	}
	for len(row) < 16 && len(s) >= 2 && lex.IsHexDigit(s[0]) && lex.IsHexDigit(s[1]) && (len(s) == 2 || s[2] == ' ') {
		row = append(row, byte(upperNibble(s[0])<<4|upperNibble(s[1])))
		s = s[min(3, len(s)):]
		if len(row)%4 == 0 {
			s = strings.TrimPrefix(s, " ")
		}
	}
	return row, len(row) > 0
}

// add makes an SA of the keys above and the line that hands them to the kernel.
func (p *libreswanParser) add(m []string, text string) {
	sa := esp.Params{Protocol: esp.AH, SPI: hex32(m[3]), Tunnel: m[1] == "tunnel", Transport: m[1] == "transport"}
	src, err1 := netip.ParseAddr(m[2])
	dst, err2 := netip.ParseAddr(m[4])
	if err1 != nil || err2 != nil {
		return
	}
	sa.Src, sa.Dst = src, dst
	for _, a := range rePlutoAlg.FindAllStringSubmatch(text, -1) {
		key := p.auth
		if alg.CipherByLibreswan(a[1]) != nil {
			key = p.enc
		} else if alg.MACByLibreswan(a[1]) == nil {
			continue
		}
		if want, err := strconv.Atoi(a[2]); err == nil && len(key) > 0 && !p.wholeKey(p.keyLine, sa.SPI, a[1], len(key), want) {
			p.keyLine, p.enc, p.auth = 0, nil, nil
			return
		}
		if c := alg.CipherByLibreswan(a[1]); c != nil {
			sa.Protocol = esp.ESP
			setCipher(&sa, c, p.enc)
		} else if mac := alg.MACByLibreswan(a[1]); mac != nil {
			setMAC(&sa, mac, p.auth)
		}
	}
	num := p.keyLine
	p.keyLine, p.enc, p.auth = 0, nil, nil
	if len(sa.CipherKey)+len(sa.MACKey) == 0 && !(sa.Cipher != nil && sa.Cipher.Null()) {
		p.keyless(num)
		return
	}
	if err := secret.CheckSA(sa); err != nil {
		p.warn(num, "SA 0x%08x: %v", sa.SPI, err)
		return
	}
	p.sa(sa, num)
	p.sas[sa.SPI] = len(p.bag.SAs) - 1
}

// established takes what is said when both SAs are there: {ESPinUDP/ESN=>0xOUT <0xIN ...}.
func (p *libreswanParser) established(m []string) {
	for _, spi := range m[2:4] {
		i, ok := p.sas[hex32(spi)]
		if !ok {
			continue
		}
		sa := &p.bag.SAs[i]
		sa.ESN = sa.ESN || strings.Contains(m[1], "/ESN")
		sa.UDP = sa.UDP || strings.Contains(m[1], "inUDP") || strings.Contains(m[1], "/NAT")
	}
}

// A plutoIKE reads the keys of an IKE SA, a line for each side, as pluto prints them and tcpdump takes them.
type plutoIKE struct {
	group int
	where secret.Where
	nss   plutoNSS
}

// line takes the keys of one side. pluto cuts each to 32 bytes and leaves out the salt of a counter or combined mode; what it took out of NSS before
// may have both.
func (k *plutoIKE) line(p *out, num int, text string) {
	m := rePlutoIKE.FindStringSubmatch(text)
	if m == nil {
		return
	}
	var where secret.Where
	var err1, err2 error
	where.Initiator, err1 = secret.ParseSPI(m[3])
	where.Responder, err2 = secret.ParseSPI(m[4])
	if err1 != nil || err2 != nil {
		return
	}
	p.recognise()
	integ, err1 := lex.ParseHex(m[6])
	encr, err2 := lex.ParseHex(m[8])
	for _, err := range []error{err1, err2} {
		if err != nil {
			p.unread(num, m[1]+" "+m[2], err)
		}
	}
	kinds := map[string][2]secret.Kind{"ikev1I": {secret.SKEYIDa, secret.SKEYIDe}, "ikev2I": {secret.SKai, secret.SKei}, "ikev2R": {secret.SKar, secret.SKer}}[m[1]+m[2]]
	if k.group == 0 || where != k.where {
		k.group, k.where = p.newGroup(), where
	}
	whole := map[string]int{"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64, "aes_xcbc": 16, "aes_cmac": 16}[m[5]]
	side := map[string]string{"I": "initiator", "R": "responder"}[m[2]]
	if all := k.nss.take("a"+side[:1], whole); len(integ) > 0 && bytes.HasPrefix(all, integ) {
		integ = all
	}
	switch {
	case len(encr) == 0 && len(integ) == 0: // IKEv1's second line, and versions that print no keys
		return
	case len(integ) > 0 && len(integ) == whole:
		p.secret(secret.Secret{Kind: kinds[0], Where: where, Value: integ, Group: k.group}, num, m[1]+" "+m[2])
	case len(integ) > 0:
		p.warn(num, "%s %s: the key of %s is truncated to %d bytes", m[1], m[2], m[5], len(integ))
	}
	if kinds[1] == secret.SKEYIDe && len(encr) != whole {
		p.warn(num, "%s %s: SKEYID_e is truncated to %d bytes", m[1], m[2], len(encr))
		return
	}
	if bits, _ := strconv.Atoi(m[7][max(0, len(m[7])-len("256")):]); len(encr) > 0 && 8*len(encr) < bits {
		p.warn(num, "%s %s: the key of %s is cut off, %d of %d bytes", m[1], m[2], m[7], len(encr), bits/8)
		return
	}
	if len(encr) == 0 {
		return
	}
	s := secret.Secret{Kind: kinds[1], Where: where, Value: encr, NoSalt: reSalted.MatchString(m[7]), Group: k.group}
	if s.NoSalt {
		size := 4
		if strings.Contains(m[7], "ccm") {
			size = 3 // RFC 5282, section 4
		}
		salt := k.nss.take(side+" salt", size)
		s.Value, s.NoSalt = slices.Concat(encr, salt), salt == nil
	}
	p.secret(s, num, m[1]+" "+m[2])
}

func (p *libreswanParser) end() error { return nil }
