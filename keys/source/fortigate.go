package source

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// FortiOS prints keys in three places. "diagnose vpn tunnel list", and "get vpn ipsec tunnel" likewise, has those of ESP, the length in bytes
// before the hex, dec from the peer and enc to it:
//
//	name=to-HQ ver=2 serial=4 192.0.2.1:4500->198.51.100.2:4500
//	  SA:  ref=3 options=10226 type=00 ... seqno=1 esn=0
//	  dec: spi=9822756d esp=aes key=16 c8d5...
//	       ah=sha1 key=20 66f1...
//	  enc: spi=de81092c esp=aes key=16 1a90...
//
// "diagnose vpn ike gateway list" has those of IKE, in groups of 16 digits:
//
//	id/spi: 47 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55
//	key: c9c4dd7d0bdea34b-e9425ad0fe0a17bc
//	SK_ei: 54d3...-23a9...
//
// and "diagnose debug application ike -1" has both, a key on its line:
//
//	ike 0:HQ:2: ISAKMP SA 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55 key 16:C9C4...
//	ike 0:HQ:8: IKE SA 3c71.../9e0b... SK_ei 16:54D3...
//	ike 0:HQ:8:HQ:12: IPsec SA dec spi fe02f80f key 16:... auth 20:...
//
// "get vpn ipsec tunnel details" has an SA over lines, below "inbound" or "outbound":
//
//	spi: 83393171
//	enc:  aes-gc  03a5...
//	auth: null
var fortiGateFormat = format{
	name:   "FortiGate keys",
	words:  []string{" spi=", "IPsec SA ", "KE SA ", "ISAKMP SA ", "id/spi:", "replaywin_lastseq", " esn="},
	starts: []string{"key:", "SK_d", "SK_e", "SK_a", "SK_p", "name=", "inbound", "outbound", "local-gateway: ", "remote-gateway: ", "proposal: "},
	lacks: []secret.Lack{
		{Of: secret.IKEKeys, Text: "a tunnel list has no IKE keys", Advice: "diagnose vpn ike gateway list has them"},
		{Of: secret.IPsecKeys, Text: "a list of IKE gateways has no ESP keys", Advice: "diagnose vpn tunnel list has them"},
	},
	keyless: "list them as an administrator who may see keys",
	start:   func(o *out) parser { return &fortiGate{out: o} },
}

var (
	reFortiSA     = pattern(`\b(dec|enc): *spi=([0-9A-Fa-f]{1,8}) +(esp=.*)$`)
	reFortiPair   = pattern(`\[?([0-9A-Fa-f.:]+)\]?:\d+->\[?([0-9A-Fa-f.:]+)\]?:\d+`)
	reFortiSPIs   = pattern(`\bid/spi: *\d+ +([0-9A-Fa-f]{16})/([0-9A-Fa-f]{16})`)
	reFortiGroups = pattern(`^\s*(key|SK_[deap][ir]?): *(.*)$`)
	reFortiIKE    = pattern(`(?:ISAKMP|IKE) SA ([0-9A-Fa-f]{16})/([0-9A-Fa-f]{16}) (key|SK_[deap][ir]?) (\d+):(.*)$`)
	reFortiIPsec  = pattern(`IPsec SA (dec|enc) spi ([0-9A-Fa-f]{1,8}) (key \d+:.*)$`)
)

// fortiKinds are the names of keys of IKE. "key" is Ka.
var fortiKinds = map[string]secret.Kind{"key": secret.EncKey, "SK_d": secret.SKd, "SK_ai": secret.SKai, "SK_ar": secret.SKar,
	"SK_ei": secret.SKei, "SK_er": secret.SKer, "SK_pi": secret.SKpi, "SK_pr": secret.SKpr}

type fortiGate struct {
	*out
	local, peer netip.Addr // of the tunnel
	esn         bool
	num         int // line of what is being read; 0: nothing is
	text        strings.Builder
	take        func(num int, text string) // takes it
	blank       bool                       // the line before is

	where secret.Where
	group int

	gateway int // line of an IKE SA of which no key came yet; 0: none
	keyLen  int // bytes of its encryption keys, as its proposal says; 0: it does not

	detail *fortiDetail
}

// endGateway ends an IKE SA of the list: it may have no keys.
func (p *fortiGate) endGateway() {
	if p.gateway != 0 {
		p.keyless(p.gateway)
	}
	p.gateway = 0
}

