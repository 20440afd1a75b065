package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// OpenConnect prints the keys of ESP at -vvv, those that GlobalProtect's, Juniper's, Pulse's and Fortinet's servers give it, too (openconnect, esp.c):
//
//	Parameters for incoming ESP: SPI 0xc9e510a3
//	ESP encryption type AES-128-CBC (RFC3602) key 0x7ebc...
//	ESP authentication type HMAC-SHA-1-96 (RFC2404) key 0x3e96...
var openConnectFormat = format{
	name:    "output of OpenConnect",
	words:   []string{"Parameters for ", "ESP encryption type ", "ESP authentication type "},
	lacks:   []secret.Lack{{Of: secret.IKEKeys, Text: "there is no IKE in what OpenConnect speaks"}},
	keyless: "give the output of openconnect -vvv",
	start:   func(o *out) parser { return &openConnect{out: o} },
}

var (
	reOpenConnectSA  = pattern(`Parameters for (\S+) ESP: SPI 0x([0-9a-f]{1,8})\b`)
	reOpenConnectKey = pattern(`ESP (encryption|authentication) type (\S+).* key (\S+)`)
)

type openConnect struct {
	*out
	num  int // line of the SA; 0: none is read
	sa   esp.Params
	keys saKeys
}

func (p *openConnect) line(l line) error {
	if m := reOpenConnectSA.FindStringSubmatch(l.text); m != nil {
		p.finish()
		p.recognise()
		p.num, p.keys = l.num, saKeys{num: l.num}
		p.sa = esp.Params{Protocol: esp.ESP, SPI: hex32(m[2]), Tunnel: true, UDP: true}
		return nil
	}
	m := reOpenConnectKey.FindStringSubmatch(l.text)
	if m == nil || p.num == 0 {
		return nil
	}
	auth := m[1] == "authentication"
	if auth {
		p.keys.mac = m[2]
	} else {
		p.keys.cipher = m[2]
	}
	if err := p.keys.read(strings.TrimRight(m[3], `"`), auth); err != nil {
		p.warn(l.num, "ESP %s key: %v", m[1], err)
		p.num = 0
	}
	return nil
}

func (p *openConnect) finish() {
	num := p.num
	p.num = 0
	if num != 0 {
		p.addKeys(p.sa, p.keys)
	}
}

func (p *openConnect) end() error {
	p.finish()
	return nil
}
