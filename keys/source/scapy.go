package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A script for Scapy has the SAs that it decrypts with, over lines:
//
//	sa = SecurityAssociation(ESP, spi=0xcf127d15, crypt_algo='AES-CBC', crypt_key=b'\xf1\x49...',
//	                         auth_algo='HMAC-SHA1-96', auth_key=bytes.fromhex('b426...'),
//	                         tunnel_header=IP(src='192.0.2.1', dst='192.0.2.2'), esn_en=True)
var scapyFormat = format{
	name:  "Scapy SecurityAssociation",
	typed: true,
	words: []string{"SecurityAssociation("},
	looks: isPythonSet,
	lacks: []secret.Lack{{Of: secret.IKEKeys, Text: "a script for Scapy has no IKE keys"}},
	start: func(o *out) parser { return &scapy{out: o} },
}

type scapy struct {
	*out
	num  int // line that the call begins in; 0: none is read
	text strings.Builder
	scan pythonScan
	vars pythonVars
}

// needs is every line of a call.
func (p *scapy) needs() need {
	if p.num != 0 {
		return needLine
	}
	return needLook
}

func (p *scapy) line(l line) error {
	text := l.text
	if p.num == 0 {
		_, call, ok := strings.Cut(text, "SecurityAssociation(")
		if !ok {
			p.vars.note(text)
			return nil
		}
		p.num, p.scan, text = l.num, pythonScan{depth: 1}, call
	}
	code, closed := p.closes(text)
	p.text.WriteString(code)
	p.text.WriteByte('\n')
	if closed || p.text.Len() > maxCall {
		p.finish()
	}
	return nil
}

// closes reports whether a line closes the parenthesis that the call began with. code is the line without a comment.
func (p *scapy) closes(text string) (code string, closed bool) {
	for at := 0; ; at++ {
		switch at = p.scan.find(text, at, "#)"); {
		case at >= len(text):
			p.scan.endLine(at > len(text))
			return text, false
		case text[at] == '#':
			return text[:at], false
		case p.scan.depth == 0:
			return text[:at+1], true
		}
	}
}

var (
	reScapyArg  = pattern(`\b(spi|crypt_algo|auth_algo|esn_en|src|dst)\s*=\s*['"]?([^'",)\s]+)`)
	reScapyKey  = pattern(`\b(crypt_key|auth_key)\s*=\s*((?:[A-Za-z_][A-Za-z_.0-9]*\(\s*)*)([bB]?)(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")` + decodedAs)
	reScapyList = pattern(`\b(crypt_key|auth_key)\s*=\s*(?:bytes|bytearray)\(\s*[\[(]([\s0-9a-fA-FxX,]*)[\])]`)
	reScapyName = pattern(`\b(crypt_key|auth_key)\s*=\s*[A-Za-z_]\w*\s*[,)]`)
)

func (p *scapy) finish() {
	text, num := scapyNamed(p.vars.expand(p.text.String())), p.num
	p.text.Reset()
	p.num = 0
	arg := make(map[string]string)
	for _, m := range reScapyArg.FindAllStringSubmatch(text, -1) {
		arg[m[1]] = m[2]
	}
	spi, err := strconv.ParseUint(arg["spi"], 0, 32)
	if err != nil {
		if arg["spi"] != "" {
			p.recognise()
			p.warn(num, "spi is a variable: put the SPI in its place")
		}
		return
	}
	p.recognise()
	sa := esp.Params{Protocol: esp.ESP, SPI: uint32(spi), Src: hostOf(arg["src"]), Dst: hostOf(arg["dst"]), ESN: arg["esn_en"] == "True"}
	sa.Tunnel = strings.Contains(text, "tunnel_header")
	if word, _, _ := strings.Cut(strings.TrimSpace(text), ","); word == "AH" {
		sa.Protocol = esp.AH
	}
	k := saKeys{num: num, chosen: true, cipher: arg["crypt_algo"], mac: arg["auth_algo"]}
	for _, m := range reScapyKey.FindAllStringSubmatch(text, -1) {
		value, ok := pythonBytes(m[2]+m[6], m[4]+m[5])
		gone := lex.IsRedacted(m[4] + m[5])
		if !ok && !gone {
			p.warn(num, "SA 0x%08x: %s is not understood", sa.SPI, m[1])
			return
		}
		k.set(value, gone, m[1] == "auth_key")
	}
	for _, m := range reScapyList.FindAllStringSubmatch(text, -1) {
		value, ok := listedBytes(m[2])
		if !ok {
			p.warn(num, "SA 0x%08x: %s is not understood", sa.SPI, m[1])
			return
		}
		k.set(value, false, m[1] == "auth_key")
	}
	if m := reScapyName.FindStringSubmatch(text); m != nil && m[1] != "" && !strings.Contains(m[0], "None") {
		p.warn(num, "SA 0x%08x: %s is a variable: put the key in its place", sa.SPI, m[1])
		return
	}
	if k.cipher == "" {
		k.cipher = "null"
	}
	p.addKeys(sa, k)
}

func (p *scapy) end() error {
	if p.num != 0 {
		p.finish()
	}
	return nil
}
