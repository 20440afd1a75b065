package source

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
)

// VPP prints the keys of the SAs that forward packets with "show ipsec sa" and the number of one; the salt of a counter or combined
// mode stands apart, without its leading zeros. An algorithm that is none has "[redacted]" for its key, too:
//
//	[0] sa 10 (0xa) spi 1001 (0x000003e9) protocol:esp flags:[esn anti-replay tunnel ]
//	   salt 0x8a5d1f2
//	   crypto alg aes-gcm-128 key 4a506a794f574265564551694d653768
//	   integrity alg none key [redacted]
//	   table-ID:0 [192.0.2.1->198.51.100.2] hop-limit:255 ...        older: tunnel src 192.0.2.1 dst 198.51.100.2
//
// A startup script has them in the command "ipsec sa add 10 spi 1001 esp crypto-alg aes-cbc-128 crypto-key 4a50... integ-alg ...", one for vpp_api_test in
// "ipsec_sad_entry_add_del sad_id 10 spi 1001 crypto_alg ...".
var vppSAFormat = format{
	name:    "VPP show ipsec sa",
	words:   []string{"ipsec sa add ", "ipsec_sad_", " protocol:"},
	keyless: "show ipsec sa NUMBER prints them, of one SA at a time",
	start:   func(o *out) parser { return &vppSA{out: o} },
}

var (
	reVPPIPsecSA  = pattern(`\bsa \d+ \(0x[0-9A-Fa-f]+\) spi \d+ \(0x([0-9A-Fa-f]{1,8})\) (?:mode:\w+ )?protocol:(esp|ah)`)
	reVPPAlgKey   = pattern(`\b(crypto|integrity) alg (\S+)(?: key (\S+))?`)
	reVPPHosts    = pattern(`\bsrc (\S+) dst (\S+)|\btable-ID:\d+ \[([0-9a-f.:]+)->([0-9a-f.:]+)\]`)
	reVPPSalt     = pattern(`\bsalt 0x([0-9A-Fa-f]{1,8})\b`)
	reVPPSAConfig = pattern(`\b(?:ipsec sa add \d+|ipsec_sad_(?:add_del_entry|entry_add_del|entry_add)(?: .*)?) spi (\d+) (.*)$`)
)

type vppSA struct {
	*out
	num   int // line of the SA; 0: none is read
	typed vppCommand
	sa    esp.Params
	keys  saKeys
	salt  []byte    // nil: it is not shown
	brief lineCount // SAs without keys, as in a list without details
}

// A vppCommand is a command whose words may go on in the next line, as in comments and on pages.
type vppCommand struct {
	num       int // 0: there is none
	spi, text string
}

// needs is every line of an SA.
func (p *vppSA) needs() need {
	if p.num != 0 || p.typed.num != 0 {
		return needLine
	}
	return needLook
}

func (p *vppSA) line(l line) error {
	if p.typed.num != 0 {
		if more := strings.TrimLeft(l.text, " \t/*#\\>"); vppOption(more) && len(p.typed.text) < maxCall {
			p.typed.text += " " + more
			return nil
		}
		p.command()
	}
	if strings.Contains(l.text, "ipsec sa add ") || strings.Contains(l.text, "ipsec_sad_") {
		if m := reVPPSAConfig.FindStringSubmatch(l.text); m != nil {
			p.finish()
			p.typed = vppCommand{l.num, m[1], m[2]}
			return nil
		}
	}
	if strings.Contains(l.text, " protocol:") {
		if m := reVPPIPsecSA.FindStringSubmatch(l.text); m != nil {
			p.finish()
			p.begin(l.num, hex32(m[1]))
			p.sa.ESN, p.sa.UDP, p.sa.Tunnel = strings.Contains(l.text, "esn"), strings.Contains(l.text, "udp-encap"), strings.Contains(l.text, "tunnel")
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

// begin starts an SA.
func (p *vppSA) begin(num int, spi uint32) {
	p.recognise()
	p.num, p.keys, p.salt = num, saKeys{num: num}, nil
	p.sa = esp.Params{Protocol: esp.ESP, SPI: spi}
}

// inside takes a line of an SA.
func (p *vppSA) inside(text string) {
	if m := reVPPAlgKey.FindStringSubmatch(text); m != nil {
		if m[1] == "crypto" {
			p.keys.cipher = m[2]
		} else {
			p.keys.mac = m[2]
		}
		if m[2] != "none" {
			p.key(m[3], m[1] == "integrity")
		}
	} else if m := reVPPSalt.FindStringSubmatch(text); m != nil {
		p.salt = binary.BigEndian.AppendUint32(nil, hex32(m[1]))
	} else if m := reVPPHosts.FindStringSubmatch(text); m != nil {
		p.sa.Src, p.sa.Dst = hostOf(m[1]+m[3]), hostOf(m[2]+m[4])
	}
}

// key takes a key of the SA, which ends where it is none.
func (p *vppSA) key(text string, auth bool) {
	if err := p.keys.read(text, auth); err != nil {
		p.warn(p.num, "SA 0x%08x: key: %v", p.sa.SPI, err)
		p.num = 0
	}
}

// vppOption reports whether a line goes on with a command.
func vppOption(text string) bool {
	word, _, _ := strings.Cut(strings.ReplaceAll(text, "_", "-"), " ")
	switch word {
	case "crypto-alg", "crypto-key", "integ-alg", "integ-key", "salt", "tunnel", "tunnel-src", "tunnel-dst", "udp-encap", "use-esn", "use-anti-replay":
		return true
	}
	return false
}

// command takes the words of "ipsec sa add".
func (p *vppSA) command() {
	c := p.typed
	p.typed = vppCommand{}
	n, err := strconv.ParseUint(c.spi, 10, 32)
	if err != nil {
		return
	}
	p.begin(c.num, uint32(n))
	p.keys.cipher, p.keys.typed = "none", true
	words := strings.Fields(c.text)
	for i, word := range words {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch strings.ReplaceAll(word, "_", "-") {
		case "ah":
			p.sa.Protocol = esp.AH
		case "esn", "use-esn":
			p.sa.ESN = true
		case "crypto-alg":
			p.keys.cipher = value
		case "integ-alg":
			p.keys.mac = value
		case "crypto-key":
			p.key(value, false)
		case "integ-key":
			p.key(value, true)
		case "salt":
			salt, _ := strconv.ParseUint(value, 0, 32)
			p.salt = binary.BigEndian.AppendUint32(nil, uint32(salt))
		case "tunnel-src", "src":
			p.sa.Src, p.sa.Tunnel = hostOf(value), true
		case "tunnel-dst", "dst":
			p.sa.Dst = hostOf(value)
		}
	}
	p.finish()
}

// finish adds the SA that was read.
func (p *vppSA) finish() {
	num, k := p.num, p.keys
	p.num = 0
	switch {
	case num == 0:
		return
	case k.empty(), k.cipher == "" && p.sa.Protocol == esp.ESP: // its line is not there: NULL would be "none"
		p.brief.add(num)
		return
	}
	if c := spelledCipher(k.cipher); c != nil && c.SaltLen == len(p.salt) && c.LacksSalt(k.enc) {
		k.enc = append(k.enc, p.salt...)
	}
	p.addKeys(p.sa, k)
}

func (p *vppSA) end() error {
	if p.typed.num != 0 {
		p.command()
	}
	p.finish()
	p.keylessAlone(p.brief)
	return nil
}