// needs is every line of an SA or a key that may go on.
func (p *fortiGate) needs() need {
	if p.num != 0 || p.detail != nil {
		return needLine
	}
	return needLook
}

func (p *fortiGate) line(l line) error {
	text := trimBlanks(l.text)
	if p.num != 0 && text == "" && !p.blank { // one blank line inside an SA
		p.blank = true
		return nil
	}
	p.blank = false
	if p.num != 0 && p.goesOn(text) {
		p.text.WriteByte(' ')
		p.text.WriteString(strings.TrimSpace(text))
		return nil
	}
	p.flush()
	p.details(l.num, strings.TrimSpace(text))
	switch {
	case strings.Contains(text, " spi=") && reFortiSA.MatchString(text):
		p.begin(l.num, text, p.tunnelSA)
	case strings.Contains(text, "IPsec SA ") && reFortiIPsec.MatchString(text):
		p.begin(l.num, text, p.debugSA)
	case strings.Contains(text, "KE SA ") || strings.Contains(text, "ISAKMP SA "):
		if reFortiIKE.MatchString(text) {
			p.begin(l.num, text, p.debugIKE)
		}
	case strings.Contains(text, "id/spi:"):
		if m := reFortiSPIs.FindStringSubmatch(text); m != nil {
			p.recognise()
			p.where.Initiator, _ = ikeSPI(m[1])
			p.where.Responder, _ = ikeSPI(m[2])
			p.group, p.keyLen = p.newGroup(), 0
			p.endGateway()
			p.gateway = l.num
		}
	case strings.HasPrefix(strings.TrimSpace(text), "proposal: "):
		p.keyLen = fortiKeyLen(strings.TrimSpace(text))
	case p.group != 0 && reFortiGroups.MatchString(text):
		p.begin(l.num, text, p.gatewayKey)
	case strings.HasPrefix(strings.TrimSpace(text), "name=") && strings.Contains(text, "->"):
		if m := reFortiPair.FindStringSubmatch(text); m != nil {
			p.local, p.peer = hostOf(m[1]), hostOf(m[2])
		}
	case strings.Contains(text, "replaywin_lastseq") || strings.Contains(text, " esn="):
		p.esn = strings.Contains(text, "esn=1")
	}
	return nil
}

// begin starts what may go on over lines: a console breaks them at its width.
func (p *fortiGate) begin(num int, text string, take func(int, string)) {
	p.recognise()
	p.num, p.take = num, take
	p.text.WriteString(text)
}

// goesOn reports whether a line belongs to the SA or key before: it is the rest of a key, or the authentication key of an SA.
func (p *fortiGate) goesOn(text string) bool {
	if p.text.Len() > maxCall || strings.Contains(text, " SA ") {
		return false
	}
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	if len(word) >= len("2026-11-23") && isDate(word) {
		return false
	}
	return strings.HasPrefix(word, "ah=") || strings.HasPrefix(word, "key=") || word != "" && strings.Trim(word, "0123456789abcdefABCDEF-") == ""
}

func (p *fortiGate) flush() {
	if p.num != 0 {
		p.take(p.num, p.text.String())
	}
	p.num = 0
	p.text.Reset()
}

// tunnelSA takes "dec: spi=S esp=NAME key=N HEX ah=NAME key=N HEX".
func (p *fortiGate) tunnelSA(num int, text string) {
	m := reFortiSA.FindStringSubmatch(text)
	k := saKeys{num: num}
	into := &k.enc
	words := strings.Fields(m[3])
	for i := 0; i < len(words); i++ {
		name, value, _ := strings.Cut(words[i], "=")
		switch name {
		case "esp":
			k.cipher, into = value, &k.enc
		case "ah":
			k.mac, into = value, &k.auth
		case "key":
			n, _ := strconv.Atoi(value)
			used, ok := fortiKey(into, words[i+1:], n)
			switch gone := redactedNext(words[i+1:]) || lex.IsRedacted(value); {
			case gone && into == &k.enc:
				k.encGone = true
			case gone:
				k.authGone = true
			case !ok:
				p.warn(num, "SA 0x%08s: a key is cut off", m[2])
				return
			}
			i += used
		}
	}
	p.addKeys(p.params(m[1], m[2]), k)
}

