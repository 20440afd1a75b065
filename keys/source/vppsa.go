package source

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// VPP prints the keys of the SAs that forward packets with "show ipsec sa detail" and the number of one; the salt of a counter or combined
// mode stands apart, without its leading zeros:
//
//	[0] sa 10 (0xa) spi 1001 (0x000003e9) protocol:esp flags:[esn anti-replay tunnel ]
//	   salt 0x8a5d1f2
//	   crypto alg aes-gcm-128 key 4a506a794f574265564551694d653768
//	   integrity alg none
//	   tunnel src 192.0.2.1 dst 198.51.100.2
//
// A startup script has them in the command "ipsec sa add 10 spi 1001 esp crypto-alg aes-cbc-128 crypto-key 4a50... integ-alg ...".
var vppSAFormat = format{
	name:  "VPP show ipsec sa",
	start: func(o *out) parser { return &vppSA{out: o} },
}

var (
	reVPPIPsecSA  = regexp.MustCompile(`\bsa \d+ \(0x[0-9a-f]+\) spi \d+ \(0x([0-9a-f]{1,8})\) (?:mode:\w+ )?protocol:(esp|ah)`)
	reVPPAlgKey   = regexp.MustCompile(`\b(crypto|integrity) alg (\S+)(?: key (\S+))?`)
	reVPPHosts    = regexp.MustCompile(`\bsrc (\S+) dst (\S+)`)
	reVPPSalt     = regexp.MustCompile(`\bsalt 0x([0-9a-f]{1,8})\b`)
	reVPPSAConfig = regexp.MustCompile(`\bipsec sa add \d+ spi (\d+) (.*)$`)
)

type vppSA struct {
	*out
	num    int // line of the SA; 0: none is read
	sa     esp.Params
	keys   saKeys
	salt   uint32
	hidden bool
}

func (p *vppSA) line(l line) error {
	if strings.Contains(l.text, "ipsec sa add ") {
		if m := reVPPSAConfig.FindStringSubmatch(l.text); m != nil {
			p.finish()
			p.command(l.num, m[1], m[2])
			return nil
		}
	}
	if strings.Contains(l.text, " protocol:") {
		if m := reVPPIPsecSA.FindStringSubmatch(l.text); m != nil {
			p.finish()
			p.recognise()
			p.num, p.keys, p.salt, p.hidden = l.num, saKeys{num: l.num}, 0, false
			p.sa = esp.Params{Protocol: esp.ESP, SPI: hex32(m[1]), ESN: strings.Contains(l.text, "esn"), UDP: strings.Contains(l.text, "udp-encap"), Tunnel: strings.Contains(l.text, "tunnel")}
			if m[2] == "ah" {
				p.sa.Protocol = esp.AH
			}
			return nil
		}
	}
	if p.num != 0 {
		p.inside(l.text)
	}
	return nil
}

// inside takes a line of an SA.
func (p *vppSA) inside(text string) {
	if m := reVPPAlgKey.FindStringSubmatch(text); m != nil {
		key, err := lex.ParseHex(m[3])
		p.hidden = p.hidden || err != nil
		if m[1] == "crypto" {
			p.keys.cipher, p.keys.enc = m[2], key
		} else {
			p.keys.mac, p.keys.auth = m[2], key
		}
	} else if m := reVPPSalt.FindStringSubmatch(text); m != nil {
		p.salt = hex32(m[1])
	} else if m := reVPPHosts.FindStringSubmatch(text); m != nil {
		p.sa.Src, p.sa.Dst = hostOf(m[1]), hostOf(m[2])
	}
}

// command takes the words of "ipsec sa add".
func (p *vppSA) command(num int, spi, text string) {
	n, err := strconv.ParseUint(spi, 10, 32)
	if err != nil {
		return
	}
	p.recognise()
	p.num, p.keys, p.salt, p.hidden = num, saKeys{num: num}, 0, false
	p.sa = esp.Params{Protocol: esp.ESP, SPI: uint32(n)}
	words := strings.Fields(text)
	for i, word := range words {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch word {
		case "ah":
			p.sa.Protocol = esp.AH
		case "esn", "use-esn":
			p.sa.ESN = true
		case "crypto-alg":
			p.keys.cipher = value
		case "integ-alg":
			p.keys.mac = value
		case "crypto-key":
			p.keys.enc, err = lex.ParseHex(value)
		case "integ-key":
			p.keys.auth, err = lex.ParseHex(value)
		case "salt":
			salt, _ := strconv.ParseUint(value, 0, 32)
			p.salt = uint32(salt)
		case "tunnel-src":
			p.sa.Src, p.sa.Tunnel = hostOf(value), true
		case "tunnel-dst":
			p.sa.Dst = hostOf(value)
		}
	}
	p.hidden = err != nil
	p.finish()
}

// finish adds the SA that was read.
func (p *vppSA) finish() {
	num, k := p.num, p.keys
	p.num = 0
	switch c := spelledCipher(k.cipher); {
	case num == 0:
		return
	case p.hidden:
		p.warn(num, "SA 0x%08x: keys redacted in the source, or cut off: show ipsec sa NUMBER detail prints them", p.sa.SPI)
		return
	case len(k.enc)+len(k.auth) == 0:
		return
	case c != nil && c.SaltLen == 4 && p.salt != 0:
		k.enc = binary.BigEndian.AppendUint32(k.enc, p.salt)
	}
	p.addKeys(p.sa, k)
}

func (p *vppSA) end() error {
	p.finish()
	return nil
}
