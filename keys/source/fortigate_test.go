package source

import (
	"strings"
	"testing"
)

// An SA without integrity algorithm, as FortiOS' debug says, is one of a cipher that its key is long enough for.
func TestFortiGateNoIntegrity(t *testing.T) {
	const enc = "000102030405060708090a0b0c0d0e0f"
	check(t, mustRead(t, "ike 0:HQ:8:HQ:12: IPsec SA dec spi fe02f80f key 16:"+enc+" auth 0:\n"), "ESP *>*:0xfe02f80f aes-cbc:"+enc+" : tunnel")
	check(t, mustRead(t, "ike 0:HQ:8:HQ:12: IPsec SA enc spi 0e02f80f key 20:"+enc+"01020304 auth 0:\n"), "ESP *>*:0x0e02f80f aes-gcm-16:"+enc+"01020304 : tunnel", "ESP *>*:0x0e02f80f aes-ctr:"+enc+"01020304 : tunnel")
}

// A key that is not as long as its proposal says, or that lost a digit, is not taken in silence.
func TestFortiGateCutKeys(t *testing.T) {
	list := func(proposal, key string) string {
		return "vd: root/0\n  id/spi: 47 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55\n  direction: initiator\n  proposal: " + proposal + "\n  key: " + key + "\n"
	}
	const group = "c9c4dd7d0bdea34b"
	for name, c := range map[string]struct{ text, said string }{
		"whole":                 {list("aes128-sha256", group+"-e9425ad0fe0a17bc"), ""},
		"whole, with a hyphen":  {list("aes-256-sha512", strings.Repeat(group+"-", 3)+"e9425ad0fe0a17bc"), ""},
		"3DES":                  {list("3des-md5", group+"-e9425ad0fe0a17bc-"+group), ""},
		"no known name":         {list("seed-sha1", group+"-e9425ad0fe0a17bc"), ""},
		"a group less":          {list("aes256-sha256", group+"-e9425ad0fe0a17bc-"+group), "key has 24 bytes instead of 32, most likely cut off by a copy"},
		"a digit less":          {list("aes128-sha256", group[1:]+"-e9425ad0fe0a17bc"), "key: a group has less than 16 digits"},
		"a digit less, at last": {list("aes128-sha256", group+"-e9425ad0fe0a17b"), "key: a group has less than 16 digits"},
	} {
		said := ""
		for _, w := range mustRead(t, c.text).Warnings {
			said += w.Text + "; "
		}
		if (said == "") != (c.said == "") || !strings.Contains(said, c.said) {
			t.Errorf("%s: %q, want %q:\n%s", name, said, c.said, c.text)
		}
	}
}
