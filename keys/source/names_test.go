package source

import (
	"fmt"
	"strings"
	"testing"
)

// An algorithm means the same in the spelling of another product, in every table that people write or change by hand.
func TestSpelledNames(t *testing.T) {
	const (
		enc  = "60cb194a87950d72b95068fa46c9d6f1"
		auth = "ee29e75973358576133fab861a88df87976f2b07"
		wide = "ee29e75973358576133fab861a88df87976f2b070102030405060708090a0b0c"
	)
	dumps := map[string]func(cipher, mac, key string, bits int) string{
		"ip xfrm state": func(cipher, mac, key string, bits int) string {
			return fmt.Sprintf("src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0xc203f085 reqid 1 mode tunnel\n\tauth-trunc %s 0x%s %d\n\tenc %s 0x%s\n", mac, key, bits, cipher, enc)
		},
		"setkey -D": func(cipher, mac, key string, bits int) string {
			return fmt.Sprintf("192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=3254972549(0xc203f085) reqid=1(0x00000001)\n\tE: %s  %s\n\tA: %s  %s\n\tseq=0x00000000 replay=4 state=mature\n", cipher, enc, mac, key)
		},
		"esp_sa": func(cipher, mac, key string, bits int) string {
			return fmt.Sprintf(`"IPv4","192.0.2.1","192.0.2.2","0xc203f085","%s","0x%s","%s","0x%s"`+"\n", cipher, enc, mac, key)
		},
	}
	macs := map[string][]string{
		"hmac-sha1-96:" + auth:      {"sha1", "SHA1", "hmac-sha1", "HMAC_SHA1_96", "hmac-sha1-96", "hmac(sha1)", "sha-1"},
		"hmac-sha2-256-128:" + wide: {"sha256", "hmac-sha2-256", "hmac-sha256", "sha256_128", "HMAC_SHA2_256_128", "hmac(sha256)", "hmac(sha256-generic)"},
	}
	for product, dump := range dumps {
		for want, names := range macs {
			key, bits := auth, 96
			if strings.HasSuffix(want, wide) {
				key, bits = wide, 128
			}
			for _, cipher := range []string{"aes", "AES", "aes-cbc", "AES_CBC_128", "aes128-cbc", "aes-128-cbc", "cbc(aes)", "cbc(aes-generic)", "rijndael-cbc"} {
				for _, mac := range names {
					if got := describe(mustRead(t, dump(cipher, mac, key, bits))); !strings.Contains(got, "aes-cbc:"+enc+" "+want) {
						t.Errorf("%s, %s and %s: %s", product, cipher, mac, got)
					}
				}
			}
		}
	}
	for name, want := range map[string]string{"aes-gcm-16": "aes-gcm-8", "seqiv(rfc4106(gcm(aes)))": "aes-gcm-8", "AES_CCM_8": "aes-ccm-8"} { // the kernel tells the ICV
		text := "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0xc203f085\n\taead " + name + " 0x" + enc + "01020304 64\n"
		if strings.Contains(want, "ccm") {
			text = strings.Replace(text, "01020304", "010203", 1)
		}
		if got := describe(mustRead(t, text)); !strings.Contains(got, " "+want+":") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// What a quoted dump lacks is told as of one that is not quoted.
func TestRecognisedBehindPrefixes(t *testing.T) {
	for text, want := range map[string]string{
		`> "IPv4","192.0.2.1","192.0.2.2","0xc203f085","ROT13","0x60cb","NULL",""` + "\n":                                                           `unknown encryption algorithm "ROT13"`,
		"> src 192.0.2.1 dst 192.0.2.2\n> \tproto esp spi 0xc203f085 reqid 1 mode tunnel\n> \tenc cbc(khazad) 0x60cb194a87950d72b95068fa46c9d6f1\n": "cbc(khazad) is not known",
	} {
		b := mustRead(t, text)
		if len(b.Warnings) == 0 || !strings.Contains(b.Warnings[0].Text, want) {
			t.Errorf("%q: %v", text, b.Warnings)
		}
	}
}