// fortiMarks stand between the groups of a key: 16:8E:E4:..., 8ee4a696dd3ce870-8a54b7edb2dd7962.
var fortiMarks = strings.NewReplacer(":", "", "-", "")

// fortiKey reads a key of n bytes from the words that it is printed in.
func fortiKey(into *[]byte, words []string, n int) (used int, ok bool) {
	var digits strings.Builder
	for digits.Len() < 2*n && used < len(words) {
		group := fortiMarks.Replace(strings.TrimPrefix(strings.TrimPrefix(words[used], "0x"), "0X")) // of a person, or a tool
		if !lex.IsHex(group) {
			break
		}
		digits.WriteString(group)
		used++
	}
	b, err := hex.DecodeString(digits.String())
	*into = b
	return used, err == nil && len(b) == n
}

// redactedNext reports whether the next of some words stands in the place of a key.
func redactedNext(words []string) bool { return len(words) > 0 && lex.IsRedacted(words[0]) }

// params are those of an SA of the tunnel: dec is from the peer.
func (p *fortiGate) params(way, spi string) esp.Params {
	sa := esp.Params{Protocol: esp.ESP, SPI: hex32(spi), Src: xfrmAddr(p.peer), Dst: xfrmAddr(p.local), ESN: p.esn, Tunnel: true}
	if way == "enc" {
		sa.Src, sa.Dst = sa.Dst, sa.Src
	}
	return sa
}

// debugSA takes "IPsec SA dec spi S key N:HEX auth N:HEX".
func (p *fortiGate) debugSA(num int, text string) {
	m := reFortiIPsec.FindStringSubmatch(text)
	k := saKeys{num: num}
	words := strings.Fields(m[3])
	for i := 0; i+1 < len(words); i++ {
		into := &k.enc
		switch words[i] {
		case "auth":
			into = &k.auth
		case "key":
		default:
			continue
		}
		size, first, _ := strings.Cut(words[i+1], ":")
		n, err := strconv.Atoi(size)
		if into == &k.auth && err == nil && n == 0 {
			k.mac = "null"
		}
		words[i+1] = first
		_, ok := fortiKey(into, words[i+1:], n)
		switch gone := lex.IsRedacted(first); {
		case gone && into == &k.enc:
			k.encGone = true
		case gone:
			k.authGone = true
		case !ok && n != 0:
			p.warn(num, "SA 0x%08s: a key is cut off", m[2])
			return
		}
	}
	p.addKeys(esp.Params{Protocol: esp.ESP, SPI: hex32(m[2]), Tunnel: true}, k)
}

// debugIKE takes "IKE SA I/R SK_ei N:HEX".
func (p *fortiGate) debugIKE(num int, text string) {
	m := reFortiIKE.FindStringSubmatch(text)
	var where secret.Where
	where.Initiator, _ = ikeSPI(m[1])
	where.Responder, _ = ikeSPI(m[2])
	if where != p.where || p.group == 0 {
		p.where, p.group = where, p.newGroup()
	}
	n, _ := strconv.Atoi(m[4])
	var value []byte
	if lex.IsRedacted(m[5]) {
		p.redacted(num, m[3])
		return
	}
	if _, ok := fortiKey(&value, strings.Fields(m[5]), n); !ok {
		p.warn(num, "%s: the key is cut off", m[3])
		return
	}
	p.ikeKey(num, m[3], value)
}

// fortiGroup is how many digits each group of a key has but the last.
const fortiGroup = 16

// gatewayKey takes "SK_ei: HEX-HEX".
func (p *fortiGate) gatewayKey(num int, text string) {
	m := reFortiGroups.FindStringSubmatch(text)
	value, err := lex.ParseHex(strings.ReplaceAll(m[2], " ", "")) // a window breaks groups anywhere
	if err != nil && !errors.Is(err, lex.ErrRedacted) {           // more text on the line
		value, err = lex.ParseHex(firstWord(m[2]))
	}
	if errors.Is(err, lex.ErrRedacted) {
		p.gateway = 0
		p.redacted(num, m[1])
	}
	if err != nil || len(value) == 0 {
		return
	}
	p.gateway = 0
	groups := strings.Split(strings.ReplaceAll(strings.TrimSpace(m[2]), " ", ""), "-")
	last := len(groups) - 1
	if slices.ContainsFunc(groups[:last], func(g string) bool { return len(g) < fortiGroup }) || last > 0 && len(groups[last])%2 != 0 {
		p.warn(num, "%s: a group has less than %d digits, and is read as one without the zeros at its front: a copy may have lost other digits", m[1], fortiGroup)
	}
	if isEnc := m[1] == "key" || strings.HasPrefix(m[1], "SK_e"); isEnc && p.keyLen != 0 && len(value) != p.keyLen {
		p.warn(num, "%s has %d bytes instead of %d, most likely cut off by a copy", m[1], len(value), p.keyLen)
	}
	p.ikeKey(num, m[1], value)
}

