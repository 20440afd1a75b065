package source

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Cilium has the keys of its nodes in a secret of Kubernetes, a line for each, which is base64 where the secret itself is printed. The number is the SPI. With a
// plus sign behind it each pair of nodes has keys that come from this one (Cilium, "IPsec Transparent Encryption"):
//
//	3 rfc4106(gcm(aes)) 5118217c... 128
//	3 hmac(sha256) 45e0... cbc(aes) a811...
//	keys: MysgcmZjNDEwNihnY20oYWVzKSkgNTExODIxN2MuLi4gMTI4
var ciliumFormat = format{
	name:   "keys of Cilium",
	typed:  true,
	words:  []string{"keys="},
	starts: []string{"keys: ", `"keys": `},
	looks:  isCiliumKey,
	lacks:  []secret.Lack{{Of: secret.IKEKeys, Text: "Cilium needs no IKE, and there are no IKE keys"}},
	start:  func(o *out) parser { return &cilium{out: o} },
}

var reCiliumKey = pattern(`^(\d{1,10})(\+?) (?:(rfc4106\(gcm\(aes\)\)) (?:0x)?(\S+) (\d+)|(hmac\(\w+\)) (?:0x)?(\S+) (cbc\(aes\)) (?:0x)?(\S+))`)

// isCiliumKey reports whether a line begins with a number and the name of an algorithm: a cheap look. What ip prints has a word before the name.
func isCiliumKey(text string) bool {
	n := runEnd(text, 0, func(c byte) bool { return '0' <= c && c <= '9' })
	text = strings.TrimPrefix(text[n:], "+")
	return n > 0 && (strings.HasPrefix(text, " rfc4106(") || strings.HasPrefix(text, " hmac("))
}

type cilium struct{ *out }

func (p *cilium) line(l line) error {
	text := strings.TrimSpace(l.text)
	for _, name := range []string{"keys=", "keys: ", `"keys": `} {
		if _, value, ok := strings.Cut(text, name); ok {
			text = strings.Trim(value, `"', `)
		}
	}
	if b, err := base64.StdEncoding.DecodeString(text); err == nil {
		text = string(b)
	}
	for row := range strings.SplitSeq(text, "\n") {
		if m := reCiliumKey.FindStringSubmatch(strings.TrimSpace(row)); m != nil {
			p.key(l.num, m)
		}
	}
	return nil
}

// key takes a line.
func (p *cilium) key(num int, m []string) {
	spi, err := strconv.ParseUint(m[1], 10, 32)
	if err != nil {
		return
	}
	p.recognise()
	if m[2] != "" {
		p.warn(num, "key %d+: each pair of nodes has keys that come from it, and its own boot IDs: give ip xfrm state of a node", spi)
		return
	}
	bits, _ := strconv.Atoi(m[5])
	sa := esp.Params{Protocol: esp.ESP, SPI: uint32(spi), Tunnel: true}
	k := saKeys{num: num, cipher: firstOf(m[3], m[8]), mac: m[6]}
	err1, err2 := k.read(trimQuotes(firstOf(m[4], m[9])), false), k.read(trimQuotes(m[7]), true)
	switch {
	case err1 != nil || err2 != nil:
		p.warn(num, "key %d: it must be hex", spi)
	case m[3] != "" && !k.encGone:
		setCipher(&sa, cipherByXFRM(m[3], bits), k.enc)
		p.addSA(sa, num)
	default:
		p.addKeys(sa, k)
	}
}

func trimQuotes(s string) string { return strings.Trim(s, `"',`) }

func (p *cilium) end() error { return nil }
