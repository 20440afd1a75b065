package source

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// VPP's binary API gives SAs in the messages ipsec_sad_entry_add and ipsec_sa_details, which traces print as JSON or as text, and Python as objects. A key has 128
// bytes there, of which its length counts:
//
//	"entry": { "sad_id": 10, "spi": 1001, "protocol": "IPSEC_API_PROTO_ESP",
//	  "crypto_algorithm": "IPSEC_API_CRYPTO_ALG_AES_CBC_128", "crypto_key": { "length": 16, "data": "0x4a50..." }, ...
//
//	crypto_key=vl_api_key_t(length=16, data=b'JPjyOWBe...')
var vppAPIFormat = format{
	name:   "VPP's API",
	words:  []string{"IPSEC_API_", "ipsec_sad_entry_add", "crypto_key", "integrity_key"},
	starts: []string{`"spi":`, "spi:", `"spi" :`},
	start:  func(o *out) parser { return &vppAPI{out: o} },
}

// reVPPMember is a member of a message, with the front of its value.
var reVPPMember = pattern(`\b(spi|crypto_algorithm|integrity_algorithm|crypto_key|integrity_key|length|data|salt|src|dst|IPSEC_API_PROTO_AH|IPSEC_API_SAD_FLAG_\w+)\b(?:["']?\s*[:=]\s*)?`)

const maxVPPMembers = 4096 // in a line

type vppAPI struct {
	*out
	sa   esp.Params
	keys saKeys
	num  int // line that it begins in, with its SPI or, where names are sorted, its encryption algorithm; 0: no SA is read
	ours bool
	rest int // lines that the SA may yet have
	salt []byte
	auth bool // the key that is read is that of integrity
	raw  []byte
	size int // of the key in raw; -1: it is not told yet
}

// needs is every line of an SA.
func (p *vppAPI) needs() need {
	if p.num != 0 {
		return needLine
	}
	return needLook
}

func (p *vppAPI) line(l line) error {
	if p.num != 0 {
		if p.rest--; p.rest < 0 {
			p.finish()
		}
	}
	text := l.text
	for range maxVPPMembers {
		m := reVPPMember.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		name := text[m[2]:m[3]]
		text = text[m[1]:]
		p.member(l.num, name, text)
	}
	return nil
}

// member takes a member and the text behind it.
func (p *vppAPI) member(num int, name, value string) {
	switch {
	case name == "spi":
		p.spi(num, value)
		return
	case name == "crypto_algorithm" && p.keys.cipher != "", name == "crypto_algorithm" && p.num == 0:
		p.begin(num)
	case p.num == 0:
		return
	}
	switch name {
	case "crypto_algorithm":
		p.keys.cipher = p.algorithm(value, "CRYPTO")
	case "integrity_algorithm":
		p.keys.mac = p.algorithm(value, "INTEG")
	case "crypto_key", "integrity_key":
		p.auth, p.size, p.raw = name == "integrity_key", -1, nil
	case "length":
		if n, ok := firstNumber(value); ok {
			p.size = int(min(n, 1<<10))
			p.key()
		}
	case "data":
		p.data(value)
	case "salt":
		if n, ok := firstNumber(value); ok {
			p.salt = binary.BigEndian.AppendUint32(nil, uint32(n))
		}
	case "src", "dst":
		p.host(name, value)
	case "IPSEC_API_PROTO_AH":
		p.sa.Protocol = esp.AH
	case "IPSEC_API_SAD_FLAG_USE_ESN":
		p.sa.ESN = true
	case "IPSEC_API_SAD_FLAG_UDP_ENCAP":
		p.sa.UDP = true
	case "IPSEC_API_SAD_FLAG_IS_TUNNEL":
		p.sa.Tunnel = true
	}
}

// begin starts an SA.
func (p *vppAPI) begin(num int) {
	p.finish()
	const longest = 64
	p.num, p.rest, p.size, p.raw, p.salt, p.ours = num, longest, -1, nil, nil, false
	p.sa, p.keys = esp.Params{Protocol: esp.ESP}, saKeys{num: num}
}

func (p *vppAPI) spi(num int, value string) {
	n, ok := firstNumber(value)
	if !ok || n == 0 || n >= 1<<32 {
		return
	}
	if p.num == 0 || p.sa.SPI != 0 {
		p.begin(num)
	}
	p.sa.SPI = uint32(n)
}

// algorithm is the name of an algorithm in a value.
func (p *vppAPI) algorithm(value, kind string) string {
	_, name, ok := strings.Cut(value, "IPSEC_API_"+kind+"_ALG_")
	p.ours = p.ours || ok
	name, _ = firstWordOf(name)
	return name
}

// data takes the bytes of a key.
func (p *vppAPI) data(value string) {
	key, n := bytesLiteral(value)
	if n == 0 {
		digits, _ := firstWordOf(strings.TrimPrefix(strings.TrimLeft(value, `"' `), "0x"))
		var err error
		if key, err = lex.ParseHex(digits); err != nil {
			return
		}
	}
	p.raw = key
	p.key()
}

// key takes the key whose bytes and length were read.
func (p *vppAPI) key() {
	if p.size >= 0 && p.size <= len(p.raw) && p.raw != nil {
		p.keys.set(p.raw[:p.size:p.size], false, p.auth)
		p.size, p.raw = -1, nil
	}
}

func (p *vppAPI) host(name, value string) {
	word, _, _ := strings.Cut(strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(value, "IPv4Address("), "IPv6Address("), `"' `), "\n")
	if end := strings.IndexFunc(word, func(r rune) bool { return r != '.' && r != ':' && (r > 'f' || !lex.IsHexDigit(byte(r))) }); end >= 0 {
		word = word[:end]
	}
	if name == "src" {
		p.sa.Src = hostOf(word)
	} else {
		p.sa.Dst = hostOf(word)
	}
}

// finish adds the SA that was read, if it is one of VPP's.
func (p *vppAPI) finish() {
	num := p.num
	k := p.keys
	if p.num, p.keys = 0, (saKeys{}); num == 0 || !p.ours || p.sa.SPI == 0 {
		return
	}
	p.recognise()
	if c := spelledCipher(k.cipher); c != nil && c.SaltLen == len(p.salt) && c.LacksSalt(k.enc) {
		k.enc = append(k.enc, p.salt...)
	}
	p.addKeys(p.sa, k)
}

func (p *vppAPI) end() error {
	p.finish()
	return nil
}

// firstWordOf is what a text begins with, of letters, digits and underscores.
func firstWordOf(text string) (word, rest string) {
	n := 0
	for n < len(text) && (isWordByte(text[n]) || text[n] == '_') {
		n++
	}
	return text[:n], text[n:]
}

// firstNumber is the number that a text begins with, behind a cast of C or a quotation mark.
func firstNumber(text string) (uint64, bool) {
	text = strings.TrimLeft(text, `"' `)
	if cast, after, ok := strings.Cut(text, ")"); ok && strings.HasPrefix(cast, "(") {
		text = after
	}
	word, _ := firstWordOf(text)
	n, err := strconv.ParseUint(word, 0, 64)
	return n, err == nil
}
