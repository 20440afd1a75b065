package source

import (
	"encoding/hex"
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
//	encryption ipsec spi 256 esp aes clear 7ebc... authentication sha1 clear 3e96...      IOS XR
//	area 1 security authentication ipsec spi 402 sha1 key hex "3e96..."                   ArubaOS
//
// A number before a key tells how it is hidden, 0 that it is not.
func (p *manual) ospf(m []string) {
	sa := newSettledSA(p.now)
	if sa.set(settingSPI, m[2]) != nil {
		return
	}
	sa.sa.Protocol, sa.sa.Transport = esp.AH, true
	hidden, auth := false, true
	words, ascii := strings.Fields(strings.ReplaceAll(m[3], `"`, "")), false
	for _, other := range []string{"passphrase", "password", "encrypted", "encrypt", "ciphertext", "encryption-key-encrypted", "authentication-key-encrypted", "6", "8"} {
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
		case word == "ascii":
			ascii = true
		case word == "authentication" || word == "auth":
			auth = true
		case len(word) <= 3 && strings.Trim(word, "0123456789") == "" || slices.Contains(ospfFillers, word): // the size of a key; 0
		case !auth && sa.keys.cipher == "":
			sa.keys.cipher = word
		case sa.keys.mac == "" && (auth || len(sa.keys.enc) > 0 || spelledCipher(sa.keys.cipher) == nullCipher()):
			sa.keys.mac, auth = word, true
		default:
			if text, ok := cisco7(word); hidden && ok {
				word = text
			}
			if ascii {
				word, ascii = hex.EncodeToString([]byte(word)), false
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

// ospfFillers are words that say that a key is in hex digits, and not encrypted.
var ospfFillers = []string{"clear", "no-encrypt", "key", "hex", "plaintext", "hex-string"}

// FortiOS has the keys of OSPFv3 by SPI, in hex digits, and their algorithms before them:
//
//	config ospf6-interface
//	  edit "p"
//	    set authentication esp
//	    set ipsec-auth-alg sha1
//	    set ipsec-enc-alg aes128
//	    config ipsec-keys
//	      edit 300
//	        set auth-key 3e96...
//	        set enc-key 7ebc...

// fortiAlgorithm takes an algorithm of a manual key, or the protocol that protects OSPFv3.
func (p *manual) fortiAlgorithm(m []string) {
	if m[2] == "esp" || m[2] == "ah" {
		p.ospfProto = m[2]
		return
	}
	p.set[m[1]] = m[2]
}

func (p *manual) fortiOSPF(m []string) {
	if m[1] == "auth" {
		p.names[1] = m[2]
		return
	}
	p.names[0] = m[2]
}

// fortiSPI takes the SPI of both directions.
func (p *manual) fortiSPI(m []string) {
	if !p.inKeys {
		return
	}
	p.flush()
	for _, dir := range []string{"inbound", "outbound"} {
		p.put(dir+" spi", m[1])
		p.put(dir+" protocol", p.ospfProto)
	}
}
