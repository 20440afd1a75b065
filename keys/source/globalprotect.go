package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// GlobalProtect negotiates no keys: the portal's answer to getconfig.esp has them, c2s those from the client, s2c those to it:
//
//	<gw-address>192.0.2.2</gw-address>
//	<ipsec><enc-algo>aes-128-cbc</enc-algo><hmac-algo>sha1</hmac-algo>
//	<c2s-spi>0x89ABCDEF</c2s-spi><s2c-spi>0x01234567</s2c-spi>
//	<akey-c2s><bits>160</bits><val>b426...</val></akey-c2s><ekey-c2s><bits>128</bits><val>f149...</val></ekey-c2s>
//
// OpenConnect prints the answer with --dump-http-traffic.
var globalProtectFormat = format{
	name:    "GlobalProtect getconfig",
	words:   []string{"<gw-address>", "<enc-algo>", "<hmac-algo>", "c2s-spi>", "s2c-spi>", "<val>", "key-c2s>", "key-s2c>", "</ipsec>"},
	lacks:   []secret.Lack{{Of: secret.IKEKeys, Text: "there is no IKE in GlobalProtect"}},
	keyless: "give the output of openconnect --dump-http-traffic",
	start:   func(o *out) parser { return &globalProtect{out: o} },
}

var (
	reGPElement = pattern(`<(gw-address|enc-algo|hmac-algo|c2s-spi|s2c-spi|val)>\s*([^<\s]*)\s*</|<([ae]key-(?:c2s|s2c))>|<(/ipsec)>`)
)

type globalProtect struct {
	*out
	set map[string]string
	key string // the element that a value stands in
	num int
}

func (p *globalProtect) line(l line) error {
	if !strings.Contains(l.text, "</") && !strings.Contains(l.text, "key-") {
		return nil
	}
	for _, m := range reGPElement.FindAllStringSubmatch(l.text, -1) {
		if p.set == nil {
			p.set, p.num = map[string]string{}, l.num
		}
		switch {
		case m[4] != "":
			p.finish()
		case m[3] != "":
			p.key = m[3]
		case m[1] == "val":
			p.set[p.key] = m[2]
		default:
			p.set[m[1]] = m[2]
		}
	}
	return nil
}

func (p *globalProtect) finish() {
	set := p.set
	gateway := set["gw-address"]
	p.set = map[string]string{"gw-address": gateway}
	for _, way := range []string{"c2s", "s2c"} {
		spi := strings.TrimPrefix(strings.ToLower(set[way+"-spi"]), "0x")
		if spi == "" || !lex.IsHex(spi) || len(spi) > 8 {
			continue
		}
		p.recognise()
		sa := esp.Params{Protocol: esp.ESP, SPI: hex32(spi), Tunnel: true, UDP: true}
		if way == "c2s" {
			sa.Dst = hostOf(gateway)
		} else {
			sa.Src = hostOf(gateway)
		}
		k := saKeys{num: p.num, cipher: set["enc-algo"], mac: set["hmac-algo"]}
		err1, err2 := k.read(set["ekey-"+way], false), k.read(set["akey-"+way], true)
		if err1 != nil || err2 != nil {
			p.warn(p.num, "SA 0x%08x: the keys must be hex", sa.SPI)
			continue
		}
		p.addKeys(sa, k)
	}
}

func (p *globalProtect) end() error { return nil }
