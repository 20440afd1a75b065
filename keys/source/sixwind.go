package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/esp"
)

// 6WIND's fast path prints its SAs with fp-cli, "ipsec4-sad all" and the like, algorithms and keys on lines of their own:
//
//	1: 192.0.2.1 - 198.51.100.2 vr0 spi 0x11111111 ESP tunnel
//	     AES-CBC HMAC-SHA1
//	     key enc:6165732d6362632070617373776f7264
//	     digest length: 12
//	     key auth:686d6163207368612d31207061737377
//
// The control plane is strongSwan's, whose log and ip xfrm state are read by their own rules.
var sixWINDFormat = format{
	name:  "6WIND fp-cli ipsec-sad",
	words: []string{" spi 0x"},
	start: func(o *out) parser { return &sixWIND{out: o} },
}

var (
	reSixSA   = pattern(`(?:^|\s)([0-9A-Fa-f.:]+) - ([0-9A-Fa-f.:]+) vr\d+ spi 0x([0-9a-f]{1,8}) (?i:(esp|ah))\b(.*)$`)
	reSixAlgs = pattern(`^\s*([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)(?: +([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*))?\s*$`)
	reSixKey  = pattern(`\bkey (enc|auth): ?(.*)$`)
)

type sixWIND struct {
	*out
	num  int // line of the SA; 0: none is read
	sa   esp.Params
	keys saKeys
}

// needs is every line of an SA.
func (p *sixWIND) needs() need {
	if p.num != 0 {
		return needLine
	}
	return needLook
}

func (p *sixWIND) line(l line) error {
	if strings.Contains(l.text, " spi 0x") {
		if m := reSixSA.FindStringSubmatch(l.text); m != nil {
			p.finish()
			p.recognise()
			p.num, p.keys = l.num, saKeys{num: l.num}
			p.sa = esp.Params{Protocol: esp.ESP, SPI: hex32(m[3]), Src: hostOf(m[1]), Dst: hostOf(m[2])}
			p.sa.Tunnel, p.sa.Transport = strings.Contains(m[5], "tunnel"), strings.Contains(m[5], "transport")
			if strings.EqualFold(m[4], "ah") {
				p.sa.Protocol = esp.AH
			}
			return nil
		}
	}
	if p.num != 0 {
		p.inside(strings.TrimRight(l.text, " "))
	}
	return nil
}

// inside takes a line of an SA.
func (p *sixWIND) inside(text string) {
	if m := reSixKey.FindStringSubmatch(text); m != nil {
		if err := p.keys.read(m[2], m[1] == "auth"); err != nil {
			p.warn(p.num, "SA 0x%08x: key %s: %v", p.sa.SPI, m[1], err)
			p.num = 0
		}
		return
	}
	if strings.Contains(strings.ToLower(text), "esn on") || strings.HasSuffix(text, " esn") {
		p.sa.ESN = true
	}
	m := reSixAlgs.FindStringSubmatch(text)
	if m == nil || p.keys.cipher != "" {
		return
	}
	if _, isMAC := spelledMACs(m[1]); isMAC && p.sa.Protocol == esp.AH {
		p.keys.mac = m[1]
	} else if spelledCipher(m[1]) != nil {
		p.keys.cipher, p.keys.mac = m[1], m[2]
	}
}

// finish adds the SA that was read.
func (p *sixWIND) finish() {
	num := p.num
	p.num = 0
	if num != 0 {
		p.addKeys(p.sa, p.keys)
	}
}

func (p *sixWIND) end() error {
	p.finish()
	return nil
}
