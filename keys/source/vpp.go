package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// VPP prints keys with "show ikev2 sa details". SPIs have no leading zeros; the i: and r: of a key are on two lines, the SPIs of a Child SA are
// those of packets to the initiator and to the responder:
//
//	iip 192.0.2.1 ispi 3f4910656249f831 rip 198.51.100.2 rspi 361d287720d78d15
//	 SK_d    9e01...
//	 SK_a  i:e7cb...
//	       r:6fc4...
//	   child sa 0:
//	    encr:aes-cbc-192 integ:sha1-96 esn:yes
//	    spi(i) c53a42de spi(r) 573e93e
//	    SK_e  i:9066...
//	          r:ecb0...
//
// A Child SA with AES-GCM has its key without the salt.
var vppFormat = format{
	name:    "VPP show ikev2 sa details",
	words:   []string{" rspi "},
	keyless: "give show ikev2 sa details",
	start:   func(o *out) parser { return &vpp{out: o} },
}

var (
	reVPPSA    = pattern(`(?:\biip (\S+) )?(?:\bispi (?:0x)?([0-9A-Fa-f]{1,16}) )?\brip (\S+) rspi (?:0x)?([0-9A-Fa-f]{1,16})`)
	reVPPAlgs  = pattern(`\bencr:(\S+)(?: .*?\binteg:(\S+))?.*?\besn:(yes|no)`)
	reVPPSPIs  = pattern(`\bspi\(i\) ([0-9A-Fa-f]{1,8}) spi\(r\) ([0-9A-Fa-f]{1,8})`)
	reVPPKey   = pattern(`\b(SK_[daep]) +(?:i:(\S*)|(\S+))$`)
	reVPPOther = pattern(`^\s*r:(\S*)$`)
)

var vppKinds = map[string][2]secret.Kind{"SK_d": {secret.SKd}, "SK_a": {secret.SKai, secret.SKar}, "SK_e": {secret.SKei, secret.SKer}, "SK_p": {secret.SKpi, secret.SKpr}}

type vpp struct {
	*out
	where secret.Where
	group int
	last  string // the key whose r: comes next
	src   string // addresses of the initiator and the responder
	dst   string
	child *vppChild
	sa    int // line of an IKE SA of which no key came yet; 0: none
}

// endSA ends an IKE SA: without the word details there are no keys.
func (p *vpp) endSA() {
	if p.sa != 0 {
		p.keyless(p.sa)
	}
	p.sa = 0
}

// A vppChild is a Child SA: keys of the initiator's packets, then of the responder's.
type vppChild struct {
	spis [2]string
	keys [2]saKeys
	esn  bool
}

// needs is every line behind the first IKE SA.
func (p *vpp) needs() need {
	if p.group != 0 {
		return needLine
	}
	return needLook
}

func (p *vpp) line(l line) error {
	text := trimBlanks(l.text)
	if strings.Contains(text, " rspi ") {
		if m := reVPPSA.FindStringSubmatch(text); m != nil {
			p.finish()
			p.recognise()
			if p.where = (secret.Where{}); m[2] != "" { // else a copy begins inside the line
				p.where.Initiator, _ = ikeSPI(m[2])
				p.where.Responder, _ = ikeSPI(m[4])
			}
			p.endSA()
			p.src, p.dst, p.group, p.last, p.sa = m[1], m[3], p.newGroup(), "", l.num
			return nil
		}
	}
	if p.group == 0 {
		return nil
	}
	switch {
	case strings.Contains(text, "child sa "):
		p.finish()
		p.child = &vppChild{}
	case strings.HasPrefix(strings.TrimSpace(text), "traffic selectors"), strings.HasPrefix(text, "Stats"):
		p.finish()
	case p.child != nil && strings.Contains(text, "encr:"):
		if m := reVPPAlgs.FindStringSubmatch(text); m != nil {
			for i := range p.child.keys {
				p.child.keys[i].cipher, p.child.keys[i].mac = m[1], m[2]
			}
			p.child.esn = m[3] == "yes"
		}
	case p.child != nil && strings.Contains(text, "spi(i)"):
		if m := reVPPSPIs.FindStringSubmatch(text); m != nil {
			p.child.spis = [2]string{m[2], m[1]} // of packets from the initiator, then to it
		}
	case strings.Contains(text, "SK_") || strings.Contains(text, "r:"):
		p.key(l.num, text)
	}
	return nil
}

// key takes a line with a key, of the IKE SA or of the Child SA at hand.
func (p *vpp) key(num int, text string) {
	side, digits := 0, ""
	if m := reVPPKey.FindStringSubmatch(text); m != nil {
		p.last, digits = m[1], m[2]+m[3]
	} else if m := reVPPOther.FindStringSubmatch(text); m != nil && p.last != "" {
		side, digits = 1, m[1]
	} else {
		return
	}
	p.sa = 0
	if c := p.child; c != nil {
		c.keys[side].num = num
		if p.last == "SK_e" || p.last == "SK_a" {
			if err := c.keys[side].read(digits, p.last == "SK_a"); err != nil {
				p.warn(num, "%s: %v", p.last, err)
			}
		}
		return
	}
	value, err := lex.ParseHexValue(digits)
	if err != nil {
		p.unread(num, p.last, err)
		return
	}
	if kind := vppKinds[p.last][side]; kind != 0 {
		p.secret(secret.Secret{Kind: kind, Where: p.where, Value: value, Group: p.group}, num, p.last)
	}
}

// finish adds the Child SA that was read.
func (p *vpp) finish() {
	c := p.child
	p.child = nil
	if c == nil || c.spis[0] == "" {
		return
	}
	hosts := [2]string{p.src, p.dst}
	for side, k := range c.keys {
		if len(k.enc)+len(k.auth) > 0 || k.encGone {
			p.addKeys(esp.Params{Protocol: esp.ESP, SPI: hex32(c.spis[side]), Src: hostOf(hosts[side]), Dst: hostOf(hosts[1-side]), ESN: c.esn}, k)
		}
	}
}

func (p *vpp) end() error {
	p.finish()
	p.endSA()
	return nil
}
