package source

import (
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
)

// OSPFv3 is protected by manual SAs, which have one SPI and the same keys in all directions (RFC 4552). Cisco, Arista, Brocade and others have them on an interface
// or an area:
//
//	ipv6 ospf encryption ipsec spi 1001 esp aes-cbc 128 7ebc... sha1 3e96...
//	ospfv3 authentication ipsec spi 500 md5 0 27576134094768132473302031209727
//	area 0 encryption ipsec spi 1003 esp null sha1 7 0822...
//
// A number before a key tells how it is hidden, 0 that it is not.
func (p *manual) ospf(m []string) {
	sa := newSettledSA(p.now)
	if sa.set(settingSPI, m[2]) != nil {
		return
	}
	sa.sa.Protocol, sa.sa.Transport = esp.AH, true
	hidden, auth := false, true
	words := strings.Fields(m[3])
	for _, other := range []string{"passphrase", "password", "encrypted", "encrypt", "6", "8"} {
		if slices.Contains(words, other) {
			p.recognise()
			p.warn(p.now, "SPI %s: the key is encrypted, or made from a passphrase by the router", m[2])
			return
		}
	}
	for _, word := range words {
		switch {
		case word == "esp":
			sa.sa.Protocol, auth = esp.ESP, m[1] == "authentication"
			if auth {
				sa.keys.cipher = "null"
			}
		case word == "7":
			hidden = true
		case len(word) <= 3 && strings.Trim(word, "0123456789") == "" || word == "clear" || word == "no-encrypt": // the size of a key; 0
		case !auth && sa.keys.cipher == "":
			sa.keys.cipher = word
		case sa.keys.mac == "" && (auth || len(sa.keys.enc) > 0 || spelledCipher(sa.keys.cipher) == nullCipher()):
			sa.keys.mac, auth = word, true
		default:
			if text, ok := cisco7(word); hidden && ok {
				word = text
			}
			what := settingEnc
			if auth {
				what = settingAuth
			}
			hidden = false
			if err := sa.set(what, word); err != nil {
				p.recognise()
				p.warn(p.now, "SPI %s: key: %v", m[2], err)
				return
			}
		}
	}
	p.addSettled(sa)
}
