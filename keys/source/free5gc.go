package source

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// free5gc's N3IWF prints the keys of a Child SA at the level debug, a direction after the other; algorithms are transform IDs of IKEv2, and
// older versions print an SPI of 16 digits:
//
//	IPSec Inbound  SPI: 0xc203f085
//	[UE:192.0.2.1] -> [N3IWF:192.0.2.2]
//	IPSec Encryption Algorithm: 12
//	IPSec Encryption Key: 0xa811...
//	IPSec Integrity  Algorithm: 12
//	IPSec Integrity  Key: 0x45e0...
//
// Its UE has the hosts before the SPI:
//
//	====== IPSec/Child SA for 3GPP CP Inbound =====
//	[UE:192.0.2.1] <- [N3IWF:192.0.2.2]
//	IPSec SPI: 0x00000000c203f085
var free5gcFormat = format{
	name:  "free5gc N3IWF log",
	words: []string{"IPSec ", "[UE:"},
	start: func(o *out) parser { return &free5gc{out: o} },
}

var (
	reN3IWFSPI   = pattern(`IPSec (?:Inbound +|Outbound +)?SPI: (?:0x)?([0-9a-fA-F]{1,16})\b`)
	reN3IWFHosts = pattern(`\[\w+:([0-9A-Fa-f.:]+)\] (->|<-) \[\w+:([0-9A-Fa-f.:]+)\]`)
	reN3IWFField = pattern(`IPSec (Encryption|Integrity) +(Algorithm|Key): *(?:0x)?(\S*)`)
)

type free5gc struct {
	*out
	num      int // line of the SPI; 0: no SA is read
	sa       esp.Params
	src, dst netip.Addr // hosts of the next SA, where they stand before its SPI
	enc, mac uint16
	keys     saKeys
}

// needs is every line of an SA.
func (p *free5gc) needs() need {
	if p.num != 0 {
		return needLine
	}
	return needLook
}

func (p *free5gc) line(l line) error {
	if strings.Contains(l.text, "IPSec ") {
		if m := reN3IWFSPI.FindStringSubmatch(l.text); m != nil {
			p.finish()
			spi, err := strconv.ParseUint(m[1], 16, 32)
			if err != nil {
				return nil
			}
			p.num, p.sa, p.enc, p.mac, p.keys = l.num, esp.Params{Protocol: esp.ESP, SPI: uint32(spi), Src: p.src, Dst: p.dst, Derived: true}, 0, 0, saKeys{}
			p.src, p.dst = netip.Addr{}, netip.Addr{}
			return nil
		}
		if m := reN3IWFField.FindStringSubmatch(l.text); m != nil && p.num != 0 {
			p.field(m[1], m[2], m[3])
		}
		return nil
	}
	if strings.Contains(l.text, "] ") {
		if m := reN3IWFHosts.FindStringSubmatch(l.text); m != nil {
			p.hosts(m[1], m[3], m[2] == "<-")
		}
	}
	return nil
}

// hosts takes the hosts of the SA that begins, or of the next.
func (p *free5gc) hosts(left, right string, toLeft bool) {
	src, dst := hostOf(left), hostOf(right)
	if toLeft {
		src, dst = dst, src
	}
	if p.num != 0 && p.enc == 0 && p.keys.empty() {
		p.sa.Src, p.sa.Dst = src, dst
		return
	}
	p.finish()
	p.src, p.dst = src, dst
}

func (p *free5gc) field(what, name, value string) {
	n, _ := strconv.ParseUint(value, 10, 16)
	switch {
	case what == "Encryption" && name == "Algorithm":
		p.enc = uint16(n)
	case name == "Algorithm":
		p.mac = uint16(n)
	default:
		if err := p.keys.read(value, what == "Integrity"); err != nil {
			p.warn(p.num, "IPSec %s Key: %v", what, err)
		}
	}
}

func (p *free5gc) finish() {
	num, sa := p.num, p.sa
	p.num = 0
	c, m := alg.CipherByIKEv2(p.enc), alg.MACByIKEv2(p.mac)
	p.hide(&p.keys)
	switch {
	case num == 0 || p.keys.empty():
		return
	case p.keys.encGone:
		p.redactedSA(num, sa.SPI)
		return
	case !setCipher(&sa, c, p.keys.enc):
		p.warn(num, "SA 0x%08x: encryption algorithm %d is not known", sa.SPI, p.enc)
		return
	case c.AEAD || p.mac == 0:
	case p.keys.authGone && m != nil:
		p.unchecked(&sa, m.ICVLen, num)
	case !setMAC(&sa, m, p.keys.auth):
		p.warn(num, "SA 0x%08x: integrity algorithm %d is not known", sa.SPI, p.mac)
		return
	}
	p.recognise()
	p.cutMAC(&sa, num)
	p.addSA(sa, num)
}

func (p *free5gc) end() error {
	p.finish()
	return nil
}
