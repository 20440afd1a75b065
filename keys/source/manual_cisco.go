package source

import "strings"

// Cisco has the algorithms of manual keys in a transform set. IOS has the settings of a crypto map on lines below it, PIX has the map before each:
//
//	crypto ipsec transform-set MANUAL esp-aes esp-sha-hmac
//	crypto map CMAP 10 ipsec-manual
//	 set session-key inbound esp 256 cipher 7ebc... authenticator 3e96...
//	 set transform-set MANUAL
//	crypto map CMAP 20 set session-key outbound ah 257 3e96...
//
// A key may be longer than its algorithm needs: the rest is cut off ("set session-key" in Cisco's command reference).
type ciscoTransform struct {
	cipher, mac     string
	encLen, authLen int // bytes; 0: not known
}

// cryptoMap begins another crypto map, or goes on with the one before.
func (p *manual) cryptoMap(m []string) {
	if p.ciscoMap != m[1] {
		p.flush()
		p.ciscoMap = m[1]
	}
}

// sessionKey takes the SPI and the keys of a direction.
func (p *manual) sessionKey(m []string) {
	p.put(m[1]+" spi", m[3])
	p.put("protocol", m[2])
	part := "enc"
	if m[2] == "ah" {
		part = "auth"
	}
	for word := range strings.FieldsSeq(m[4]) {
		switch word {
		case "cipher":
			part = "enc"
		case "authenticator":
			part = "auth"
		default:
			p.put(m[1]+" "+part, word)
			part = "other"
		}
	}
}

// ciscoCipherLens are the bytes of keys, by the words of a transform set; "esp-aes" has a number of bits behind it, 128 without one.
var ciscoCipherLens = map[string]int{"esp-des": 8, "esp-3des": 24, "esp-aes": 16, "128": 16, "192": 24, "256": 32, "esp-null": 0}

// ciscoMACLens are the same of what comes before "-hmac".
var ciscoMACLens = map[string]int{"md5": 16, "sha": 20, "sha256": 32, "sha384": 48, "sha512": 64}

// transformSet takes "esp-aes 256 esp-sha-hmac".
func (p *manual) transformSet(m []string) {
	const most = 1000
	if len(p.transforms) >= most {
		return
	}
	var t ciscoTransform
	for word := range strings.FieldsSeq(m[2]) {
		if mac, ok := strings.CutSuffix(word, "-hmac"); ok {
			_, name, _ := strings.Cut(mac, "-")
			t.mac, t.authLen = word, ciscoMACLens[name]
			continue
		}
		if n, ok := ciscoCipherLens[word]; ok {
			t.encLen = n
		}
		if spelledCipher(word) != nil {
			t.cipher = word
		}
	}
	p.transforms[m[1]] = t
	p.names = [2]string{t.cipher, t.mac}
}

// cut cuts the keys of a direction to the bytes that are used.
func (t ciscoTransform) cut(set map[string]string, dir string) {
	for part, n := range map[string]int{" enc": t.encLen, " auth": t.authLen} {
		if key := set[dir+part]; n > 0 && len(key) > 2*n {
			set[dir+part] = key[:2*n]
		}
	}
}