// reFortiCipher is the encryption algorithm of a proposal: aes128-sha256, aes-256-sha512, aes256gcm, 3des-md5.
var reFortiCipher = pattern(`^proposal: (?:(?:aes|aria)-?(128|192|256)(gcm)?|(3des)|(des)|(chacha20poly1305))\b`)

// fortiKeyLen is how many bytes the encryption keys of a proposal have, with the salt; 0: that is not known.
func fortiKeyLen(text string) int {
	const salt = 4
	m := reFortiCipher.FindStringSubmatch(text)
	switch {
	case m == nil:
		return 0
	case m[3] != "":
		return 24
	case m[4] != "":
		return 8
	case m[5] != "":
		return 32 + salt
	}
	bits, _ := strconv.Atoi(m[1])
	if m[2] != "" {
		return bits/8 + salt
	}
	return bits / 8
}

// ikeKey adds a key of the IKE SA at hand. A combined mode has no SK_a.
func (p *fortiGate) ikeKey(num int, name string, value []byte) {
	if kind := fortiKinds[name]; kind != 0 && len(value) > 0 {
		p.secret(secret.Secret{Kind: kind, Where: p.where, Value: value, Group: p.group}, num, name)
	}
}

// A fortiDetail is an SA of "get vpn ipsec tunnel details".
type fortiDetail struct {
	way  string
	spi  string
	keys saKeys
	into *[]byte
}

// reFortiDetail is "enc:  aes-gc  HEX".
var reFortiDetail = pattern(`^(enc|auth): +([a-z0-9][a-z0-9-]*)(?: +(.*))?$`)

// details reads a line of "get vpn ipsec tunnel details".
func (p *fortiGate) details(num int, text string) {
	d := p.detail
	switch {
	case text == "inbound":
		p.endDetail()
		p.detail = &fortiDetail{way: "dec"}
	case text == "outbound":
		p.endDetail()
		p.detail = &fortiDetail{way: "enc"}
	case strings.HasPrefix(text, "local-gateway: "), strings.HasPrefix(text, "remote-gateway: "):
		if way, rest, _ := strings.Cut(text, ": "); way == "local-gateway" {
			p.local = hostOf(firstWord(rest))
		} else {
			p.peer = hostOf(firstWord(rest))
		}
	case d == nil:
	case strings.HasPrefix(text, "spi: "):
		d.spi = strings.TrimPrefix(text, "spi: ")
	case reFortiDetail.MatchString(text):
		m := reFortiDetail.FindStringSubmatch(text)
		if m[1] == "enc" {
			d.keys = saKeys{num: num, cipher: m[2]}
			d.into = &d.keys.enc
		} else {
			d.keys.mac, d.into = m[2], &d.keys.auth
		}
		*d.into, _ = lex.HexGroups(m[3])
		if lex.IsRedacted(m[3]) {
			d.keys.set(nil, true, m[1] == "auth")
		}
	default:
		if row, ok := lex.HexGroups(text); ok && d.into != nil && len(*d.into) < maxRows {
			*d.into = append(*d.into, row...)
			return
		}
		p.endDetail()
	}
}

// endDetail adds the SA that was read.
func (p *fortiGate) endDetail() {
	d := p.detail
	p.detail = nil
	if d == nil || d.spi == "" || !lex.IsHex(d.spi) || len(d.spi) > 8 || d.keys.cipher == "" {
		return
	}
	p.recognise()
	p.addKeys(p.params(d.way, d.spi), d.keys)
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return word
}

func (p *fortiGate) end() error {
	p.flush()
	p.endDetail()
	p.endGateway()
	return nil
}
